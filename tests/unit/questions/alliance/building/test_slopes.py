"""Slopes of practices: shrinkage, groups, robustness, against what is known."""

import numpy as np
import pytest

from analysis.models.process.clustered import Clustered
from analysis.questions.alliance.building.slopes import (
    deviations,
    fitted,
    here,
    moderation,
    robustness,
    spread_between,
)


def made(rng, units: int, patients: int, slope_sd: float, sessions: int = 8):
    """x, m (N, T) and the unit of each of N patients; slopes about .3 by unit."""
    unit = np.repeat(np.arange(units), patients)
    own = rng.normal(0.3, slope_sd, units)
    x = rng.normal(0, 1, (len(unit), 1)) + rng.normal(0, 0.5, (len(unit), sessions))
    m = own[unit][:, None] * x + rng.normal(0, 1, (len(unit), 1)) + rng.normal(0, 0.5, x.shape)
    return x, m, unit, own


def test_deviations_are_about_patients_and_sessions():
    rng = np.random.default_rng(1)
    x, m, _, _ = made(rng, 3, 10, 0.0)
    x[0, 3] = np.nan
    dx, _, who = deviations(x, m)
    assert np.allclose([dx[who == k].mean() for k in range(30)], 0, atol=1e-12)
    assert len(dx) == 30 * 8 - 1


def test_units_are_shrunken_and_the_spread_between_them_is_found():
    found, covered = [], []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        x, m, unit, own = made(rng, 40, 15, 0.10)
        sd, told = here(*deviations(x, m), unit, np.arange(40).astype(str), "therapist")
        found.append(sd)
        error = np.array([h.shrunken - own[int(h.unit)] for h in told])
        raw = np.array([h.raw - own[int(h.unit)] for h in told])
        assert (error**2).mean() < (raw**2).mean()
        covered += [h.low <= own[int(h.unit)] <= h.high for h in told]
    assert abs(np.mean(found) - 0.10) < 0.02  # 12 sets: an error of .008
    # 480 intervals: an error of .01; the spread counts as known, so a little too narrow.
    assert np.mean(covered) > 0.88


def test_units_that_do_not_differ_are_drawn_together():
    none = []
    for seed in range(8):
        x, m, unit, _ = made(np.random.default_rng(50 + seed), 30, 12, 0.0)
        sd, told = here(*deviations(x, m), unit, np.arange(30).astype(str), "clinic")
        none.append(sd < 0.05)
        if sd < 0.05:
            assert np.std([h.shrunken for h in told]) < 0.4 * np.std([h.raw for h in told])
    assert np.mean(none) >= 0.7  # chance leaves a small spread now and then


def test_the_spread_of_equal_errors_is_the_variance_less_the_error():
    b = np.array([0.1, 0.3, 0.5, 0.7, 0.2])
    assert np.isclose(spread_between(b, np.full(5, 0.01)), b.var(ddof=1) - 0.01)
    assert spread_between(b, np.full(5, 1.0)) == 0.0


def test_groups_that_differ_are_told_and_like_ones_are_not():
    rng = np.random.default_rng(3)
    x, m, unit, _ = made(rng, 2, 100, 0.0)
    groups = np.where(unit == 0, "mild", "severe").astype(object)
    alike = moderation(*deviations(x, m), groups, "severity")
    assert alike.p > 0.01 and [s.group for s in alike.slopes] == ["mild", "severe"]
    m[unit == 1] += 0.3 * x[unit == 1]
    differ = moderation(*deviations(x, m), groups, "severity")
    assert differ.p < 1e-4


def test_robustness_as_published():
    # Cinelli & Hazlett 2020, table 1: t 4.18 with 783 degrees of freedom gives 13.9 %.
    found = Clustered(np.array([4.18]), np.array([[1.0]]), 783, 0.1, 785, 1)
    assert robustness(found) == pytest.approx(0.139, abs=5e-4)
    none = Clustered(np.array([1.0]), np.array([[1.0]]), 783, 0.1, 785, 1)
    assert robustness(none) is None


def test_a_practice_that_does_not_vary_has_no_slope():
    rng = np.random.default_rng(3)
    _, m, _, _ = made(rng, 2, 20, 0.0)
    assert fitted(*deviations(np.full(m.shape, 3.0), m)) is None
