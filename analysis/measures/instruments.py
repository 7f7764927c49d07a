"""Instruments: what a questionnaire's scores mean, read from data/instruments/*.toml.

Only names, structure, ranges, cut-offs and rules; no item wording. What nobody has checked
against a source is left out of the files and named in `left_out`.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from analysis.base.errors import RequestError
from analysis.measures.variables import FACTORS

FOLDER = Path(__file__).resolve().parents[2] / "data" / "instruments"
SCORINGS = ("sum", "mean", "mean times 10", "subscale sum times 2")
RULES = ("none", "prorate", "subscale mean")


@dataclass(frozen=True, slots=True)
class Subscale:
    """A part of an instrument. items: its item numbers from 1, () when only `size` is known.

    most_missing: how many of its items may be missing, None when nobody says.
    """

    name: str
    size: int
    items: tuple[int, ...] = ()
    most_missing: int | None = None
    total_range: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Threshold:
    """A value that depends on the population: a cut-off, a reliability, a reliable change.

    at: 'or above' or 'below' for a cut-off (which side counts as a case), else ''.
    """

    value: float
    population: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Band:
    """A band of severity: its name and the lowest total in it. The next band ends it."""

    name: str
    lowest: float


@dataclass(frozen=True, slots=True)
class MissingRule:
    """What happens to a total when items are missing.

    rule: 'none' (no total), 'prorate' (the mean of the answered items stands for the missing)
    or 'subscale mean' (the mean of the subscale's other items does). most: how many may be
    missing. rounded: whether the substitute is rounded.
    """

    rule: str = "none"
    most: int = 0
    rounded: bool = False


@dataclass(frozen=True, slots=True)
class Instrument:
    """One questionnaire.

    items: how many. item_range: lowest and highest answer. total_range: of the total, None when
    unknown. scoring: one of SCORINGS. higher_is: 'better', 'worse' or '' (unknown).
    reversed: numbers of the items that are scored the other way round, None when unknown.
    whole_totals: a total without missing items is a whole number. checked: False when facts
    are left out for want of a source (`left_out` names them).
    """

    id: str
    name: str
    items: int
    item_range: tuple[float, float]
    scoring: str
    factor: str
    total_range: tuple[float, float] | None = None
    higher_is: str = ""
    also_called: tuple[str, ...] = ()
    reversed: tuple[int, ...] | None = None
    whole_totals: bool = True
    subscales: tuple[Subscale, ...] = ()
    caseness: tuple[Threshold, ...] = ()
    reliability: tuple[Threshold, ...] = ()
    reliable_change: tuple[Threshold, ...] = ()
    severity: tuple[Band, ...] = ()
    missing: MissingRule = MissingRule()
    licence: str = ""
    source: str = ""
    checked: bool = False
    left_out: tuple[str, ...] = ()


@cache
def instruments() -> dict[str, Instrument]:
    """Every instrument by its id, in the order of the ids. RequestError for a faulty file."""
    return {i.id: i for i in (read_instrument(path) for path in sorted(FOLDER.glob("*.toml")))}


def find_instrument(name: str) -> Instrument | None:
    """The instrument of this id, name or other name, however it is spelt; None where none is.

    Worked: 'PHQ-9', 'phq_9' and 'phq9' are the same.
    """
    wanted = _plain(name)
    for one in instruments().values():
        if wanted and wanted in map(_plain, (one.id, one.name, *one.also_called)):
            return one
    return None


def read_instrument(path: Path) -> Instrument:
    """The instrument in the file at `path`; RequestError says what is wrong with it."""
    try:
        entry = tomllib.loads(path.read_text(encoding="utf-8"))
        instrument = _instrument(entry)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _faulty(path, f"it cannot be read ({type(error).__name__})") from None
    except (KeyError, TypeError, ValueError) as error:
        raise _faulty(
            path, f"an entry is missing, unknown or of the wrong type ({error})"
        ) from None
    problem = _problem(instrument) or ("" if instrument.id == path.stem else "its id is another")
    if problem:
        raise _faulty(path, problem)
    return instrument


def _plain(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum())


def _instrument(entry: dict) -> Instrument:
    values = _tupled(entry)
    values["subscales"] = tuple(_subscale(s) for s in entry.get("subscales", []))
    for name in ("caseness", "reliability", "reliable_change"):
        values[name] = tuple(Threshold(**t) for t in entry.get(name, []))
    values["severity"] = tuple(Band(**b) for b in entry.get("severity", []))
    if "missing" in entry:
        values["missing"] = MissingRule(**entry["missing"])
    return Instrument(**values)


def _tupled(entry: dict) -> dict[str, Any]:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}


def _subscale(entry: dict) -> Subscale:
    values = _tupled(entry)
    values.setdefault("size", len(values.get("items", ())))
    return Subscale(**values)


def _problem(instrument: Instrument) -> str:
    numbers = set(range(1, instrument.items + 1))
    used = [*(instrument.reversed or ()), *(i for s in instrument.subscales for i in s.items)]
    checks = (
        (instrument.scoring not in SCORINGS, f"its scoring is none of {', '.join(SCORINGS)}"),
        (instrument.missing.rule not in RULES, f"its missing rule is none of {', '.join(RULES)}"),
        (instrument.higher_is not in ("better", "worse", ""), "higher_is is not known"),
        (instrument.factor not in FACTORS, "its factor is not known"),
        (not set(used) <= numbers, "an item number lies outside 1 to the number of items"),
        (not _rising(instrument.item_range), "its item range is no range"),
        (not _rising(instrument.total_range or (0, 1)), "its total range is no range"),
        (not _bands_rise(instrument.severity), "its bands of severity do not rise"),
        (any(s.items and len(s.items) != s.size for s in instrument.subscales), "a size is wrong"),
    )
    return next((sentence for wrong, sentence in checks if wrong), "")


def _bands_rise(bands: tuple[Band, ...]) -> bool:
    lowest = [band.lowest for band in bands]
    return all(one < next_one for one, next_one in zip(lowest, lowest[1:], strict=False))


def _rising(limits: tuple[float, ...]) -> bool:
    return len(limits) == 2 and limits[0] < limits[1]


def _faulty(path: Path, problem: str) -> RequestError:
    return RequestError(
        f"An instrument's file is faulty: {problem}",
        where=f"data/instruments/{path.name}",
        next_step="correct the file; the others show the form",
    )
