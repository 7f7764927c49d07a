"""Published figures from data/literature, to stand beside a dataset's own: never mixed with it."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from analysis.base.errors import RapportError

FOLDER = Path(__file__).resolve().parents[3] / "data" / "literature"


@dataclass(frozen=True, slots=True)
class Slice:
    """A slice of a pie. factor: key of the colour it shares, '' for the unexplained."""

    label: str
    share: float
    factor: str


@dataclass(frozen=True, slots=True)
class Pie:
    """Shares of improvement by expert judgement: another quantity than a share of variance."""

    id: str
    label: str
    source: str
    doi: str
    slices: tuple[Slice, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Effect:
    """A meta-analytic figure. r with low..high in -1..1, or `explained` as a share of variance
    in 0..1 (`at_most`: the source says 'below'); k samples; n_text patients, as printed."""

    factor: str
    what: str
    source: str
    doi: str
    r: float | None = None
    low: float | None = None
    high: float | None = None
    explained: float | None = None
    at_most: bool = False
    k: int | None = None
    n_text: str = ""

    @property
    def variance(self) -> float | None:
        """Share of variance: as the source gives it, else r squared (.278 gives .077)."""
        if self.explained is not None:
            return self.explained
        return None if self.r is None else self.r**2


@cache
def pies() -> tuple[Pie, ...]:
    """The published pies that were checked in their source; each sums to 1."""
    found = []
    for raw in _checked("pies.toml", "pie"):
        slices = tuple(Slice(**s) for s in raw.pop("slices"))
        if abs(sum(s.share for s in slices) - 1) > 1e-9:
            raise RapportError("The slices of a published pie do not sum to 1", where=raw["id"])
        found.append(Pie(slices=slices, **raw))
    return tuple(found)


@cache
def effects() -> tuple[Effect, ...]:
    """The meta-analytic figures that were checked in their source, in the file's order."""
    return tuple(Effect(**raw) for raw in _checked("effects.toml", "effect"))


def _checked(file: str, kind: str) -> list[dict]:
    entries = tomllib.loads((FOLDER / file).read_text(encoding="utf-8"))[kind]
    return [e for e in entries if e.pop("checked", "") == "read"]
