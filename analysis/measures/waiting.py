"""How long patients waited: when a variable says it, in which unit, and the standard beside it.

The standard is that of data/literature/waits.toml; another one is another file, no code.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from analysis.measures.variables import Variable

FILE = Path(__file__).resolve().parents[2] / "data" / "literature" / "waits.toml"
# Words of a name, label or component -> how many of the unit make a week. Months make no whole
# number of weeks, so no standard in weeks is asked of them.
_UNITS = (
    (re.compile(r"week|woche|weken|semana|semaine|veck"), 1.0),
    (re.compile(r"\bdays?\b|\btage?n?\b|\bdagen\b|\bdagar\b|\bd[ií]as\b|\bjours?\b"), 7.0),
)
# Treatments whose wait is known, and not, among the finished.
TIMED, UNTIMED = "timed", "untimed"


@dataclass(frozen=True, slots=True)
class Within:
    """That so many per cent or more begin within so many weeks of referral (as many or fewer)."""

    weeks: int
    percent: float

    @property
    def over(self) -> str:
        """The name of the count of those who waited longer."""
        return f"over_{self.weeks}_weeks"


@dataclass(frozen=True, slots=True)
class WaitStandard:
    """What services are held to. within: the shortest first."""

    label: str
    source: str
    within: tuple[Within, ...]


@dataclass(frozen=True, slots=True)
class PublishedWaits:
    """Shares that others have printed, of `finished` treatments."""

    label: str
    source: str
    who: str
    finished: int
    within: tuple[Within, ...]

    def percent(self, weeks: int) -> float | None:
        return next((w.percent for w in self.within if w.weeks == weeks), None)


def is_wait(variable: Variable) -> bool:
    """Whether a variable says how long a treatment's patient waited."""
    told = f"{variable.component} {variable.name}".lower()
    at = (variable.unit, variable.kind, variable.factor)
    return at == ("episode", "number", "process") and "wait" in told


def per_week(variable: Variable) -> float:
    """How many of a wait's units make a week, 0.0 where its words do not say.
    Worked: 'wait_weeks' -> 1.0, 'Days waited' -> 7.0, 'Months waited' -> 0.0."""
    said = f"{variable.name} {variable.label} {variable.component}".lower().replace("_", " ")
    found = {units for words, units in _UNITS if words.search(said)}
    return found.pop() if len(found) == 1 else 0.0


def from_referral(variable: Variable) -> bool:
    """Whether the wait is said to begin with the referral, as the published ones do."""
    return "referral" in f"{variable.name} {variable.label} {variable.component}".lower()


@cache
def standard() -> WaitStandard:
    """The standard that waits are set beside."""
    entry = _file()["standard"]
    return WaitStandard(entry["label"], entry["source"], _within(entry["within"]))


@cache
def published_waits() -> tuple[PublishedWaits, ...]:
    """Published shares that were read in their source."""
    entries = [e for e in _file()["published"] if e["checked"] == "read"]
    return tuple(
        PublishedWaits(e["label"], e["source"], e["who"], e["finished"], _within(e["within"]))
        for e in entries
    )


def _file() -> dict:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def _within(pairs) -> tuple[Within, ...]:
    return tuple(Within(weeks, percent) for weeks, percent in sorted(pairs))
