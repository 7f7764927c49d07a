"""Published figures on the alliance and what builds it, from data/literature/alliance.toml."""

import tomllib
from dataclasses import dataclass
from functools import cache

from analysis.presentation.words.literature import FOLDER


@dataclass(frozen=True, slots=True)
class Figure:
    """about: what it is about, one word; figure: as the source prints it."""

    about: str
    what: str
    figure: str
    source: str
    doi: str


def figures(about: str) -> tuple[Figure, ...]:
    """The figures about one thing, in the file's order."""
    return tuple(f for f in _all() if f.about == about)


def figures_for(practice: str) -> tuple[Figure, ...]:
    """The figures whose word stands in a practice's name or label."""
    said = practice.lower()
    return tuple(f for f in _all() if f.about in said)


@cache
def _all() -> tuple[Figure, ...]:
    found = tomllib.loads((FOLDER / "alliance.toml").read_text(encoding="utf-8"))
    return tuple(Figure(**f) for f in found["figure"])
