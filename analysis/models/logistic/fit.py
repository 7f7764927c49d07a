"""Logistic mixed models: an outcome that happens or doesn't, any random effects.

The likelihood is maximised by Laplace's approximation or adaptive quadrature; standard errors come
from the curvature in the variance parameters and coefficients together, as glmer's do.
Sources: Bates, Maechler, Bolker & Walker 2015, doi:10.18637/jss.v067.i01; Pinheiro & Chao 2006,
doi:10.1198/106186006X96962 (Laplace and quadrature).
Worked: cbpp as single animals, `sick ~ period + (1 | herd)`: -2 log-likelihood 555.003883.
"""

import time
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from scipy import special

from analysis.base.errors import ModelError
from analysis.models.language.moments import crossings_of
from analysis.models.logistic.answers import Estimates, answer
from analysis.models.logistic.averages import Alternative
from analysis.models.logistic.checks.verdicts import logistic_checks
from analysis.models.logistic.likelihood import theta as thetas
from analysis.models.logistic.likelihood.frame import Frame
from analysis.models.logistic.maximum.penalised import RUNAWAY, SETTLED, Penalised, penalised
from analysis.models.logistic.maximum.search import search
from analysis.models.logistic.result import LogisticFit
from analysis.models.logistic.rows.cells import Cells, gathered, without_groups
from analysis.models.logistic.rows.columns import Columns, random_columns, scaled_columns
from analysis.models.logistic.rows.inputs import (
    check_model,
    check_not_fixed,
    check_offset,
    check_outcome,
)
from analysis.models.logistic.rows.random_block import RandomBlock
from analysis.models.logistic.rows.separation import refuse_runaway, refuse_separation
from analysis.models.logistic.status import logistic_status
from analysis.models.result import Seconds

ROUGHLY = 1e-3  # Newton's decrement of a logistic regression that is only a start
FAR = 6.0  # a logit beyond which effects may be on their way to infinity


def fit_logistic(
    y: np.ndarray,
    x: np.ndarray,
    terms: tuple[str, ...],
    blocks: tuple[RandomBlock, ...] = (),
    labels: dict[str, tuple[str, ...]] | None = None,
    quadrature: int = 1,
    sizes: np.ndarray | None = None,
    offset: np.ndarray | None = None,
    alternatives: tuple[Alternative, ...] = (),
    straight: tuple[str, ...] | None = None,
) -> LogisticFit:
    """Fit y (N,) of 0 and 1 on x (N, p), the effects `terms`, with random `blocks`.

    The codes of a block are 0..n-1; labels: the n names of each grouping, its codes' text where
    none are given. quadrature: points of adaptive quadrature, for one random intercept or slope
    alone; 1 is Laplace's approximation. sizes (N,): trials behind each row, whose y is the share
    with the event, or prior weights (a row of weight 2 counts as two rows); None for one each.
    offset (N,): on the logit scale. alternatives: of which mean chances are asked.
    straight: the terms that are a number's own column, whose bends are looked for with the other
    checks; None for no checks.
    No value may be missing. The rows' order is irrelevant.
    ModelError where nothing can be estimated: an outcome that does not vary, separation, one
    group, as many effects as rows. A variance of zero is a normal answer, said in the status.
    """
    began = time.perf_counter()
    cells, columns, got = solved = solve_logistic(
        LogisticRows(y, x, terms, blocks, sizes, offset), quadrature
    )
    fit = answer(cells, columns, got, labels or {}, alternatives)
    if straight is not None:
        fit = replace(fit, checks=logistic_checks(*solved, quadrature, straight))
    crossings = crossings_of({b.group: b.codes for b in blocks})
    size = np.ones(len(y)) if sizes is None else np.asarray(sizes, float)
    value = got.value - 2 * _constant(y, size)
    return replace(
        fit,
        **_likelihood(value, len(got.beta) + thetas.count(cells.levels), quadrature),
        rows=len(y),
        status=logistic_status(cells, columns, got, crossings),
        crossings=crossings,
        seconds=Seconds(0.0, time.perf_counter() - began, 0.0),
    )


@dataclass(frozen=True, slots=True)
class LogisticRows:
    """The rows of a model, as `fit_logistic` takes them."""

    y: np.ndarray
    x: np.ndarray
    terms: tuple[str, ...]
    blocks: tuple[RandomBlock, ...] = ()
    sizes: np.ndarray | None = None
    offset: np.ndarray | None = None


