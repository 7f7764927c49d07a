"""Pairs and triples of admitted reports against whole numbers of who waited how long.

    python -m benchmarks.shared_waits [services] [treatments] [first seed]

Of each service (a third of its waits unknown, few of them over 18 weeks): a quarter more, a clinic
more, a model more, quarters and the year. Prints how many sets of 1 to 7 patients who waited longer
than a standard, between two of them, or nobody knows how long, a reader of all files narrows;
docs/sharing.md has the last line.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from analysis.base.errors import ExportRefused
from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.scope import Scope
from analysis.sharing.build import build
from analysis.sharing.export import admit
from analysis.sharing.request import ReportRequest
from analysis.store.queries.treatments.outcome_cells import Selection
from tests.attackers.programmes import narrowed
from tests.attackers.truth import WAIT_FLAGS, Truth
from tests.random_clinics import random_clinic

READ = {"Outcomes by period": "period", "Outcomes by treatment model": "model"}
LOOKED_AT = 12  # small sets of each attack, drawn at random


def main(services: int = 10, treatments: int = 400, seed: int = 1) -> None:
    store = Path(tempfile.mkdtemp())
    os.environ["RAPPORT_STORE"] = str(store)
    began, reports, rates, told, undecided = time.perf_counter(), 0, 0, 0, 0
    for number in range(seed, seed + services):
        name = random_clinic(number, treatments=treatments).name
        truth, rng = Truth(OutcomeQuestion(name)), np.random.default_rng(number)
        for way, selections in ways(truth).items():
            for ledger in (f"{name}/shared.ledger", f".shared-{name}.json"):
                (store / ledger).unlink(missing_ok=True)
            made = [r for one in selections if (r := shared(name, one))]
            found = narrowed(made, truth, LOOKED_AT, rng, READ, WAIT_FLAGS) if made else []
            reports, rates = reports + len(made), rates + sum(map(waits_told, made))
            sure = [one for one in found if False in one[2:]]
            told, undecided = told + len(sure), undecided + len(found) - len(sure)
            for one in sure:
                print(f"  {name}, {way}: {one}", flush=True)
        said = f"{reports} reports, {rates} waits told, {told} sets narrowed, {undecided} undecided"
        print(f"{name}: {said}, {time.perf_counter() - began:.0f} s", flush=True)


def ways(truth: Truth) -> dict[str, list[Selection]]:
    """What a thief would ask one after the other."""
    quarters = sorted({p for p in truth.of["period"] if p})
    clinics = sorted(set(truth.of["clinic"]))
    year = [Selection(periods=(q, q)) for q in quarters[:4]]
    return {
        "a quarter more": [
            Selection(periods=(quarters[0], quarters[i])) for i in (len(quarters) - 2, -1)
        ],
        "a clinic more": [Selection(clinics=tuple(clinics[1:])), Selection()],
        "quarters and the year": [*year, Selection(periods=(quarters[0], quarters[3]))],
        "a model more": [
            Selection(models=tuple(sorted(set(truth.of["model"]))[:1])),
            Selection(),
            Selection(periods=(quarters[1], quarters[-1])),
        ],
    }


def shared(name: str, selection: Selection):
    question = OutcomeQuestion(name, selection=selection)
    sections = ("outcomes", "access")
    try:
        report = build(ReportRequest(Scope(name), sections, question=question))
        admit(report)
    except ExportRefused:
        return None
    return report.document, selection


def waits_told(made: tuple) -> int:
    """How many waits within a standard a report tells."""
    tables = [t for t in made[0].tables if t.caption.startswith("Waits within")]
    cells = [c.text for t in tables for row in t.rows for c in row[1:] if c.of and "|" in c.of]
    return sum("\u00a0%" in text for text in cells)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
