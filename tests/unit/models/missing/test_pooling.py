"""Rubin's rules by their worked number, and weights for those who stayed."""

import numpy as np
import pytest

from analysis.models.missing.pooling import pooled
from analysis.models.missing.reached import chances, weights


def test_rubins_rules():
    found = pooled(np.array([1.0, 2.0, 3.0]), np.ones(3))
    assert (found.estimate, found.se) == (2.0, pytest.approx(np.sqrt(7 / 3)))
    assert found.df == pytest.approx(6.125)
    assert found.lost == pytest.approx(0.6654, abs=1e-4)
    low, high = found.interval()
    assert (low, high) == pytest.approx((2 - 2.4356 * found.se, 2 + 2.4356 * found.se), rel=1e-3)


def test_nothing_is_lost_where_imputations_agree():
    found = pooled(np.full(5, 2.0), np.full(5, 0.25))
    assert (found.se, found.lost) == (0.5, 0.0)
    assert found.interval() == pytest.approx((2 - 0.98, 2 + 0.98), abs=1e-3)


def test_weights_of_two_halves():
    known = np.repeat([0.0, 1.0], 2000)[:, None]
    reached = np.concatenate([np.arange(2000) % 10 < 9, np.arange(2000) % 2 == 0])
    assert chances(known, reached)[[0, -1]] == pytest.approx([0.9, 0.5], abs=2e-3)
    found = weights(known, reached)
    assert found[[0, -1]] == pytest.approx([0.7 / 0.9, 0.7 / 0.5], rel=3e-3)


def test_a_column_that_separates_stays_finite():
    known = np.arange(100.0)[:, None]
    found = weights(known, known[:, 0] >= 50)
    assert np.isfinite(found).all() and found.mean() == pytest.approx(1.0)
