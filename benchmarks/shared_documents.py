"""Random shared reports of random clinics, audited a second time by code that protects nothing.

    python -m benchmarks.shared_documents [documents] [seed]

Half of them have targets. Models of all patients, which no filter changes, are fitted once a
clinic. Prints the faults found; docs/sharing.md has the last run.
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from analysis.demo import make_demo
from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.outcomes.rates import METRICS
from analysis.questions.scope import Scope
from analysis.sharing import sources
from analysis.sharing.build import build
from analysis.sharing.request import SECTIONS, ReportRequest
from benchmarks.shared_reports import chosen
from tests.attackers.auditor import faults
from tests.attackers.truth import Truth

OF_A_CLINIC = 40  # documents of one dataset before the next is made


def main(documents: int = 1000, seed: int = 1) -> None:
    began, wrong = time.perf_counter(), 0
    for number, found in enumerate(audited(documents, seed), start=1):
        wrong += bool(found)
        for fault in found[:3]:
            print(fault)
        if not number % 20:
            took = time.perf_counter() - began
            print(f"{number} documents, {wrong} with faults, {took:.0f} s", flush=True)


def audited(documents: int, seed: int) -> Iterator[list[str]]:
    """The faults of each of so many random reports."""
    store, rng = Path(tempfile.mkdtemp()), np.random.default_rng(seed)
    os.environ["RAPPORT_STORE"] = str(store)
    for number in range(documents):
        name = f"c{number // OF_A_CLINIC}"
        if not number % OF_A_CLINIC:
            models: dict = {}
            make_demo(name=name, episodes=int(rng.integers(50, 600)), seed=seed + number)
            truth = Truth(OutcomeQuestion(name))
        asked = OutcomeQuestion(name, selection=chosen(rng, truth))
        sections = tuple(s for s in SECTIONS if s != "partition" and rng.random() < 0.7)
        sections = sections if set(sections) - {"method"} else ("outcomes", "clinics")
        request = ReportRequest(Scope(name), sections, question=asked, targets=_targets(rng))
        with _kept(models):
            report = build(request)
        yield faults(report.document, truth, asked.selection)


def _targets(rng) -> tuple[tuple[str, int], ...]:
    chosen = [metric for metric in METRICS if rng.random() < 0.4] if rng.random() < 0.5 else []
    return tuple((metric, int(rng.integers(1, 100))) for metric in chosen)


@contextmanager
def _kept(models: dict) -> Iterator[None]:
    """Sections of models made once: `models` keeps what was made."""
    made = {name: getattr(sources, name) for name in ("alliance_model_part", "signals_part")}

    def once(name: str):
        def part(*asked):
            key = name, *(one for one in asked if isinstance(one, str))
            if key not in models:
                models[key] = made[name](*asked)
            return models[key]

        return part

    try:
        for name in made:
            setattr(sources, name, once(name))
        yield
    finally:
        for name, own in made.items():
            setattr(sources, name, own)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