class Solved(NamedTuple):
    """The rows as cells, their columns, and the maximum over them."""

    cells: Cells
    columns: Columns
    got: Estimates


def solve_logistic(rows: LogisticRows, quadrature: int = 1) -> Solved:
    """The maximum alone; errors as `fit_logistic`."""
    y, offset = rows.y, rows.offset
    check_outcome(y, rows.sizes)
    check_offset(offset)
    size = np.ones(len(y)) if rows.sizes is None else np.asarray(rows.sizes, float)
    check_model(y, size, rows.x.shape[1], rows.blocks, quadrature)
    # The grouping with most groups first, as lme4 orders them.
    blocks = tuple(sorted(rows.blocks, key=lambda block: -int(block.codes.max())))
    columns = scaled_columns(rows.x, rows.terms)
    check_not_fixed(columns.x, blocks)
    cells = _cells(y, columns, size, offset, blocks)
    return Solved(cells, columns, _estimates(cells, columns, _alone(cells, columns), quadrature))


def _likelihood(value: float, parameters: int, quadrature: int) -> dict:
    return dict(
        method="quadrature" if quadrature > 1 else "Laplace",
        quadrature=quadrature,
        criterion=value,
        log_likelihood=-value / 2,
        aic=value + 2 * parameters,
    )


def _alone(cells: Cells, columns: Columns) -> Penalised:
    """The logistic regression without random effects; refuses separation."""
    frame, beta = Frame.of(without_groups(cells)), np.zeros(len(cells.x))
    found = penalised(frame, np.zeros(0), beta, [], ROUGHLY if cells.levels else SETTLED)
    if cells.levels and found.largest > FAR:
        found = penalised(frame, np.zeros(0), found.beta, [])
    if found.largest > RUNAWAY or not found.settled:
        refuse_separation(cells.x.T, cells.hits, cells.size, columns.terms)
        found = penalised(frame, np.zeros(0), found.beta, [], farthest=np.inf)
    return found


def _cells(y, columns: Columns, size, offset, blocks: tuple[RandomBlock, ...]) -> Cells:
    z, levels = random_columns(blocks)
    codes = {block.group: block.codes for block in blocks}
    own = tuple(codes[level.group] for level in levels)
    z = z if levels else np.zeros((0, len(y)))
    offset = np.zeros(len(y)) if offset is None else offset
    return gathered(columns.x, z, offset, size, size * y, own, levels)


def _estimates(cells: Cells, columns: Columns, alone: Penalised, quadrature: int) -> Estimates:
    to_raw = columns.to_raw
    if not cells.levels:
        covariance = to_raw @ np.linalg.inv(alone.information) @ to_raw.T
        beta, value = to_raw @ alone.beta, alone.deviance
        return Estimates(beta, covariance, (), value, None, alone.settled, True)
    frame = Frame.of(cells)
    found, factors = _found(frame, columns, alone, quadrature)
    n = len(found.theta)
    curved = found.inverse is not None
    if found.inverse is not None:
        inner = 2 * found.inverse[n:, n:]
    else:
        held = penalised(frame, found.theta, found.beta, found.point.modes.effects)
        inner = np.linalg.pinv(held.information)
    return Estimates(
        beta=to_raw @ found.beta,
        covariance=to_raw @ inner @ to_raw.T,
        factors=tuple(v.to_raw @ f for v, f in zip(cells.levels, factors, strict=True)),
        value=found.value,
        found=found,
        settled=found.settled,
        curved=curved,
    )


def _found(frame: Frame, columns: Columns, alone: Penalised, quadrature: int):
    """The search's end and Lambda of each level there. ModelError where it ran off."""
    try:
        found = search(frame, alone.beta, quadrature)
    except np.linalg.LinAlgError:
        raise ModelError(
            "The search for the estimates found no answer",
            where="the random terms",
            allowed="data that identify every term of the model",
            next_step="try a simpler random part or fewer predictors",
        ) from None
    factors = thetas.factors(frame.cells.levels, found.theta)
    if not found.settled:
        refuse_runaway(frame.cells.levels, factors, found.beta, columns.terms)
    return found, factors


def _constant(y: np.ndarray, size: np.ndarray) -> float:
    """Logarithm of the binomial coefficients, 0 for rows of 0 or 1."""
    several = (y > 0) & (y < 1)
    size, hits = size[several], (y * size)[several]
    parts = special.gammaln(size + 1) - special.gammaln(hits + 1)
    return float((parts - special.gammaln(size - hits + 1)).sum())
