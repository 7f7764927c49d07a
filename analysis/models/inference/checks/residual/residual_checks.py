"""Do the residuals and random effects behave as the model says? Bins, quantiles and verdicts."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from analysis.models.criterion.problem import Problem
from analysis.models.inference.checks.residual.normality import Quantiles, normal_quantiles
from analysis.models.inference.checks.residual.residuals import RowResults, standardised_effects
from analysis.models.inference.checks.residual.unequal_spread import (
    Heteroscedasticity,
    spread_along,
    spread_by_group,
)
from analysis.models.inference.checks.verdict import ALARM, FINE, NOTE, PROBLEM, Verdict
from analysis.models.language.design import INTERCEPT
from analysis.models.language.moments import Moments
from analysis.models.linear.fit import Solution

BINS = 30
# A bend of a tenth of the spread is hardly seen in a plot and moves no estimate to speak of.
VISIBLE_BEND = 0.1


@dataclass(frozen=True, slots=True)
class Bins:
    """Residuals, or a level's mean residuals, along the fixed prediction in bins of equal count.

    level: 'rows' or a grouping. prediction, mean, sd (b,): on the outcome's scale, the prediction
    as a distance from the outcome's centre; n (b,). p: of the test that all means lie on a line.
    """

    level: str
    prediction: np.ndarray
    mean: np.ndarray
    sd: np.ndarray
    n: np.ndarray
    p: float
    verdict: Verdict

    def tidy(self) -> list[dict]:
        """One row a bin: level, prediction, mean, sd, n."""
        names = ("prediction", "mean", "sd", "n")
        columns = [getattr(self, c).tolist() for c in names]
        rows = zip(*columns, strict=True)
        return [dict(level=self.level, **dict(zip(names, r, strict=True))) for r in rows]


@dataclass(frozen=True, slots=True)
class Leverage:
    """Of rows on the fixed effects: mean p / N. largest: the highest; high: rows above 3 means;
    quantiles: at .5, .9, .99, 1."""

    mean: float
    largest: float
    high: int
    quantiles: tuple[float, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class ResidualChecks:
    """All of them; verdicts(): theirs in order, with a name each."""

    bins: tuple[Bins, ...]
    quantiles: tuple[Quantiles, ...]
    spread: tuple[Heteroscedasticity, ...]
    leverage: Leverage

    def verdicts(self) -> tuple[tuple[str, Verdict], ...]:
        named = [(f"shape at {b.level}", b.verdict) for b in self.bins]
        named += [(f"normality of {q.what}", q.verdict) for q in self.quantiles]
        named += [(f"spread by {s.level}", s.verdict) for s in self.spread]
        return (*named, ("leverage", self.leverage.verdict))

    def tidy(self) -> list[dict]:
        """One row a check: check, grade, sentence."""
        return [dict(check=n, grade=v.grade, sentence=v.sentence) for n, v in self.verdicts()]


def residual_checks(
    moments: Moments, problem: Problem, solution: Solution, rows: RowResults
) -> ResidualChecks:
    """Every check of the rows' residuals, the levels' random effects and the leverage."""
    residual = rows.standard
    effects = standardised_effects(moments, problem, solution, rows)
    levels = [("rows", rows.fixed, rows.residual)]
    for group, code, effect in zip(moments.groupings, rows.codes, rows.effects, strict=True):
        size = np.bincount(code)
        at = list(moments.z).index(0)
        levels.append((group, np.bincount(code, weights=rows.fixed) / size, effect[:, at]))
    return ResidualChecks(
        bins=tuple(residual_bins(n, f, e, rows.y_scale) for n, f, e in levels),
        quantiles=(
            normal_quantiles("residuals", residual),
            *(normal_quantiles(_named(g, t), v) for g, t, v in effects),
        ),
        spread=(
            *(
                spread_by_group(g, residual, c, rows.freedom)
                for g, c in zip(moments.groupings, rows.codes, strict=True)
            ),
            spread_along(rows.fixed, residual, rows.freedom),
        ),
        leverage=leverage_summary(rows.leverage),
    )


def residual_bins(
    level: str, prediction: np.ndarray, residual: np.ndarray, y_scale: float = 1.0
) -> Bins:
    """Means of residuals (n,) in bins of equal count of prediction (n,), at least 20 in each, and
    the F test that the means lie on a line, against the spread inside the bins."""
    n = len(residual)
    count = int(min(BINS, max(n // 20, 1)))
    order = np.argsort(prediction, kind="stable")
    bin_of = np.empty(n, dtype=np.int64)
    bin_of[order] = np.arange(n) * count // n
    if np.ptp(prediction) <= 1e-9 * max(1.0, float(np.abs(prediction).max())):
        bin_of[:], count = 0, 1
    size = np.bincount(bin_of, minlength=count)
    where = np.bincount(bin_of, weights=prediction) / size
    mean = np.bincount(bin_of, weights=residual) / size
    square = np.bincount(bin_of, weights=residual**2) / size
    sd = np.sqrt(np.maximum(square - mean**2, 0.0))
    p, bend = 1.0, 0.0
    if count > 3:
        line = np.polynomial.Polynomial.fit(where, mean, 1, w=np.sqrt(size))
        off, s2 = mean - line(where), float(size @ sd**2) / (n - count)
        if s2 > 0:
            f = float(size @ off**2) / (count - 2) / s2
            p = float(special.fdtrc(count - 2, n - count, f))
            # Chance alone gives each bin's mean a variance of s2 / n_b.
            bend = float(np.sqrt(max(np.average(off**2 - s2 / size, weights=size), 0.0) / s2))
    verdict = _bend_verdict(level, n, p, bend, count)
    return Bins(level, where * y_scale, mean * y_scale, sd * y_scale, size, p, verdict)


def leverage_summary(leverage: np.ndarray) -> Leverage:
    """leverage (N,) sums to the number of fixed effects."""
    mean, largest = float(leverage.mean()), float(leverage.max())
    high = int((leverage > 3 * mean).sum())
    quantiles = tuple(float(q) for q in np.quantile(leverage, [0.5, 0.9, 0.99, 1.0]))
    if largest > 0.5:
        verdict = Verdict(
            PROBLEM,
            f"At least one row decides more than half of its own prediction (leverage "
            f"{largest:.2f}): a coefficient rests on it; check that its predictors are right.",
        )
    elif largest > 0.2:
        verdict = Verdict(
            NOTE,
            f"Some row has a leverage of {largest:.2f}: its predictors lie far from the others', "
            "so a mistake there would show in the estimates; check them.",
        )
    else:
        verdict = Verdict(
            FINE,
            f"No row of {len(leverage):,} has unusual leverage (largest {largest:.3f}, mean "
            f"{mean:.3f}).",
        )
    return Leverage(mean, largest, high, quantiles, verdict)


def _named(group: str, term: str) -> str:
    return f"{group}: {'intercept' if term == INTERCEPT else term}"


def _bend_verdict(level: str, n: int, p: float, bend: float, bins: int) -> Verdict:
    where = "the rows' residuals" if level == "rows" else f"the random effects of '{level}'"
    if bins <= 3:
        return Verdict(FINE, f"There is too little to see a bend in {where} by.")
    if p < ALARM and bend > VISIBLE_BEND:
        return Verdict(
            PROBLEM if bend > 0.3 else NOTE,
            f"Along the prediction {where} bend (by {bend:.2f} of their spread): some predictor's "
            "effect is no straight line; a square or a spline of it would change the estimates.",
        )
    return Verdict(
        FINE, f"No sign of a bend in {where} along the prediction ({n:,} values in {bins} bins)."
    )
