"""What a reader takes from finished shared reports: figures, and the treatments each may count.

Written without the code that protects: it reads the tables, takes from docs/sharing.md how figures
are rounded, and knows which treatments share period, clinic, filter and outcome (only not whose).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tests.report_ranges import count_range
from tests.report_truth import COLUMNS, OF_PATIENTS, TABLES, WAITS, Truth, dimension_values

COUNT = re.compile(r"[\d,]+")
RATE = re.compile(r"(\d+)\u00a0%")
LIMITS = re.compile(r"(?:under |(\d+) to )(\d+)\u00a0%")
CHARTS = (" by ", " over time")
COMPLETE = "Finished treatments with both scores, by period"
WITHIN, WITHIN_BY_PERIOD = "Waits within the standard", "Waits within the standard, by period"
LINES = {
    "All treatments": "episodes",
    "Finished": "finished",
    "Of them with an unknown wait": "untimed",
}
OF_WAITS = (WITHIN, WITHIN_BY_PERIOD, "Of them with an unknown wait")
REST = re.compile(r"(?:over (\d+)|(?:(\d+) to )?(\d+))\u00a0%")


@dataclass(frozen=True)
class Said:
    """A printed figure. rows: (N,) of the whole dataset's treatments that it counts. of: those of
    which it is a share, None for a count."""

    rows: np.ndarray
    low: float
    high: float
    of: np.ndarray | None = None


class Before:
    """What earlier reports told, by name: sets of treatments and the printed figure of each. The
    rules say that what holds such sets is printed as their sum, and tells of the rest alone."""

    def __init__(self, real: np.ndarray):
        self.real = real
        self._told: dict[str, list[Earlier]] = {}
        self._new: list[tuple[str, Earlier]] = []

    def split(self, name: str, rows: np.ndarray) -> tuple[list["Earlier"], np.ndarray]:
        """Disjoint earlier sets inside the rows (no treatment that there is lies outside, though
        one could: he is told which figures are sums), one and then the largest: least is left."""
        there = sorted(self._told.get(name, ()), key=lambda told: -told.n)
        there = [one for one in there if one.n and not (one.rows & self.real & ~rows).any()]
        best, rest = [], rows
        for first in there:
            found, left = [first], rows & ~first.rows
            for one in there:
                if not (one.rows & self.real & ~left).any():
                    found.append(one)
                    left = left & ~one.rows
            if self.count(left) < self.count(rest):
                best, rest = found, left
        return best, rest

    def count(self, rows: np.ndarray) -> int:
        return int((rows & self.real).sum())  # the treatments that there are

    def add(self, name: str, rows: np.ndarray, figure: float, width: float = 0.0) -> None:
        self._new.append((name, Earlier(rows, self.count(rows), figure, width)))

    def next_report(self) -> None:
        for name, one in self._new:
            self._told.setdefault(name, []).append(one)
        self._new = []


@dataclass(frozen=True)
class Earlier:
    """A set that an earlier report told of: its n treatments, the printed figure, and of a share
    how many points it leaves open."""

    rows: np.ndarray
    n: int
    figure: float
    width: float


def said(
    document,
    truth: Truth,
    selection,
    before: Before,
    tables: Mapping[str, str] = TABLES,
    waits: bool = True,
) -> dict[str, list[Said]]:
    """Dimension -> what the document's tables say of its groups and of everybody. tables: caption
    -> dimension, of those that are read; waits: whether what is said of waits is."""
    here = truth.selected(selection)
    out: dict[str, list[Said]] = {name: [] for name in ("all", *tables.values())}
    unsaid: set[tuple[str, str]] = set()  # groups whose number is not printed
    for table in document.tables:
        for row in table.texts():
            if table.caption == "Outcomes of the service":
                out["all"] += _overall(row, truth, here, before)
            elif table.caption in tables:
                by = tables[table.caption]
                if not COUNT.fullmatch(row.get("With both scores", "")):
                    unsaid.add((by, next(iter(row.values())).lower()))
                out[by] += _group(row, truth, _own(row, truth, by, here), before)
            elif table.caption == COMPLETE:
                rows = _own(row, truth, "period", here)
                sets = rows & truth.flags["measured"], rows & truth.flags["finished"]
                text = row["With both scores"]
                out["period"] += _rate(text, *sets, "scored of finished", False, before)
            elif not waits and (table.caption in OF_WAITS or row.get("Treatments") in OF_WAITS):
                continue
            elif table.caption == WITHIN:
                out["all"] += _waits({row["First session"]: row["Rate"]}, truth, here, before)
            elif table.caption == WITHIN_BY_PERIOD:
                own = _own(row, truth, "period", here)
                out["period"] += _waits(row, truth, own, before)
            elif "Number" in row and row["Treatments"] in LINES:
                name = LINES[row["Treatments"]]
                rows = here & truth.flags[name] if name != "episodes" else here
                out["all"] += _count(row["Number"], rows, name, before)
    for chart in document.charts:
        for by, one in _in_chart(chart, truth, here, before, tables, unsaid):
            out[by].append(one)
    before.next_report()
    return out


def _own(row: dict[str, str], truth: Truth, by: str, here) -> np.ndarray:
    """(N,) the treatments of the group that a row is of."""
    value = next(iter(row.values()))
    return here & (dimension_values(truth, by) == ("" if value == "not recorded" else value))


def _in_chart(chart, truth: Truth, here, before: Before, tables, unsaid) -> list[tuple[str, Said]]:
    """Of how many each of a chart's rates is a share: 'of 40' are 40 to 59, where it is no sum."""
    name, _, what = chart.caption.rpartition(CHARTS[1] if CHARTS[1] in chart.caption else " by ")
    by = {"clinic": "clinic", "early alliance": "alliance"}.get(what, "period")
    rows = {json.dumps(row): row for row in chart_rows(chart.spec) if "of" in row}
    found = []
    for row in rows.values() if name in COLUMNS else ():
        part, of = COLUMNS[name]
        value = str(row.get("period") or row["label"]).lower()
        if what == "group of patients":
            title, _, value = str(row["label"]).rpartition(": ")
            by, value = tables.get(f"{OF_PATIENTS}{title}", ""), value.lower()
        if by not in tables.values():
            continue
        group = here & truth.flags[of] & (np.char.lower(dimension_values(truth, by)) == value)
        if before.split(f"{part} of {of}", group)[0] or before.split(of, group)[0]:
            continue
        n = int(row["of"].split("of ")[1].replace(",", ""))
        wide = _tens(n) - 1
        if n + wide < before.count(group):  # a rougher size: he is told which ones are
            wide = 3 * _tens(before.count(group)) - 1
        printed = of == "measured" and (by, value) not in unsaid
        ends = (n - 2, n + 2) if printed else (n, n + wide)
        found.append((by, Said(group, *ends)))
    return found


