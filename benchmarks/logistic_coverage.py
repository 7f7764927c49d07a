"""Do logistic estimates and intervals keep their promises? Simulations whose truth is known.

    python -m benchmarks.logistic_coverage             # 300 sets a cell: some five minutes
    python -m benchmarks.logistic_coverage --sets 30   # a look

Cells: 10, 30 or 100 groups of 10 to 30 rows, SD between groups 0, .5 or 1.5 on the logit scale;
x measured on rows, w on groups; logit = -.5 + .5 x + 0 w + u. Fitted: y ~ x + w + (1 | g) by
Laplace and by 15 points of quadrature. Coverage of 95 % intervals of both effects, of the groups'
own effects, the mean SD, and the share of sets with an SD of zero.
"""

import argparse
from itertools import product

import numpy as np
import pandas as pd
from scipy.special import expit

from analysis.models.logistic.fit import fit_logistic
from analysis.models.logistic.rows.random_block import RandomBlock
from benchmarks.simulations import markdown

CELLS = tuple(product((10, 30, 100), (0.0, 0.5, 1.5)))
TERMS = ("(Intercept)", "x", "w")
TRUTH = dict(x=0.5, w=0.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", type=int, default=300)
    sets = parser.parse_args().sets
    rows = pd.DataFrame([one_set(*cell, seed) for cell in CELLS for seed in range(sets)])
    means = rows.groupby(["groups", "sd"]).mean().round(3).reset_index()
    print(f"{sets} sets a cell, seeds 0 to {sets - 1}\n")
    print(markdown(means.astype({"groups": int}).to_dict("records")))


def one_set(groups: int, sd: float, seed: int) -> dict:
    rng = np.random.default_rng([groups, int(10 * sd), seed])
    code = np.repeat(np.arange(groups), rng.integers(10, 31, groups))
    x, w = rng.normal(size=len(code)), rng.normal(size=groups)[code]
    effects = sd * rng.normal(size=groups)
    y = (rng.random(len(code)) < expit(-0.5 + TRUTH["x"] * x + effects[code])).astype(float)
    columns = np.column_stack([np.ones(len(code)), x, w])
    block = RandomBlock("g", code, TERMS[:1], columns[:, :1])
    row = dict(groups=groups, sd=sd)
    for name, points in (("Laplace", 1), ("quadrature", 15)):
        fit = fit_logistic(y, columns, TERMS, (block,), quadrature=points)
        for f in fit.fixed[1:]:
            row[f"{f.term}, {name}"] = f.low <= TRUTH[f.term] <= f.high
        low, high = (bound[:, 0] for bound in fit.predicted[0].interval)
        if name == "Laplace":
            row["groups' effects"] = float(((low <= effects) & (effects <= high)).mean())
            row["SD is zero"] = fit.random[0].sd == 0
        row[f"SD, {name}"] = fit.random[0].sd
    return row


if __name__ == "__main__":
    main()
