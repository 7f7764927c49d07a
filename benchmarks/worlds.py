"""Every headline number in worlds of known truth: bias, coverage, false positives.

    python -m benchmarks.worlds [sets a cell] [resamples]

Prints the tables of docs/validation.md. One process; a set takes about a second.
"""

import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable

import numpy as np

from analysis.questions.partition.answer import partition
from analysis.questions.scope import Scope
from analysis.store.versions import catalogue
from tests.worlds import (
    contextual,
    dropout_by_alliance,
    dropout_by_score,
    few_patients,
    heavy_tails,
    mirror,
    none,
    ruptures,
    short,
    trends,
    works,
)
from tests.worlds.dataset import as_dataset
from tests.worlds.world import World

Make = Callable[[int], World]
NULL: dict[str, Make] = {
    f"mirrors {what}, reliability {r}, {low} to {high} sessions": (
        lambda s, what=what, r=r, low=low, high=high: mirror.make(
            s, sessions=(low, high), reliability=r, mirrors=what
        )
    )
    for low, high in ((9, 14), (3, 9), (3, 6))
    for what, r in (("scores", 1.0), ("scores", 0.8), ("symptoms", 0.9), ("symptoms", 0.8))
} | {"none": none.make, "person trends": trends.make, "ruptures": ruptures.make}
WORKING: dict[str, Make] = {
    f"works, {j} therapists": (lambda s, j=j: works.make(s, therapists=j)) for j in (8, 30, 100)
} | {
    "works, no therapist variance, 30": lambda s: works.make(s, therapists=30, therapist_end=0.0),
    "few patients": few_patients.make,
    "short": short.make,
    "dropout by score": dropout_by_score.make,
    "dropout by alliance": dropout_by_alliance.make,
    "heavy tails": heavy_tails.make,
    **{
        f"contextual, {n} patients": (lambda s, n=n: contextual.make(s, patients=n))
        for n in (4, 10)
    },
}
SHOWN = ("alliance", "alliance *", "technique", "extra-therapeutic", "alliance patient *",
         "alliance therapist *", "technique therapist *", "unexplained therapist")  # fmt: skip


def numbers(answer) -> dict[str, tuple]:
    """name -> (estimate, low, high); names with * are the corrected ones."""
    out = {}
    for b in answer.blocks:
        out[b.factor] = (b.share, b.low, b.high)
        out[f"{b.factor} *"] = (b.corrected, b.corrected_low, b.corrected_high)
    for v in answer.levels:
        out[f"{v.factor} {v.level} *"] = (v.corrected, v.corrected_low, v.corrected_high)
    for u in answer.unexplained:
        out[f"unexplained {u.level}"] = (u.share, u.low, u.high)
    return out


def run(make: Make, sets: int, resamples: int) -> tuple[dict, dict]:
    """(truth, name -> list of (estimate, low, high)) of so many sets."""
    found, truth = defaultdict(list), {}
    for seed in range(sets):
        world = make(seed)
        truth, name = world.truth, f"w{seed}"
        as_dataset(name, world)
        answer = partition(Scope(name, bootstrap=resamples))
        catalogue.delete(name)
        for key, value in numbers(answer).items():
            if value[0] is not None and value[1] is not None:
                found[key].append(value)
    return truth, found


def null_row(name: str, make: Make, sets: int, resamples: int) -> str:
    _, found = run(make, sets, resamples)
    values = np.array(found["alliance"])
    reaches = (values[:, 1] <= 0).mean()
    error = np.sqrt(max(reaches * (1 - reaches), 0.25 / len(values) * 0.1) / len(values))
    return f"| {name} | {len(values)} | {values[:, 0].mean():.4f} | {reaches:.3f} ({error:.3f}) |"


def working_rows(name: str, make: Make, sets: int, resamples: int) -> list[str]:
    truth, found = run(make, sets, resamples)
    # Of a contextual world the known shares are those of true means.
    known = {**{f"{k} *": v for k, v in truth.items()}} if name.startswith("cont") else truth
    rows = []
    for key in SHOWN:
        if key not in known or not found[key]:
            continue
        values, t = np.array(found[key]), known[key]
        inside = ((values[:, 1] <= t + 1e-9) & (t <= values[:, 2])).mean()
        error = np.sqrt(inside * (1 - inside) / len(values))
        mean = values[:, 0].mean()
        cells = (name, key, len(values), f"{t:.3f}", f"{mean:.3f}", f"{inside:.3f} ({error:.3f})")
        rows.append(f"| {' | '.join(map(str, cells))} |")
    return rows


def main(sets: int = 40, resamples: int = 300) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RAPPORT_STORE"] = folder
        print("| world | sets | mean share | reaches 0 |\n| --- | ---: | ---: | ---: |", flush=True)
        for name, make in NULL.items():
            print(null_row(name, make, sets, resamples), flush=True)
        print("\n| world | number | sets | truth | mean | inside |")
        print("| --- | --- | ---: | ---: | ---: | ---: |", flush=True)
        for name, make in WORKING.items():
            print("\n".join(working_rows(name, make, sets, resamples)), flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
