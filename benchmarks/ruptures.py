"""Ruptures at the false-alarm rate that was asked for, on scales of every kind.

    python -m benchmarks.ruptures [--fits 8]

Prints the table of docs/validation.md: courses without a rupture (swings that carry .4 over,
reliability .8, mild own trends), shown on scales whose upper end holds more or fewer of the
ratings; the limits learnt from 1,000 courses, tried on 3,000 others.
"""

import argparse

import numpy as np

from analysis.models.process.expected_course import expected_course
from analysis.models.process.ruptures import flagged, nominal_rate

SPAN = (1.0, 5.0)
# Name, ends, step, middle, points of an SD of the courses below: how much lies at the end follows.
SCALES = (
    ("no ends", (None, None), 1e-3, 0.0, 1.0),
    ("1 to 5 in thirds", SPAN, 1 / 3, 3.5, 0.5),
    ("1 to 5 in thirds", SPAN, 1 / 3, 4.2, 0.5),
    ("1 to 5 in thirds", SPAN, 1 / 3, 4.6, 0.5),
    ("1 to 5 in whole points", SPAN, 1.0, 4.2, 0.5),
    ("1 to 7 in sixths", (1.0, 7.0), 1 / 6, 6.4, 0.6),
)
RATES = (0.01, 0.05, 0.1)


def courses(rng, n: int, t: int) -> np.ndarray:
    """(n, t) about 0: level, trend, swings and noise."""
    swings = np.empty((n, t))
    swings[:, 0] = rng.normal(0, 0.8**0.5, n)
    for k in range(1, t):
        swings[:, k] = 0.4 * swings[:, k - 1] + rng.normal(0, (0.8 * (1 - 0.16)) ** 0.5, n)
    level, trend = rng.normal(0, 1.2, n), rng.normal(0.02, 0.05, n)
    lines = level[:, None] + trend[:, None] * (np.arange(t) - (t - 1) / 2)
    return lines + swings + rng.normal(0, 0.2**0.5, (n, t))


def on_scale(x: np.ndarray, span, step: float) -> np.ndarray:
    """As a form shows it."""
    low, high = span
    base = 0.0 if low is None else low
    x = base + np.round((x - base) / step) * step
    return x if high is None else np.clip(x, low, high)


def row(fits: int, t: int, scale, missing: float) -> tuple[float, list[float]]:
    """(share of ratings at the upper end, share flagged by rate)."""
    _, span, step, middle, spread = scale
    at_end, found = [], []
    for seed in range(fits):
        rng = np.random.default_rng((seed, t, int(10 * middle)))
        learnt, others = (
            on_scale(middle + spread * courses(rng, n, t), span, step) for n in (1000, 3000)
        )
        for x in (learnt, others):
            x[rng.random(x.shape) < missing] = np.nan
        expected = expected_course(learnt)
        at_end.append(np.nanmean(learnt >= (np.inf if span[1] is None else span[1])))
        nominal = [nominal_rate(learnt, expected, r, span, seed) for r in RATES]
        found.append([flagged(others, expected, n).any(axis=1).mean() for n in nominal])
    return float(np.mean(at_end)), [float(f) for f in np.mean(found, axis=0)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fits", type=int, default=8)
    options = parser.parse_args()
    asked = " | ".join(f"{100 * r:.0f} % asked" for r in RATES)
    print(f"| scale | at its upper end | sessions | missing | {asked} |")
    print("| --- | ---: | ---: | ---: | " + "---: | " * len(RATES))
    for scale in SCALES:
        for t, missing in ((8, 0.0), (16, 0.0), (30, 0.0), (16, 0.15)):
            at_end, found = row(options.fits, t, scale, missing)
            told = " | ".join(f"{100 * f:.1f}" for f in found)
            print(
                f"| {scale[0]} | {100 * at_end:.0f} % | {t} | {100 * missing:.0f} % | {told} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
