"""Average marginal effects: by how much the chance changes on average, in points of probability.

Of a number: the mean over rows of the chance's slope along it; of a category: the mean change if
everybody had this level in place of the base. Standard errors by the delta method, the variances
between groups held as fitted. At random effect 0 (a typical group), and in the population, where
chances are averaged over the groups first. Sources: Lane & Nelder 1982, doi:10.2307/2530043;
formulas as in R's marginaleffects. Worked: chance 1 / (1 + e^-x) at x = 0 in every row, b = 1 ->
slope .25.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from analysis.models.linear.coefficients import t_test
from analysis.models.result import Correlation, RandomEffect

STEP, FARTHEST = 0.5, 7.0  # of the trapezoidal rule over a standard normal law


@dataclass(frozen=True, slots=True)
class Move:
    """What moves with a variable. changes: (term, the column by which it changes for one unit of a
    number, '' for 1). versus: '' of a number, 'level − base' of a category, of which `cleared`
    are the terms of its other levels."""

    variable: str
    versus: str
    changes: tuple[tuple[str, str], ...]
    cleared: tuple[str, ...] = ()
    varies: bool = False


@dataclass(frozen=True, slots=True)
class AverageEffect:
    """estimate, se, z, p and 95 % interval in the population, in 0..1; typical, typical_se: at
    random effect 0. population is None where the groups differ in this very effect."""

    variable: str
    versus: str
    estimate: float | None
    se: float | None
    p: float | None
    low: float | None
    high: float | None
    typical: float
    typical_se: float


def average_effects(
    columns: dict[str, np.ndarray],
    terms: tuple[str, ...],
    beta: np.ndarray,
    covariance: np.ndarray,
    offset: np.ndarray | None,
    weights: np.ndarray | None,
    spread: np.ndarray,
    moves: tuple[Move, ...],
) -> tuple[AverageEffect, ...]:
    """columns: (N,) of each term and of what terms change by; spread (N,): the variance of each
    row's random part; weights (N,): trials, None for one each."""
    x = np.stack([columns[t] for t in terms])
    n = x.shape[1]
    w = np.full(n, 1 / n) if weights is None else weights / weights.sum()
    logits = beta @ x + (0 if offset is None else offset)
    out, none = [], np.zeros(n)
    if any(not move.versus for move in moves):  # they depend on the rows alone, for every number
        slopes = [[_mean_of(f, logits, v) for f in (_first, _second)] for v in (none, spread)]
    else:
        slopes = [[], []]
    for move in moves:
        known = [(terms.index(t), columns[o] if o else np.ones(n)) for t, o in move.changes
                 if t in terms]  # fmt: skip
        if not known:
            continue
        of = (x, known, [terms.index(t) for t in move.cleared if t in terms], beta, logits, w)
        typical, se = _effect(move, *of, none, slopes[0], covariance)
        estimate = own = p = low = high = None
        if not move.varies:
            estimate, own = _effect(move, *of, spread, slopes[1], covariance)
            _, p, low, high = t_test(estimate, own, None)
        found = (estimate, own, p, low, high, typical, se)
        out.append(AverageEffect(move.variable, move.versus, *found))
    return tuple(out)


def random_spread(
    blocks, random: tuple[RandomEffect, ...], correlations: tuple[Correlation, ...], columns
) -> np.ndarray:
    """(N,) the variance of each row's random part. blocks: (group label, its terms)."""
    out = np.zeros(len(next(iter(columns.values()))))
    for label, terms in blocks:
        own = {r.term: r.sd for r in random if r.group == label}
        sd = np.array([own[t] for t in terms])
        r = np.eye(len(terms))
        for i, a in enumerate(terms):
            for j, b in enumerate(terms[:i]):
                here = (c for c in correlations if c.group == label)
                found = [c.r for c in here if {c.term_1, c.term_2} == {a, b}]
                r[i, j] = r[j, i] = (found[0] or 0.0) if found else 0.0
        z = np.stack([columns[t] for t in terms])
        out += np.einsum("an,ab,bn->n", z, sd[:, None] * r * sd, z)
    return out


def _effect(move: Move, x, known, cleared, beta, logits, w, variance, slopes, covariance):
    """(estimate, standard error). slopes: the chance's first and second derivative in each row,
    (N,) each, where a number moves."""
    if not move.versus:
        slope = sum(beta[j] * by for j, by in known)
        first, second = slopes
        gradient = x @ (w * second * slope)
        for j, by in known:
            gradient[j] += w @ (first * by)
        estimate = float(w @ (first * slope))
    else:
        base = x.copy()
        base[[*(j for j, _ in known), *cleared]] = 0.0
        there = base.copy()
        for j, by in known:
            there[j] = by
        rest = logits - beta @ x
        gradient, estimate = np.zeros(len(beta)), 0.0
        for sign, rows in ((1, there), (-1, base)):
            at = beta @ rows + rest
            estimate += sign * float(w @ _mean_of(special.expit, at, variance))
            gradient += sign * (rows @ (w * _mean_of(_first, at, variance)))
    return estimate, float(np.sqrt(max(gradient @ covariance @ gradient, 0.0)))


def _first(t):
    return special.expit(t) * special.expit(-t)


def _second(t):
    return _first(t) * (1 - 2 * special.expit(t))


def _mean_of(function, logits: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """(N,) the function's mean over normal deviations of the logit."""
    sd = np.sqrt(variance)
    if not sd.any():
        return function(logits)
    step = STEP / max(1.0, sd.max())
    nodes = np.arange(-np.ceil(FARTHEST / step), np.ceil(FARTHEST / step) + 1) * step
    weights = np.exp(-(nodes**2) / 2)
    out = np.zeros(len(logits))
    for node, weight in zip(nodes, weights / weights.sum(), strict=True):
        out += weight * function(logits + node * sd)
    return out