def chart_rows(spec) -> list[dict]:
    """Every row of data of a chart."""
    if isinstance(spec, list):
        return [row for part in spec for row in chart_rows(part)]
    if not isinstance(spec, dict):
        return []
    own = [row for row in spec.get("values", ()) if isinstance(row, dict)]
    own += [row for rows in spec.get("datasets", {}).values() for row in rows]
    return own + [
        row for key, part in spec.items() if key != "datasets" for row in chart_rows(part)
    ]


def _overall(row, truth: Truth, here, before: Before) -> list[Said]:
    part, whole = COLUMNS[row["Outcome"]]
    rows, of = here & truth.flags[part], here & truth.flags[whole]
    found = [*_count(row["Treatments"], rows, part, before), *_count(row["Of"], of, whole, before)]
    printed = COUNT.fullmatch(row["Of"]) is not None
    return found + _rate(row["Rate"], rows, of, f"{part} of {whole}", printed, before)


def _group(row, truth: Truth, group, before: Before) -> list[Said]:
    measured = group & truth.flags["measured"]
    found = _count(number := row.get("With both scores", "[c]"), measured, "measured", before)
    for column, (part, whole) in COLUMNS.items():
        if column in row:
            rows, of = group & truth.flags[part], group & truth.flags[whole]
            printed = whole == "measured" and COUNT.fullmatch(number) is not None
            text = row[column].split(" (")[0]
            found += _rate(text, rows, of, f"{part} of {whole}", printed, before)
    return found


def _waits(row, truth: Truth, group, before: Before) -> list[Said]:
    """Who waited longer: the rest of a column's share is told as any other share, of a number that
    no table prints."""
    found = []
    for column, weeks in WAITS.items():
        if column in row:
            rows, of = group & truth.flags[f"over {weeks}"], group & truth.flags["timed"]
            text = rest_of(row[column].split(" (")[0])
            found += _rate(text, rows, of, f"over {weeks} of timed", False, before)
    return found


