"""Do residuals spread alike in all groups and along the prediction? A test and a verdict."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from analysis.models.inference.checks.verdict import ALARM, FINE, NOTE, PROBLEM, Verdict

# Spreads that differ by less hardly move a standard error, however sure the difference.
VISIBLE_SPREAD = 1.5
# Groups with fewer rows say too little about their own spread.
FEWEST_ROWS = 4


@dataclass(frozen=True, slots=True)
class Heteroscedasticity:
    """How far the residual spread differs between the groups of one level, or along the prediction.

    level: a grouping, or 'prediction'. groups: compared; ratio: spread at the 90th over the 10th
    percentile of the groups (the upper over the lower fifth of the prediction), chance included;
    statistic, p: Levene's test.
    """

    level: str
    groups: int
    ratio: float
    statistic: float
    p: float
    verdict: Verdict


def spread_by_group(
    level: str, residual: np.ndarray, codes: np.ndarray, freedom: np.ndarray | None = None
) -> Heteroscedasticity:
    """Levene's test (1960): do the absolute residuals have one mean in all groups? residual (N,)
    standardised, codes (N,), freedom (N,) what each row still says, 1 each when None.

    The distances are from 0, not from the group's own middle: the model has taken the groups'
    means off already. Residuals of a group are bound to each other by the effects that were fitted
    to it, so it counts as many rows as its freedom adds up to: the squared correlations of a row's
    residual with the group's sum to 1 over the mean freedom, as for a projection. Groups with a
    freedom under FEWEST_ROWS / 2 are left out.
    """
    freedom = np.ones(len(residual)) if freedom is None else freedom
    kept = np.bincount(codes, weights=freedom)[codes] >= FEWEST_ROWS / 2
    if len(np.unique(codes[kept])) < 2:
        return _too_few(level)
    values, code = residual[kept], np.unique(codes[kept], return_inverse=True)[1]
    weight = freedom[kept]
    n = np.bincount(code, weights=weight)
    statistic, p = _equal_means(np.abs(values), code, weight)
    deviations = np.sqrt(np.bincount(code, weights=weight * values**2) / n)
    low, high = np.quantile(deviations, [0.1, 0.9])
    ratio = float(high / low) if low > 0 else float("inf")
    real = _real_ratio(deviations, n)
    verdict = _spread_verdict(f"the groups of '{level}'", len(n), p, real)
    return Heteroscedasticity(level, len(n), ratio, statistic, p, verdict)


def spread_along(
    prediction: np.ndarray, residual: np.ndarray, freedom: np.ndarray | None = None
) -> Heteroscedasticity:
    """The same test over five classes of the fixed prediction of equal count."""
    n = len(residual)
    classes = np.empty(n, dtype=np.int64)
    classes[np.argsort(prediction, kind="stable")] = np.arange(n) * 5 // n
    if n < 50 or np.ptp(prediction) <= 1e-9 * max(1.0, float(np.abs(prediction).max())):
        return _too_few("prediction")
    found = spread_by_group("prediction", residual, classes, freedom)
    sd = np.array([residual[classes == c].std() for c in range(5)])
    ratio = float(sd.max() / sd.min()) if sd.min() > 0 else float("inf")
    verdict = _spread_verdict("low and high predictions", 5, found.p, ratio)
    return Heteroscedasticity(
        "prediction", 5, float(sd[-1] / max(sd[0], 1e-300)), found.statistic, found.p, verdict
    )


def _equal_means(values: np.ndarray, code: np.ndarray, weight: np.ndarray) -> tuple[float, float]:
    """F and p of equal means of values (m,) over code (m,), against their variance over all rows:
    inside groups of bound residuals it would look too small."""
    n = np.bincount(code, weights=weight)
    mean, k = np.bincount(code, weights=weight * values) / n, len(n)
    grand = float(np.average(values, weights=weight))
    spread = float(np.average((values - grand) ** 2, weights=weight))
    if spread <= 0 or n.sum() <= k:
        return 0.0, 1.0
    f = float(n @ (mean - grand) ** 2) / (k - 1) / spread
    return f, float(special.fdtrc(k - 1, n.sum() - k, f))


def _real_ratio(deviations: np.ndarray, n: np.ndarray) -> float:
    """Spread of a group one standard deviation up over one down, chance taken off: the variance
    of log s less 1 / (2 n), what it is for equal true spreads."""
    logs = np.log(deviations[deviations > 0])
    own = 1 / (2 * n[deviations > 0])
    real = max(float(logs.var()) - float(own.mean()), 0.0) if len(logs) > 1 else 0.0
    return float(np.exp(2 * np.sqrt(real)))


def _too_few(level: str) -> Heteroscedasticity:
    sentence = "There are too few rows in each group to compare the spread of their residuals."
    return Heteroscedasticity(level, 0, 1.0, 0.0, 1.0, Verdict(FINE, sentence))


def _spread_verdict(between: str, groups: int, p: float, ratio: float) -> Verdict:
    if p < ALARM and ratio > VISIBLE_SPREAD:
        return Verdict(
            PROBLEM if ratio > 3 else NOTE,
            f"The residuals spread {ratio:.1f} times as much in some of {between} as in others: "
            "the estimates stay unbiased, but standard errors are an average and intervals too "
            "narrow for the former; compare with robust errors or a cluster bootstrap.",
        )
    return Verdict(
        FINE,
        f"No sign that the residuals spread more in some of {between} than in others "
        f"({groups:,} compared).",
    )
