"""What every bootstrap of a model answers: parameters on the raw scale, percentiles, failures."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, stdtrit

from analysis.base.errors import RequestError
from analysis.models.criterion.problem import Problem
from analysis.models.language.design import INTERCEPT
from analysis.models.language.moments import Moments
from analysis.models.linear.fit import SINGULAR, Solution

MOST_FAILED = 0.5
MOST_REPLICATES = 1_000_000


@dataclass(frozen=True, slots=True)
class BootstrapInterval:
    """One parameter, named as in Fit.tidy(): its estimate, the replicates' mean less the estimate
    (bias), their standard deviation (se), and percentile bounds; None where too many failed."""

    group: str
    term: str
    estimate: float | None
    bias: float | None
    se: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """Percentile intervals of every parameter of a model.

    kind: 'parametric' or 'cluster: <group>'. replicates: drawn; failed: refits without an answer,
    which enter no number; singular: refits with a variance of zero or a perfect correlation.
    draws (replicates - failed, parameters), in the order of intervals; NaN is a correlation with
    a variance of zero.
    """

    formula: str
    kind: str
    method: str
    level: float
    replicates: int
    failed: int
    singular: int
    seed: int
    intervals: tuple[BootstrapInterval, ...]
    draws: np.ndarray
    messages: tuple[str, ...]
    seconds: float

    def tidy(self) -> list[dict]:
        """One row a parameter: group, term, estimate, bias, se, low, high."""
        names = ("group", "term", "estimate", "bias", "se", "low", "high")
        return [{n: getattr(i, n) for n in names} for i in self.intervals]


@dataclass(frozen=True, slots=True)
class Refits:
    """B refits on the internal scale: theta (B, n), sigma2 (B,), beta (B, p), good (B,): which
    found an answer."""

    theta: np.ndarray
    sigma2: np.ndarray
    beta: np.ndarray
    good: np.ndarray


def summarised(
    moments: Moments,
    problem: Problem,
    solution: Solution,
    refits: Refits,
    kind: str,
    seed: int,
    level: float,
    seconds: float,
    clusters: int | None = None,
) -> Bootstrap:
    """The intervals of `refits`, beside the estimates of `solution`. clusters: how many were drawn
    again, None where draws came from the model."""
    good, replicates = refits.good, len(refits.good)
    theta = refits.theta[good]
    names, draws = raw_parameters(moments, problem, theta, refits.sigma2[good], refits.beta[good])
    _, own = raw_parameters(
        moments,
        problem,
        solution.theta[None],
        np.array([solution.sigma2]),
        solution.evaluation.beta[None],
    )
    failed = int((~good).sum())
    return Bootstrap(
        formula=moments.design.formula.text,
        kind=kind,
        method="REML" if solution.reml else "ML",
        level=level,
        replicates=replicates,
        failed=failed,
        singular=int(_singular(problem, theta).sum()),
        seed=seed,
        intervals=intervals_of(names, own[0], draws, ends_of(level, clusters), failed / replicates),
        draws=draws,
        messages=messages_of(replicates, failed),
        seconds=seconds,
    )


def check_settings(replicates: int, level: float) -> None:
    """RequestError where so many replicates, or such a level, cannot be had."""
    if not 1 <= replicates <= MOST_REPLICATES or not 0 < level < 1:
        raise RequestError(
            "The bootstrap's settings cannot be used",
            where="replicates and level",
            allowed=f"1 to {MOST_REPLICATES:,} replicates, a level between 0 and 1",
            next_step="try 1,000 replicates and level 0.95",
        )


def raw_parameters(moments: Moments, problem: Problem, theta, sigma2, beta):
    """Names [(group, term)] as in Fit.tidy() and values (B, parameters) on the outcome's scale of
    internal theta (B, n), sigma2 (B,), beta (B, p)."""
    names = [("", term) for term in problem.x]
    fixed = beta @ problem.x_to_raw.T
    if INTERCEPT in problem.x:
        fixed[:, problem.x.index(INTERCEPT)] += moments.centre[-1]
    sds, correlations, r_names = [], [], []
    for level, factor in zip(problem.levels, _all_lambdas(problem, theta), strict=True):
        root = np.sqrt(sigma2)[:, None, None] * (level.to_raw @ factor)
        psi = root @ np.swapaxes(root, 1, 2)
        sd = np.sqrt(np.einsum("bii->bi", psi))
        for block in level.blocks:
            for i, a in enumerate(block):
                names.append((level.group, f"sd {level.terms[a]}"))
                sds.append(sd[:, a])
                for b in block[i + 1 :]:
                    r_names.append((level.group, f"r {level.terms[a]}, {level.terms[b]}"))
                    product = sd[:, a] * sd[:, b]
                    r = psi[:, a, b] / np.where(product > 0, product, np.nan)
                    correlations.append(np.clip(r, -1, 1))
    sigma = np.sqrt(sigma2) * problem.sigma_scale
    values = np.column_stack([fixed, *sds, *correlations, sigma])
    return [*names, *r_names, ("residual", "sd")], values


def _all_lambdas(problem: Problem, theta: np.ndarray) -> list[np.ndarray]:
    """(B, q, q) factors of each level for theta (B, n)."""
    out, at = [], 0
    for level in problem.levels:
        factor = np.zeros((len(theta), level.q, level.q))
        for block in level.blocks:
            columns, rows = np.triu_indices(len(block))
            factor[:, rows + block[0], columns + block[0]] = theta[:, at : at + len(rows)]
            at += len(rows)
        out.append(factor)
    return out


def _singular(problem: Problem, theta: np.ndarray) -> np.ndarray:
    """(B,) bool: some combination of a block's effects has (almost) no variance."""
    out = np.zeros(len(theta), dtype=bool)
    for level, factor in zip(problem.levels, _all_lambdas(problem, theta), strict=True):
        for block in level.blocks:
            own = factor[:, block[0] : block[-1] + 1, block[0] : block[-1] + 1]
            out |= np.linalg.svd(own, compute_uv=False)[:, -1] < SINGULAR
    return out


