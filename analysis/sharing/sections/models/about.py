"""What the models' sections are about, and the sentence that stands where one cannot be shown."""

from dataclasses import dataclass, replace

from analysis.measures.variables import Variable
from analysis.sharing.sections.section import Part, section
from analysis.sharing.writing.document import Paragraph
from analysis.store.versions.catalogue import Store


@dataclass(frozen=True, slots=True)
class About:
    """The dataset that the sections are about, and whom: patients, distinct, never shown."""

    dataset: str
    version: str
    store: Store | None
    variables: tuple[Variable, ...]
    outcome: str
    patients: tuple[str, ...]


def said(heading: str, sentence: str) -> Part:
    """A section of one sentence, which the program says whatever the data are."""
    return Part(replace(section(heading, Paragraph(sentence)), fixed=(sentence,)))
