"""Every headline number in worlds of known truth: bias, coverage, false positives.

    python -m benchmarks.worlds [--sets 40] [--resamples 300] [--only mirrors] [--first 0]
    python -m benchmarks.worlds --table F...

Prints the tables of docs/validation.md. One process; a set takes about a second. --only: worlds
whose name holds this; --first: the first seed; --keep: a file that each set's numbers are added to,
so that a table can be made of several runs.
"""

import argparse
import json
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from analysis.questions.partition.answer import partition
from analysis.questions.scope import Scope
from analysis.store.versions import catalogue
from tests.worlds import (
    contextual,
    dropout_by_alliance,
    dropout_by_score,
    fading,
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
NULL: dict[str, Make] = (
    {
        f"mirrors {what}, reliability {r}, {low} to {high} sessions": (
            lambda s, what=what, r=r, low=low, high=high: mirror.make(
                s, sessions=(low, high), reliability=r, mirrors=what
            )
        )
        for low, high in ((9, 14), (3, 9), (3, 6))
        for what, r in (("scores", 1.0), ("scores", 0.8), ("symptoms", 0.9), ("symptoms", 0.8))
    }
    | {"none": none.make, "person trends": trends.make, "ruptures": ruptures.make}
    | {
        f"swings fade, mirrors {what}": (lambda s, what=what: fading.make(s, mirrors=what))
        for what in ("course", "symptoms")
    }
)
WORKING: dict[str, Make] = {
    f"works, {j} therapists": (lambda s, j=j: works.make(s, therapists=j)) for j in (8, 30, 100)
} | {
    "works, no therapist variance, 30": lambda s: works.make(s, therapists=30, therapist_end=0.0),
    # An alliance that follows noisy scores closely, and works.
    "works and mirrors": lambda s: works.make(s, reliability=0.65, mirrors=-0.12),
    "few patients": few_patients.make,
    "short": short.make,
    "dropout by score": dropout_by_score.make,
    "dropout by alliance": dropout_by_alliance.make,
    "heavy tails": heavy_tails.make,
    **{
        f"contextual, {n} patients": (lambda s, n=n: contextual.make(s, patients=n))
        for n in (4, 10, 60)
    },
    **{
        f"unexplained {share}, {j} therapists": (
            lambda s, j=j, share=share: works.make(
                s, therapists=j, therapist_end=works.end_for(share)
            )
        )
        for j in (8, 30, 150)
        for share in (0.0, 0.02, 0.1)
    },
}
SHOWN = (
    "alliance",
    "alliance *",
    "technique",
    "extra-therapeutic",
    "alliance patient *",
    "alliance therapist *",
    "technique therapist *",
    "alliance effect patient *",
    "alliance effect therapist *",
    "unexplained therapist",
)


def numbers(answer) -> dict[str, tuple]:
    """name -> (estimate, low, high); names with * are the corrected ones."""
    out = {}
    for b in answer.blocks:
        out[b.factor] = (b.share, b.low, b.high)
        out[f"{b.factor} *"] = (b.corrected, b.corrected_low, b.corrected_high)
    for v in answer.levels:
        out[f"{v.factor} {v.level} *"] = (v.corrected, v.corrected_low, v.corrected_high)
        effect = (v.true_effect, v.true_effect_low, v.true_effect_high)
        out[f"{v.factor} effect {v.level} *"] = effect
    for u in answer.unexplained:
        out[f"unexplained {u.level}"] = (u.share, u.low, u.high)
    return out


def run(name: str, make: Make, seeds: range, resamples: int) -> Iterator[dict]:
    """One record a seed: world, seed, truth, numbers."""
    for seed in seeds:
        world = make(seed)
        as_dataset("world", world)
        began = time.perf_counter()
        answer = partition(Scope("world", bootstrap=resamples))
        seconds = time.perf_counter() - began
        catalogue.delete("world")
        yield {
            "world": name, "seed": seed, "truth": world.truth, "numbers": numbers(answer),
            "resamples": resamples, "seconds": seconds,
        }  # fmt: skip


def null_row(name: str, records: list[dict]) -> str:
    values = np.array([r["numbers"]["alliance"] for r in records], dtype=float)
    reaches = (values[:, 1] <= 0).mean()
    cells = (len(values), f"{values[:, 0].mean():.4f}", held(reaches, len(values)))
    return f"| {name} | {' | '.join(map(str, cells))} |"


def working_rows(name: str, records: list[dict]) -> list[str]:
    truth = records[0]["truth"]
    # Of a contextual world the known shares are those of true means.
    known = {f"{k} *": v for k, v in truth.items()} if name.startswith("cont") else truth
    rows = []
    for key in SHOWN:
        found = [r["numbers"].get(key) or [None, None] for r in records]
        values = np.array([v for v in found if v[0] is not None and v[1] is not None], dtype=float)
        if key not in known or not len(values):
            continue
        t = known[key]
        inside = ((values[:, 1] <= t + 1e-9) & (t <= values[:, 2])).mean()
        cells = (
            name, key, len(values), f"{t:.3f}", f"{values[:, 0].mean():.3f}",
            f"{values[:, 0].std() / np.sqrt(len(values)):.3f}", held(inside, len(values)),
        )  # fmt: skip
        rows.append(f"| {' | '.join(map(str, cells))} |")
    return rows


def held(part: float, n: int) -> str:
    """A coverage with its Monte-Carlo standard error; of none or all, that of one in 2 n."""
    near = min(max(part, 0.5 / n), 1 - 0.5 / n)
    return f"{part:.3f} ({np.sqrt(near * (1 - near) / n):.3f})"


def tables(records: list[dict]) -> None:
    by_world = defaultdict(dict)
    for record in records:
        by_world[record["world"]][record["seed"]] = record
    print("| world | sets | mean share | reaches 0 |\n| --- | ---: | ---: | ---: |")
    for name in NULL:
        if name in by_world:
            print(null_row(name, list(by_world[name].values())))
    print("\n| world | number | sets | truth | mean | its error | inside |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for name in WORKING:
        if name in by_world:
            print("\n".join(working_rows(name, list(by_world[name].values()))))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sets", type=int, default=40)
    parser.add_argument("--resamples", type=int, default=300)
    parser.add_argument("--only", default="")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--keep", default="")
    parser.add_argument("--table", nargs="+", default=())
    asked = parser.parse_args()
    if asked.table:
        lines = [line for path in asked.table for line in Path(path).read_text().splitlines()]
        tables([json.loads(line) for line in lines])
        return
    records = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RAPPORT_STORE"] = folder
        for name, make in (NULL | WORKING).items():
            if asked.only not in name:
                continue
            for record in run(name, make, _seeds(asked), asked.resamples):
                records.append(record)
                if asked.keep:
                    with Path(asked.keep).open("a") as file:
                        file.write(json.dumps(record) + "\n")
    tables(records)


def _seeds(asked) -> range:
    return range(asked.first, asked.first + asked.sets)


if __name__ == "__main__":
    main()
