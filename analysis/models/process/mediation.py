"""1-1-1 mediation with random paths: what goes from x through m to y within the same patients.

    m = d_m + a x + e_m,    y = d_y + b m + c x + e_y

with d_m, a, d_y, b (and c, if wanted) varying between groups, all their covariances free, in one
stacked model with a residual variance for each equation. The indirect effect within groups is
ab + sigma_ab: where those with a strong first path have a strong second one, the mean of the
products is more than the product of the means (Bauer, Preacher & Gil 2006,
doi:10.1037/1082-989X.11.2.142).
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from analysis.base.errors import ModelError
from analysis.measures.conventions import ENDS, FEWEST_FOR_EFFECT, Z

FIXED = ("d_m", "a", "d_y", "b", "c")
DRAWS = 20_000  # of the Monte-Carlo interval: its ends then stand to some 1 % of the width
SINGULAR = 1e-4  # smallest SD of a combination of paths, in standardised units, that is above 0
# From two rows a patient's slopes and what they leave cannot be told apart: a line meets both.
LEAST_ROWS = 3
STARTS = (0.5, 0.15)  # SDs of the paths; a search that ends higher than another is dropped
SETTLED = 1e-4  # largest slope of the deviance, in standardised units, at an end


@dataclass(frozen=True, slots=True)
class Path:
    """A figure with its standard error and 95 % interval, None where they can't be told."""

    estimate: float
    se: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Mediation:
    """a, b, direct (c): mean paths. covariance: sigma_ab between groups; indirect: ab + sigma_ab;
    total: indirect + c; product: ab alone, what is said where sigma_ab is forgotten. sd_a, sd_b,
    sd_direct (0 unless random): between groups. residual_m, residual_y: SDs."""

    a: Path
    b: Path
    direct: Path
    covariance: Path
    indirect: Path
    total: Path
    product: float
    sd_a: float
    sd_b: float
    sd_direct: float
    residual_m: float
    residual_y: float
    log_likelihood: float
    groups: int
    rows: int
    converged: bool
    singular: bool


def fit_mediation(
    group: np.ndarray,
    x: np.ndarray,
    m: np.ndarray,
    y: np.ndarray,
    random_direct: bool = False,
    reml: bool = True,
    seed: int = 1,
) -> Mediation:
    """The stacked model by REML (or ML) on complete rows (N,); group: codes 0, 1, ….

    The interval of the indirect effect is Monte Carlo: paths and sigma_ab drawn from the normal
    law with their covariance by information. ModelError where groups are too few or a variable
    does not vary. Worked (100 groups of 8, tests/reference/data/mediation.csv): a .61202,
    b .58804, sigma_ab .09254, indirect .45243, c .24498.
    """
    unit = np.array([np.std(x), np.std(m), np.std(y)])
    counts = np.bincount(group)
    enough = int((counts >= LEAST_ROWS).sum())
    if enough < FEWEST_FOR_EFFECT or not (unit > 0).all():
        raise ModelError(
            f"{enough} patients have {LEAST_ROWS} rows or more with practice, alliance and "
            "outcome, or one of these never varies",
            allowed=f"at least {FEWEST_FOR_EFFECT} such patients, and variables that vary",
            next_step="use more data or other variables",
        )
    middle = np.array([x.mean(), m.mean(), y.mean()])
    x, m, y = ((v - c) / u for v, c, u in zip((x, m, y), middle, unit, strict=True))
    stacked = _Stacked(group, x, m, y, random_direct, reml)
    ends = [_search(stacked, size) for size in STARTS]
    end = min(ends, key=lambda e: e.fun)
    return _told(stacked, end, unit, seed)


