"""A year of reports as a director plans it, on the demo and on random clinics: what is shown.

    python -m benchmarks.shared_series [clinics] [seed] [sets to attack]

Each year: four quarters, year to date after each, the year, rolling twelve months, in the order of
time, every one admitted by the ledger before the next is made; clinics by the year, in a smaller
service the other breakdowns by the half-year. Prints how many were written, how the rates of
groups of 20 treatments and more are told (the stricter measure: groups of patients with them), how
many of all figures in those rows of the tables are shown, and as ranges of counts (rows and clinics
at equal case-mix that are left out are hidden figures), the largest error of a rate, and the
processor's seconds; docs/sharing.md has the table. With sets to attack, so many small sets of each
breakdown are asked of all eight reports together (`tests/attackers/programmes.py`).
"""

import os
import re
import sys
import tempfile
import time
from collections import Counter

import numpy as np

from analysis.base.errors import ExportRefused
from analysis.demo import make_demo
from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.scope import Scope
from analysis.sharing.build import build
from analysis.sharing.export import admit
from analysis.sharing.periods_asked import told_in_blocks
from analysis.sharing.request import KINDS, ReportRequest
from analysis.store.queries.treatments.outcome_cells import Selection
from tests.attackers.forms import count_range
from tests.attackers.programmes import narrowed
from tests.attackers.truth import COLUMNS, TABLES, Truth, dimension_values

HIDDEN, RANGE, SHOWN, NOTHING = "hidden", "a range of a count", "shown", "nothing to show"
EQUAL = "Clinics at equal case-mix"
LEAST = 20  # treatments behind a rate that a board expects to see
LARGE = 2500  # treatments of a service whose models, severities and thirds are told by the quarter
RATE = re.compile(r"(\d+)\u00a0%")
FORTY = re.compile(r"(?:under |(\d+) to )(\d+)\u00a0%")


def main(clinics: int = 5, seed: int = 1, attacked: int = 0) -> None:
    os.environ["RAPPORT_STORE"] = tempfile.mkdtemp()
    rng = np.random.default_rng(seed)
    for number in range(clinics + 1):
        episodes = 3000 if not number else int(rng.integers(800, 4000))
        make_demo(name=f"s{number}", episodes=episodes, seed=seed + number)
        grains = {"clinic": 4}
        if episodes < LARGE:
            grains |= dict.fromkeys(("model", "severity", "alliance", "equity"), 2)
        began = time.process_time()
        written, told, worst, shown, reports, truth = _year(f"s{number}", grains)
        took = time.process_time() - began
        every = sum(told.values())
        said = ", ".join(f"{name} {100 * n / every:.0f} %" for name, n in sorted(told.items()))
        print(
            f"{episodes} treatments: {written} written; of {every}: {said}; largest error "
            f"{worst:.1f} points; of {shown.total()} figures "
            f"{100 * (1 - shown[HIDDEN] / shown.total()):.1f} % shown, "
            f"{100 * shown[RANGE] / shown.total():.1f} % as ranges of counts; {took:.0f} s",
            flush=True,
        )
        if attacked:
            found = narrowed(reports, truth, attacked, rng, TABLES | truth.groups)
            sure = [one for one in found if False in one[2:]]
            print(
                f"  attacked: {len(sure)} narrowed, {len(found) - len(sure)} undecided", flush=True
            )


def _year(name: str, grains: dict[str, int]) -> tuple[str, Counter, float, Counter, list, Truth]:
    truth = Truth(OutcomeQuestion(name))
    year = sorted({p for p in truth.of["period"] if p})[-2][:4]  # the last that is over
    first, second, third, fourth = (f"{year} Q{q}" for q in range(1, 5))
    before = f"{int(year) - 1} Q3"
    asked = [(first, first), (second, second), (first, second), (before, second)]
    asked += [(third, third), (first, third), (fourth, fourth), (first, fourth)]
    written, told, worst, shown, reports = 0, Counter(), 0.0, Counter(), []
    tables = TABLES | truth.groups
    for ends in asked:
        question = OutcomeQuestion(name, selection=Selection(periods=ends))
        request = ReportRequest(
            Scope(name), KINDS["outcomes"], question=question, grains=tuple(grains.items())
        )
        report = build(request)
        try:
            admit(report)
        except ExportRefused:
            continue
        written += 1
        reports.append((report.document, question.selection))
        by = [d for d in ("all", *tables.values()) if told_in_blocks(*ends, _grain(grains, d))]
        if ends[0] == ends[1]:  # one period is everybody, and has no table of its own
            by.remove("period")
        here = truth.selected(question.selection)
        for kind, error in _rates(report.document, truth, here, by, tables):
            told[kind] += 1
            worst = max(worst, error)
        shown += _figures(report.document, truth, here, by, tables)
    return f"{written} of {len(asked)}", told, worst, shown, reports, truth


