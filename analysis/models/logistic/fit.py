"""Logistic mixed models: an outcome that happens or doesn't, any random effects.

The likelihood is maximised by Laplace's approximation or adaptive quadrature; standard errors come
from the curvature in the variance parameters and coefficients together, as glmer's do.
Sources: Bates, Maechler, Bolker & Walker 2015, doi:10.18637/jss.v067.i01; Pinheiro & Chao 2006,
doi:10.1198/106186006X96962 (Laplace and quadrature).
Worked: cbpp as single animals, `sick ~ period + (1 | herd)`: -2 log-likelihood 555.003883.
"""

import time
from dataclasses import dataclass

import numpy as np
from scipy import special

from analysis.models.coefficients import t_test
from analysis.models.language.moments import crossings_of
from analysis.models.logistic import theta as thetas
from analysis.models.logistic.averages import average_chances
from analysis.models.logistic.cells import Cells, Level, gathered, without_groups
from analysis.models.logistic.columns import Columns, random_columns, scaled_columns
from analysis.models.logistic.inputs import (
    check_model,
    check_not_fixed,
    check_offset,
    check_outcome,
)
from analysis.models.logistic.modes import Frame
from analysis.models.logistic.penalised import RUNAWAY, SETTLED, Penalised, penalised
from analysis.models.logistic.random_block import RandomBlock
from analysis.models.logistic.result import LogisticFit, LogitEffects
from analysis.models.logistic.search import Found, search
from analysis.models.logistic.separation import refuse_separation
from analysis.models.logistic.status import WHOLE, logistic_status
from analysis.models.result import Correlation, FixedEffect, RandomEffect, Seconds

ROUGHLY = 1e-3  # Newton's decrement of a logistic regression that is only a start
FAR = 6.0  # a logit beyond which effects may be on their way to infinity
LATENT = np.pi**2 / 3  # variance of the standard logistic law


@dataclass(frozen=True, slots=True)
class Estimates:
    """What was found, on the raw scale but for theta. beta (p,), covariance (p, p); factors:
    Lambda (q, q) of each level; value: -2 log-likelihood; found: the search's end, None without
    random effects. curved: whether the covariance counts the estimation of the variances."""

    beta: np.ndarray
    covariance: np.ndarray
    factors: tuple[np.ndarray, ...]
    value: float
    found: Found | None
    settled: bool
    curved: bool


def fit_logistic(
    y: np.ndarray,
    x: np.ndarray,
    terms: tuple[str, ...],
    blocks: tuple[RandomBlock, ...] = (),
    labels: dict[str, tuple[str, ...]] | None = None,
    quadrature: int = 1,
    sizes: np.ndarray | None = None,
    offset: np.ndarray | None = None,
) -> LogisticFit:
    """Fit y (N,) of 0 and 1 on x (N, p), the effects `terms`, with random `blocks`.

    The codes of a block are 0..n-1; labels: the n names of each grouping, its codes' text where
    none are given. quadrature: points of adaptive quadrature, for one random intercept or slope
    alone; 1 is Laplace's approximation. sizes (N,): trials behind each row, whose y is the share
    with the event, or prior weights (a row of weight 2 counts as two rows); None for one each.
    offset (N,): on the logit scale. No value may be missing. The rows' order is irrelevant.
    ModelError where nothing can be estimated: an outcome that does not vary, separation, one
    group, as many effects as rows. A variance of zero is a normal answer, said in the status.
    """
    began = time.perf_counter()
    check_outcome(y, sizes)
    check_offset(offset)
    size = np.ones(len(y)) if sizes is None else np.asarray(sizes, float)
    check_model(y, size, x.shape[1], blocks, quadrature)
    # The grouping with most groups first, as lme4 orders them.
    blocks = tuple(sorted(blocks, key=lambda block: -int(block.codes.max())))
    columns = scaled_columns(x, terms)
    check_not_fixed(columns.x, blocks)
    offset = np.zeros(len(y)) if offset is None else offset
    cells = _cells(y, columns, size, offset, blocks)
    alone = _alone(cells, columns)
    got = _estimates(cells, columns, alone, quadrature)
    value = got.value - 2 * _constant(y, size)
    crossings = crossings_of({b.group: b.codes for b in blocks})
    random, correlations = _random(cells.levels, got.factors)
    logits = np.linalg.solve(columns.to_raw, got.beta) @ cells.x
    spread = _spread(cells, got.found)
    fixed = _variance(logits, cells.size)
    mean_spread = float(spread @ cells.size / cells.size.sum())
    total = fixed + mean_spread + LATENT
    return LogisticFit(
        formula="",
        event="1",
        method="quadrature" if quadrature > 1 else "Laplace",
        quadrature=quadrature,
        criterion=value,
        log_likelihood=-value / 2,
        aic=value + 2 * (len(got.beta) + thetas.count(cells.levels)),
        rows=len(y),
        rows_dropped=0,
        events=_whole(cells.hits.sum()),
        trials=_whole(cells.size.sum()),
        groups={level.group: level.groups for level in cells.levels},
        fixed=_effects(columns.terms, got.beta, got.covariance),
        covariance=got.covariance,
        random=random,
        correlations=correlations,
        predicted=_predicted(cells, got, labels or {}),
        chances=average_chances(cells, cells.offset + logits, spread),
        r2_marginal=fixed / total,
        r2_conditional=(fixed + mean_spread) / total,
        status=logistic_status(cells, columns, got, crossings),
        seconds=Seconds(0.0, time.perf_counter() - began, 0.0),
        gradient=_steepest(got.found),
        crossings=crossings,
    )


