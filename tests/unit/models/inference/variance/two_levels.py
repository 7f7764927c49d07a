"""Random data of two levels, and its model solved."""

import numpy as np
import pandas as pd

from analysis.models.criterion.problem import build_problem
from analysis.models.linear.fit import solve


def solved(sums, reml=True):
    problem = build_problem(sums)
    return sums, problem, solve(problem, reml)


def two_levels(seed, groups, rows, x=0.5, w=0.5, g=0.8) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    ids = np.repeat(np.arange(groups), rows)
    frame = pd.DataFrame({"g": [f"g{i:04}" for i in ids], "x": rng.normal(size=len(ids))})
    # Without its group's mean x has no part between; what is left has the variance 1 - 1 / rows.
    frame["x"] -= frame.groupby("g")["x"].transform("mean")
    frame["x"] *= np.sqrt(rows / (rows - 1))
    frame["w"] = rng.normal(size=groups)[ids]
    effects = g * rng.normal(size=groups)[ids]
    frame["y"] = x * frame["x"] + w * frame["w"] + effects + rng.normal(size=len(ids))
    return frame
