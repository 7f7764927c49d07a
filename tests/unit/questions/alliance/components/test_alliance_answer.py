"""The alliance's answer on made treatments whose effects at each level are known."""

from functools import partial

import numpy as np
import pytest

from analysis.base.errors import RapportError
from analysis.measures.variables import Variable
from analysis.questions.alliance.components.answer import alliance
from analysis.questions.alliance.components.result import AllianceQuestion
from analysis.questions.alliance.sequence import SequenceQuestion, sequence
from analysis.store.versions import dataset
from tests.app.alliance_dataset import alliance_dataset
from tests.inserted import insert

WITHIN, PATIENT, THERAPIST = -1.0, -2.0, -5.0


@pytest.fixture(scope="module")
def contextual(tmp_path_factory):
    """80 therapists of 12 treatments of 7 sessions; alliance acts otherwise at each level."""
    rng = np.random.default_rng(11)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAPPORT_STORE", str(tmp_path_factory.mktemp("contextual") / "store"))
        _write(rng)
        yield alliance(AllianceQuestion("levels", resamples=100))


def _write(rng) -> None:
    rows, episodes = [], []
    for t in range(80):
        by_therapist = rng.normal(0, 0.5)
        for p in range(12):
            by_patient, e = rng.normal(0, 0.6), f"e{t}_{p}"
            episodes.append((e, e, f"t{t}"))
            ratings = rng.normal(0, 0.7, 8)
            score = 20 + THERAPIST * by_therapist + PATIENT * by_patient + rng.normal(0, 1, 8)
            score[1:] += WITHIN * ratings[:-1]
            rows += [
                (e, s + 1, score[s], 4 + by_therapist + by_patient + ratings[s]) for s in range(8)
            ]
    with dataset.new_version("levels") as writer:
        writer.add_variables(
            (
                Variable("score", "Score", "session", factor="outcome", higher_is="worse"),
                Variable("wai", "Alliance", "session", factor="alliance", rater="patient"),
            )
        )
        write = partial(insert, writer.connection)
        write("clinic", [("k",)])
        write("therapist", [(f"t{t}", "k") for t in range(80)])
        write("episode (episode, patient, therapist)", episodes)
        write("session (episode, session, score, wai)", rows)


def test_each_level_holds_its_truth_with_latent_means(contextual):
    found = contextual.levels[0]
    assert found.names == ("within patients", "between patients", "between therapists")
    for effect, truth in zip(found.effects, (WITHIN, PATIENT, THERAPIST), strict=True):
        # Three Monte-Carlo errors of one data set, as the interval's half width has two.
        assert abs(effect.corrected - truth) < 0.75 * (effect.high - effect.low)
    therapists = found.effects[2]
    assert therapists.naive > therapists.corrected  # pulled to the patients' slope
    assert therapists.contextual_high < 0


def test_within_patients_is_what_sequence_answers_with_the_centred_slope_beside_it(contextual):
    asked = SequenceQuestion("levels", "score", "wai", store=contextual.question.store)
    same = sequence(asked).fit
    lag, within = contextual.lag, contextual.levels[0].effects[0]
    assert (lag.model, lag.sessions, lag.patients) == (same.model, same.sessions, same.patients)
    told = same.lag("alliance", "symptoms")
    assert (lag.estimate, lag.low, lag.high) == (told.estimate, told.low, told.high)
    assert (within.corrected, within.low, within.high) == (lag.estimate, lag.low, lag.high)
    assert lag.bias == lag.expected - lag.estimate
    # Nothing carries over here: the slope about own means of seven sessions is nearly right, and
    # is that of the level, which is over the same sessions.
    assert abs(lag.bias) < 0.1 and lag.centred == pytest.approx(within.naive, abs=0.01)
    beyond = contextual.levels[0].effects[1]
    assert beyond.contextual == pytest.approx(beyond.corrected - lag.estimate)


def test_reliability_and_what_it_takes(contextual):
    need = contextual.needed
    assert need.within == pytest.approx(0.49, rel=0.1)  # 6,720 rows
    assert need.between_patients == pytest.approx(0.36, rel=0.15)  # 960 treatments
    assert need.between_therapists == pytest.approx(0.25, rel=0.5)  # 80 therapists
    chance = need.between_patients + need.within / 8
    assert need.for_70 == int(np.ceil(chance / need.between_therapists * 0.7 / 0.3))


def test_the_early_correlation_has_fishers_interval(contextual):
    early = contextual.early
    assert early.window == (3, 5) and early.treatments == 960
    width = np.arctanh(early.high) - np.arctanh(early.low)
    assert np.isclose(width, 2 * 1.959964 / np.sqrt(957), rtol=1e-6)


@pytest.mark.parametrize(
    "kind", ["", "one rater", "no therapist", "unknown range", "twenty patients"]
)
def test_worse_datasets_get_what_can_be_told(kind, tmp_path, monkeypatch):
    monkeypatch.setenv("RAPPORT_STORE", str(tmp_path / "store"))
    alliance_dataset(kind)
    found = alliance(AllianceQuestion("made", resamples=20))
    assert found.treatments == (20 if kind == "twenty patients" else 60)
    assert len(found.components) == 3 and found.levels
    assert ("between therapists" in found.levels[0].names) == (kind != "no therapist")
    if kind == "unknown range":
        assert all(d.ceiling is None for d in found.described)
        assert any("which range" in m for m in found.messages)


@pytest.mark.parametrize("kind, said", [("no alliance", "no alliance"), ("constant", "the same")])
def test_what_is_missing_is_said(kind, said, tmp_path, monkeypatch):
    monkeypatch.setenv("RAPPORT_STORE", str(tmp_path / "store"))
    alliance_dataset(kind)
    with pytest.raises(RapportError, match=said):
        alliance(AllianceQuestion("made"))


def test_one_session_each_has_ratings_and_no_effects(tmp_path, monkeypatch):
    monkeypatch.setenv("RAPPORT_STORE", str(tmp_path / "store"))
    alliance_dataset("one session each")
    found = alliance(AllianceQuestion("made"))
    assert not found.levels and not found.described and found.course
    assert any("rated twice" in m for m in found.messages)


def test_treatments_without_a_therapist_count_within_patients_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("RAPPORT_STORE", str(tmp_path / "store"))
    alliance_dataset("some therapists")
    some = alliance(AllianceQuestion("made", resamples=20)).levels[0]
    alliance_dataset("")
    every = alliance(AllianceQuestion("made", resamples=20)).levels[0]
    assert some.names[:3] == ("within patients", "between patients", "between therapists")
    # The same treatments stand behind it.
    assert some.effects[0].naive == pytest.approx(every.effects[0].naive)
    assert some.effects[1].units == 40 and every.effects[1].units == 60
    assert some.effects[2].units == 4 and every.effects[2].units == 6
