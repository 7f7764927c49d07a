"""The charts of a shared report of outcomes: each row says again what a table does, and of how many
it is; a chart, or a column of its data, that is not known is refused.

A funnel's limits are worked again in `funnel.py`.
"""

import re

from tests.attackers import forms
from tests.attackers.forms import Unread
from tests.attackers.printed import ALL, Printed
from tests.attackers.truth import COLUMNS, LEFT_OVER, OF_PATIENTS, WAITS, Truth

METRIC = "|".join(COLUMNS)
OVER_TIME = re.compile(rf"({METRIC}) over time")
BY = re.compile(rf"({METRIC}) by (clinic|early alliance|group of patients)")
FUNNEL = re.compile(rf"Clinics in a funnel: ({METRIC.lower()})")
WAIT = re.compile(r"(Within \d+ weeks), over time")
COMPLETE = "How complete the scores are, over time"
RATES, EQUAL = "Rates with their 95 % intervals", "Clinics at equal case-mix"
# Columns that are made of those that are read, or draw nothing that is about patients.
MADE = {"stretch", "centre", "lower", "upper", "limits", "signal", "told", "target", "end", "at"}
MADE |= {"limit"}
POINTS = {"label", "share", "low", "high", "shown", "of", "name", "n", "period"}
EFFECTS = {"name", "effect", "low", "high", "reading", "shown", "told", "centre"}


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


def read_chart(chart, truth: Truth, printed: Printed) -> list[str]:
    """Every figure of a chart goes into `printed`; back come the texts that say one again."""
    rows = chart_rows(chart.spec)
    if chart.caption == EQUAL:
        _columns(rows, EFFECTS)
        for row in (row for row in rows if "shown" in row):
            forms.decimals(row["shown"])
        return [f"{row['name']} {row['shown']}" for row in rows if "shown" in row]
    rows = [row for row in rows if "who" not in row]  # others' published rates
    _columns(rows, MADE | POINTS)
    said = []
    for row in (row for row in rows if "shown" in row):
        group, of, told = _whose(chart.caption, row, truth)
        if told is not None:
            _point(row, told)
            printed.share(group, of, told.rest if of[0] in LEFT_OVER or of[1] == "timed" else told)
        if "of" in row:
            printed.size(group, of, row["of"])
            if "n" in row and row["of"] != f"of {row['n']:,}":
                raise Unread(f"{row['n']} is not '{row['of']}'")
        label = row["label"].split(" (")[0] if chart.caption == RATES else row.get("label")
        name = row.get("period") or row.get("name") or label
        said.append(f"{name} {row['shown']}")
    return said


def _columns(rows: list[dict], known: set[str]) -> None:
    unknown = {name for row in rows for name in row} - known
    if unknown:
        raise Unread(f"columns {sorted(unknown)} of a chart")


def _whose(caption: str, row: dict, truth: Truth):
    """(group, (count, of which), its printed share) of a row."""
    told, columns = forms.share(row["shown"]), truth.columns
    if caption == RATES:
        return ALL, columns[row["label"].split(" (")[0]], told
    if known := OVER_TIME.fullmatch(caption):
        return ("period", row["period"]), columns[known[1]], told
    if caption == COMPLETE:
        return ("period", row["period"]), ("unscored", "finished"), told
    if known := WAIT.fullmatch(caption):
        return ("period", row["period"]), (f"over {WAITS[known[1]]}", "timed"), told
    if known := FUNNEL.fullmatch(caption):
        return ("clinic", row["name"]), columns[known[1].capitalize()], told
    if known := BY.fullmatch(caption):
        by = {"clinic": "clinic", "early alliance": "alliance"}.get(known[2])
        what, _, value = row["label"].rpartition(": ")
        group = (by, row["label"]) if by else (truth.groups[f"{OF_PATIENTS}{what}"], value)
        return group, columns[known[1]], told
    raise Unread(f"a chart called '{caption}'")


def _point(row: dict, told: forms.Share) -> None:
    """Where a point is drawn, it is printed."""
    ends = {"share": told.low, "low": told.first, "high": told.last}
    for name, points in ends.items():
        if points is not None and name in row and abs(100 * row[name] - points) > 1e-6:
            raise Unread(f"{name} {row[name]} is drawn where '{row['shown']}' is printed")
    if not told.is_rate:
        raise Unread(f"'{row['shown']}' is drawn as a point")
