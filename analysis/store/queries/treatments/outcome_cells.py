"""Treatments counted by cell: how many, of how many patients, and the sums of their scores."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.base.errors import RequestError
from analysis.measures.waiting import TIMED, UNTIMED, standard
from analysis.store.queries.treatments.treatments import OF
from analysis.store.versions.naming import quoted

# Name of a count -> condition on a row of 'treatments'. possible_cases is NHS England's
# denominator of recovery: finished minus not at caseness, those without a first score included.
COUNTS = {
    "episodes": "true",
    "planned": "ending = 'planned'",
    "unplanned": "ending = 'unplanned'",
    "ongoing": "ending = 'ongoing'",
    "ending_unknown": "ending IS NULL",
    "too_short": "ending IS DISTINCT FROM 'ongoing' AND NOT finished",
    "finished": "finished",
    "no_score": "finished AND NOT begun",
    "one_score": "finished AND begun AND NOT measured",
    "measured": "measured",
    "scored": "measured",  # what files of earlier versions told of periods
    # Who is left over of shares near the whole, which are told as their rest.
    "unscored": "finished AND NOT measured",
    "unfinished": "NOT finished",
    "fresh": "measured AND fresh",
    "at_caseness": "at_caseness",
    "not_at_caseness": "finished AND begun AND NOT cased",
    "possible_cases": "finished AND NOT (begun AND NOT cased)",
    "improved": "improved",
    "recovered": "recovered",
    "reliably_recovered": "reliably_recovered",
    "improved_only": "improved_only",
    "deteriorated": "deteriorated",
    "unchanged": "unchanged",
    "waited": "wait IS NOT NULL",  # it is known how long
    # NHS England's waits are those of courses that finished (data/literature/waits.toml).
    TIMED: "finished AND weeks IS NOT NULL",
    UNTIMED: "finished AND weeks IS NULL",
    **{w.over: f"finished AND coalesce(weeks > {w.weeks}, false)" for w in standard().within},
}
DIMENSIONS = ("period", "clinic", "model", "severity", "alliance", "ending", "therapist")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which treatments: empty means all. periods: first and last, '' for open ends."""

    clinics: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    periods: tuple[str, str] = ("", "")


EVERYTHING = Selection()


@dataclass(frozen=True, slots=True)
class Spread:
    """n values, their mean, standard deviation (n - 1) and median; None where there are none."""

    n: int
    mean: float | None = None
    sd: float | None = None
    median: float | None = None


@dataclass(frozen=True, slots=True)
class Scores:
    """First and last scores of n measured treatments in one measure.

    mean_first, mean_last, sd_first, sd_last (n - 1), sd_change: of last minus first; None where
    there are too few.
    """

    n: int
    mean_first: float | None
    mean_last: float | None
    sd_first: float | None
    sd_last: float | None
    sd_change: float | None
    covariance: float | None


@dataclass(frozen=True, slots=True)
class Cell:
    """The treatments that share one value of one dimension.

    by: one of DIMENSIONS, a PatientGroup's, or 'all'. value: '' where it is not recorded, and for
    'all'. counts: name of COUNTS -> treatments. patients: the same names -> distinct patients.
    scores: one for each rule. sessions: of finished treatments; wait: of all, in its own unit.
    """

    by: str
    value: str
    counts: dict[str, int]
    patients: dict[str, int]
    scores: tuple[Scores, ...]
    sessions: Spread
    wait: Spread


def outcome_cells(cursor, selection: Selection, by: tuple[str, ...], rules: int) -> list[Cell]:
    """The Cell 'all' (also of no treatment), then one for each value of each dimension of `by`,
    in its order and the values' own; needs the table 'treatments'.

    rules: how many measures the table has.
    """
    where, values = selected(selection)
    columns = [*_counted(), *(s for k in range(rules) for s in _scores(k)), *_spreads()]
    names = [column(name) for name in by]
    rows = cursor.execute(
        f"""SELECT {_level(names)} AS level, {", ".join([*names, *columns])} FROM treatments {where}
            GROUP BY GROUPING SETS ({_sets(names)})""",
        values,
    ).fetchall()
    twice = _counted_twice(cursor, by, where, values)
    cells = [_cell(row, by, rules, twice) for row in rows]
    order = {name: i for i, name in enumerate(("all", *by))}
    return sorted(cells, key=lambda c: (order[c.by], c.value == "", c.value))


def cell_patients(cursor, selection: Selection, by: str, value: str, count: str) -> tuple[str, ...]:
    """The distinct patients behind one count of one cell, sorted; as `outcome_cells` counts them.

    by: 'all' or one of DIMENSIONS; value: '' for what is not recorded.
    """
    where, values = selected(selection)
    where += f" {'AND' if where else 'WHERE'} ({COUNTS[count]})"
    if by != "all":
        where += f" AND coalesce({column(by)}, '') = ?"
        values.append(value)
    sql = f"SELECT DISTINCT patient FROM treatments {where} ORDER BY patient"
    return tuple(row[0] for row in cursor.execute(sql, values).fetchall())


