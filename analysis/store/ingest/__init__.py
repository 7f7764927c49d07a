"""From a clinic's files to a dataset version: read, judged, landed."""

from analysis.store.ingest.child import guess_in_child, import_in_child
from analysis.store.ingest.guess import guess_mapping
from analysis.store.ingest.importing import import_files
from analysis.store.ingest.mapping import FileMapping, MappedVariable, Mapping
from analysis.store.ingest.report import FileReport, ImportReport

__all__ = [
    "FileMapping",
    "FileReport",
    "ImportReport",
    "MappedVariable",
    "Mapping",
    "guess_in_child",
    "guess_mapping",
    "import_files",
    "import_in_child",
]
