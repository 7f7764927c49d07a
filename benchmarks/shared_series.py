"""A year of reports as a director plans it, on the demo and on random clinics: what is written.

    python -m benchmarks.shared_series [clinics] [seed]

Each year: four quarters, year to date after each, the year, rolling twelve months, in the order of
time, every one admitted by the ledger before the next is made. Prints how many were written, and
which share of the rates of groups of 20 and more treatments they show; docs/sharing.md has the
table.
"""

import os
import sys
import tempfile
import time

import numpy as np

from analysis.base.errors import ExportRefused
from analysis.demo import make_demo
from analysis.presentation.words.outcome_words import METRIC_LABELS
from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.scope import Scope
from analysis.sharing.build import build
from analysis.sharing.export import admit
from analysis.sharing.request import KINDS, ReportRequest
from analysis.store.queries.treatments.outcome_cells import Selection
from tests.report_attacker import COLUMNS, TABLES, Truth, _values

LEAST = 20  # treatments behind a rate that a board expects to see


def main(clinics: int = 5, seed: int = 1) -> None:
    os.environ["RAPPORT_STORE"] = tempfile.mkdtemp()
    rng = np.random.default_rng(seed)
    print("treatments  a year  reports written  rates shown", flush=True)
    for number in range(clinics + 1):
        episodes = 3000 if not number else int(rng.integers(800, 4000))
        make_demo(name=f"s{number}", episodes=episodes, seed=seed + number)
        written, shown, every, year, took = _year(f"s{number}")
        print(
            f"{episodes:>10} {year:>7} {written:>16} {100 * shown / every:>10.1f} % of {every}"
            f"  ({took:.0f} s)",
            flush=True,
        )


def _year(name: str) -> tuple[str, int, int, int, float]:
    truth, began = Truth(OutcomeQuestion(name)), time.perf_counter()
    periods = sorted({p for p in truth.of["period"] if p})
    year = periods[-2][:4]  # the last that is over
    quarters = [f"{year} Q{q}" for q in range(1, 5)]
    asked = [(q, q) for q in quarters[:1]]
    for q in quarters[1:]:
        asked += [(q, q), (quarters[0], q)]
    before = f"{int(year) - 1} Q3"
    asked.append((before, quarters[1]))  # rolling twelve months at midsummer
    written = shown = every = 0
    for ends in asked:
        selection = Selection(periods=ends)
        question = OutcomeQuestion(name, selection=selection)
        report = build(ReportRequest(Scope(name), KINDS["outcomes"], question=question))
        try:
            admit(report)
        except ExportRefused:
            continue
        written += 1
        told, possible = _rates(report.document, truth, truth.selected(selection))
        shown, every = shown + told, every + possible
    inside = int(truth.selected(Selection(periods=(quarters[0], quarters[3]))).sum())
    return f"{written} of {len(asked)}", shown, every, inside, time.perf_counter() - began


def _rates(document, truth: Truth, here) -> tuple[int, int]:
    """Rates shown, and rates of 20 treatments or more that could be, of all and each group."""
    tables = {t.caption: t for t in document.tables}
    shown = every = 0
    for metric, (_, whole) in COLUMNS.items():
        for caption, by in {"Outcomes of the service": "all", **TABLES}.items():
            values = _values(truth, by) if by != "all" else np.full(len(here), "")
            rows = (
                {next(iter(r.values())): r for r in tables[caption].texts()}
                if caption in tables
                else {}
            )
            if metric == "No reliable change" and by != "all":
                continue
            for value in sorted(set(values[here])):
                if (here & truth.flags[whole] & (values == value)).sum() < LEAST:
                    continue
                every += 1
                if by == "all":
                    text = rows.get(metric, {}).get("Rate", "[c]")
                else:
                    text = rows.get(value or "not recorded", {}).get(metric, "[c]")
                shown += "%" in text
    return shown, every


if __name__ == "__main__":
    assert set(COLUMNS) <= set(METRIC_LABELS.values())
    main(*map(int, sys.argv[1:]))
