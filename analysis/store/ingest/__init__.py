"""From a clinic's files to a dataset version: read, judged, landed."""

from analysis.store.ingest.importing import import_files
from analysis.store.ingest.mapping import FileMapping, MappedVariable, Mapping
from analysis.store.ingest.report import FileReport, ImportReport

__all__ = [
    "FileMapping",
    "FileReport",
    "ImportReport",
    "MappedVariable",
    "Mapping",
    "import_files",
]
