"""A second look at finished reports, written without the code that protects or audits them.

It counts the dataset's own treatments again, row by row of the tables, by the rules of
docs/sharing.md, and asks of every number in a sentence or a chart where it comes from.
"""

import re

import numpy as np

from analysis.presentation.tables.table import Table
from analysis.sharing.writing.document import Chart, KeyFigures, Paragraph
from tests.report_ranges import count_range, is_wrong
from tests.report_reader import (
    COLUMNS,
    COMPLETE,
    LINES,
    TABLES,
    WAITS,
    WITHIN,
    WITHIN_BY_PERIOD,
    Truth,
    chart_rows,
    dimension_values,
    rest_of,
)
from tests.told_funnel import FUNNEL, faults_of_a_funnel

HIDDEN = "[c]"
PER_CENT = re.compile(r"(\d+)\u00a0%")
LIMITS = re.compile(r"(?:under |(\d+) to )(\d+)\u00a0%")
CHANGE = re.compile(
    r"([A-Z][a-z ]+) in (\d{4} Q\d) was [a-z ]+ in (\d{4} Q\d): (\d+)\u00a0% \([^)]*\) after "
    r"(\d+)\u00a0% \([^)]*\) \(([+−]?\d+) points"
)
DIGITS = re.compile(r"\d[\d,]*(?:\.\d+)?")
SENSITIVE = {"improved", "recovered", "reliably_recovered", "deteriorated", "unchanged"}
# Numbers of sentences that are the program's own.
OWN = re.compile(
    r"PHQ-9|95\s%|99\.8\s%|60\s%|1 to 7 patients|sessions \d+ to \d+"
    r"|had [\d.]+ (?:(?:weeks |days )?or less|sessions or fewer)|[Ww]ithin \d+ weeks"
    r"|With \d+ periods[^.]*"
)


def faults(document, truth: Truth, selection) -> list[str]:
    """Each fault of a shared document in words; [] for none."""
    here = truth.selected(selection)
    found = []
    for section in document.sections:
        if section.heading == "How this was made":
            continue
        tables = [b for b in section.blocks if isinstance(b, Table)]
        for table in tables:
            found += _of_table(table, truth, here)
        for chart in (b for b in section.blocks if isinstance(b, Chart)):
            if chart.caption.startswith(FUNNEL):
                found += faults_of_a_funnel(chart, tables)
        if section.heading == "Summary":
            found += _of_summary(section, truth, here)
        else:
            found += _of_texts(section, tables)
    return found


def _of_summary(section, truth: Truth, here) -> list[str]:
    """Key figures again from the rows, and changes from the rates that they name."""
    found, keys = [], [b for b in section.blocks if isinstance(b, KeyFigures)]
    for figure in (f for block in keys for f in block.figures):
        part, whole = COLUMNS[figure.label]
        sets = here & truth.flags[part], here & truth.flags[whole]
        found += _rate(section, figure.value.text, part, *sets, truth, 10)
    for text in (b.text for b in section.blocks if isinstance(b, Paragraph)):
        change = CHANGE.match(text)
        if change is None:
            continue
        found += _change(section, change.groups(), truth, here)
    return found


def _change(section, said, truth: Truth, here) -> list[str]:
    metric, later, earlier, after, before, points = said
    part, whole = COLUMNS[metric]
    found, periods = [], dimension_values(truth, "period")
    for period, told in ((later, after), (earlier, before)):
        group = here & (periods == period)
        sets = group & truth.flags[part], group & truth.flags[whole]
        found += _rate(section, f"{told}\u00a0%", part, *sets, truth)
    if abs(int(after) - int(before) - int(points.replace("−", "-"))) > 1:
        found.append(f"Summary: {points} points from {before} to {after}")
    return found


def _of_table(table: Table, truth: Truth, here) -> list[str]:
    found = []
    for row in table.texts():
        if table.caption == "Outcomes of the service":
            part, whole = COLUMNS[row["Outcome"]]
            sets = here & truth.flags[part], here & truth.flags[whole]
            found += _count(table, row["Treatments"], sets[0], truth)
            found += _count(table, row["Of"], sets[1], truth)
            found += _rate(table, row["Rate"], part, *sets, truth, 10)
        elif table.caption == "Targets":
            part, whole = COLUMNS[row["Outcome"]]
            sets = here & truth.flags[part], here & truth.flags[whole]
            found += _rate(table, row["Rate"], part, *sets, truth, 10)
        elif table.caption == COMPLETE:
            own = here & (dimension_values(truth, "period") == row["Period"])
            sets = own & truth.flags["measured"], own & truth.flags["finished"]
            found += _rate(table, row["With both scores"], "scored", *sets, truth)
        elif table.caption == WITHIN:
            found += _waits(table, {row["First session"]: row["Rate"]}, here, truth, 10)
        elif table.caption == WITHIN_BY_PERIOD:
            own = here & (dimension_values(truth, "period") == row["Period"])
            found += _waits(table, row, own, truth)
        elif "Number" in row and row["Treatments"] in LINES:
            name = LINES[row["Treatments"]]
            rows = here & truth.flags[name] if name != "episodes" else here
            found += _count(table, row["Number"], rows, truth)
        elif table.caption in (known := TABLES | truth.groups):
            value = next(iter(row.values()))
            named = dimension_values(truth, known[table.caption])
            group = here & (named == ("" if value == "not recorded" else value))
            found += _group(table, row, group, truth)
    return found