def _grain(grains: dict[str, int], dimension: str) -> int:
    return grains.get("equity" if dimension.startswith("of ") else dimension, 1)


def _figures(document, truth: Truth, here, dimensions: list[str], tables) -> Counter:
    """How each figure is told in rows of LEAST treatments with both scores and more: counts, rates,
    effect sizes, completeness, waits, changes. A dash is where there is nothing to show; a row or a
    column that is left out is hidden in each of its places."""
    found: Counter = Counter()
    columns = {label for label in COLUMNS if label != "No reliable change"}
    columns |= {"With both scores", "Effect size"}
    there = {}
    for table in document.tables:
        by = tables.get(table.caption, "period" if table.caption.endswith("by period") else "")
        rows = {next(iter(row.values())): row for row in table.texts()}
        there[table.caption] = rows
        kept = _large(truth, here, by) & set(rows) if by else set(rows)
        for value in kept:
            found += Counter(map(_how, (t for t in list(rows[value].values())[1:])))
            if table.caption in tables:
                found[HIDDEN] += len(columns - set(rows[value]))
    asked = [(caption, by, len(columns)) for caption, by in tables.items()]
    asked.append((next((c for c in there if c.startswith(EQUAL)), EQUAL), "clinic", 2))
    for caption, by, each in asked:
        if by in dimensions:
            named = {v for v in _large(truth, here, by) if v != "not recorded"}
            found[HIDDEN] += each * len(named - set(there.get(caption, ())))
    del found[NOTHING]
    return found


def _large(truth: Truth, here, by: str) -> set[str]:
    """The groups of LEAST treatments with both scores and more, as rows name them."""
    values = dimension_values(truth, by)[here & truth.flags["measured"]]
    names, sizes = np.unique(values.astype(str), return_counts=True)
    return {name or "not recorded" for name in names[sizes >= LEAST].tolist()}


def _how(text: str) -> str:
    if not text or text == "\u2013":
        return NOTHING
    return HIDDEN if "[c]" in text else RANGE if count_range(text) else SHOWN


def _rates(document, truth: Truth, here, dimensions: list[str], of_tables):
    """(how it is told, its error in points) of each rate of LEAST treatments and more."""
    tables = {t.caption: t for t in document.tables}
    captions = {"Outcomes of the service": "all", **of_tables}
    for metric, (part, whole) in COLUMNS.items():
        for caption, by in captions.items():
            if by not in dimensions or (metric == "No reliable change" and by != "all"):
                continue
            values = dimension_values(truth, by) if by != "all" else np.full(len(here), "")
            texts = tables[caption].texts() if caption in tables else ()
            rows = {next(iter(row.values())): row for row in texts}
            for value in sorted(set(values[here])):
                if not value and (by == "alliance" or by.startswith("of ")):
                    continue  # of those without early ratings, or of whom it is not recorded
                of = here & truth.flags[whole] & (values == value)
                if of.sum() < LEAST:
                    continue
                row = rows.get(metric if by == "all" else value or "not recorded", {})
                text = row.get("Rate" if by == "all" else metric, "[c]").split(" (")[0]
                yield _kind(text), _error(text, 100 * truth.flags[part][of].mean())


def _kind(text: str) -> str:
    if "%" not in text:
        return "hidden"
    if RATE.fullmatch(text):
        return "rate"
    ends = FORTY.fullmatch(text)
    if ends and int(ends[2]) - int(ends[1] or 0) > 20:
        return "over 20 points wide"
    return "limit" if text.startswith("under") else "range"


def _error(text: str, true: float) -> float:
    shown = RATE.fullmatch(text)
    return abs(int(shown[1]) - true) if shown else 0.0


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
