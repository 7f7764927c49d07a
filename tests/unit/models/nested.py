"""Small nested tables, and the way from a table to moments, to a problem, to the dense oracle."""

from pathlib import Path

import numpy as np
import pandas as pd

from analysis.models.criterion.problem import Problem
from analysis.models.criterion.theta import lambdas
from analysis.models.language.design import INTERCEPT, build_design, formula_variables, mentioned
from analysis.models.language.formula import parse_formula
from analysis.models.language.moments import Moments
from analysis.questions.opening import open_source
from analysis.store.sums.complete import complete_rows
from analysis.store.sums.moments import moments
from tests.unit.models import oracle


def nested_table(seed: int, regular: bool = False, clinics: int = 4) -> pd.DataFrame:
    """Some 90 rows of y, x, t, a in patients p of therapists th of clinics c, all of different
    size; regular: 3 rows a patient at t = 0, 1, 2."""
    rng = np.random.default_rng(seed)
    cells = [
        (c, f"{c}{th}", f"{c}{th}{p}", k)
        for c in range(clinics)
        for th in range(rng.integers(1, 4))
        for p in range(rng.integers(2, 5))
        for k in range(3 if regular else rng.integers(1, 6))
    ]
    frame = pd.DataFrame(cells, columns=["c", "th", "p", "t"])
    for group in ("c", "th", "p"):
        frame[group] = group + frame[group].astype(str)
    n = len(frame)
    frame["t"] = frame["t"] + (0.0 if regular else rng.uniform(0, 0.5, n))
    frame["x"] = 40 + 7 * rng.normal(size=n) + _of_group(frame["th"], rng, 4)
    frame["a"] = np.array(["low", "mid", "high"])[rng.integers(0, 3, n)]
    effects = sum(_of_group(frame[g], rng, s) for g, s in (("c", 1), ("th", 2), ("p", 3)))
    slopes = _of_group(frame["p"], rng, 0.8)
    frame["y"] = 12 + 0.2 * frame["x"] + (slopes - 1) * frame["t"] + effects + rng.normal(size=n)
    return frame


def _of_group(ids: pd.Series, rng, sd: float) -> np.ndarray:
    codes = pd.factorize(ids)[0]
    return sd * rng.normal(size=codes.max() + 1)[codes]


def moments_of(
    folder: Path, frame: pd.DataFrame, formula: str, by: str = "", crossed: bool = False
) -> Moments:
    """by: a column, in the formula or not, whose groups get a gram each."""
    path = folder / "rows.parquet"
    frame.to_parquet(path)
    parsed = parse_formula(formula)
    read = parse_formula(formula + f" + (1 | {by})" * bool(by))
    with open_source(path, mentioned(read)) as source:
        rows = complete_rows(source, formula_variables(read, source.kinds))
        return moments(rows, build_design(parsed, source.kinds, rows.levels), by, crossed=crossed)


def dense(frame: pd.DataFrame, sums: Moments, problem: Problem, reml: bool) -> oracle.Model:
    """The same model as raw columns; the blocks in the engine's order, innermost level first."""
    blocks = [
        oracle.Block(
            np.column_stack([column(frame, level.terms[i]) for i in block]),
            frame[level.group.split(":")].agg("|".join, axis=1).to_numpy(),
        )
        for level in problem.levels
        for block in level.blocks
    ]
    x = np.column_stack([column(frame, name) for name in problem.x])
    return oracle.Model(frame["y"].to_numpy(float), x, tuple(blocks), reml)


def column(frame: pd.DataFrame, name: str) -> np.ndarray:
    """A column by its name: products of numbers and of a[level]."""
    out = np.ones(len(frame))
    for piece in name.split(":"):
        if piece == INTERCEPT:
            continue
        variable, _, level = piece.partition("[")
        own = frame[variable]
        out = out * (own == level.rstrip("]") if level else own).to_numpy(float)
    return out


def raw_theta(problem: Problem, theta: np.ndarray) -> np.ndarray:
    """lme4's theta of the internal one: raw effects are to_raw @ internal ones."""
    out = []
    for level, factor in zip(problem.levels, lambdas(problem, theta), strict=True):
        raw = level.to_raw @ factor / problem.y_scale
        for block in level.blocks:
            # Any square root turned into a lower triangle: L = (QR of root')' up to signs.
            lower = np.linalg.qr(raw[np.ix_(block, block)].T, mode="r").T
            out += [lower[i, j] for j in range(len(block)) for i in range(j, len(block))]
    return np.array(out)
