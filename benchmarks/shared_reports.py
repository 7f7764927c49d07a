"""Random pairs and triples of admitted reports against integer programmes.

    python -m benchmarks.shared_reports [tries] [treatments] [seed] [1: all breakdowns together]

Prints how many of the tries gave a reader of all their files a set of 1 to 7 patients narrowed to
less than 1 to 7, and how many did so by their medians, whose sizes he knows; docs/sharing.md has
the last figures.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from analysis.base.errors import ExportRefused
from analysis.demo import make_demo
from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.scope import Scope
from analysis.sharing.build import build
from analysis.sharing.export import admit
from analysis.sharing.request import KINDS, ReportRequest
from analysis.store.queries.treatments.outcome_cells import Selection
from tests.attackers.joined import narrowed_together
from tests.attackers.medians import Values, medians_said, sided
from tests.attackers.programmes import narrowed
from tests.attackers.truth import ENDINGS, FLAGS, TABLES, Truth

LOOKED_AT = 4  # small sets of each breakdown, drawn at random


def main(tries: int = 200, treatments: int = 1000, seed: int = 1, together: int = 0) -> None:
    store = Path(tempfile.mkdtemp())
    os.environ["RAPPORT_STORE"] = str(store)
    make_demo(name="d", episodes=treatments, seed=seed)
    rng, truth = np.random.default_rng(seed), Truth(OutcomeQuestion("d"))
    tables, values = TABLES | truth.groups, Values(OutcomeQuestion("d"))
    began, told, open_ended, admitted, by_medians = time.perf_counter(), 0, 0, 0, 0
    for number in range(tries):
        for name in ("d/shared.ledger", ".shared-d.json"):
            (store / name).unlink(missing_ok=True)
        reports = [r for _ in range(2 + number % 2) if (r := _shared(chosen(rng, truth)))]
        found = _narrowed(reports, truth, rng, tables, together) if reports else []
        sure = [one for one in found if False in one[2:]]
        told, open_ended = told + bool(sure), open_ended + bool(found and not sure)
        admitted += len(reports)
        medians = [m for document, s in reports for m in medians_said(document, truth, values, s)]
        by_medians += bool(sided(medians, truth, values))
        took = time.perf_counter() - began
        said = f"{admitted} reports, {told} narrowed, {open_ended} undecided"
        said += f", {by_medians} by medians"
        print(f"{number + 1} tries, {said}, {took:.0f} s", flush=True)
        for one in sure:
            print(f"  {one[0]}: a set of {one[1]} patients cannot be {_ends(one)}", flush=True)


def _narrowed(reports, truth: Truth, rng, tables, together: int) -> list[tuple]:
    """together: all breakdowns and how treatments ended in one programme."""
    if together:
        names = (*FLAGS, *ENDINGS)
        return narrowed_together(reports, truth, LOOKED_AT, rng, tables, names)
    return narrowed(reports, truth, LOOKED_AT, rng, tables)


def _ends(found: tuple) -> str:
    return " or ".join(n for n, able in zip(("1", "7"), found[2:], strict=True) if able is False)


def chosen(rng, truth: Truth) -> Selection:
    """A random selection: periods, clinics, both, or models."""
    quarters = sorted({p for p in truth.of["period"] if p})
    clinics, models = (sorted(set(truth.of[name])) for name in ("clinic", "model"))
    kind, of = rng.integers(4), {}
    if kind in (0, 3):
        first, last = sorted(rng.integers(0, len(quarters), 2))
        of["periods"] = (quarters[first], quarters[last])
    if kind in (1, 3):
        size = rng.integers(len(clinics) // 2, len(clinics))
        of["clinics"] = tuple(sorted(rng.choice(clinics, size, replace=False)))
    if kind == 2:
        size = rng.integers(1, len(models))
        of["models"] = tuple(sorted(rng.choice(models, size, replace=False)))
    return Selection(**of)


def _shared(selection: Selection):
    question = OutcomeQuestion("d", selection=selection)
    report = build(ReportRequest(Scope("d"), KINDS["outcomes"], question=question))
    try:
        admit(report)
    except ExportRefused:
        return None
    return report.document, selection


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
