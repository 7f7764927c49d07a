"""Clinics and therapists as tables: by name, never by rank."""

from collections.abc import Callable, Collection, Sequence

from analysis.presentation.tables import cells
from analysis.presentation.tables.table import Table, laid_out
from analysis.presentation.words import clinic_words as words
from analysis.presentation.words.outcome_words import METRIC_LABELS, rate_shown
from analysis.presentation.words.rounding import count
from analysis.questions.outcomes.proportion import Rate
from analysis.questions.units.adjusted import READING_WORDS, Adjusted
from analysis.questions.units.adjusted_rates import AdjustedRates
from analysis.questions.units.funnel import Funnel

MOST_ROWS = 60  # of a table on a page; the file has them all


def scores(found: Adjusted, caption: str) -> Table:
    """One row a unit: treatments, patients, first and last score, effect with its interval."""
    units, notes = _first_by_name(found.units, lambda unit: unit.name)
    rows = [
        {
            _unit(found.level): cells.text(u.name),
            "Treatments": cells.count(u.treatments),
            "Patients": cells.count(u.patients),
            "First": cells.number(u.mean_first, decimals=1),
            "Last": cells.number(u.mean_last, decimals=1),
            "Effect": cells.number(u.effect, u.se),
            "95 % interval": cells.interval(u.low, u.high, u.se),
            "Reading": cells.text(READING_WORDS[u.reading]),
        }
        for u in units
    ]
    return laid_out(caption, rows, notes, found.tidy())


def crude_rates(
    pairs: Sequence[tuple[str, Rate]],
    seen: Funnel,
    outside: Collection[str],
    level: str,
    metric: str,
    caption: str,
) -> Table:
    """One row a unit: its rate, and whether it lies within the limits. outside: their names."""
    shown, notes = _first_by_name(pairs, lambda pair: pair[0])
    rows = [
        {
            _unit(level): cells.text(name),
            "Treatments": cells.of(rate.count, rate.n),
            METRIC_LABELS[metric]: cells.text(rate_shown(rate)),
            "Limits": cells.text("outside" if name in outside else "inside"),
        }
        for name, rate in shown
    ]
    right = ("Treatments", METRIC_LABELS[metric])
    return laid_out(caption, rows, notes, seen.tidy(), right)


def adjusted_rates(found: AdjustedRates, caption: str) -> Table:
    """One row a unit: its rate at equal case-mix with the interval."""
    units, notes = _first_by_name(found.units, lambda unit: unit.name)
    rows = [
        {
            _unit(found.level): cells.text(u.name),
            "Treatments": cells.of(u.count, u.n),
            "Adjusted": cells.share(u.rate, u.low, u.high),
            "95 % interval": cells.share_interval(u.low, u.high),
            "Reading": cells.text(READING_WORDS[u.reading]),
        }
        for u in units
    ]
    return laid_out(caption, rows, notes, found.tidy(), right=("Treatments",))


def _unit(level: str) -> str:
    return words.UNITS[level][0].capitalize()


def _first_by_name(units: Sequence, name: Callable) -> tuple[list, list[str]]:
    """At most MOST_ROWS of them by name, and a note where there are more."""
    ordered = sorted(units, key=lambda unit: _by_name(name(unit)))
    if len(ordered) <= MOST_ROWS:
        return ordered, []
    said = f"The first {MOST_ROWS} of {count(len(ordered))} by name; the download has all."
    return ordered[:MOST_ROWS], [said]


def _by_name(name: str) -> tuple:
    """A key of sorting that has 'Therapist 9' before 'Therapist 10'."""
    head = name.rstrip("0123456789")
    return head, int(name[len(head) :] or 0), name