class _Stacked:
    """The stacked model's sums by group: columns W = [Z | X | z] of each equation."""

    def __init__(self, group, x, m, y, random_direct: bool, reml: bool):
        self.groups, self.rows, self.reml = int(group.max()) + 1, 2 * len(x), reml
        self.q = 5 if random_direct else 4
        one, none = np.ones_like(x), np.zeros_like(x)
        first = np.stack([one, x, none, none, none], axis=1)
        second = np.stack([none, none, one, m, x], axis=1)
        self.sums = tuple(
            _by_group(group, np.hstack([columns[:, : self.q], columns, z[:, None]]), self.groups)
            for columns, z in ((first, m), (second, y))
        )
        self.n = len(x)

    @property
    def size(self) -> int:
        return self.q * (self.q + 1) // 2 + 2

    def split(self, theta: np.ndarray):
        factor = np.zeros((self.q, self.q))
        factor[np.tril_indices(self.q)] = theta[:-2]
        return factor, np.exp(2 * theta[-2:])

    def passed(self, theta: np.ndarray):
        """What one evaluation needs: V^-1 by Woodbury from the sums of each group."""
        factor, variance = self.split(theta)
        q = self.q
        weighed = self.sums[0] / variance[0] + self.sums[1] / variance[1]
        b = weighed[:, :q, :q]
        inner = np.eye(q) + factor.T @ b @ factor
        gain = factor @ np.linalg.inv(inner) @ factor.T  # A: V^-1 = R^-1 - R^-1 Z A Z' R^-1
        log_det = np.linalg.slogdet(inner)[1].sum() + self.n * np.log(variance).sum()
        left = weighed - weighed[:, :, :q] @ gain @ weighed[:, :q, :]
        total = left.sum(axis=0)
        information = total[q:-1, q:-1]
        beta = np.linalg.solve(information, total[q:-1, -1])
        return factor, variance, weighed, gain, log_det, left, total, information, beta

    def deviance(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """REML criterion (or -2 log-likelihood) without constants, and its gradient (size,)."""
        factor, variance, weighed, gain, log_det, left, total, information, beta = self.passed(
            theta
        )
        q = self.q
        contrast = np.concatenate([-beta, [1.0]])  # of [X | z]: the residual
        value = log_det + total[-1, -1] - beta @ total[q:-1, -1]
        spread = np.outer(contrast, contrast)  # what is taken off the trace
        if self.reml:
            value += np.linalg.slogdet(information)[1]
            spread[:-1, :-1] += np.linalg.inv(information)
        across = left[:, :q, q:]
        slope = left[:, :q, :q].sum(axis=0) - np.einsum(
            "kia,ab,kjb->ij", across, spread, across, optimize=True
        )
        gradient = [(2 * slope @ factor)[np.tril_indices(q)]]
        for sums, v in zip(self.sums, variance, strict=True):
            own = np.einsum("kij,kji->", gain, sums[:, :q, :q])
            rows = sums[:, q:, q:] - sums[:, q:, :q] @ gain @ weighed[:, :q, q:]
            rows -= np.swapaxes(weighed[:, :q, q:], 1, 2) @ gain @ sums[:, :q, q:]
            rows += (
                np.swapaxes(weighed[:, :q, q:], 1, 2)
                @ gain @ sums[:, :q, :q] @ gain @ weighed[:, :q, q:]
            )  # fmt: skip
            by_variance = self.n / v - own / v**2 - np.sum(spread * rows.sum(axis=0)) / v**2
            gradient.append([2 * v * by_variance])
        return float(value), np.concatenate(gradient)


def _by_group(group: np.ndarray, columns: np.ndarray, groups: int) -> np.ndarray:
    """(groups, d, d) sums of products."""
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(groups))
    products = columns[order, :, None] * columns[order, None, :]
    return np.add.reduceat(products, starts, axis=0)


def _search(stacked: _Stacked, size: float):
    start = np.zeros(stacked.size)
    start[:-2] = (size * np.eye(stacked.q))[np.tril_indices(stacked.q)]
    start[-2:] = np.log(0.7)
    options = {"gtol": 1e-7, "maxiter": 2000}
    found = minimize(stacked.deviance, start, jac=True, method="BFGS", options=options)
    return minimize(stacked.deviance, found.x, jac=True, method="BFGS", options=options)


