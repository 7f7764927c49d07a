"""From estimates to the answers of a fitted logistic model."""

from dataclasses import dataclass

import numpy as np

from analysis.models.linear.coefficients import t_test
from analysis.models.logistic.averages import Alternative, average_chances, chances_at
from analysis.models.logistic.likelihood import theta as thetas
from analysis.models.logistic.maximum.convergence import Found
from analysis.models.logistic.result import LogisticFit, LogitEffects
from analysis.models.logistic.rows.cells import Cells, Level
from analysis.models.logistic.rows.columns import Columns
from analysis.models.logistic.shares import LATENT, latent_shares
from analysis.models.logistic.status import WHOLE
from analysis.models.result import Correlation, FixedEffect, RandomEffect, Seconds, Status


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


def answer(
    cells: Cells,
    columns: Columns,
    got: Estimates,
    labels: dict[str, tuple[str, ...]],
    alternatives: tuple[Alternative, ...],
) -> LogisticFit:
    """All but the likelihood, the method, the status and the time, which fit.py fills in."""
    random, correlations = _random(cells.levels, got.factors)
    logits = np.linalg.solve(columns.to_raw, got.beta) @ cells.x
    spread = _spread(cells, got.found)
    fixed = _variance(logits, cells.size)
    mean_spread = float(spread @ cells.size / cells.size.sum())
    total = fixed + mean_spread + LATENT
    whole = cells.offset + logits
    return LogisticFit(
        formula="",
        event="1",
        method="",
        quadrature=1,
        criterion=0.0,
        log_likelihood=0.0,
        aic=0.0,
        rows=0,
        rows_dropped=0,
        events=_whole(cells.hits.sum()),
        trials=_whole(cells.size.sum()),
        groups={level.group: level.groups for level in cells.levels},
        fixed=_effects(columns.terms, got.beta, got.covariance),
        covariance=got.covariance,
        random=random,
        correlations=correlations,
        predicted=_predicted(cells, got, labels),
        chances=average_chances(cells, whole, spread),
        chances_at=chances_at(cells, columns, got.beta, got.factors, whole, alternatives),
        r2_marginal=fixed / total,
        r2_conditional=(fixed + mean_spread) / total,
        shares=latent_shares(cells, logits, _internal(cells, got.found)),
        status=Status(got.settled, False),
        seconds=Seconds(0.0, 0.0, 0.0),
        gradient=_steepest(got.found),
    )


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


def _internal(cells: Cells, found: Found | None) -> list[np.ndarray]:
    return thetas.factors(cells.levels, found.theta) if found else []


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
    """Modes, conditional SDs and errors, none of which exceeds the SD of the effects themselves."""
    out, at, found = [], 0, got.found
    if found is None:
        return ()
    for k, (level, factor) in enumerate(zip(cells.levels, got.factors, strict=True)):
        span = slice(at, at + level.q)
        covariance = np.empty((level.q, level.q, level.groups))
        covariance[..., cells.codes[k]] = found.point.covariance[span, span]
        variance = np.einsum("ai,ijn,aj->na", factor, covariance, factor)
        mode = (factor @ found.point.modes.effects[k]).T
        names = labels.get(level.group) or tuple(str(code) for code in range(level.groups))
        se = np.sqrt(np.maximum(variance, 0.0))
        most = np.sqrt((factor**2).sum(axis=1))
        error = np.minimum(np.sqrt(se**2 + _estimation(found, k, level)), most)
        out.append(LogitEffects(level.group, tuple(names), level.terms, mode, se, error))
        at += level.q
    return tuple(out)


def _estimation(found: Found, k: int, level: Level) -> np.ndarray:
    """(J, q): what the estimation of coefficients and variances adds to the variance of a
    prediction, to first order (Kass & Steffey 1989, doi:10.1080/01621459.1989.10478825)."""
    if found.inverse is None:
        return np.zeros((level.groups, level.q))
    moves = np.array([level.to_raw @ tangent[k] for tangent in found.tangents])
    through = np.tensordot(2 * found.inverse, moves, 1)
    return np.maximum((moves * through).sum(axis=0), 0.0).T
