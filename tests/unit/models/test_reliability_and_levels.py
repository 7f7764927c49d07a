"""Reliability at each level, and effects at each level with and without chance in the means."""

from pathlib import Path

import numpy as np
import pytest

from analysis.base.errors import ModelError
from analysis.models.latent_means import level_effects
from analysis.models.process.reliability import item_reliability, mean_reliability

DATA = Path(__file__).resolve().parents[2] / "reference" / "data"


def shrout_lane():
    table = np.genfromtxt(DATA / "shrout_lane_2012.csv", delimiter=",", skip_header=1)
    table = table[np.lexsort((table[:, 1], table[:, 0]))]
    return table[:, 2:].reshape(5, 4, 3)


def test_the_books_reliabilities():
    found = item_reliability(shrout_lane())
    figures = (found.r_kf, found.r_1r, found.r_kr, found.r_c)
    assert [round(f, 2) for f in figures] == [0.97, 0.60, 0.85, 0.74]


def test_variances_are_those_of_a_made_truth():
    """60 persons, 30 sessions, 20 items: each variance within 15 % or .05 of the truth."""
    rng = np.random.default_rng(1)
    truth = dict(person=1.0, time=0.3, item=0.5, person_time=0.6, person_item=0.4,
                 time_item=0.2, residual=0.8)  # fmt: skip
    shapes = ((60, 1, 1), (1, 30, 1), (1, 1, 20), (60, 30, 1), (60, 1, 20), (1, 30, 20),
              (60, 30, 20))  # fmt: skip
    ratings = sum(
        np.sqrt(v) * _unit(rng.normal(size=s)) for v, s in zip(truth.values(), shapes, strict=True)
    )
    found = item_reliability(ratings)
    for name, value in truth.items():
        assert found.variances[name] == pytest.approx(value, rel=0.15, abs=0.05)


def _unit(effects: np.ndarray) -> np.ndarray:
    return effects / effects.std()


def test_items_alike_say_all_of_change():
    ratings = np.repeat(np.random.default_rng(2).normal(size=(8, 5, 1)), 3, axis=2)
    assert item_reliability(ratings).r_c == pytest.approx(1.0)
    assert mean_reliability(0.3, 0.7, 4) == pytest.approx(0.6316, abs=1e-4)
    with pytest.raises(ModelError, match="every rating"):
        item_reliability(np.where(ratings > 2, np.nan, ratings)[:1])


def world(seed, therapists, patients, sessions):
    """Effects -.9 between therapists, -.4 between patients, -.1 within, as the reference has it."""
    rng = np.random.default_rng(seed)
    t_code = np.repeat(np.arange(therapists), patients * sessions)
    p_code = np.repeat(np.arange(therapists * patients), sessions)
    t, p = 0.5 * rng.normal(size=therapists), 0.8 * rng.normal(size=therapists * patients)
    w = rng.normal(size=len(t_code))
    x = t[t_code] + p[p_code] + w
    y = -0.9 * t[t_code] - 0.4 * p[p_code] - 0.1 * w + rng.normal(size=len(x))
    return x, y, p_code, t_code


def test_corrected_effects_are_the_true_ones_where_naive_ones_are_not():
    corrected, naive = [], []
    for seed in range(20):
        x, y, patient, therapist = world(seed, 100, 10, 4)
        found = level_effects(x, y, (patient, therapist), resamples=2)
        corrected.append([f.corrected for f in found])
        naive.append([f.naive for f in found])
    truth = np.array([-0.1, -0.4, -0.9])
    error = np.std(corrected, axis=0, ddof=1) / np.sqrt(20)
    assert (np.abs(np.mean(corrected, axis=0) - truth) < 3 * error).all()
    # λ of patients .72, of therapists .74: (1 - λ) of each slope belongs to the level below
    assert np.mean(naive, axis=0)[1] == pytest.approx(0.72 * -0.4 + 0.28 * -0.1, abs=0.03)
    assert np.mean(naive, axis=0)[2] > -0.85


def test_naive_slopes_are_those_of_means():
    x, y, patient, therapist = world(1, 30, 5, 3)
    found = level_effects(x, y, (patient, therapist), resamples=2)
    mean = np.array([x[patient == p].mean() for p in range(150)])
    other = np.array([y[patient == p].mean() for p in range(150)])
    own = np.repeat(np.arange(30), 5)
    dx = mean - np.array([mean[own == t].mean() for t in range(30)])[own]
    assert found[1].naive == pytest.approx(dx @ other / (dx @ dx))
    assert (found[1].units, found[2].units) == (150, 30)
    inside = x - mean[patient]
    assert found[0].naive == pytest.approx(inside @ y / (inside @ inside))


def test_intervals_hold_the_truth_and_few_units_say_nothing():
    held = 0
    for seed in range(25):
        x, y, patient, therapist = world(100 + seed, 60, 8, 4)
        found = level_effects(x, y, (patient, therapist), resamples=200, seed=seed)
        held += found[2].low <= -0.9 <= found[2].high
    assert held >= 19  # at .92, which resampling gives with 60 therapists, fewer: once in 50
    x, y, patient, therapist = world(3, 6, 10, 4)
    found = level_effects(x, y, (patient, therapist), resamples=20)
    assert found[2].naive is None and found[2].corrected is None
    assert found[1].contextual == pytest.approx(found[1].corrected - found[0].corrected)


def test_unreliable_means_are_not_corrected():
    x, y, patient, therapist = world(4, 200, 2, 1)
    rng = np.random.default_rng(0)
    x = x + 5 * rng.normal(size=len(x))
    x, y = np.tile(x, 2) + 5 * rng.normal(size=2 * len(x)), np.tile(y, 2)
    found = level_effects(x, y, (np.tile(patient, 2), np.tile(therapist, 2)), resamples=20)
    assert found[2].lambda_ < 0.3 and found[2].corrected is None and found[2].naive is not None


def test_an_outcome_of_one_number_a_patient():
    x, y, patient, _ = world(5, 40, 5, 4)
    once = np.array([y[patient == p].mean() for p in range(200)])[patient]
    found = level_effects(x, once, (patient,), resamples=50)
    assert found[0].naive == pytest.approx(0, abs=1e-12)
    assert found[1].corrected == pytest.approx(found[1].naive / found[1].lambda_)
