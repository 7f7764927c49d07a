"""A rate over time with control limits: what is noise and what is news.

The chart is Laney's p' (Laney 2002, doi:10.1081/QEN-120003555): a p-chart's limits, which
follow each period's number of treatments, widened by how much periods differ beyond chance.
An XmR chart would give a quarter of 30 treatments the same limits as one of 300. Where
periods differ by less than chance the limits stay those of the p-chart.
"""

from dataclasses import dataclass
from math import sqrt
from statistics import fmean

from analysis.base.phrase import numbered
from analysis.questions.outcomes.proportion import Proportion

SIGMAS = 3
MOVING_RANGE = 1.128  # mean range of two normal draws, in standard deviations (d2)
RUN = 8  # periods in a row on one side (Western Electric 1956)
FEWEST_PERIODS = 8  # with fewer, the limits are provisional


@dataclass(frozen=True, slots=True)
class Point:
    """One period. lower, upper: control limits, within 0..1. signal: '', 'outside' (beyond a
    limit) or 'run' (the eighth or later in a row on one side of the centre)."""

    period: str
    rate: Proportion
    lower: float
    upper: float
    signal: str


@dataclass(frozen=True, slots=True)
class Trend:
    """centre: the rate over all periods. sigma_z: SD of the periods beyond chance, 1 by chance."""

    metric: str
    centre: float
    sigma_z: float
    points: tuple[Point, ...]
    messages: tuple[str, ...]

    def tidy(self) -> list[dict]:
        """One row a period: period, count, n, share, low, high, lower, upper, signal."""
        return [
            dict(
                period=p.period,
                count=p.rate.count,
                n=p.rate.n,
                share=p.rate.share,
                low=p.rate.low,
                high=p.rate.high,
                lower=p.lower,
                upper=p.upper,
                signal=p.signal,
            )
            for p in self.points
        ]


def trend(periods) -> Trend | None:
    """The Trend of (period, Rate) pairs in order of time; None where no period has a treatment.

    z = (share - centre) / sqrt(centre (1 - centre) / n); sigma_z = mean |z - z before| / 1.128,
    at least 1; limits centre ± 3 sigma_z sqrt(centre (1 - centre) / n).
    Worked: shares .4, .6, .4, .6 of 100 each: centre .5, z ∓2, sigma_z 3.546, limits 0 and 1.
    """
    kept = [(name, rate) for name, rate in periods if rate.n]
    if not kept:
        return None
    centre = sum(r.share * r.n for _, r in kept) / sum(r.n for _, r in kept)
    ses = [sqrt(centre * (1 - centre) / r.n) for _, r in kept]
    z = [(r.share - centre) / se if se else 0.0 for (_, r), se in zip(kept, ses, strict=True)]
    moves = [abs(a - b) for a, b in zip(z[1:], z, strict=False)]
    sigma_z = max(1.0, fmean(moves) / MOVING_RANGE) if moves else 1.0
    runs, points = _runs(z), []
    for (name, rate), se, own, run in zip(kept, ses, z, runs, strict=True):
        half = SIGMAS * sigma_z * se
        signal = "outside" if abs(own) > SIGMAS * sigma_z else "run" if run >= RUN else ""
        points.append(Point(name, rate, max(0.0, centre - half), min(1.0, centre + half), signal))
    return Trend(kept[0][1].metric, centre, sigma_z, tuple(points), _messages(len(kept)))


def _runs(z: list[float]) -> list[int]:
    """For each period, how many in a row up to it lie on its side of the centre."""
    runs, length, before = [], 0, 0.0
    for own in z:
        length = length + 1 if own * before > 0 else int(own != 0)
        before = own
        runs.append(length)
    return runs


def _messages(periods: int) -> tuple[str, ...]:
    if periods >= FEWEST_PERIODS:
        return ()
    return (
        numbered(
            periods,
            "With {n} period the control limits are provisional: {firm} or more make them firm",
            "With {n} periods the control limits are provisional: {firm} or more make them firm",
            firm=FEWEST_PERIODS,
        ),
    )
