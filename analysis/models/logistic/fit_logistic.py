"""Logistic mixed models by the library mixedlm: a 0/1 outcome, any random effects.

The library maximises the likelihood by Laplace's approximation (or adaptive quadrature); here its
answer is polished by Newton steps, and standard errors come from the curvature in the variance
parameters and coefficients together, as glmer's do (the library's hold the variances fixed).
Sources: Bates, Maechler, Bolker & Walker 2015, doi:10.18637/jss.v067.i01; Pinheiro & Chao 2006,
doi:10.1198/106186006X96962 (Laplace and quadrature).
Worked: cbpp as single animals, `sick ~ period + (1 | herd)`: -2 log-likelihood 555.003883.
"""

import time
import warnings
from dataclasses import dataclass, replace

import mixedlm
import numpy as np
import pandas as pd
from mixedlm.estimation.joint_glmm import JointGLMMObjective

from analysis.base.errors import ModelError, RequestError
from analysis.models.criterion.problem import check_groups, independent
from analysis.models.fit import SINGULAR
from analysis.models.inference.coefficients import t_test
from analysis.models.language.design import INTERCEPT
from analysis.models.language.moments import crossings_of
from analysis.models.logistic.logistic_result import LogisticFit, LogitEffects
from analysis.models.logistic.logistic_status import logistic_status
from analysis.models.logistic.newton import polish
from analysis.models.logistic.random_block import RandomBlock
from analysis.models.logistic.separation import logistic_regression
from analysis.models.result import Correlation, FixedEffect, RandomEffect, Seconds

MOST_POINTS = 25
# glmer's and the library's default of 1e-7 and 1e-6 leave errors of 1e-4 in estimates.
MODE_TOLERANCE = 1e-12
# Differences for the curvature, in standard errors: rounding costs 1e-8 of it, the step 1e-4.
STEP = 0.02
THETA_STEP = 0.01
MOVED = 1e-2  # standard errors above which the search counts as not settled
LATENT = np.pi**2 / 3  # variance of the standard logistic law


def fit_logistic(
    y: np.ndarray,
    x: np.ndarray,
    terms: tuple[str, ...],
    blocks: tuple[RandomBlock, ...] = (),
    labels: dict[str, tuple[str, ...]] | None = None,
    quadrature: int = 1,
) -> LogisticFit:
    """Fit y (N,) of 0 and 1 on x (N, p), the effects `terms`, with random `blocks`.

    The codes of a block are 0..n-1; labels: the n names of each grouping, its codes' text where
    none are given. quadrature: points of adaptive quadrature, for one random intercept or slope
    alone; 1 is Laplace's approximation. No value may be missing. The rows' order is irrelevant.
    ModelError where nothing can be estimated: an outcome that does not vary, separation, one
    group, as many effects as rows. A variance of zero is a normal answer, said in the status.
    """
    began = time.perf_counter()
    _check(y, x, blocks, quadrature)
    # The grouping with most groups first, as lme4 orders them.
    blocks = tuple(sorted(blocks, key=lambda block: -int(block.codes.max())))
    y, x, blocks = _sorted(y, x, blocks)
    columns = _scaled(x, terms)
    alone = logistic_regression(y, columns.x, columns.terms)
    if blocks:
        found = _maximise(y, columns.x, alone, blocks, quadrature)
    else:
        inverse = np.linalg.inv(alone.information)
        found = Found(np.zeros(0), alone.beta, alone.deviance, inverse, (), 0.0, True, True)
    covariance = columns.to_raw @ found.covariance @ columns.to_raw.T
    beta = columns.to_raw @ found.beta
    random, correlations = _random(blocks, found.factors)
    parameters = len(found.theta) + len(beta)
    crossings = crossings_of({b.group: b.codes for b in blocks})
    fixed, spread = _spread(columns.x @ found.beta, blocks, found.factors)
    return LogisticFit(
        formula="",
        event="1",
        method="quadrature" if quadrature > 1 else "Laplace",
        quadrature=quadrature,
        criterion=found.deviance,
        log_likelihood=-found.deviance / 2,
        aic=found.deviance + 2 * parameters,
        rows=len(y),
        rows_dropped=0,
        events=int(y.sum()),
        groups={b.group: int(b.codes.max()) + 1 for b in blocks},
        fixed=_effects(columns.terms, beta, covariance),
        covariance=covariance,
        random=random,
        correlations=correlations,
        predicted=_predicted(blocks, found, labels or {}),
        r2_marginal=fixed / (fixed + spread + LATENT),
        r2_conditional=(fixed + spread) / (fixed + spread + LATENT),
        status=logistic_status(y, columns, blocks, found, crossings),
        seconds=Seconds(0.0, time.perf_counter() - began, 0.0),
        gradient=found.moved,
        crossings=crossings,
    )


