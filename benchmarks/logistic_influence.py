"""Does the verdict on single groups of a logistic model keep still where no group is odd?

    python -m benchmarks.logistic_influence              # 200 sets a row
    python -m benchmarks.logistic_influence --sets 40    # a look

Groups of 30 rows, logit -.3 + .5 x + group (SD .5) (+ .3 x that differs between groups in the rows
named 'slopes'), fitted by the model that made them. *Problem*: sets whose 'Influence of groups' is
a problem; *note*: a word only. The last rows have one group 4 logits out.
"""

import argparse
import os

import numpy as np
from scipy.special import expit

from analysis.models.logistic.fit import fit_logistic
from analysis.models.logistic.rows.random_block import RandomBlock

TERMS = ("(Intercept)", "x")
# Name -> groups, SD of slopes, logits that one group lies out.
WORLDS = {
    "clean, 10 groups": (10, 0.0, 0.0),
    "clean, 20 groups": (20, 0.0, 0.0),
    "clean, 40 groups": (40, 0.0, 0.0),
    "clean, 20 groups, slopes": (20, 0.3, 0.0),
    "one group 4 logits out, 20 groups": (20, 0.0, 4.0),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", type=int, default=200)
    options = parser.parse_args()
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    print("| world | sets | problem | note |\n| --- | ---: | ---: | ---: |")
    for name, world in WORLDS.items():
        grades = [grade(seed, *world) for seed in range(options.sets)]
        problem, note = (grades.count(g) / len(grades) for g in ("problem", "note"))
        print(f"| {name} | {len(grades)} | {problem:.3f} | {note:.3f} |", flush=True)


def grade(seed: int, groups: int, slopes: float, out: float) -> str:
    """The verdict's grade in one set."""
    rng = np.random.default_rng([20261128, groups, seed])
    code = np.repeat(np.arange(groups), 30)
    x = np.column_stack([np.ones(len(code)), rng.normal(size=len(code))])
    logit = -0.3 + 0.5 * x[:, 1] + 0.5 * rng.normal(size=groups)[code] + out * (code == 3)
    logit += slopes * rng.normal(size=groups)[code] * x[:, 1]
    y = (rng.random(len(code)) < expit(logit)).astype(float)
    terms = TERMS if slopes else TERMS[:1]
    block = RandomBlock("g", code, terms, x[:, : len(terms)])
    verdicts = dict(fit_logistic(y, x, TERMS, (block,), straight=()).checks.verdicts)
    verdict = verdicts.get("Influence of groups")
    return verdict.grade if verdict else "none"


if __name__ == "__main__":
    main()