def ends_of(level: float, clusters: int | None) -> tuple[float, float]:
    """The draws' quantiles that end an interval. Those of n clusters drawn again lie too near by
    sqrt((n - 1) / n), and as if their spread was known: Hesterberg 2015, section 4.2,
    doi:10.1080/00031305.2015.1089789. Worked: 95 % of 30 clusters: .0187 and .9813."""
    tail = (1 - level) / 2
    if clusters is not None:
        reach = stdtrit(clusters - 1, tail) * (clusters / (clusters - 1)) ** 0.5
        tail = float(ndtr(reach))
    return tail, 1 - tail


def intervals_of(names, own, draws, ends, failed: float) -> tuple[BootstrapInterval, ...]:
    out = []
    for j, (group, term) in enumerate(names):
        estimate = float(own[j]) if np.isfinite(own[j]) else None
        values = draws[np.isfinite(draws[:, j]), j]
        if failed > MOST_FAILED or len(values) < 2:
            out.append(BootstrapInterval(group, term, estimate, None, None, None, None))
            continue
        low, high = np.quantile(values, ends)
        bias = None if estimate is None else float(values.mean()) - estimate
        out.append(
            BootstrapInterval(
                group, term, estimate, bias, float(values.std(ddof=1)), float(low), float(high)
            )
        )
    return tuple(out)


def messages_of(replicates: int, failed: int) -> tuple[str, ...]:
    if failed > MOST_FAILED * replicates:
        return (
            f"{failed:,} of {replicates:,} refits found no answer: too many for an interval; a "
            "simpler random part would do",
        )
    if failed:
        return (f"{failed:,} of {replicates:,} refits found no answer and were left out",)
    return ()
