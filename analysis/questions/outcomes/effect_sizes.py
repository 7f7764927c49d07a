"""How far scores moved, in standard deviations at intake; and the same at equal severity."""

from dataclasses import dataclass
from math import sqrt

from scipy import special

from analysis.measures.conventions import ENDS, Z
from analysis.store.queries.treatments.outcome_cells import Cell, Scores

FEWEST = 4  # below it Hedges' correction has no meaning


@dataclass(frozen=True, slots=True)
class EffectSize:
    """d of n measured treatments with its 95 % interval; above 0 is improvement. None where
    there are too few or scores at intake do not differ. decimals: in which it is shown. of: whose,
    where a report must know."""

    n: int
    d: float | None = None
    low: float | None = None
    high: float | None = None
    decimals: int = 2
    of: str = ""


def pre_post(scores: Scores, sign: int = 1, everyone: Scores | None = None) -> EffectSize:
    """The standardised mean change: J (mean first - mean last) / SD of first scores.

    sign: 1 where lower is better, -1 where higher is. everyone: whose SD standardises a group,
    None for its own; a severity band's own SD is small and would make its change look huge.
    J = 1 - 3 / (4 (N - 1) - 1), N being how many the SD is from (Hedges 1981,
    doi:10.3102/10769986006002107). Variance: SD of change^2 / (SD^2 (n - 1)) + d^2 / (2 (N - 1)),
    which lets the spread change (Bonett 2008, doi:10.1037/1082-989X.13.2.99).
    Worked (refraMED, month 0 to 7): n 164, change 4.46966, SD 5.01387 give d .887.
    """
    s, of = _figures(scores, sign), _figures(everyone or scores, sign)
    if s is None or of is None or not of.sd_first:
        return EffectSize(scores.n)
    d = _correction(of.n - 1) * s.gain / of.sd_first
    se = sqrt(s.sd_change**2 / (of.sd_first**2 * (s.n - 1)) + d * d / (2 * (of.n - 1)))
    return _within(s.n, d, se, Z)


def severity_adjusted(cell: Cell, everyone: Cell, sign: int = 1) -> EffectSize:
    """The effect size that the cell's treatments would show at everyone's severity at intake.

    Change is regressed on the first score over `everyone`; the cell's mean residual is added to
    everyone's mean change, and the sum divided by everyone's SD of first scores (Seidel, Miller
    & Chow 2014, doi:10.1080/10503307.2013.840812: residual change against a reference group).
    Interval: t, the regression taken as known. For `everyone` it is the uncorrected d.
    Worked: everyone changes 5 at a mean first score of 15 (SD 4), .5 more for each point; a cell
    that starts at 17 and changes 5.2 gives (5.2 - .5 * 2) / 4 = 1.05.
    """
    one, all_ = _figures(cell.scores[0], sign), _figures(everyone.scores[0], sign)
    if one is None or all_ is None or not all_.sd_first:
        return EffectSize(cell.scores[0].n)
    slope = all_.gain_with_first / all_.sd_first**2
    expected = all_.gain + slope * (one.mean_first - all_.mean_first)
    d = (all_.gain + one.gain - expected) / all_.sd_first
    variance = one.sd_change**2 + (slope * one.sd_first) ** 2 - 2 * slope * one.gain_with_first
    se = sqrt(max(0.0, variance) / one.n) / all_.sd_first
    return _within(one.n, d, se, float(special.stdtrit(one.n - 1, ENDS[1])))


@dataclass(frozen=True, slots=True)
class _Figures:
    """Scores that there are enough of. gain: mean improvement; gain_with_first: covariance of
    improvement and first score."""

    n: int
    mean_first: float
    gain: float
    sd_first: float
    sd_change: float
    gain_with_first: float


def _figures(s: Scores, sign: int) -> _Figures | None:
    """None where there are too few."""
    first, last, sd, change = s.mean_first, s.mean_last, s.sd_first, s.sd_change
    if s.n < FEWEST or first is None or last is None or sd is None:
        return None
    if change is None or s.covariance is None:
        return None
    return _Figures(s.n, first, sign * (first - last), sd, change, sign * (sd**2 - s.covariance))


def _correction(df: int) -> float:
    return 1 - 3 / (4 * df - 1)


def _within(n: int, d: float, se: float, quantile: float) -> EffectSize:
    return EffectSize(n, d, d - quantile * se, d + quantile * se)
