"""Shares where some leave before the landmark: complete cases, weighted, imputed, beside the truth.

    python -m benchmarks.missing [sets] [imputations] [first seed]

Worlds of `tests/worlds/leaves_early.py`, 60 therapists of 20: a third ends after two to four
sessions, by chance or those with a poor first alliance and high scores. Prints the table of
docs/validation.md; a set takes some ten seconds.
"""

import os
import sys
import tempfile
from collections import defaultdict

import numpy as np

from analysis.questions.partition.missing import answer
from analysis.questions.scope import Scope
from analysis.store.versions import catalogue
from tests.worlds import leaves_early
from tests.worlds.dataset import as_dataset

FACTORS = ("alliance", "technique", "extra-therapeutic")


def main(sets: int = 40, imputations: int = 10, first: int = 0) -> None:
    answer.SHIFTS = ()  # the tipping point is not asked
    print("| who leaves | way | factor | sets | truth | mean | inside |")
    print("| --- | --- | --- | ---: | ---: | ---: | ---: |", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RAPPORT_STORE"] = folder
        for by in ("chance", "alliance"):
            found = defaultdict(list)
            for seed in range(first, first + sets):
                world = leaves_early.make(seed, by)
                as_dataset("world", world)
                told = answer.missing(Scope("world", window=(3, 5)), imputations)
                catalogue.delete("world")
                for line in told.lines:
                    for s in line.shares:
                        found[line.way, s.factor].append((s.share, s.low, s.high))
            for (way, factor), values in found.items():
                print(_row(by, way, factor, np.array(values), world.truth[factor]), flush=True)


def _row(by: str, way: str, factor: str, values: np.ndarray, truth: float) -> str:
    inside = ((values[:, 1] <= truth) & (truth <= values[:, 2])).mean()
    error = np.sqrt(max(inside * (1 - inside), 0.5 / len(values) / 2) / len(values))
    return (
        f"| {by} | {way} | {factor} | {len(values)} | {truth:.3f} | {values[:, 0].mean():.3f} | "
        f"{inside:.3f} ({error:.3f}) |"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