def _group(table: Table, row: dict, group, truth: Truth) -> list[str]:
    measured = group & truth.flags["measured"]
    found = _count(table, row.get("With both scores", HIDDEN), measured, truth)
    for column, (part, whole) in COLUMNS.items():
        if column in row:
            sets = group & truth.flags[part], group & truth.flags[whole]
            found += _rate(table, row[column].split(" (")[0], part, *sets, truth)
    told = any(text not in (HIDDEN, "–") for text in list(row.values())[1:])
    if told and measured.any():
        loads = np.unique(truth.of["therapist"][measured].astype(str), return_counts=True)[1]
        if len(loads) < 3 or loads.max() > 0.6 * loads.sum():
            found.append(f"{table.caption}: {row} tells of a therapist")
    return found


def _waits(table: Table, row: dict, group, truth: Truth, least: int = 18) -> list[str]:
    found = []
    for column, weeks in WAITS.items():
        if column in row:
            sets = group & truth.flags[f"over {weeks}"], group & truth.flags["timed"]
            found += _rate(
                table, rest_of(row[column].split(" (")[0]), "waited", *sets, truth, least
            )
    return found


def _patients(rows, truth: Truth) -> int:
    return len(set(truth.patient[rows]))


def _count(table: Table, text: str, rows, truth: Truth) -> list[str]:
    if text in (HIDDEN, "–"):
        return []
    n, people = int(rows.sum()), _patients(rows, truth)
    if ends := count_range(text):
        wrong = is_wrong(ends, rows, truth)
        return [f"{table.caption}: {text} for {n} treatments of {people}"] * wrong
    rounded = 5 * int((n + 2.5) // 5)
    if 1 <= people <= 7 or int(text.replace(",", "")) != rounded:
        return [f"{table.caption}: {text} for {n} treatments of {people}"]
    return []


def _rate(where, text: str, part: str, rows, of, truth: Truth, least: int = 18) -> list[str]:
    """least: treatments of which limits may be told, 18 of a group (20 as printed); a fifth of the
    scale is told of everybody from 10 patients on."""
    n, k = int(of.sum()), int(rows.sum())
    true = 100 * k / n if n else 0.0
    limits = LIMITS.fullmatch(text)
    if limits:
        low, high = int(limits[1] or 0), int(limits[2])
        few = _patients(of, truth) < 10 or n < (18 if k <= 7 else least)
        # Either few, and then all of 0 to 7 are possible, or 20 or 40 points of the scale.
        honest = high * n / 100 + 2 > 7 if k <= 7 else high - low in (20, 40)
        if few or not honest or not low <= true < high:
            return [f"{_name(where)}: {text} for {k} of {n}"]
        return []
    shown = PER_CENT.fullmatch(text)
    if not shown:
        return []
    few = _patients(of, truth) < 10 or 1 <= _patients(rows, truth) <= 7 or 1 <= n - k <= 7
    telling = part in SENSITIVE and (k == 0 or int(shown[1]) >= 90 or true >= 90)
    if few or telling or abs(int(shown[1]) - true) > 3:
        return [f"{_name(where)}: {text} for {k} of {n}"]
    return []


def _name(where) -> str:
    return where.caption if isinstance(where, Table) else where.heading


def _of_texts(section, tables) -> list[str]:
    """Numbers of sentences and charts that no table or key figure shows."""
    cells = [cell.text for table in tables for row in table.rows for cell in row]
    keys = [f for b in section.blocks if isinstance(b, KeyFigures) for f in b.figures]
    shown = {n for text in (*cells, *(f.value.text for f in keys)) for n in DIGITS.findall(text)}
    names = {row[0].text for table in tables for row in table.rows}
    found = []
    for block in section.blocks:
        if isinstance(block, Chart):
            rows = [
                v for r in chart_rows(block.spec) for n, v in r.items() if n in ("shown", "share")
            ]
            texts = [block.alt, *(v for v in rows if isinstance(v, str))]
            exact = [v for v in rows if isinstance(v, float) and "who" not in block.fields]
            found += [
                f"{block.caption}: {v}" for v in exact if abs(100 * v - round(100 * v)) > 1e-6
            ]
        elif isinstance(block, Paragraph) and section.blocks.index(block) == 0:
            texts = [block.text]
        else:
            continue
        for text in texts:
            for name in sorted(names, key=len, reverse=True):
                text = re.sub(rf"\b{re.escape(name)}\b", " ", text) if name else text
            left = set(DIGITS.findall(OWN.sub(" ", text))) - shown
            if left and not text.startswith(("Line", "With")) and "around" not in text:
                found.append(f"{section.heading}: {sorted(left)} in '{text[:80]}'")
    return found
