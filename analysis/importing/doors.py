"""Every way in: a mapping guessed, files imported, here or in a limited child process."""

from analysis.importing.by_command import import_by_command, known_mappings
from analysis.importing.child import guess_in_child, import_in_child, propose_in_child
from analysis.importing.files_to_version import import_files
from analysis.importing.findings.finding import Answers, Finding, QuestionsOpen
from analysis.importing.findings.report import FileReport, ImportReport
from analysis.importing.guessing.guess import guess_mapping
from analysis.importing.guessing.known import Proposal
from analysis.importing.meaning.mapping import MappedVariable, Mapping
from analysis.importing.reading.file_mapping import FileMapping

__all__ = [
    "Answers",
    "FileMapping",
    "FileReport",
    "Finding",
    "ImportReport",
    "MappedVariable",
    "Mapping",
    "Proposal",
    "QuestionsOpen",
    "guess_in_child",
    "guess_mapping",
    "import_by_command",
    "import_files",
    "import_in_child",
    "known_mappings",
    "propose_in_child",
]