@dataclass(frozen=True, slots=True)
class Columns:
    """x (N, p) centred and scaled; raw coefficients = to_raw @ those of x; terms kept, dropped."""

    x: np.ndarray
    to_raw: np.ndarray
    terms: tuple[str, ...]
    dropped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """The maximum: theta, beta and covariance (p, p) of the scaled columns, deviance; modes: of
    each block (mode, se), (n, q) each; moved: standard errors of the last step; settled: whether
    the search ended; curved: whether the covariance is that of the joint curvature. factors:
    Lambda (q, q) of each block, on the raw scale."""

    theta: np.ndarray
    beta: np.ndarray
    deviance: float
    covariance: np.ndarray
    modes: tuple[tuple[np.ndarray, np.ndarray], ...]
    moved: float
    settled: bool
    curved: bool
    factors: tuple[np.ndarray, ...] = ()


def _check(y, x, blocks: tuple[RandomBlock, ...], quadrature: int) -> None:
    if not set(np.unique(y)) <= {0.0, 1.0}:
        raise ModelError(
            "The outcome holds other numbers than 0 and 1",
            where="the outcome",
            allowed="0 (did not happen) and 1 (happened), or a text with two categories",
            next_step="name the category that counts as 1: I(outcome == '…') ~ …",
        )
    if y.min() == y.max():
        raise ModelError(
            f"The outcome is {int(y[0])} in every row: there is nothing to explain",
            where="the rows used",
            allowed="an outcome that happens in some rows and not in others",
            next_step="choose another outcome or other rows",
        )
    if len(y) <= x.shape[1]:
        raise ModelError(
            f"{len(y)} complete rows cannot carry {x.shape[1]} fixed effects",
            where="the rows used",
            allowed="more rows than fixed effects",
            next_step="leave out predictors or gather more data",
        )
    for label in dict.fromkeys(b.group for b in blocks):
        own = [b for b in blocks if b.group == label]
        check_groups(label, int(own[0].codes.max()) + 1, len(y), [b.terms for b in own])
    _check_points(blocks, quadrature)


def _check_points(blocks: tuple[RandomBlock, ...], quadrature: int) -> None:
    scalar = len(blocks) == 1 and len(blocks[0].terms) == 1
    if not 1 <= quadrature <= MOST_POINTS or (quadrature > 1 and not scalar):
        raise RequestError(
            "Quadrature is for one random term of one grouping",
            where="option quadrature",
            allowed=f"1 (Laplace), or up to {MOST_POINTS} points with one term such as (1 | group)",
            next_step="leave the option out",
        )


def _sorted(y, x, blocks):
    """The rows in an order of their own, so that the data's order changes no digit."""
    keys = [*x.T, *(z for b in blocks for z in b.z.T), y, *(b.codes for b in blocks)]
    order = np.lexsort(keys)
    return y[order], x[order], tuple(replace(b, codes=b.codes[order], z=b.z[order]) for b in blocks)


def _scaled(x: np.ndarray, terms: tuple[str, ...]) -> Columns:
    """Columns of SD one around zero (without an intercept: of size one), collinear ones left out.

    What an indicator or the intercept is centred by comes back through to_raw.
    """
    first = terms.index(INTERCEPT) if INTERCEPT in terms else None
    centre = x.mean(axis=0) if first is not None else np.zeros(x.shape[1])
    size = np.sqrt(np.mean((x - centre) ** 2, axis=0))
    if first is not None:
        centre[first], size[first] = 0.0, 1.0
    size[size <= 1e-12 * np.abs(x).max(axis=0, initial=0)] = 0.0
    inner = (x - centre) / np.where(size > 0, size, 1.0) * (size > 0)
    kept, dropped = independent(np.eye(x.shape[1]), inner.T @ inner)
    to_raw = np.diag(1 / size[kept])
    if first is not None:
        to_raw[kept.index(first)] -= centre[kept] / size[kept]
    names = tuple(terms[i] for i in kept)
    return Columns(inner[:, kept], to_raw, names, tuple(terms[i] for i in dropped))


def _maximise(y, x, alone, blocks: tuple[RandomBlock, ...], quadrature: int) -> Found:
    sizes = [np.sqrt(np.mean(b.z**2, axis=0)) for b in blocks]
    model = _library_fit(y, x, blocks, sizes, quadrature)
    objective = JointGLMMObjective(
        model.matrices, model.family, quadrature, pirls_tol=MODE_TOLERANCE
    )
    at = np.concatenate([model.theta, model.beta])
    n = len(model.theta)
    floors = np.concatenate([_diagonal(blocks), np.zeros(x.shape[1], bool)])
    free = ~(floors & (np.abs(at) < SINGULAR))
    at[~free] = 0.0
    beta_steps = STEP * np.sqrt(np.diag(np.linalg.inv(alone.information)))
    steps = np.concatenate([np.full(n, THETA_STEP), beta_steps])
    at, inverse, moved = polish(objective, at, free, steps)
    curved = inverse is not None
    deviance, beta, modes, settled = objective.evaluate(at)
    model = replace(model, theta=at[:n], beta=beta, u=modes, deviance=deviance)
    return Found(
        theta=at[:n],
        beta=beta,
        deviance=float(deviance),
        covariance=2 * inverse[n:, n:] if curved else model.vcov(),
        modes=_modes(model, blocks, sizes),
        moved=moved,
        settled=bool(settled and moved < MOVED),
        curved=curved,
        factors=_factors(at[:n], blocks, sizes),
    )


