"""Effect sizes: worked numbers, raw rows by least squares, and the interval's coverage."""

import numpy as np
import pytest

from analysis.questions.outcomes.effect_sizes import pre_post, severity_adjusted
from analysis.store.queries.treatments.outcome_cells import Cell, Scores, Spread


def scores(first, last) -> Scores:
    first, last = np.asarray(first, float), np.asarray(last, float)
    return Scores(
        len(first),
        first.mean(),
        last.mean(),
        first.std(ddof=1),
        last.std(ddof=1),
        (last - first).std(ddof=1),
        float(np.cov(first, last)[0, 1]),
    )


def cell(*pair) -> Cell:
    return Cell("all", "", {}, {}, (scores(*pair),), Spread(0), Spread(0))


def drawn(rng, n, mean=16.0, effect=0.8):
    first = rng.normal(mean, 5, n)
    return first, 16 - 5 * effect + 0.6 * (first - 16) + rng.normal(0, 4, n)


def test_refra_med_by_hand():
    found = pre_post(Scores(164, 20.0, 20.0 - 4.46966, 5.01387, 6.0, 5.9, 10.0))
    assert found.d == pytest.approx((1 - 3 / (4 * 163 - 1)) * 4.46966 / 5.01387)
    assert found.d == pytest.approx(0.887, abs=5e-4)


def test_the_interval_covers():
    """Bonett's interval over 1,500 samples of 60; SE of the coverage .6 points."""
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(1500):
        found = pre_post(scores(*drawn(rng, 60)))
        hits += found.low <= 0.8 <= found.high
    assert 0.93 <= hits / 1500 <= 0.97


def test_turning_the_scale_turns_nothing_round():
    first, last = drawn(np.random.default_rng(4), 50)
    one, other = pre_post(scores(first, last)), pre_post(scores(40 - first, 40 - last), -1)
    assert (one.d, one.low, one.high) == pytest.approx((other.d, other.low, other.high))
    part = slice(0, 20)
    a = severity_adjusted(cell(first[part], last[part]), cell(first, last))
    b = severity_adjusted(cell(40 - first[part], 40 - last[part]), cell(40 - first, 40 - last), -1)
    assert (a.d, a.low, a.high) == pytest.approx((b.d, b.low, b.high))


def test_adjusted_is_the_mean_residual_of_least_squares():
    rng = np.random.default_rng(5)
    severe, mild = drawn(rng, 40, 20.0), drawn(rng, 60, 13.0)
    first, last = (np.concatenate(pair) for pair in zip(severe, mild, strict=True))
    slope, start = np.polyfit(first, first - last, 1)
    residual = severe[0] - severe[1] - (start + slope * severe[0])
    found = severity_adjusted(cell(*severe), cell(first, last))
    spread = first.std(ddof=1)
    assert found.d == pytest.approx(((first - last).mean() + residual.mean()) / spread)
    half = 2.022691 * residual.std(ddof=1) / np.sqrt(40) / spread  # t, 39 df
    assert found.high - found.d == pytest.approx(half, rel=1e-6)


def test_adjusting_makes_the_severe_and_the_mild_alike():
    """Change depends on severity alone, so the two groups differ before and agree after."""
    rng = np.random.default_rng(6)
    severe, mild = drawn(rng, 4000, 20.0), drawn(rng, 4000, 12.0)
    everyone = cell(*(np.concatenate(pair) for pair in zip(severe, mild, strict=True)))
    raw = [pre_post(scores(*g)).d for g in (severe, mild)]
    adjusted = [severity_adjusted(cell(*g), everyone).d for g in (severe, mild)]
    assert abs(raw[0] - raw[1]) > 0.4 > 0.05 > abs(adjusted[0] - adjusted[1])


@pytest.mark.parametrize(
    "few",
    [
        Scores(0, None, None, None, None, None, None),
        Scores(1, 12, 4, None, None, None, None),
        Scores(9, 12, 4, 0.0, 2, 2, 0),
    ],
)
def test_too_few_or_all_alike_gives_none(few):
    assert pre_post(few).d is None
    one = Cell("all", "", {}, {}, (few,), Spread(0), Spread(0))
    assert severity_adjusted(one, one).d is None
