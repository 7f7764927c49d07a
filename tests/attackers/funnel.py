"""A report's funnel worked again from what its points say, by Spiegelhalter's formulas as printed
(2005, doi:10.1002/sim.1970), without the code that draws it."""

import math

import numpy as np

from analysis.presentation.tables.table import Table
from analysis.sharing.writing.document import Chart
from tests.attackers.charts import chart_rows
from tests.attackers.forms import count

FUNNEL = "Clinics in a funnel: "
Z = {0.95: 1.959964, 0.998: 3.090232}
ROUNDED = 1e-4  # a chart's rows have four places


def faults_of_a_funnel(chart: Chart, tables: list[Table]) -> list[str]:
    """What a shared funnel says that its points and the table of clinics do not; [] for nothing."""
    rows = chart_rows(chart.spec)
    points = {row["name"]: row for row in rows if "name" in row}
    metric = chart.caption.removeprefix(FUNNEL).capitalize()
    [table] = [t for t in tables if t.caption == "Outcomes by clinic"]
    told = {row["Clinic"]: row for row in table.texts()}
    found = []
    for name, row in points.items():
        shown, n = told[name][metric].split(" (")[0], row["n"]
        size = told[name]["With both scores"]
        if shown != row["shown"].split(" (")[0] or shown != f"{100 * row['share']:.0f}\u00a0%":
            found.append(f"{chart.caption}: {name} is {shown} in the table, {row['share']} here")
        if f"of {n:,}" != row["of"] or n % 5 or n > _most(size):
            found.append(f"{chart.caption}: {name} has {n} treatments, told are {size}")
    target, tau = _target_and_tau([(p["share"], p["n"]) for p in points.values()])
    chance = target * (1 - target)
    for row in points.values():
        edge = Z[0.998] * math.sqrt(chance / row["n"] + tau**2)
        outside, far = row["signal"] == "outside", abs(row["share"] - target)
        if outside != (far > edge) and abs(far - edge) > ROUNDED:
            found.append(f"{chart.caption}: {row['name']} is {row['signal'] or 'inside'}")
    for row in (row for row in rows if "limit" in row):
        halves = [Z[level] * math.sqrt(chance / row["at"] + tau**2) for level in Z]
        halves.append(Z[0.998] * math.sqrt(chance / row["at"]))
        ends = [min(1, max(0, target + sign * half)) for half in halves for sign in (-1, 1)]
        if min(abs(row["limit"] - end) for end in ends) > ROUNDED:
            found.append(f"{chart.caption}: a limit of {row['limit']} at {row['at']}")
    lines = [row["target"] for row in rows if "target" in row]
    if not lines or any(abs(line - target) > ROUNDED for line in lines):
        found.append(f"{chart.caption}: a common rate of {lines}, by the points {target}")
    return found


def _most(size: str) -> float:
    """The most that a count, a range or a hidden one leaves open."""
    told = count(size)
    return math.inf if told is None else told if isinstance(told, int) else told[1]


def _target_and_tau(points: list[tuple[float, int]]) -> tuple[float, float]:
    """The common rate, and the standard deviation of clinics beyond chance (additive)."""
    share, n = (np.array(values, dtype=float) for values in zip(*points, strict=True))
    target = float((share * n).sum() / n.sum())
    weight = n / (target * (1 - target))
    z = np.sort((share - target) * np.sqrt(weight))
    z = np.clip(z, np.quantile(z, 0.1), np.quantile(z, 0.9))
    q, units = float((z**2).sum()), len(points)
    between = weight.sum() - (weight**2).sum() / weight.sum()
    return target, math.sqrt(max(0.0, (q - (units - 1)) / between))
