"""A year of reports as a director plans it, on the demo and on random clinics: what is shown.

    python -m benchmarks.shared_series [clinics] [seed]

Each year: four quarters, year to date after each, the year, rolling twelve months, in the order of
time, every one admitted by the ledger before the next is made; clinics by the year, in a smaller
service the other breakdowns by the half-year. Prints how many were written, how the rates of
groups of 20 treatments and more are told, the largest error of a rate, and the processor's
seconds; docs/sharing.md has the table.
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
from tests.report_truth import COLUMNS, TABLES, Truth, dimension_values

LEAST = 20  # treatments behind a rate that a board expects to see
LARGE = 2500  # treatments of a service whose models, severities and thirds are told by the quarter
RATE = re.compile(r"(\d+)\u00a0%")


def main(clinics: int = 5, seed: int = 1) -> None:
    os.environ["RAPPORT_STORE"] = tempfile.mkdtemp()
    rng = np.random.default_rng(seed)
    for number in range(clinics + 1):
        episodes = 3000 if not number else int(rng.integers(800, 4000))
        make_demo(name=f"s{number}", episodes=episodes, seed=seed + number)
        grains = {"clinic": 4}
        if episodes < LARGE:
            grains |= dict.fromkeys(("model", "severity", "alliance", "equity"), 2)
        began = time.process_time()
        written, told, worst = _year(f"s{number}", grains)
        every = sum(told.values())
        said = ", ".join(f"{name} {100 * n / every:.0f} %" for name, n in sorted(told.items()))
        print(
            f"{episodes} treatments: {written} written; of {every}: {said}; largest error "
            f"{worst:.1f} points; {time.process_time() - began:.0f} s",
            flush=True,
        )


def _year(name: str, grains: dict[str, int]) -> tuple[str, Counter, float]:
    truth = Truth(OutcomeQuestion(name))
    year = sorted({p for p in truth.of["period"] if p})[-2][:4]  # the last that is over
    first, second, third, fourth = (f"{year} Q{q}" for q in range(1, 5))
    before = f"{int(year) - 1} Q3"
    asked = [(first, first), (second, second), (first, second), (before, second)]
    asked += [(third, third), (first, third), (fourth, fourth), (first, fourth)]
    written, told, worst = 0, Counter(), 0.0
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
        by = [d for d in ("all", *TABLES.values()) if told_in_blocks(*ends, grains.get(d, 1))]
        here = truth.selected(question.selection)
        for kind, error in _rates(report.document, truth, here, by):
            told[kind] += 1
            worst = max(worst, error)
    return f"{written} of {len(asked)}", told, worst


def _rates(document, truth: Truth, here, dimensions: list[str]):
    """(how it is told, its error in points) of each rate of LEAST treatments and more."""
    tables = {t.caption: t for t in document.tables}
    captions = {"Outcomes of the service": "all", **TABLES}
    for metric, (part, whole) in COLUMNS.items():
        for caption, by in captions.items():
            if by not in dimensions or (metric == "No reliable change" and by != "all"):
                continue
            values = dimension_values(truth, by) if by != "all" else np.full(len(here), "")
            texts = tables[caption].texts() if caption in tables else ()
            rows = {next(iter(row.values())): row for row in texts}
            for value in sorted(set(values[here])):
                if not value and by == "alliance":
                    continue  # no report has a row of those without early ratings
                of = here & truth.flags[whole] & (values == value)
                if of.sum() < LEAST:
                    continue
                row = rows.get(metric if by == "all" else value or "not recorded", {})
                text = row.get("Rate" if by == "all" else metric, "[c]").split(" (")[0]
                yield _kind(text), _error(text, 100 * truth.flags[part][of].mean())


def _kind(text: str) -> str:
    if "%" not in text:
        return "hidden"
    return "rate" if RATE.fullmatch(text) else "limit" if text.startswith("under") else "range"


def _error(text: str, true: float) -> float:
    shown = RATE.fullmatch(text)
    return abs(int(shown[1]) - true) if shown else 0.0


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
