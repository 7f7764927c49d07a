"""The demo's arrays: nesting, sessions, forms, and the model that the last score obeys."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.demo.drawing import layout as layouts
from analysis.demo.drawing import process
from analysis.demo.drawing.effects import DEFAULT
from analysis.demo.drawing.episodes import DAYS, PLANNED, RUNNING, UNPLANNED
from analysis.demo.drawing.layout import chunk_sizes, draw_layout
from analysis.demo.drawing.predictors import NAMES
from analysis.demo.drawing.truth import calibrate
from analysis.demo.generate import chunks


@pytest.fixture(scope="module")
def model():
    return calibrate(DEFAULT)


@pytest.fixture(scope="module")
def chunk(model):
    return next(chunks(model, 6000, seed=4))


@settings(max_examples=40, deadline=None)
@given(episodes=st.integers(50, 8000), seed=st.integers(0, 10_000))
def test_layout_places_every_episode_with_unequal_caseloads_within_limits(episodes, seed):
    layout = draw_layout(np.random.default_rng(seed), episodes)
    caseload = np.bincount(layout.therapist_of_episode)
    assert caseload.sum() == episodes and caseload.max() <= layouts.LARGEST
    assert caseload.min() >= layouts.SMALLEST
    assert len(caseload) == len(layout.clinic_of_therapist)
    assert (np.unique(layout.clinic_of_therapist) == np.arange(layout.clinics)).all()
    assert (np.diff(layout.therapist_of_episode) >= 0).all()


def test_the_usual_demo_has_twenty_clinics_and_150_therapists():
    layout = draw_layout(np.random.default_rng(1), 3000)
    assert layout.clinics == 20 and len(layout.clinic_of_therapist) == 150


@given(episodes=st.integers(50, 5_000_000))
def test_chunks_are_bounded_and_complete(episodes):
    sizes = chunk_sizes(episodes)
    assert sum(sizes) == episodes and max(sizes) <= layouts.CHUNK
    assert max(sizes) - min(sizes) <= 1


def test_the_same_seed_gives_the_same_arrays_and_another_seed_others(model):
    first, again, other = (next(chunks(model, 300, seed)) for seed in (7, 7, 8))
    for name, scores in first.sessions.scores.items():
        np.testing.assert_array_equal(scores, again.sessions.scores[name])
    assert not np.array_equal(first.sessions.predictors, other.sessions.predictors)


def test_nothing_is_recorded_after_the_last_session_and_the_intake_always_is(chunk):
    sessions = chunk.patients.sessions
    after = np.arange(1, process.MOST_SESSIONS + 1) > sessions[:, None]
    for scores in chunk.sessions.scores.values():
        assert np.isnan(scores[after]).all()
    phq9 = chunk.sessions.scores["phq9"]
    intake = chunk.sessions.predictors[:, NAMES.index("phq9")]
    np.testing.assert_array_equal(phq9[:, 0], intake)
    assert np.nanmin(phq9) >= 0 and np.nanmax(phq9) <= 27
    assert (phq9[~np.isnan(phq9)] % 1 == 0).all()


def test_few_last_scores_reach_the_ends_of_the_scale(model):
    """Clipping would bend the linear truth: less than half a per cent may be touched."""
    touched, n = 0, 0
    for seed in range(3):
        part = next(chunks(model, 20_000, seed))
        last = part.sessions.scores["phq9"][np.arange(20_000), part.patients.sessions - 1]
        touched, n = touched + np.isin(last, (0.0, 27.0)).sum(), n + 20_000
    # .0037 expected, standard error .00025
    assert touched / n < 0.005


def test_forms_go_missing_as_often_as_said(chunk):
    n = len(chunk.patients.sessions)
    last = chunk.patients.sessions - 1
    scores = chunk.sessions.scores
    # standard error of .02 in 6,000 is .0018; of .10 in about 50,000 sessions, .0013
    assert np.isnan(scores["phq9"][np.arange(n), last]).mean() == pytest.approx(0.02, abs=0.007)
    attended = np.arange(process.MOST_SESSIONS) <= last[:, None]
    assert np.isnan(scores["wai_bond"][attended]).mean() == pytest.approx(0.10, abs=0.006)
    same_form = np.isnan(scores["wai_bond"]) == np.isnan(scores["wai_task"])
    assert same_form.all()


def test_early_means_are_those_of_a_plain_loop(chunk):
    patients, scores = chunk.patients, chunk.sessions.scores["wai_goal"]
    entered = chunk.sessions.predictors[:, NAMES.index("wai_goal")]
    compared = 0
    for i in range(500):
        early = [scores[i, s - 1] for s in (3, 4, 5) if s <= patients.sessions[i]]
        early = [v for v in early if not np.isnan(v)]
        if early:
            # sums of up to three quarters-of-a-point numbers
            assert entered[i] == pytest.approx(sum(early) / len(early), abs=1e-9)
            compared += 1
    assert compared > 400


def test_weak_alliance_and_severity_go_with_leaving_early(chunk):
    left = chunk.patients.ending == UNPLANNED
    bond = chunk.patients.z[:, NAMES.index("wai_bond")]
    intake = chunk.patients.z[:, NAMES.index("phq9")]
    # differences of about .35 and .25 sd; standard error .03
    assert bond[left].mean() < bond[~left].mean() - 0.2
    assert intake[left].mean() > intake[~left].mean() + 0.1
    assert (chunk.patients.ending == PLANNED).mean() > 0.5
    assert (chunk.patients.ending == RUNNING).mean() == pytest.approx(0.03, abs=0.01)


def test_second_episodes_are_few_later_and_with_the_same_therapist(chunk):
    patients, therapist = chunk.patients, chunk.layout.therapist_of_episode
    second = np.flatnonzero(patients.first_episode != np.arange(len(therapist)))
    first = patients.first_episode[second]
    assert len(second) / len(therapist) == pytest.approx(0.04, abs=0.01)
    assert (therapist[second] == therapist[first]).all()
    first_end = (
        patients.start_day[first] + patients.session_days[first, patients.sessions[first] - 1]
    )
    assert (patients.start_day[second] > first_end).all()
    likeness = [np.corrcoef(patients.z[first, k], patients.z[second, k])[0, 1] for k in range(5)]
    assert min(likeness) > 0.5


def test_all_dates_lie_within_three_years(chunk):
    patients = chunk.patients
    n = len(patients.sessions)
    end = patients.start_day + patients.session_days[np.arange(n), patients.sessions - 1]
    assert patients.start_day.min() >= 0 and end.max() < DAYS
    assert (patients.start_day % 7 < 5).all()


def test_predictors_have_the_population_moments(model):
    part = next(chunks(model, 50_000, seed=9))
    sd = np.sqrt(np.diag(model.population.covariance))
    found = np.cov(part.sessions.predictors.T)
    # 50,000 episodes in 2,500 therapists and 333 clinics: standard error of a correlation about
    # .006 with the design effect; competence has 2,500 values, .02, so five of those for all
    assert np.abs((found - model.population.covariance) / np.outer(sd, sd)).max() < 0.1
    bonds = [NAMES.index(k) for k in ("wai_bond", "wai_goal", "wai_task")]
    block = np.ix_(bonds, bonds)
    assert found[block] == pytest.approx(model.population.covariance[block], rel=0.04)


def _slopes(model, episodes, seed, keep):
    """Ordinary least squares of the last score on the predictors, and standard errors."""
    part = next(chunks(model, episodes, seed))
    n = part.patients.sessions
    y = part.sessions.scores["phq9"][np.arange(len(n)), n - 1]
    rows = keep(n) & ~np.isnan(y)
    x = np.column_stack([np.ones(rows.sum()), part.sessions.predictors[rows]])
    slope, *_ = np.linalg.lstsq(x, y[rows], rcond=None)
    residual = y[rows] - x @ slope
    se = np.sqrt(np.diag(np.linalg.inv(x.T @ x)) * (residual @ residual) / (len(residual) - 16))
    return slope[1:], se[1:]


def test_the_last_score_obeys_the_model(model):
    bare = replace(model, clinic_sd=0.0, therapist_sd=0.0)
    slope, se = _slopes(bare, 50_000, 3, lambda n: n >= 3)
    # 15 estimates: 4 standard errors and 2 % for the scale's ends
    allowed = 4 * se + 0.02 * np.abs(model.coefficients)
    assert (np.abs(slope - model.coefficients) < allowed).all()


def test_early_swings_do_not_leak_into_the_end_of_short_treatments(model):
    """Without the fresh draws of `_swings`, the alliance of session 5 would act on session 6."""
    strong = replace(model, clinic_sd=0.0, therapist_sd=0.0, episode_sd=1.0, swing_effect=-1.0)
    slope, se = _slopes(strong, 50_000, 3, lambda n: (n >= 4) & (n <= 6))
    bonds = [NAMES.index(k) for k in ("wai_bond", "wai_goal", "wai_task")]
    missed = (slope - model.coefficients)[bonds].sum()
    # the leak is about -1 point a point of alliance; 4 standard errors of the sum are below .4
    assert abs(missed) < 4 * np.sqrt((se[bonds] ** 2).sum())


def test_alliance_within_patients_acts_on_the_next_session(model):
    """Swing after swing: the effect that the truth states, from first differences of nothing but
    the generator's own deviations."""
    from analysis.demo.drawing.sessions import _swings

    rng = np.random.default_rng(2)
    swing = rng.standard_normal((20_000, process.MOST_SESSIONS))
    sessions = np.full(20_000, process.MOST_SESSIONS)
    start = rng.normal(0.0, process.SWING_VARIANCE**0.5, len(swing))
    deviation, at_end = _swings(rng, start, swing, sessions, model.swing_effect)
    now, then, alliance = deviation[:, 6], deviation[:, 7], swing[:, 6]
    slope, *_ = np.linalg.lstsq(np.column_stack([now, alliance]), then, rcond=None)
    # standard errors .0065 and .013
    assert slope == pytest.approx([process.SWING_CARRY, model.swing_effect], abs=0.05)
    # a variance of 20,000 draws: relative standard error .01
    assert deviation.var(axis=0) == pytest.approx(process.SWING_VARIANCE, rel=0.05)
    assert at_end.var() == pytest.approx(process.SWING_VARIANCE, rel=0.05)
