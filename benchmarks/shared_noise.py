"""Consistent noise on counts (cell keys) in place of hiding and rounding, against the same reader.

    python -m benchmarks.shared_noise [treatments] [seed]

Each count of a year's series (four quarters, year to date, the year; everybody and each group)
gets a whole number from -B to B that its patients decide: the same patients, the same noise,
whatever the report (the key of a cell is the sum of its patients' keys, as the Office for National
Statistics and the Australian Bureau of Statistics have it). Nothing is hidden. Prints, for each B,
of how many sets of 1 to 7 patients whole numbers leave less than 1 to 7 open, and the error of
rates of 20 treatments and more; docs/decisions/0074 has the last run.
"""

import os
import sys
import tempfile

import numpy as np

from analysis.demo import make_demo
from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.store.queries.treatments.outcome_cells import Selection
from tests.attackers.meaning import Said
from tests.attackers.programmes import Attack, targets_of
from tests.attackers.truth import COLUMNS, FLAGS, TABLES, Truth, dimension_values

LEAST, LOOKED_AT = 20, 40  # treatments of a rate; sets of each breakdown
BOUNDS = (2, 3, 4, 6)


def main(treatments: int = 1000, seed: int = 1) -> None:
    os.environ["RAPPORT_STORE"] = tempfile.mkdtemp()
    make_demo(name="d", episodes=treatments, seed=seed)
    truth = Truth(OutcomeQuestion("d"))
    patients, who = np.unique(truth.patient, return_inverse=True)
    keys = np.random.default_rng(seed).integers(0, 2**32, len(patients))
    for most in BOUNDS:
        rng = np.random.default_rng(seed)
        narrowed, undecided, looked = _attacked(truth, keys, who, most, rng)
        errors = np.array(list(_errors(truth, keys, who, most)))
        print(
            f"noise to {most}: {narrowed} of {looked} sets narrowed, {undecided} undecided; "
            f"rates err {errors.mean():.1f} points, 95 % below {np.quantile(errors, 0.95):.1f}, "
            f"over three {100 * (errors > 3).mean():.0f} %",
            flush=True,
        )


def _noise(rows, keys, who, most: int) -> int:
    """What the patients of a count decide: the sum of their keys picks from -most to most."""
    return int(keys[np.unique(who[rows])].sum() % (2 * most + 1)) - most


def _selections(truth: Truth) -> list[Selection]:
    year = sorted({p for p in truth.of["period"] if p})[-2][:4]
    quarters = [f"{year} Q{q}" for q in range(1, 5)]
    ends = [*((q, q) for q in quarters), *((quarters[0], q) for q in quarters[1:])]
    return [Selection(periods=one) for one in ends]


def _cells(truth: Truth, by: str, selection: Selection):
    """(N,) of everybody and of each group of a breakdown in one report."""
    here = truth.selected(selection)
    values = dimension_values(truth, by)
    yield here
    yield from (here & (values == value) for value in sorted(set(values[here & truth.real])))


def _attacked(truth: Truth, keys, who, most: int, rng) -> tuple[int, int, int]:
    unseen = truth.with_unseen(list(dict.fromkeys(["clinic", *TABLES.values()])), FLAGS)
    narrowed = undecided = looked = 0
    for by in TABLES.values():
        told = []
        for selection in _selections(truth):
            for cell in _cells(unseen, by, selection):
                for name in FLAGS:
                    rows = cell & unseen.flags[name]
                    real = rows[: len(who)]
                    shown = int(real.sum()) + _noise(real, keys, who, most)
                    told.append(Said(rows, max(0, shown - most), max(0, shown + most)))
        sets = targets_of(unseen, by, [unseen.selected(s) for s in _selections(truth)])
        chosen = [sets[i] for i in rng.permutation(len(sets))[:LOOKED_AT]]
        attack = Attack(told, chosen)
        for target in chosen:
            ends = attack.reaches(target, 0, 1), attack.reaches(target, 7, np.inf)
            looked += 1
            narrowed += False in ends
            undecided += False not in ends and None in ends
    return narrowed, undecided, looked


def _errors(truth: Truth, keys, who, most: int):
    """Points by which the rate of noisy counts is off."""
    for by in TABLES.values():
        for selection in _selections(truth):
            for cell in _cells(truth, by, selection):
                for part, whole in COLUMNS.values():
                    top, of = cell & truth.flags[part], cell & truth.flags[whole]
                    if of.sum() >= LEAST:
                        told = [int(r.sum()) + _noise(r, keys, who, most) for r in (top, of)]
                        yield 100 * abs(told[0] / told[1] - top.sum() / of.sum())


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
