"""The further worlds hold what their truth says; the first demo is not theirs."""

import numpy as np
import pytest

from analysis.base.errors import RequestError
from analysis.demo.worlds import both_ways, ruptures
from analysis.demo.worlds.make import make_world
from analysis.questions.alliance.components.answer import alliance
from analysis.questions.alliance.components.result import AllianceQuestion
from analysis.questions.alliance.sequence import SequenceQuestion, sequence
from analysis.questions.datasets import about

ALLIANCE = "wai_bond+wai_goal+wai_task"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAPPORT_STORE", str(tmp_path_factory.mktemp("worlds") / "store"))
        make_world("both-ways", treatments=800)
        make_world("ruptures", treatments=800)
        yield


@pytest.mark.parametrize(
    "name, verdict, model",
    [("demo-both-ways", "both", "ri-clpm"), ("demo-ruptures", "neither", "lcm-sr")],
)
def test_the_right_verdict_on_what_comes_first(store, name, verdict, model):
    found = sequence(SequenceQuestion(name, "phq9", ALLIANCE, sessions=(1, 10)))
    assert (found.verdict.world, found.fit.model) == (verdict, model)
    truth = about(name, "").truth.get("sequence", {})
    for lag in found.fit.lags:
        known = truth.get(f"{lag.origin} to {lag.target}", lag.standardised)
        width = abs(lag.se * lag.standardised / lag.estimate)
        # Three errors, and what the forms' own noise takes off (3 % of the alliance's variance).
        assert abs(lag.standardised - known) < 3 * width + 0.01


def test_the_alliance_within_patients_holds_the_truth_that_a_centred_slope_misses(store):
    """Of ruptures, where trends differ and neither measure moves the other."""
    found = alliance(AllianceQuestion("demo-ruptures", resamples=40))
    within = found.levels[0].effects[0]
    assert abs(found.lag.estimate) < 3 * found.lag.se  # the truth is 0
    assert within.naive_high < 0 and found.lag.centred < -4 * found.lag.se
    both = alliance(AllianceQuestion("demo-both-ways", resamples=10)).lag
    truth = both_ways.truth()["levels"]["next session"]["within patients"]
    assert abs(both.estimate - truth) < 3 * both.se


def test_the_same_seed_gives_the_same_version(tmp_path, monkeypatch):
    monkeypatch.setenv("RAPPORT_STORE", str(tmp_path / "store"))
    versions = {make_world("ruptures", name, 200, seed=3).version for name in ("a", "b")}
    assert len(versions) == 1


def test_within_patients_both_have_the_variances_that_the_truth_counts_on():
    drawn = both_ways._within(np.random.default_rng(0), np.zeros((4000, 12)))
    assert np.allclose(drawn.std(axis=0), 1.0, atol=0.05)  # 4,000 draws: an error of .011
    v = both_ways.stationary()
    assert np.allclose(np.corrcoef(drawn[:, 11].T)[0, 1], v[0, 1], atol=0.05)


def test_a_quarter_break_and_most_are_mended():
    truth = ruptures.draw(np.random.default_rng(2), 4000).truth["ruptures"]
    assert abs(truth["ruptures"] / 4000 - ruptures.BREAKS) < 0.03  # errors of .007
    assert abs(truth["mended"] / truth["ruptures"] - ruptures.MENDED) < 0.05  # of .014


def test_other_worlds_and_sizes_are_refused():
    with pytest.raises(RequestError, match="no world"):
        make_world("third")
    with pytest.raises(RequestError, match="that many"):
        make_world("ruptures", treatments=10)
