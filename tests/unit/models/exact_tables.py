"""Tables with exact answers, and fits that must be the same."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.questions.lab.effects import fit_formula

# What shuffled sums and two searches leave of a criterion, an estimate and a deviation.
SAME = 1e-7


# --- Hand tools ---------------------------------------------------------------------------------


def fit_frame(folder: Path, frame: pd.DataFrame, formula: str, df: str = "none", **options):
    """Without degrees of freedom unless a test looks at them: they are half of a fit's time."""
    path = folder / "rows.csv"
    frame.to_csv(path, index=False)
    return fit_formula(formula, path, df=df, **options)


def long_table(table: np.ndarray) -> pd.DataFrame:
    """(groups, rows) as columns g and y, a group's rows together."""
    names = [f"g{i}" for i in range(len(table))]
    return pd.DataFrame({"g": np.repeat(names, table.shape[1]), "y": table.ravel()})


def mean_squares(table: np.ndarray) -> tuple[float, float]:
    groups, rows = table.shape
    means = table.mean(axis=1)
    between = rows * ((means - table.mean()) ** 2).sum() / (groups - 1)
    return between, ((table - means[:, None]) ** 2).sum() / (groups * (rows - 1))


def unbalanced(seed: int) -> pd.DataFrame:
    """Some 75 rows of y, x in 10 groups g of 3 subgroups h, of different size."""
    rng = np.random.default_rng(seed)
    cells = [(g, h) for g in range(10) for h in range(3) for _ in range(rng.integers(1, 5))]
    g, h = np.array(cells).T
    x = rng.normal(size=len(g)) + 0.5 * rng.normal(size=10)[g]
    start, slope, inner = rng.normal(size=10), 0.6 * rng.normal(size=10), rng.normal(size=(10, 3))
    y = 3 + 0.8 * x + 1.5 * start[g] + slope[g] * x + inner[g, h] + rng.normal(size=len(g))
    return pd.DataFrame({"y": y, "x": x, "g": [f"g{i}" for i in g], "h": [f"h{i}" for i in h]})


def sd_of(result) -> float:
    return result.random[0].sd


def theta_of(result) -> np.ndarray:
    """lme4's theta of `(x | g) + (1 | h:g)` from standard deviations and the correlation."""
    sd = {(r.group, r.term): r.sd / result.sigma for r in result.random}
    start, slope, inner = sd["g", "(Intercept)"], sd["g", "x"], sd["h:g", "(Intercept)"]
    r = result.correlations[0].r
    return np.array([start, slope * r, slope * np.sqrt(1 - r**2), inner])


def assert_same(ours, before, shift: float = 0.0) -> None:
    assert ours.groups == before.groups
    assert ours.criterion == pytest.approx(before.criterion, rel=SAME)
    assert ours.sigma == pytest.approx(before.sigma, rel=1e-5)
    for a, b in zip(ours.fixed, before.fixed, strict=True):
        moved = b.estimate + (shift if b.term == "(Intercept)" else 0.0)
        assert a.estimate == pytest.approx(moved, rel=SAME, abs=1e-5 * b.se)
        assert a.se == pytest.approx(b.se, rel=1e-5)
    for a, b in zip(ours.random, before.random, strict=True):
        assert a.sd == pytest.approx(b.sd, rel=1e-4, abs=1e-4 * before.sigma)
