"""Are residuals and random effects normal? A QQ plot of few points and a verdict in words."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from analysis.models.inference.checks.verdict import ALARM, FINE, NOTE, PROBLEM, Verdict

MOST_POINTS = 200
# Smaller departures than these change no interval to speak of, however sure they are.
VISIBLE_SKEW, VISIBLE_KURTOSIS = 0.5, 1.0
# Fewer values than this have no shape that could be judged.
FEWEST_VALUES = 20


@dataclass(frozen=True, slots=True)
class Quantiles:
    """A normal QQ plot of at most 200 points. what: 'residuals' or 'group: term'; theoretical,
    observed (k,): in standard deviations; skew, excess kurtosis, n: of all values; extreme: values
    so far out that one was to be expected in a hundred such data sets."""

    what: str
    theoretical: np.ndarray
    observed: np.ndarray
    n: int
    skew: float
    kurtosis: float
    extreme: int
    verdict: Verdict

    def tidy(self) -> list[dict]:
        """One row a point: what, theoretical, observed."""
        pairs = zip(self.theoretical.tolist(), self.observed.tolist(), strict=True)
        return [dict(what=self.what, theoretical=t, observed=o) for t, o in pairs]


def normal_quantiles(what: str, values: np.ndarray) -> Quantiles:
    """values (n,): standardised about as they come; they are centred and scaled here.

    Skewness and kurtosis by D'Agostino's and Anscombe & Glynn's transformations (D'Agostino,
    Belanger & D'Agostino 1990, doi:10.1080/00031305.1990.10475751) where n >= 20.
    """
    n = len(values)
    centred = values - values.mean()
    sd = float(np.sqrt(np.mean(centred**2)))
    standard = np.sort(centred / (sd if sd > 0 else 1.0))
    points = min(n, MOST_POINTS)
    probability = (np.arange(points) + 0.5) / points
    skew, kurtosis = float(np.mean(standard**3)), float(np.mean(standard**4) - 3)
    limit = -special.ndtri(0.01 / (2 * n))
    extreme = int((np.abs(standard) > limit).sum())
    return Quantiles(
        what=what,
        theoretical=special.ndtri(probability),
        observed=np.quantile(standard, probability),
        n=n,
        skew=skew,
        kurtosis=kurtosis,
        extreme=extreme,
        verdict=_normal_verdict(what, n, skew, kurtosis, extreme),
    )


def _normal_verdict(what, n, skew, kurtosis, extreme) -> Verdict:
    subject = "The residuals" if what == "residuals" else f"The random effects ({what})"
    if n < FEWEST_VALUES:
        return Verdict(FINE, f"{subject} are {n}: too few to judge their distribution by.")
    z_skew, z_kurtosis = skew_z(skew, n), kurtosis_z(kurtosis, n)
    limit = -special.ndtri(ALARM / 4)
    skewed = abs(z_skew) > limit and abs(skew) > VISIBLE_SKEW
    heavy = z_kurtosis > limit and kurtosis > VISIBLE_KURTOSIS
    if not skewed and not heavy:
        return Verdict(
            FINE,
            f"No sign of a lean or of heavy tails in {n:,} values of {subject[:1].lower()}"
            f"{subject[1:]} (skewness {skew:.2f}, excess kurtosis {kurtosis:.2f}).",
        )
    seen = [f"lean to one side (skewness {skew:.2f})"] if skewed else []
    seen += [f"have heavy tails (excess kurtosis {kurtosis:.1f})"] if heavy else []
    outliers = f", {extreme} of them far out" if extreme else ""
    worse = abs(skew) > 1.5 or kurtosis > 5
    return Verdict(
        PROBLEM if worse else NOTE,
        f"{subject} {' and '.join(seen)}{outliers}: coefficients hardly suffer with many groups, "
        "but predictions for single groups and intervals of variances do; look at the outliers, or "
        "try a transformed outcome.",
    )


def skew_z(skew: float, n: int) -> float:
    """D'Agostino's normal score of the skewness of n values."""
    y = skew * np.sqrt((n + 1) * (n + 3) / (6 * (n - 2)))
    beta = 3 * (n**2 + 27 * n - 70) * (n + 1) * (n + 3)
    beta /= (n - 2) * (n + 5) * (n + 7) * (n + 9)
    w2 = np.sqrt(2 * (beta - 1)) - 1
    return float(np.arcsinh(y / np.sqrt(2 / (w2 - 1))) / np.sqrt(np.log(w2) / 2))


def kurtosis_z(kurtosis: float, n: int) -> float:
    """Anscombe & Glynn's normal score of the excess kurtosis of n values."""
    mean = 3 * (n - 1) / (n + 1)
    variance = 24 * n * (n - 2) * (n - 3) / ((n + 1) ** 2 * (n + 3) * (n + 5))
    x = (kurtosis + 3 - mean) / np.sqrt(variance)
    beta = 6 * (n**2 - 5 * n + 2) / ((n + 7) * (n + 9))
    beta *= np.sqrt(6 * (n + 3) * (n + 5) / (n * (n - 2) * (n - 3)))
    a = 6 + 8 / beta * (2 / beta + np.sqrt(1 + 4 / beta**2))
    root = 1 + x * np.sqrt(2 / (a - 4))
    return float((1 - 2 / (9 * a) - np.cbrt((1 - 2 / a) / root)) / np.sqrt(2 / (9 * a)))