def _told(stacked: _Stacked, end, unit: np.ndarray, seed: int) -> Mediation:
    factor, variance, *_, information, beta = stacked.passed(end.x)
    x, m, y = unit
    scale = np.array([m, m / x, y, y / m, y / x])  # of FIXED, from standardised to the data's
    fixed = beta * scale
    covariance = np.linalg.inv(information) * np.outer(scale, scale)
    psi = (factor @ factor.T) * np.outer(scale[: stacked.q], scale[: stacked.q])
    spread = _covariance_error(stacked, end.x) * scale[1] * scale[3]
    a, b, c = fixed[[1, 3, 4]]
    indirect, through = a * b + psi[1, 3], _drawn(fixed, covariance, psi[1, 3], spread, seed)
    sd = np.sqrt(np.append(np.diag(psi), 0.0))
    return Mediation(
        a=_path(a, np.sqrt(covariance[1, 1])),
        b=_path(b, np.sqrt(covariance[3, 3])),
        direct=_path(c, np.sqrt(covariance[4, 4])),
        covariance=_path(psi[1, 3], spread),
        indirect=_drawn_path(indirect, through[0]),
        total=_drawn_path(indirect + c, through[1]),
        product=float(a * b),
        sd_a=float(sd[1]),
        sd_b=float(sd[3]),
        sd_direct=float(sd[4]),
        residual_m=float(np.sqrt(variance[0]) * m),
        residual_y=float(np.sqrt(variance[1]) * y),
        log_likelihood=_log_likelihood(stacked, end.fun, unit, scale),
        groups=stacked.groups,
        rows=stacked.n,
        converged=bool(np.abs(end.jac).max() < SETTLED),
        singular=bool(np.linalg.svd(factor, compute_uv=False).min() < SINGULAR),
    )


def _log_likelihood(stacked: _Stacked, deviance: float, unit: np.ndarray, scale) -> float:
    """In the data's own units: standardising divided every outcome and turned X's columns."""
    free = stacked.rows - (len(FIXED) if stacked.reml else 0)
    value = -0.5 * (deviance + free * np.log(2 * np.pi)) - stacked.n * np.log(unit[1] * unit[2])
    return float(value + (np.log(scale).sum() if stacked.reml else 0.0))


def _covariance_error(stacked: _Stacked, theta: np.ndarray) -> float:
    """Standard error of sigma_ab by observed information, standardised; NaN where flat.

    The Hessian is a difference of exact gradients: right to some 1e-8.
    """
    steps = 1e-4 * np.maximum(1.0, np.abs(theta))
    rows = [
        (stacked.deviance(theta + h * e)[1] - stacked.deviance(theta - h * e)[1]) / (2 * h)
        for h, e in zip(steps, np.eye(len(theta)), strict=True)
    ]
    hessian = (np.array(rows) + np.array(rows).T) / 2
    values, vectors = np.linalg.eigh(hessian)
    factor, _ = stacked.split(theta)
    slope = np.zeros((stacked.q, stacked.q))  # of sigma_ab = row a of the factor times row b
    slope[1], slope[3] = factor[3], factor[1]
    gradient = np.zeros(len(theta))
    gradient[:-2] = slope[np.tril_indices(stacked.q)]
    kept = values > 1e-6 * values[-1]
    turned = (vectors.T @ gradient)[kept]
    return float(np.sqrt(2 * np.sum(turned**2 / values[kept])))


def _drawn(fixed, covariance, sigma_ab: float, spread: float, seed: int) -> np.ndarray:
    """(2, DRAWS) of the indirect and the total effect; mean paths and sigma_ab are independent."""
    rng = np.random.default_rng(seed)
    paths = rng.multivariate_normal(fixed, covariance, DRAWS, method="eigh")
    indirect = paths[:, 1] * paths[:, 3] + rng.normal(sigma_ab, spread, DRAWS)
    return np.stack([indirect, indirect + paths[:, 4]])


def _path(estimate: float, se: float) -> Path:
    if not np.isfinite(se):
        return Path(float(estimate), None, None, None)
    reach = Z * float(se)
    return Path(float(estimate), float(se), float(estimate - reach), float(estimate + reach))


def _drawn_path(estimate: float, drawn: np.ndarray) -> Path:
    low, high = np.quantile(drawn, ENDS)
    return Path(float(estimate), float(drawn.std(ddof=1)), float(low), float(high))
