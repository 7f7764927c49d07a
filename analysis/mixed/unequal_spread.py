"""Do residuals spread alike in all groups and along the prediction? A test and a verdict."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from analysis.mixed.verdict import ALARM, FINE, NOTE, PROBLEM, Verdict

# Spreads that differ by less hardly move a standard error, however sure the difference.
VISIBLE_SPREAD = 1.5
# Groups with fewer rows say too little about their own spread.
FEWEST_ROWS = 4


@dataclass(frozen=True, slots=True)
class Heteroscedasticity:
    """How far the residual spread differs between the groups of one level, or along the prediction.

    level: a grouping, or 'prediction'. groups: compared; ratio: spread at the 90th over the 10th
    percentile of the groups (the upper over the lower fifth of the prediction), chance included;
    statistic, p: Brown & Forsythe's test.
    """

    level: str
    groups: int
    ratio: float
    statistic: float
    p: float
    verdict: Verdict


def spread_by_group(level: str, residual: np.ndarray, codes: np.ndarray) -> Heteroscedasticity:
    """Brown & Forsythe's test (1974, doi:10.1080/01621459.1974.10482955) over the groups with at
    least FEWEST_ROWS rows. residual (N,) standardised, codes (N,)."""
    size = np.bincount(codes)
    kept = size[codes] >= FEWEST_ROWS
    if len(np.unique(codes[kept])) < 2:
        return _too_few(level)
    order = np.lexsort((residual[kept], codes[kept]))
    values, code = residual[kept][order], np.unique(codes[kept], return_inverse=True)[1][order]
    n = np.bincount(code)
    starts = np.concatenate([[0], np.cumsum(n)[:-1]])
    median = (values[starts + (n - 1) // 2] + values[starts + n // 2]) / 2
    distance = np.abs(values - median[code])
    # A group's own median is one of its values where n is odd: a zero that says nothing, and
    # distances that are too small throughout; Hines & Hines 2000 drop it.
    odd = (n % 2 == 1)[code] & (np.arange(len(code)) == (starts + n // 2)[code])
    distance, inside = distance[~odd], code[~odd]
    statistic, p = _anova(distance, inside)
    deviations = np.sqrt(
        np.bincount(code, weights=(values - _means(values, code)[code]) ** 2) / (n - 1)
    )
    low, high = np.quantile(deviations, [0.1, 0.9])
    ratio = float(high / low) if low > 0 else float("inf")
    real = _real_ratio(deviations, n)
    return Heteroscedasticity(
        level, len(n), ratio, statistic, p, _spread_verdict(f"the groups of '{level}'", p, real)
    )


def spread_along(prediction: np.ndarray, residual: np.ndarray) -> Heteroscedasticity:
    """The same test over five classes of the fixed prediction of equal count."""
    n = len(residual)
    classes = np.empty(n, dtype=np.int64)
    classes[np.argsort(prediction, kind="stable")] = np.arange(n) * 5 // n
    if n < 50 or np.ptp(prediction) <= 1e-9 * max(1.0, float(np.abs(prediction).max())):
        return _too_few("prediction")
    found = spread_by_group("prediction", residual, classes)
    sd = np.array([residual[classes == c].std() for c in range(5)])
    ratio = float(sd.max() / sd.min()) if sd.min() > 0 else float("inf")
    verdict = _spread_verdict("low and high predictions", found.p, ratio)
    return Heteroscedasticity(
        "prediction", 5, float(sd[-1] / max(sd[0], 1e-300)), found.statistic, found.p, verdict
    )


def _anova(values: np.ndarray, code: np.ndarray) -> tuple[float, float]:
    """F and p of equal means of values (m,) over code (m,), one-way."""
    n = np.bincount(code)
    mean, k = _means(values, code), len(n)
    between = float((n * (mean - values.mean()) ** 2).sum()) / (k - 1)
    within = float(((values - mean[code]) ** 2).sum()) / max(len(values) - k, 1)
    if within <= 0:
        return 0.0, 1.0
    f = between / within
    return f, float(special.fdtrc(k - 1, len(values) - k, f))


def _means(values: np.ndarray, code: np.ndarray) -> np.ndarray:
    return np.bincount(code, weights=values) / np.bincount(code)


def _real_ratio(deviations: np.ndarray, n: np.ndarray) -> float:
    """Spread of a group one standard deviation up over one down, chance taken off: the variance
    of log s less 1 / (2 (n - 1)), what it is for equal true spreads."""
    logs = np.log(deviations[deviations > 0])
    own = 1 / (2 * (n[deviations > 0] - 1))
    real = max(float(logs.var()) - float(own.mean()), 0.0) if len(logs) > 1 else 0.0
    return float(np.exp(2 * np.sqrt(real)))


def _too_few(level: str) -> Heteroscedasticity:
    sentence = "There are too few rows in each group to compare the spread of their residuals."
    return Heteroscedasticity(level, 0, 1.0, 0.0, 1.0, Verdict(FINE, sentence))


def _spread_verdict(between: str, p: float, ratio: float) -> Verdict:
    if p < ALARM and ratio > VISIBLE_SPREAD:
        return Verdict(
            PROBLEM if ratio > 3 else NOTE,
            f"The residuals spread {ratio:.1f} times as much in some of {between} as in others: "
            "the estimates stay unbiased, but standard errors are an average and intervals too "
            "narrow for the former; compare with a cluster bootstrap.",
        )
    return Verdict(
        FINE,
        f"The residuals spread about equally over {between}, as the model assumes, so one "
        "residual variance serves all.",
    )
