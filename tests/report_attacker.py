"""A reader of several shared reports who adds, subtracts and solves in whole numbers.

Written without the code that protects: it reads the finished tables, takes from docs/sharing.md how
figures are rounded, knows which treatments share period, clinic, filter and outcome (only not
whose), and asks scipy's integer programmes for the least and the greatest number in any set of 1 to
7 patients that differences of the reports single out.
"""

import json
import re
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from analysis.questions.outcomes.rates import open_treatments

COUNT = re.compile(r"[\d,]+")
RATE = re.compile(r"(\d+)\u00a0%")
COLUMNS = {
    "Reliable improvement": ("improved", "measured"),
    "Recovery": ("recovered", "at_caseness"),
    "Reliable recovery": ("reliably_recovered", "at_caseness"),
    "Reliable deterioration": ("deteriorated", "measured"),
    "No reliable change": ("unchanged", "measured"),
}
TABLES = {
    "Outcomes by period": "period",
    "Outcomes by treatment model": "model",
    "Outcomes by severity at intake": "severity",
    "Outcomes by clinic": "clinic",
    "Outcomes by early alliance": "alliance",
}
CHARTS = (" by ", " over time")
FLAGS = ("measured", "at_caseness", *dict.fromkeys(part for part, _ in COLUMNS.values()))


@dataclass(frozen=True)
class Said:
    """A printed figure. rows: (N,) of the whole dataset's treatments that it counts. of: those of
    which it is a share, None for a count."""

    rows: np.ndarray
    low: float
    high: float
    of: np.ndarray | None = None


class Truth:
    """Every treatment of the dataset: patient, therapist, dimensions and flags."""

    def __init__(self, question):
        with open_treatments(question).cursor() as cursor:
            names = ["patient", "therapist", *TABLES.values(), *FLAGS]
            rows = cursor.execute(f"SELECT {', '.join(names)} FROM treatments ORDER BY episode")
            columns = list(zip(*rows.fetchall(), strict=True))
        self.of = {n: np.array(c, dtype=object) for n, c in zip(names, columns, strict=True)}
        self.flags = {n: self.of[n].astype(bool) for n in FLAGS}
        self.patient = self.of["patient"].astype(str)

    def selected(self, selection) -> np.ndarray:
        kept = np.ones(len(self.patient), dtype=bool)
        for name, chosen in (
            ("clinic", selection.clinics),
            ("model", selection.models),
            ("severity", selection.severities),
        ):
            if chosen:
                kept &= np.isin(self.of[name].astype(str), chosen)
        first, last = selection.periods
        period = np.array([p or "" for p in self.of["period"]])
        if first:
            kept &= period >= first
        if last:
            kept &= (period <= last) & (period != "")
        return kept


def said(document, truth: Truth, selection) -> dict[str, list[Said]]:
    """Dimension -> what the document's tables say of its groups and of everybody."""
    here = truth.selected(selection)
    out: dict[str, list[Said]] = {name: [] for name in ("all", *TABLES.values())}
    for table in document.tables:
        for row in table.texts():
            if table.caption == "Outcomes of the service":
                out["all"] += _overall(row, truth, here)
            elif table.caption in TABLES:
                by = TABLES[table.caption]
                value = next(iter(row.values()))
                group = here & (_values(truth, by) == ("" if value == "not recorded" else value))
                out[by] += _group(row, truth, group)
            elif row.get("Treatments") == "All treatments":
                out["all"] += _count(row["Number"], here)
    for chart in document.charts:
        for by, one in _in_chart(chart, truth, here):
            out[by].append(one)
    return out


def _in_chart(chart, truth: Truth, here) -> list[tuple[str, Said]]:
    """Of how many each of a chart's rates is a share: 'of 50' are 50 to 59 below 160."""
    name, _, what = chart.caption.rpartition(CHARTS[1] if CHARTS[1] in chart.caption else " by ")
    by = {"clinic": "clinic", "early alliance": "alliance"}.get(what, "period")
    rows = {json.dumps(row): row for row in _rows(chart.spec) if "of" in row}
    found = []
    for row in rows.values() if name in COLUMNS else ():
        whole = truth.flags[COLUMNS[name][1]]
        value = str(row.get("period") or row["label"]).lower()
        group = here & whole & (np.char.lower(_values(truth, by)) == value)
        n = int(row["of"].split("of ")[1].replace(",", ""))
        ends = (n - 2, n + 2) if COLUMNS[name][1] == "measured" or n >= 160 else (n, n + 9)
        found.append((by, Said(group, *ends)))
    return found


def _rows(spec) -> list[dict]:
    """Every row of data of a chart."""
    if isinstance(spec, list):
        return [row for part in spec for row in _rows(part)]
    if not isinstance(spec, dict):
        return []
    own = [row for row in spec.get("values", ()) if isinstance(row, dict)]
    own += [row for rows in spec.get("datasets", {}).values() for row in rows]
    return own + [row for key, part in spec.items() if key != "datasets" for row in _rows(part)]


def _values(truth: Truth, by: str) -> np.ndarray:
    return np.array([v or "" for v in truth.of[by]])