def _alone(cells: Cells, columns: Columns) -> Penalised:
    """The logistic regression without random effects; refuses separation."""
    frame, beta = Frame.of(without_groups(cells)), np.zeros(len(cells.x))
    found = penalised(frame, np.zeros(0), beta, [], ROUGHLY if cells.levels else SETTLED)
    if cells.levels and found.largest > FAR:
        found = penalised(frame, np.zeros(0), found.beta, [])
    if found.largest > RUNAWAY or not found.settled:
        refuse_separation(cells.x.T, cells.hits, cells.size, columns.terms)
    return found


def _cells(y, columns: Columns, size, offset, blocks: tuple[RandomBlock, ...]) -> Cells:
    z, levels = random_columns(blocks)
    codes = {block.group: block.codes for block in blocks}
    own = tuple(codes[level.group] for level in levels)
    z = z if levels else np.zeros((0, len(y)))
    return gathered(columns.x, z, offset, size, size * y, own, levels)


def _estimates(cells: Cells, columns: Columns, alone: Penalised, quadrature: int) -> Estimates:
    to_raw = columns.to_raw
    if not cells.levels:
        covariance = to_raw @ np.linalg.inv(alone.information) @ to_raw.T
        beta, value = to_raw @ alone.beta, alone.deviance
        return Estimates(beta, covariance, (), value, None, alone.settled, True)
    frame = Frame.of(cells)
    found = search(frame, alone.beta, quadrature)
    n = len(found.theta)
    curved = found.inverse is not None
    if curved:
        inner = 2 * found.inverse[n:, n:]
    else:
        held = penalised(frame, found.theta, found.beta, found.point.modes.effects)
        inner = np.linalg.pinv(held.information)
    factors = zip(cells.levels, thetas.factors(cells.levels, found.theta), strict=True)
    return Estimates(
        beta=to_raw @ found.beta,
        covariance=to_raw @ inner @ to_raw.T,
        factors=tuple(level.to_raw @ factor for level, factor in factors),
        value=found.value,
        found=found,
        settled=found.settled,
        curved=curved,
    )


def _constant(y: np.ndarray, size: np.ndarray) -> float:
    """Logarithm of the binomial coefficients, 0 for rows of 0 or 1."""
    several = (y > 0) & (y < 1)
    size, hits = size[several], (y * size)[several]
    parts = special.gammaln(size + 1) - special.gammaln(hits + 1)
    return float((parts - special.gammaln(size - hits + 1)).sum())


def _whole(value: float) -> int | float:
    value = float(value)
    return round(value) if abs(value - round(value)) < WHOLE else float(value)


def _steepest(found: Found | None) -> float:
    """The steepest slope among the parameters that are free, internal scale."""
    if found is None:
        return 0.0
    return float(np.abs(found.point.gradient[found.free]).max(initial=0.0))


def _random(levels: tuple[Level, ...], factors):
    sds, correlations = [], []
    for level, factor in zip(levels, factors, strict=True):
        covariance = factor @ factor.T
        sd = np.sqrt(np.diag(covariance))
        sds += [
            RandomEffect(level.group, t, float(s)) for t, s in zip(level.terms, sd, strict=True)
        ]
        for block in level.blocks:
            for k, i in enumerate(block):
                for j in block[k + 1 :]:
                    size = sd[i] * sd[j]
                    r = float(np.clip(covariance[i, j] / size, -1, 1)) if size > 0 else None
                    correlations.append(Correlation(level.group, level.terms[i], level.terms[j], r))
    return tuple(sds), tuple(correlations)


def _spread(cells: Cells, found: Found | None) -> np.ndarray:
    """(n,): the variance of each cell's random part."""
    out, at = np.zeros(len(cells.size)), 0
    if found is None:
        return out
    for level, factor in zip(cells.levels, thetas.factors(cells.levels, found.theta), strict=True):
        out += ((factor.T @ cells.z[at : at + level.q]) ** 2).sum(axis=0)
        at += level.q
    return out


def _variance(logits: np.ndarray, size: np.ndarray) -> float:
    """Over trials, with one less in the denominator."""
    total = size.sum()
    mean = logits @ size / total
    return float(((logits - mean) ** 2) @ size / max(total - 1, 1))


def _effects(terms, beta, covariance) -> tuple[FixedEffect, ...]:
    out = []
    for j, term in enumerate(terms):
        se = float(np.sqrt(max(covariance[j, j], 0.0)))
        out.append(FixedEffect(term, float(beta[j]), se, None, *t_test(float(beta[j]), se, None)))
    return tuple(out)


def _predicted(cells: Cells, got: Estimates, labels) -> tuple[LogitEffects, ...]:
    """Modes and conditional SDs, which never exceed those of the effects themselves."""
    out, at = [], 0
    for k, (level, factor) in enumerate(zip(cells.levels, got.factors, strict=True)):
        span = slice(at, at + level.q)
        covariance = np.empty((level.q, level.q, level.groups))
        covariance[..., cells.codes[k]] = got.found.point.covariance[span, span]
        variance = np.einsum("ai,ijn,aj->na", factor, covariance, factor)
        mode = (factor @ got.found.point.modes.effects[k]).T
        names = labels.get(level.group) or tuple(str(code) for code in range(level.groups))
        se = np.sqrt(np.maximum(variance, 0.0))
        out.append(LogitEffects(level.group, tuple(names), level.terms, mode, se))
        at += level.q
    return tuple(out)
