"""The fixed part of a problem: its columns, which of them stand, and the way back to raw ones."""

from typing import Any

import numpy as np

from analysis.base.errors import ModelError
from analysis.models.language.design import INTERCEPT
from analysis.models.language.moments import Moments

# Below this share of a column's own sum of squares, what the columns before it leave over is
# rounding: sums of products carry about 1e-16 of each, times some thousand for cancellation.
COLLINEAR = 1e-11


def fixed_part(
    moments: Moments, total: np.ndarray, x: tuple[str, ...]
) -> tuple[np.ndarray, dict[str, Any]]:
    """(d_base, p + 1) map from base columns to [X y], and the fields of a problem that the fixed
    effects settle. ModelError where they cannot be estimated. total (d, d): the whole gram."""
    basis, raw, names, dropped = _fixed_basis(moments, total, x)
    gram = basis.T @ total @ basis
    _check_identified(moments, gram, len(names))
    p = len(names)
    sums = total[0, :] @ basis[:, :p]
    covariance = gram[:p, :p] / moments.rows - np.outer(sums, sums) / moments.rows**2
    return basis, dict(
        rows=moments.rows,
        gram=gram,
        x=names,
        x_to_raw=raw,
        y_scale=float(moments.scale[-1]),
        sigma_scale=float(moments.scale[-1] * np.sqrt(moments.mean_weight)),
        log_weights=moments.log_weights,
        x_covariance=covariance,
        dropped=dropped,
    )


def _fixed_basis(moments: Moments, gram: np.ndarray, x: tuple[str, ...]):
    """(d_base, p+1) map from base columns to [X y], raw map, names kept, names dropped."""
    position = {name: i for i, name in enumerate(moments.names)}
    centred = INTERCEPT in x
    columns = [_base_vector(moments, position[name], centred) for name in x]
    kept, dropped = independent(np.column_stack(columns), gram)
    names = tuple(x[i] for i in kept)
    y = _base_vector(moments, len(moments.names) - 1, centred)
    basis = np.column_stack([*(columns[i] for i in kept), y])
    return basis, _raw_map(moments, names, position, centred), names, tuple(x[i] for i in dropped)


def _base_vector(moments: Moments, i: int, centred: bool) -> np.ndarray:
    """Base column i as a combination of base columns: itself, or itself uncentred."""
    vector = np.zeros(len(moments.names))
    vector[i] = 1.0
    if i != 0 and not centred:
        vector[0] = moments.centre[i] / moments.scale[i]
    return vector


def independent(columns: np.ndarray, gram: np.ndarray) -> tuple[list[int], list[int]]:
    """Positions of columns that add something to those before them, and of the others."""
    products = columns.T @ gram @ columns
    own = np.sqrt(np.maximum(np.diag(products), 0))
    size = np.where(own > 0, own, 1.0)
    scaled = products / np.outer(size, size)
    kept, dropped, factor = [], [], np.zeros((0, 0))
    for j in range(len(own)):
        row = np.linalg.solve(factor, scaled[kept, j]) if kept else np.zeros(0)
        left = scaled[j, j] - row @ row
        if own[j] == 0 or left < COLLINEAR:
            dropped.append(j)
            continue
        size = len(kept)
        grown = np.zeros((size + 1, size + 1))
        grown[:size, :size], grown[size, :size], grown[size, size] = factor, row, np.sqrt(left)
        factor = grown
        kept.append(j)
    return kept, dropped


def _raw_map(moments: Moments, names, position, centred) -> np.ndarray:
    """Raw coefficients = map @ internal ones (+ the outcome's centre, added by the caller)."""
    raw = np.zeros((len(names), len(names)))
    y_scale = moments.scale[-1]
    for j, name in enumerate(names):
        i = position[name]
        raw[j, j] = y_scale / moments.scale[i]
        if centred and i != 0:
            raw[names.index(INTERCEPT), j] = -moments.centre[i] * y_scale / moments.scale[i]
    return raw


def _check_identified(moments: Moments, gram: np.ndarray, p: int) -> None:
    response = moments.design.response.name
    if moments.rows <= p:
        raise ModelError(
            f"{moments.rows} complete rows cannot carry {p} fixed effects",
            where="the rows used",
            allowed="more rows than fixed effects",
            next_step="leave out predictors or gather more data",
        )
    yy = gram[-1, -1]
    spread = moments.total
    variance = spread[-1, -1] / moments.rows - (spread[0, -1] / moments.rows) ** 2
    if variance <= 0:
        raise ModelError(
            f"The outcome '{response}' is constant: there is nothing to explain",
            where="the rows used",
            allowed="an outcome that varies",
            next_step="choose another outcome or other rows",
        )
    solved = np.linalg.solve(gram[:p, :p], gram[:p, -1])
    if yy - gram[-1, :p] @ solved < COLLINEAR * variance * moments.rows:
        raise ModelError(
            f"The predictors reproduce the outcome '{response}' exactly",
            where="the fixed effects",
            allowed="an outcome that is not a sum of its predictors",
            next_step="leave out the predictor that the outcome was computed from",
        )