def rest_of(text: str) -> str:
    """'60 %' -> '40 %', 'over 80 %' -> 'under 20 %', '60 to 80 %' -> '20 to 40 %'."""
    told = REST.fullmatch(text)
    if not told:
        return text
    if told[1]:
        return f"under {100 - int(told[1])}\u00a0%"
    low = f"{100 - int(told[3])}"
    return f"{low} to {100 - int(told[2])}\u00a0%" if told[2] else f"{low}\u00a0%"


def _count(text: str, rows, name: str, before: Before) -> list[Said]:
    if not COUNT.fullmatch(text):
        return [Said(rows, *ends)] if (ends := count_range(text)) else []  # of all: never a sum
    known, rest = before.split(name, rows)
    n = int(text.replace(",", "")) - int(sum(one.figure for one in known))
    if not before.count(rest):
        return []
    before.add(name, rest, n)
    return [Said(rest, max(0, n - 2), n + 2 if n else 0)]


def _rate(text: str, rows, of, name: str, printed: bool, before: Before) -> list[Said]:
    """In steps by the size of the set; 'under' or a range where it may not be told."""
    known, rest = before.split(name, of)
    n = before.count(of)
    limits = LIMITS.fullmatch(text)
    if limits:
        low, high = int(limits[1] or 0), int(limits[2])
        if not low and before.count(rows) <= 7 and high in _limits_of_few(n, printed):
            before.add(name, of, 0.5 * 7 / max(1, n), 700 / max(1, n))
            return [Said(rows, 0, 7)]
        if high - low in (20, 40) and low % 10 == 0 and not known:
            before.add(name, of, (low + high) / 200, high - low)
            return [Said(rows, low / 100, high / 100 - 1e-9, of)]
        if known and before.count(rest):
            left = before.count(rest)
            wide = ((high - low) * n - sum(k.n * k.width for k in known)) / left
            middle = ((low + high) / 2 * n - sum(100 * k.n * k.figure for k in known)) / left
            return _of_a_range(rows & rest, rest, name, before, middle, wide)
        return []
    shown = RATE.fullmatch(text)
    if not shown or not before.count(rest):
        return []
    points, left = int(shown[1]), before.count(rest)
    step = 5 if left < 160 else 2 if left < 400 else 1
    able = [
        v
        for v in range(0, 101, step)
        if abs(sum(k.n * k.figure for k in known) + left * v / 100 - n * points / 100) <= 0.015 * n
    ]
    able = able if known else [points]
    if not able:
        return []
    low, high = (min(able) - step / 2) / 100, (max(able) + step / 2) / 100
    before.add(name, rest, sum(able) / len(able) / 100, max(able) - min(able) + step)
    return [Said(rows & rest, low, high - 1e-9, rest)]


def _of_a_range(rows, rest, name: str, before: Before, middle: float, wide: float) -> list[Said]:
    """What a sum's range may at most tell of the rest that is new in it: few, or what fits best of
    its step, its fifth, and the one between two. middle, wide: the points that it leaves the
    rest."""
    top, left = before.count(rows), before.count(rest)
    if top <= 7:
        limit = min((700 / left, 20, 40), key=lambda points: abs(points - wide))
        before.add(name, rest, limit / 200, limit)
        return [Said(rows, 0, 7)]
    step = 5 if left < 160 else 2 if left < 400 else 1
    points, share = step * int(100 * top / left / step + 0.5), 100 * top / left
    told = [(points - step / 2, points + step / 2)]
    told += [(low, low + 20) for low in range(0, 90, 10) if low <= share < low + 20]
    told.append(((low := min(max(10 * int(share / 10 + 0.5) - 20, 0), 60)), low + 40))
    ends = min(told, key=lambda e: abs(sum(e) / 2 - middle) + abs(e[1] - e[0] - wide))
    before.add(name, rest, sum(ends) / 200, ends[1] - ends[0])
    return [Said(rows, ends[0] / 100, ends[1] / 100 - 1e-9, rest)]


def _limits_of_few(n: int, printed: bool) -> set[int]:
    """What 'under' may say where 7 or fewer of n are counted."""
    down = n // (tens := _tens(n)) * tens
    leasts = {5 * int((n + 2.5) // 5) - 2} if printed else {down, down - tens}
    return {700 // least + 1 for least in leasts if least > 0}


def _tens(n: int) -> int:  # in what steps a size is told that no table prints
    return 10 if n < 40 else 20 if n < 160 else 40