def _library_fit(y, x, blocks, sizes, quadrature):
    """The library's own maximum. Every block gets a grouping column of its own name."""
    frame = {"y": y} | {f"x{j}": column for j, column in enumerate(x.T)}
    formula = "y ~ 0 + " + " + ".join(f"x{j}" for j in range(x.shape[1]))
    for k, (block, size) in enumerate(zip(blocks, sizes, strict=True)):
        names = [f"z{k}_{j}" for j in range(len(block.terms))]
        frame |= dict(zip(names, (block.z / size).T, strict=True)) | {f"g{k}": block.codes}
        formula += f" + (0 + {' + '.join(names)} | g{k})"
    control = mixedlm.glmerControl(
        tolPwrss=MODE_TOLERANCE,
        check_conv=False,
        check_singular=False,
        check_scaleX="ignore",
        check_nlev_gtreq_5="ignore",
        check_nlev_gtr_1="ignore",
        check_rankX="ignore",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what matters of them is said in the status
        try:
            return mixedlm.glmer(formula, pd.DataFrame(frame), nAGQ=quadrature, control=control)
        except (RuntimeError, ValueError, np.linalg.LinAlgError):
            raise ModelError(
                "The search for the estimates found no answer",
                where="the logistic model",
                allowed="data that identify every term of the model",
                next_step="try a simpler random part or fewer predictors",
            ) from None


def _diagonal(blocks: tuple[RandomBlock, ...]) -> np.ndarray:
    """Which thetas stand on a diagonal; a block's lower triangle lies row by row."""
    each = [np.equal(*np.tril_indices(len(b.terms))) for b in blocks]
    return np.concatenate(each)


def _factors(theta: np.ndarray, blocks, sizes) -> tuple[np.ndarray, ...]:
    out, at = [], 0
    for block, size in zip(blocks, sizes, strict=True):
        rows, columns = np.tril_indices(len(block.terms))
        factor = np.zeros((len(block.terms),) * 2)
        factor[rows, columns] = theta[at : at + len(rows)]
        out.append(factor / size[:, None])
        at += len(rows)
    return tuple(out)


def _modes(model, blocks, sizes):
    """(mode, conditional SD), (n, q) each, of every block's groups in the order of their codes."""
    found = model.ranef(condVar=True)
    out = []
    for k, size in enumerate(sizes):
        names = [f"z{k}_{j}" for j in range(len(size))]
        structure = model.matrices.random_structures[k]
        order = [structure.level_map[code] for code in range(structure.n_levels)]
        mode = np.stack([np.asarray(found[f"g{k}"][n]) for n in names], axis=1)
        variance = np.stack([np.asarray(found.condVar[f"g{k}"][n]) for n in names], axis=1)
        out.append((mode[order] / size, np.sqrt(np.maximum(variance[order], 0)) / size))
    return tuple(out)


def _random(blocks, factors):
    sds, correlations = [], []
    for block, factor in zip(blocks, factors, strict=True):
        covariance = factor @ factor.T
        sd = np.sqrt(np.diag(covariance))
        sds += [
            RandomEffect(block.group, t, float(s)) for t, s in zip(block.terms, sd, strict=True)
        ]
        for i in range(len(sd)):
            for j in range(i + 1, len(sd)):
                product = sd[i] * sd[j]
                r = float(np.clip(covariance[i, j] / product, -1, 1)) if product > 0 else None
                correlations.append(Correlation(block.group, block.terms[i], block.terms[j], r))
    return tuple(sds), tuple(correlations)


def _spread(predicted: np.ndarray, blocks, factors) -> tuple[float, float]:
    """Variance of the fixed part over rows (N - 1) and mean variance of the random part."""
    random = sum(
        float(np.mean(np.sum((b.z @ f) ** 2, axis=1))) for b, f in zip(blocks, factors, strict=True)
    )
    return float(np.var(predicted, ddof=1)), random


def _effects(terms, beta, covariance) -> tuple[FixedEffect, ...]:
    out = []
    for j, term in enumerate(terms):
        se = float(np.sqrt(max(covariance[j, j], 0.0)))
        out.append(FixedEffect(term, float(beta[j]), se, None, *t_test(float(beta[j]), se, None)))
    return tuple(out)


def _predicted(blocks, found: Found, labels) -> tuple[LogitEffects, ...]:
    """One for each grouping; the terms of its blocks side by side."""
    out = []
    for label in dict.fromkeys(b.group for b in blocks):
        own = [k for k, b in enumerate(blocks) if b.group == label]
        mode = np.concatenate([found.modes[k][0] for k in own], axis=1)
        se = np.concatenate([found.modes[k][1] for k in own], axis=1)
        names = labels.get(label) or tuple(str(code) for code in range(len(mode)))
        terms = tuple(t for k in own for t in blocks[k].terms)
        out.append(LogitEffects(label, tuple(names), terms, mode, se))
    return tuple(out)
