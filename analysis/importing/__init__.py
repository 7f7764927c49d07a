"""From a clinic's files to a dataset version: read, judged, landed."""

from analysis.importing.child import guess_in_child, import_in_child
from analysis.importing.files_to_version import import_files
from analysis.importing.findings.report import FileReport, ImportReport
from analysis.importing.meaning.guess import guess_mapping
from analysis.importing.meaning.mapping import MappedVariable, Mapping
from analysis.importing.reading.file_mapping import FileMapping

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
