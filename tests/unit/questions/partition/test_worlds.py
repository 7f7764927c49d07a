"""Worlds of known truth and files that caught the partition out, through what a user asks."""

import json
from pathlib import Path

import numpy as np
import pytest

from analysis.application import cli
from analysis.base.errors import ModelError, RequestError
from analysis.presentation.tables import partition_tables
from analysis.presentation.words import order_words
from analysis.presentation.words.partition import partition_words
from analysis.presentation.words.rounding import percent
from analysis.questions.partition.answer import partition
from analysis.questions.scope import Scope
from tests.worlds import contextual, fading, mirror, reciprocal, works
from tests.worlds.dataset import as_dataset
from tests.worlds.world import World

STATISTICS = Path(__file__).parents[5] / "shared" / "data" / "statistics"
needs_files = pytest.mark.skipif(not STATISTICS.exists(), reason="shared data are not here")


def asked(world, **scope):
    as_dataset("world", world)
    return partition(Scope("world", **({"bootstrap": 200} | scope)))


@pytest.mark.parametrize("mirrors", ["scores", "symptoms"])
def test_an_alliance_that_only_mirrors_gets_nothing_after_the_course(store, mirrors):
    made = mirror.make(3, reliability=0.8, mirrors=mirrors)
    answer = asked(made)
    alliance = answer.blocks[0]
    assert answer.landmark.window == (3, 5) and answer.landmark.reliability < 0.95
    # Over 40 sets the mean is .001 and a set's standard deviation .001.
    assert alliance.share < 0.01 and alliance.low == 0.0
    # Adjusted for intake alone it gets what it mirrors: a tenth of the outcome and more.
    assert asked(made, adjust="intake").blocks[0].low > 0.05


def test_an_alliance_that_works_is_found(store):
    made = works.make(2, therapists=60)
    answer = asked(made)
    for block in answer.blocks:
        assert block.low <= made.truth[block.factor] <= block.high
    assert answer.bootstrap.kind == "parametric"


def test_true_means_are_told_apart_from_observed_ones(store):
    made = contextual.make(2, patients=10)
    found = {v.level: v for v in asked(made).levels if v.factor == "alliance"}
    for level in ("therapist", "patient"):
        one, truth = found[level], made.truth[f"alliance {level}"]
        assert one.corrected_low <= truth <= one.corrected_high
        assert 0.3 < one.reliability < 1
    assert found["patient"].share < found["patient"].corrected


def test_effects_of_true_means_are_told_apart_from_those_of_observed_ones(store):
    made = contextual.make(4, patients=10)
    found = {v.level: v for v in asked(made).levels if v.factor == "alliance"}
    for level in ("therapist", "patient"):
        one, truth = found[level], made.truth[f"alliance effect {level}"]
        assert one.true_effect_low <= truth <= one.true_effect_high
        assert one.effect < one.true_effect  # pulled to the level inside
    # Patients' own ratings are one a treatment's mean; therapists' are of ten patients.
    assert found["patient"].needed is None and 8 < found["therapist"].needed < 20
    # Lüdtke's formula turned round, a factor at a time: the same to what the other columns do.
    lam, below = found["therapist"].reliability, found["patient"].true_effect
    turned = (found["therapist"].effect - (1 - lam) * below) / lam
    assert found["therapist"].true_effect == pytest.approx(turned, rel=0.1)


def test_swings_that_fade_are_no_course(store):
    for mirrors in ("course", "symptoms"):
        answer = asked(fading.make(5, mirrors=mirrors))
        assert "off its course" in answer.adjusted_for.variables[-1]
        # Of 16 seeds the mean is .002 to .004, and the interval reaches 0 in 15 or 16.
        assert answer.blocks[0].share < 0.012 and answer.blocks[0].low == 0
        assert asked(fading.make(5, mirrors=mirrors), adjust="intake").blocks[0].low > 0.03


def test_the_window_follows_the_data(store):
    short = asked(mirror.make(1, sessions=(3, 6)), bootstrap=0)
    assert short.landmark.window == (3, 3) and short.landmark.chosen
    assert short.landmark.outlived / short.landmark.treatments > 0.7