def patient_sets(
    cursor, selection: Selection, by: tuple[str, ...], counts: tuple[str, ...]
) -> tuple[tuple[str, ...], dict[tuple[str, str, str], np.ndarray]]:
    """All patients of the selection, sorted, and the positions among them of those behind each
    count of each cell: (dimension, value, count) -> positions, as `cell_patients` finds them.

    Everybody is the cell ('all', ''). One pass over 'treatments' for all cells together.
    """
    where, values = selected(selection)
    keys = [f"coalesce({column(name)}, '') AS {quoted(name)}" for name in by]
    flags = [f"({COUNTS[name]}) AS flag_{i}" for i, name in enumerate(counts)]
    sql = f"SELECT {', '.join(['patient', *keys, *flags])} FROM treatments {where}"
    found = cursor.execute(sql, values).fetchnumpy()
    patients, position = np.unique(_texts(found["patient"]), return_inverse=True)
    groups = {name: np.unique(_texts(found[name]), return_inverse=True) for name in by}
    sets = {}
    for i, name in enumerate(counts):
        counted = np.asarray(found[f"flag_{i}"], dtype=bool)
        sets["all", "", name] = np.unique(position[counted])
        for dimension, (named, code) in groups.items():
            pairs = np.unique(code[counted] * max(len(patients), 1) + position[counted])
            ends = np.searchsorted(pairs // max(len(patients), 1), np.arange(len(named) + 1))
            for k, value in enumerate(named):
                own = pairs[ends[k] : ends[k + 1]]
                sets[dimension, str(value), name] = own % len(patients)
    return tuple(map(str, patients)), sets


def values_of(cursor, dimension: str) -> tuple[str, ...]:
    """Every recorded value of a dimension, sorted; needs the table 'treatments'."""
    name = column(dimension)
    sql = f"SELECT DISTINCT {name} FROM treatments WHERE {name} IS NOT NULL ORDER BY 1"
    return tuple(row[0] for row in cursor.execute(sql).fetchall())


def column(dimension: str) -> str:
    """A dimension's column of 'treatments', quoted; RequestError for what is none."""
    if dimension not in DIMENSIONS and not dimension.startswith(OF):
        raise RequestError(f"There is no breakdown by '{dimension[:40]}'")
    return quoted(dimension)


def selected(selection: Selection) -> tuple[str, list]:
    """The WHERE clause on 'treatments' ('' for all) and the values that it binds."""
    parts, values = [], []
    for column, chosen in (
        ("clinic", selection.clinics),
        ("model", selection.models),
        ("severity", selection.severities),
    ):
        if chosen:
            parts.append(f"{column} IN ({', '.join('?' * len(chosen))})")
            values += chosen
    for comparison, period in zip((">=", "<="), selection.periods, strict=True):
        if period:
            parts.append(f"period {comparison} ?")
            values.append(period)
    return ("WHERE " + " AND ".join(parts) if parts else ""), values


def _texts(column) -> np.ndarray:
    return np.asarray(column, dtype=object).astype(str)


def _level(by: Sequence[str]) -> str:
    """A number with a bit for each dimension that a row is summed over, the first the highest."""
    return f"grouping({', '.join(by)})" if by else "0"


def _sets(by: Sequence[str], and_by: str = "") -> str:
    inner = [and_by, *(f"{name}{', ' * bool(and_by)}{and_by}" for name in by)]
    return ", ".join(f"({one})" for one in inner)


def _counted() -> list[str]:
    return [f"count(*) FILTER ({condition})" for condition in COUNTS.values()]


def _counted_twice(cursor, by: tuple[str, ...], where: str, values: list) -> dict[tuple, tuple]:
    """(level, the cell's values) -> for each count, by how much treatments exceed patients.

    Only patients with several treatments can be counted twice, and they are few: count(DISTINCT)
    over all of them took ten times as long.
    """
    names = [column(name) for name in by]
    keys = ", ".join(["level", *names])
    each = ", ".join(f"count(*) FILTER ({c}) AS n{i}" for i, c in enumerate(COUNTS.values()))
    over = ", ".join(f"sum(greatest(n{i} - 1, 0))" for i in range(len(COUNTS)))
    rows = cursor.execute(
        f"""SELECT {keys}, {over} FROM (
                SELECT {_level(names)} AS level, {", ".join([*names, each])} FROM treatments
                {where} {"AND" if where else "WHERE"} again
                GROUP BY GROUPING SETS ({_sets(names, "patient")}))
            GROUP BY {keys}""",
        values,
    ).fetchall()
    size = 1 + len(by)
    return {row[:size]: tuple(int(n) for n in row[size:]) for row in rows}


def _scores(k: int) -> list[str]:
    first, last, measured = f"first_{k}", f"last_{k}", "FILTER (measured)"
    return [
        f"count(*) {measured}",
        *(f"avg({c}) {measured}" for c in (first, last)),
        *(f"stddev_samp({c}) {measured}" for c in (first, last, f"{last} - {first}")),
        f"covar_samp({first}, {last}) {measured}",
    ]


def _spreads() -> list[str]:
    return [
        sql
        for column, which in (("sessions", "FILTER (finished)"), ("wait", "FILTER (true)"))
        for sql in (
            f"count({column}) {which}",
            f"avg({column}) {which}",
            f"stddev_samp({column}) {which}",
            f"median({column}) {which}",
        )
    ]


def _cell(row: tuple, by: tuple[str, ...], rules: int, twice: dict) -> Cell:
    key, rest = row[: 1 + len(by)], row[1 + len(by) :]
    level, *values = key
    kept = [i for i in range(len(by)) if not level >> (len(by) - 1 - i) & 1]
    name, value = (by[kept[0]], values[kept[0]] or "") if kept else ("all", "")
    counts, rest = rest[: len(COUNTS)], rest[len(COUNTS) :]
    over = twice.get(key, (0,) * len(COUNTS))
    scores = tuple(Scores(*rest[7 * k : 7 * k + 7]) for k in range(rules))
    sessions, wait = (Spread(*rest[7 * rules + i : 7 * rules + i + 4]) for i in (0, 4))
    people = {n: c - o for n, c, o in zip(COUNTS, counts, over, strict=True)}
    return Cell(name, value, dict(zip(COUNTS, counts, strict=True)), people, scores, sessions, wait)
