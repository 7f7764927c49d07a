"""Fit a formula on a source: the way from rows to a Fit."""

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from analysis.errors import ModelError, RequestError, did_you_mean
from analysis.mixed.design import build_design, formula_variables, mentioned
from analysis.mixed.fit import DF_METHODS, METHODS, fit_moments
from analysis.mixed.formula import parse_formula
from analysis.mixed.result import Fit, Seconds
from analysis.store.moments import complete_rows, design_arrays, moments
from analysis.store.source import open_source

if TYPE_CHECKING:
    from analysis.mixed.witness import WitnessFit

# statsmodels takes a minute for 95,000 rows with a random slope.
WITNESS_ROWS = 50_000


def fit_formula(
    formula: str, source: str | Path, method: str = "REML", df: str = "satterthwaite"
) -> Fit:
    """Fit lme4's `formula` on a dataset's name, a CSV or a Parquet file.

    method: 'REML' or 'ML'. df: 'satterthwaite', 'kenward-roger' or 'none' (z).
    Rows with a missing value in any variable of the formula are left out and counted.
    """
    began = time.perf_counter()
    _check("method", method, METHODS)
    _check("df", df, DF_METHODS)
    parsed = parse_formula(formula)
    with open_source(source, mentioned(parsed)) as opened:
        variables = formula_variables(parsed, opened.kinds)
        rows = complete_rows(opened, variables)
        sums = moments(rows, build_design(parsed, opened.kinds, rows.levels))
    summed = time.perf_counter()
    fit = fit_moments(sums, method, df)
    ended = time.perf_counter()
    return replace(fit, seconds=Seconds(summed - began, ended - summed, ended - began))


def witness_formula(formula: str, source: str | Path, method: str = "REML") -> "WitnessFit":
    """The same model fitted by statsmodels' MixedLM, which shares no line with the engine.

    ModelError for a model that it does not have, or for more than WITNESS_ROWS rows.
    """
    from analysis.mixed.witness import RandomBlock, witness  # statsmodels takes a second to load

    _check("method", method, METHODS)
    parsed = parse_formula(formula)
    with open_source(source, mentioned(parsed)) as opened:
        rows = complete_rows(opened, formula_variables(parsed, opened.kinds))
        if rows.rows > WITNESS_ROWS:
            raise ModelError(
                f"{rows.rows:,} rows are too many for statsmodels",
                where="the second witness",
                allowed=f"at most {WITNESS_ROWS:,} rows",
                next_step="check the model on a part of the data",
            )
        design = build_design(parsed, opened.kinds, rows.levels)
        columns, codes = design_arrays(rows, design)
    blocks = tuple(
        RandomBlock(
            b.label, codes[b.label], b.columns, np.stack([columns[c] for c in b.columns], 1)
        )
        for b in design.blocks
    )
    x = np.stack([columns[name] for name in design.x], axis=1)
    return witness(columns[design.response.name], x, design.x, blocks, method)


def _check(option: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise RequestError(
            f"There is no {option} '{value}'"
            + (f"; {close}" if (close := did_you_mean(value, allowed)) else ""),
            where=f"option {option}",
            allowed=", ".join(allowed),
        )