def told(capsys, name: str, *options) -> tuple[int, dict, str]:
    from analysis.store.versions import catalogue

    dataset = name.replace("_", "")
    if dataset not in {d.name for d in catalogue.datasets()}:
        file, mapping = STATISTICS / f"{name}.csv", STATISTICS / "map.toml"
        assert cli.main(["import", dataset, str(file), "--mapping", str(mapping)]) == 0
        capsys.readouterr()
    status = cli.main(["partition", dataset, "--json", *options])
    out, err = capsys.readouterr()
    return status, json.loads(out) if status == 0 else {}, err


@needs_files
def test_a_technique_of_one_therapist_cannot_be_told(store, capsys):
    status, answer, _ = told(capsys, "p03onether", "--adjust", "intake")
    technique = {b["factor"]: b for b in answer["blocks"]}["technique"]
    assert status == 0 and (technique["share"], technique["low"], technique["high"]) == (None,) * 3


@needs_files
@pytest.mark.parametrize("name", ["p05before", "q04late_intake"])
def test_scores_on_the_wrong_side_of_the_alliance_are_refused(store, capsys, name):
    status, _, err = told(capsys, name)
    assert status == 2 and "240: no score" in err and "Next:" in err


@needs_files
def test_short_treatments_of_a_mirroring_alliance_give_it_nothing(store, capsys):
    status, answer, _ = told(capsys, "m1short")
    alliance = answer["blocks"][0]
    assert status == 0 and alliance["low"] == 0 and alliance["share"] < 0.02
    assert sum(answer["landmark"]["left_out"].values()) + answer["rows"] == 480


@needs_files
def test_a_variance_of_zero_has_an_upper_bound(store, capsys):
    """lme4's profile of the model without parts reaches 9 %; with them the therapists' own means
    are predictors of 31 groups, 29 of them of one patient, and it reaches further."""
    _, answer, _ = told(capsys, "q09big", "--adjust", "intake")
    left = {u["level"]: u for u in answer["unexplained"]}["therapist"]
    assert left["share"] < 1e-6 and left["low"] == 0 and 0.05 < left["high"] < 0.3


def test_the_same_command_gives_the_same_bits(store):
    made = works.make(4, therapists=20)
    first, second = asked(made), asked(made)
    assert first.blocks == second.blocks and first.levels == second.levels
    assert np.isfinite([b.share for b in first.blocks]).all()


def test_the_next_session_is_answered_within_patients(store):
    made = reciprocal.make(1, therapists=20)
    answer = asked(made, question="next", bootstrap=100)
    own = next(v for v in answer.levels if v.level == "session" and v.factor == "alliance")
    assert own.low > 0
    said = partition_words.answer(answer, "PHQ-9")
    assert "between a patient's own sessions" in said and "another question" in said
    assert percent(own.share, own.low, own.high) in said
    assert "Patient means" in str(partition_tables.levels(answer).texts())
    told = order_words.cannot_tell(answer)
    assert "Which comes first" in told and "Nickell 1981" in told
    assert "left out" in " ".join(order_words.time_order(answer)).lower()
    end = asked(made, bootstrap=0)
    assert order_words.cannot_tell(end) == ""


def test_what_lies_within_weeks_is_next_whatever_its_number(store):
    world = reciprocal.make(1, therapists=10)
    kept = world.table["session"] != 4  # a session that did not take place
    as_dataset("gaps", World({k: v[kept] for k, v in world.table.items()}, world.truth))
    number = partition(Scope("gaps", question="next", bootstrap=0))
    assert number.rows_out["the next session number is missing"] == 200
    # These worlds have no weeks, so none is known to lie within any.
    with pytest.raises(ModelError, match="Only 0 rows"):
        partition(Scope("gaps", question="next", bootstrap=0, within=3.0))
    with pytest.raises(RequestError, match="weeks within which"):
        partition(Scope("gaps", question="end", bootstrap=0, within=3.0))