def _overall(row, truth: Truth, here) -> list[Said]:
    part, whole = COLUMNS[row["Outcome"]]
    rows, of = here & truth.flags[part], here & truth.flags[whole]
    found = [*_count(row["Treatments"], rows), *_count(row["Of"], of)]
    return found + _rate(row["Rate"], rows, of, row["Of"])


def _group(row, truth: Truth, group) -> list[Said]:
    measured = row.get("With both scores", "[c]")
    found = _count(measured, group & truth.flags["measured"])
    for column, (part, whole) in COLUMNS.items():
        if column in row:
            printed = measured if whole == "measured" else "[c]"
            rows, of = group & truth.flags[part], group & truth.flags[whole]
            found += _rate(row[column].split(" (")[0], rows, of, printed)
    return found


def _count(text: str, rows) -> list[Said]:
    if not COUNT.fullmatch(text):
        return []
    n = int(text.replace(",", ""))
    return [Said(rows, max(0, n - 2), n + 2 if n else 0)]


def _rate(text: str, rows, of, whole: str) -> list[Said]:
    """Below 160 in steps of five, else from rounded counts; where nobody knows which, either."""
    shown = RATE.fullmatch(text)
    if not shown:
        return []
    points = int(shown[1])
    n = int(whole.replace(",", "")) if COUNT.fullmatch(whole) else None
    if n is not None and n > 160:
        parts = [k for k in range(0, n + 1, 5) if int(100 * k / n + 0.5) == points]
        return [Said(rows, min(parts) - 2, max(parts) + 2)] if parts else []
    step = 2.5 if n is not None and n < 160 else 3.0
    return [Said(rows, (points - step) / 100, (points + step) / 100 - 1e-9, of)]


def narrowed(reports: list[tuple], truth: Truth, most: int, rng) -> list[tuple]:
    """(dimension, true patients, least, greatest) of each set of 1 to 7 patients, of at most `most`
    looked at in each dimension, that all reports together narrow down to less than 1 to 7.

    reports: (document, selection).
    """
    everything = [(said(d, truth, s), truth.selected(s)) for d, s in reports]
    found = []
    for by in TABLES.values():
        statements = [one for told, _ in everything for one in (*told["all"], *told[by])]
        targets = _targets(truth, by, [here for _, here in everything])
        chosen = rng.permutation(len(targets))[:most]
        attack = _Attack(statements, [targets[i] for i in chosen])
        for i in chosen:
            low, high = attack.interval(targets[i])
            if low > 1 or high < 7:
                found.append((by, len(set(truth.patient[targets[i]])), low, high))
    return found


def _targets(truth: Truth, by: str, selections: list[np.ndarray]) -> list[np.ndarray]:
    """Sets of 1 to 7 patients: of each region of the selections, everybody's and each group's, who
    are measured, who have an outcome, and who have not."""
    region = sum(here.astype(int) << i for i, here in enumerate(selections))
    values = _values(truth, by)
    groups = [np.ones(len(values), dtype=bool), *(values == v for v in sorted(set(values)))]
    targets = {}
    for r in sorted(set(region) - {0}):
        for group in groups:
            own = group & (region == r)
            for name in FLAGS:
                whole = truth.flags["at_caseness" if "recovered" in name else "measured"]
                for rows in (own & truth.flags[name], own & whole & ~truth.flags[name]):
                    if 1 <= len(set(truth.patient[rows])) <= 7:
                        targets[rows.tobytes()] = rows
    return list(targets.values())


class _Attack:
    """Integer programmes over the treatments that all statements treat alike."""

    def __init__(self, statements: list[Said], targets: list[np.ndarray]):
        sets = [*targets, *(s.rows for s in statements)]
        sets += [s.of for s in statements if s.of is not None]
        bits = np.packbits(np.stack(sets), axis=0) if sets else np.zeros((1, 0), dtype=np.uint8)
        _, self.atom = np.unique(bits, axis=1, return_inverse=True)
        self.atom = self.atom.reshape(-1)
        self.n = int(self.atom.max(initial=-1)) + 1
        rows, lows, highs = [], [], []
        for s in statements:
            if s.of is None:
                rows.append(self._of(s.rows))
                lows.append(s.low)
                highs.append(s.high)
            else:
                rows += [self._of(s.rows) - s.low * self._of(s.of)]
                lows.append(0.0)
                highs.append(np.inf)
                rows += [self._of(s.rows) - s.high * self._of(s.of)]
                lows.append(-np.inf)
                highs.append(0.0)
        self.known = LinearConstraint(np.array(rows), lows, highs) if rows else None

    def _of(self, rows: np.ndarray) -> np.ndarray:
        out = np.zeros(self.n)
        out[np.unique(self.atom[rows])] = 1.0
        return out

    def interval(self, target: np.ndarray) -> tuple[float, float]:
        if self.known is None:
            return 0.0, np.inf
        ends = []
        for sign in (1.0, -1.0):
            solved = milp(
                sign * self._of(target),
                constraints=self.known,
                integrality=np.ones(self.n),
                bounds=Bounds(0, 10_000),
                options={"time_limit": 20, "presolve": True},
            )
            ends.append(sign * solved.fun if solved.x is not None else (0.0, np.inf)[sign < 0])
        return round(ends[0], 6), round(ends[1], 6)
