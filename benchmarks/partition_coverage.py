"""Does the interval of a share hold the truth? Many demos of known truth, one partition each.

    python benchmarks/partition_coverage.py [--seeds 40] [--episodes 3000]
        [--none FACTOR] [--adjust landmark]

Prints a Markdown table for docs/validation.md: for each share the mean estimate, its standard
deviation over seeds, how often the 95 % interval held the truth, and how often it reached 0.
Takes about three seconds a seed on two cores. --none FACTOR: demos in which it explains nothing.
"""

import argparse
import os
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from analysis.demo import DEFAULT, make_demo
from analysis.demo.drawing.effects import FACTOR_FIELDS
from analysis.questions.partition.answer import partition
from analysis.questions.scope import Scope
from analysis.store.versions import catalogue
from analysis.store.versions.dataset import open_dataset


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--episodes", type=int, default=3000)
    parser.add_argument("--bootstrap", type=int, default=200)
    parser.add_argument("--none", choices=list(FACTOR_FIELDS), default=None)
    parser.add_argument("--adjust", choices=("intake", "landmark"), default="intake")
    options = parser.parse_args()
    effects = replace(DEFAULT, **{FACTOR_FIELDS[options.none]: 0.0}) if options.none else DEFAULT
    rows: dict[str, list[tuple[float, float, float, float]]] = {}
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RAPPORT_STORE"] = folder
        for seed in range(1, options.seeds + 1):
            for name, row in one(seed, options, effects).items():
                rows.setdefault(name, []).append(row)
            print(f"seed {seed} of {options.seeds}", file=sys.stderr)
    show(rows, options, time.perf_counter() - began)


def one(seed: int, options, effects) -> dict[str, tuple[float, float, float, float]]:
    """(truth, estimate, low, high) of every share for one demo."""
    info = make_demo("coverage", options.episodes, 1000 + seed, effects=effects)
    asked = {"adjust": options.adjust, "window": (3, 5)}  # what the demo's truth is known for
    scope = Scope("coverage", bootstrap=options.bootstrap, seed=seed, **asked)
    result = partition(scope)
    with open_dataset(info) as dataset:
        truth = dataset.meta["truth"]["end"]
    catalogue.delete("coverage")
    known = truth["shares" if options.adjust == "intake" else "shares_landmark"]
    out = {b.factor: (known[b.factor], b.share, b.low, b.high) for b in result.blocks}
    a = result.adjusted_for
    adjusted = truth["adjusted" if options.adjust == "intake" else "adjusted_landmark"]
    out[f"adjusted for ({options.adjust})"] = (adjusted, a.share, a.low, a.high)
    for u in result.unexplained if options.adjust == "intake" else ():
        level = "patient" if u.level == "treatment" else u.level
        out[f"unexplained: {level}"] = (truth["unexplained"][level], u.share, u.low, u.high)
    return out


def show(rows, options, seconds: float) -> None:
    print(
        f"{options.seeds} seeds, {options.episodes:,} episodes, {options.bootstrap} replicates, ",
        end="",
    )
    print(f"{seconds / options.seeds:.1f} s a seed with making the demo\n")
    print("| Share | truth | mean estimate | SD over seeds | truth inside | interval reaches 0 |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    held = []
    for name, values in rows.items():
        truth, estimate, low, high = np.array(values).T
        inside = (low <= truth) & (truth <= high)
        if name in FACTOR_FIELDS:
            held.append(inside)
        print(
            f"| {name} | {truth[0]:.3f} | {estimate.mean():.4f} | {estimate.std(ddof=1):.4f} "
            f"| {inside.mean():.3f} | {(low <= 0).mean():.3f} |"
        )
    print(f"\nAll factors together: the truth inside {np.mean(held):.3f} of (share, seed).")


if __name__ == "__main__":
    main()
