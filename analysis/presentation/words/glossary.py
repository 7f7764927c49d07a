"""The glossary: words that pages use, from data/glossary.toml."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from analysis.base.errors import RapportError

FILE = Path(__file__).resolve().parents[3] / "data" / "glossary.toml"
# The pages that a word can be seen on: script -> title.
PAGES = {
    "explains": "What explains outcome",
    "alliance": "Alliance",
    "course": "From the first contact",
    "sequence": "Which comes first",
    "practices": "Building the alliance",
    "model_lab": "Model lab",
    "outcomes": "Outcomes",
    "clinics": "Clinics and therapists",
    "progress": "Progress",
    "share": "Share",
    "datasets": "Datasets",
    "import": "Import",
    "dictionary": "Dictionary",
}


# How tables write a word that the glossary has under another name.
ALSO = {
    "SE": "Standard error",
    "SD": "Standard deviation",
    "p": "p value",
    "df": "Degrees of freedom",
    "95 % interval": "Interval",
    "Reliable improvement": "Reliable change",
}


@dataclass(frozen=True, slots=True)
class Term:
    """A word and what it means in one sentence. picture: its mini picture (`sketches/`).
    seen: pages that show it, of PAGES."""

    name: str
    sentence: str
    picture: str
    seen: tuple[str, ...] = ()

    @property
    def anchor(self) -> str:
        """What its place in a page is called: 'reliable-change'."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")

    def pages(self) -> tuple[tuple[str, str], ...]:
        """(script, title) of each page that shows it."""
        return tuple((page, PAGES[page]) for page in self.seen)


def explanation(word: str) -> str:
    """The sentence of a word as a table or heading writes it, '' for one that is not there.

    Worked: 'SE', 'Shares' and 'share' find Standard error and Share.
    """
    key = ALSO.get(word, word).lower()
    known = _by_name()
    return known.get(key) or known.get(key.removesuffix("s"), "")


@cache
def _by_name() -> dict[str, str]:
    return {term.name.lower(): term.sentence for term in glossary()}


@cache
def glossary() -> tuple[Term, ...]:
    """Every term, in the order of the alphabet. RapportError for a page that there is not."""
    entries = tomllib.loads(FILE.read_text(encoding="utf-8"))["term"]
    terms = [
        Term(e["name"], e["sentence"], e["picture"], tuple(e.get("seen", ()))) for e in entries
    ]
    for term in terms:
        if not set(term.seen) <= set(PAGES):
            raise RapportError("The glossary names a page that there is not", where=term.name)
    return tuple(sorted(terms, key=lambda term: term.name.lower()))
