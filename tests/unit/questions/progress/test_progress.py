"""Open treatments: who is judged, by what, and what is said where nothing can be."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.base.errors import ModelError, RequestError
from analysis.presentation.words import progress_words as words
from analysis.questions.progress.accuracy import NO_BETTER, OFFERED, TOO_FEW, accuracy
from analysis.questions.progress.answer import check_enough, learn
from analysis.questions.progress.courses import courses_of, only
from analysis.questions.progress.expected import coverage
from analysis.questions.progress.judging import ON_TRACK, TALK, UNTOLD, course_of, judged
from analysis.questions.progress.learn import event, features, learn_growth
from analysis.questions.progress.left_out import Forecasts, folds, parts_of
from analysis.questions.progress.question import ProgressQuestion, asked_landmark, check
from analysis.questions.progress.scale import Scale
from tests.unit.questions.progress.made_courses import RULE, SAID, VARIABLE, raw


@pytest.fixture(scope="module")
def courses():
    return courses_of(raw(340, 8, open_from=300), VARIABLE, RULE, "session")


@pytest.fixture(scope="module")
def learnt(courses):
    return learn(courses, 0.15)


def test_every_open_treatment_is_judged_once_and_the_flagged_come_first(learnt):
    found = judged(learnt[0])
    assert sorted(t.episode for t in found) == [f"T{i:04d}" for i in range(300, 340)]
    flagged = [bool(t.flags) for t in found]
    assert flagged == sorted(flagged, reverse=True) and any(flagged)
    assert all((t.verdict == TALK) == bool(t.flags) for t in found)
    assert {t.alliance_fell for t in found} == {None}  # nobody was rated
    for t in found:
        if t.verdict == ON_TRACK:
            assert dict(t.chances)["no_improvement"] < t.base


def test_an_alliance_that_fell_is_worth_a_talk_and_steady_ones_are_as_usual():
    made = raw(340, 8, open_from=300)
    rng = np.random.default_rng(5)
    ratings = 4 + rng.normal(0, 0.3, made.n)[made.who] + rng.normal(0, 0.3, len(made.who))
    ratings[(made.who == 310) & (made.session == 8)] -= 2.0
    judge, _ = learn(courses_of(replace(made, alliance=ratings), VARIABLE, RULE, "session"), 0.15)
    found = {t.number: t for t in judged(judge)}
    assert found[310].alliance_fell and found[310].verdict == TALK
    # 39 courses of which 5 % are flagged at one of six sessions: at the last one hardly any.
    assert sum(bool(t.alliance_fell) for n, t in found.items() if n != 310) <= 3


def test_the_order_has_nothing_to_do_with_therapists(courses, learnt):
    again = replace(courses, raw=replace(courses.raw, therapist=courses.raw.therapist[::-1].copy()))
    before = [t.episode for t in judged(learnt[0])]
    assert [t.episode for t in judged(replace(learnt[0], courses=again))] == before


def test_bands_on_treatments_left_out_hold_what_they_say(learnt):
    found = coverage(learnt[1])
    n = sum(c.n for c in found)
    # Some 2,100 scores in 300 treatments: one SE of .8 is at most .8 x .2 / 300, rooted: .023.
    assert sum(c.eighty * c.n for c in found) / n == pytest.approx(0.8, abs=0.05)
    assert sum(c.half * c.n for c in found) / n == pytest.approx(0.5, abs=0.06)


def test_a_course_opens_from_the_last_score_and_stays_on_the_scale(learnt):
    judge = learnt[0]
    course = course_of(judge, judged(judge)[0])
    assert len(course.scores) == 8 and course.ahead[0].elapsed == 8
    for p in (*course.ahead, *course.from_start):
        assert 0 <= p.low_eighty <= p.low_half <= p.middle <= p.high_half <= p.high_eighty <= 40


def test_a_scale_that_changed_between_years_is_said():
    made = raw(340, 4)
    assert courses_of(made, VARIABLE, RULE, "session").messages == SAID
    halved = replace(made, score=np.where(made.period[made.who] == "2022", 0.5, 1.0) * made.score)
    said = courses_of(halved, VARIABLE, RULE, "session").messages
    assert [m[:25] for m in said if m not in SAID] == ["First scores of 2022 lie "]


def test_the_finished_alone_are_the_same_courses(courses):
    few = only(courses, courses.raw.ending == "ongoing")
    assert few.raw.episode.tolist() == [f"T{i:04d}" for i in range(300, 340)]
    rows = courses.raw.who >= 300
    assert np.array_equal(few.raw.score, courses.raw.score[rows])
    assert np.array_equal(few.raw.who, courses.raw.who[rows] - 300)


def test_a_landmark_knows_nothing_of_later_scores(courses):
    learned = learn_growth(courses, courses.learn, courses.scale)
    before, points = features(courses, learned, 3.0)
    later = courses.raw.session > 4
    changed = courses.raw.score + 15 * later
    other = replace(courses, raw=replace(courses.raw, score=changed))
    after, moved = features(other, learned, 3.0)
    assert np.array_equal(before, after, equal_nan=True)
    assert np.array_equal(points, moved, equal_nan=True)


def test_events_are_those_of_the_scores_after_the_landmark(courses):
    able, came = event(courses, "no_improvement", 3.0)
    gain = courses.intake - courses.final
    assert able.sum() == 300 and (came == (gain < 5)).all()
    _, worse = event(courses, "deterioration", 3.0)
    assert (worse == (gain <= -5)).all()
    assert not (able & (courses.raw.ending == "ongoing")).any()


def test_a_treatment_that_ended_at_the_landmark_is_not_judged_there(courses):
    able, _ = event(courses, "no_improvement", 7.0)
    assert not able.any()


def test_a_patients_treatments_are_left_out_together():
    made = raw(50, 3)
    twins = replace(made, patient=np.array([f"P{i // 2}" for i in range(50)], dtype=object))
    fold = folds(courses_of(twins, VARIABLE, RULE, "session"))
    assert (fold[::2] == fold[1::2]).all() and len(set(fold.tolist())) == 5


def test_nobody_is_part_of_a_clinic_without_a_name():
    assert parts_of(np.array(["a", "", "b", "a"], dtype=object)).tolist() == [1, -1, 2, 1]


def test_thirty_finished_treatments_show_nothing():
    few = courses_of(raw(30, 8), VARIABLE, RULE, "session")
    with pytest.raises(ModelError, match="at least 100"):
        check_enough(few)


def test_a_signal_no_better_than_early_change_is_not_offered(courses):
    rng = np.random.default_rng(2)
    came = rng.random(courses.raw.n) < 0.4
    able = courses.learn.copy()
    early = np.where(came, 0.5, -0.5) + rng.normal(0, 1, len(came))
    worse = early + rng.normal(0, 3, len(came))
    found = accuracy(courses, "no_improvement", 4, Forecasts(worse, early, able, came), 0.15)
    assert found.status == NO_BETTER
    found = accuracy(courses, "no_improvement", 4, Forecasts(early, worse, able, came), 0.15)
    assert found.status == OFFERED and found.gain > 0


def test_without_events_nothing_is_offered_and_it_is_said(courses):
    none = np.zeros(courses.raw.n, bool)
    blank = np.full(courses.raw.n, np.nan)
    found = accuracy(courses, "deterioration", 4, Forecasts(blank, blank, courses.learn, none), 0.2)
    assert found.status == TOO_FEW and "too few" in words.signal_sentence(found, "session")


def test_a_rooted_scale_goes_there_and_back_and_never_leaves_the_range():
    scale = Scale(1, 0.0, True, 0.0, 27.0)
    points = np.array([0.0, 1.0, 9.0, 27.0])
    assert scale.points(scale.working(points)) == pytest.approx(points)
    assert scale.points(np.array([-3.0, 9.0])).tolist() == [0.0, 27.0]
    better = Scale(-1, 100.0, True, 0.0, 100.0)
    assert better.working(np.array([100.0, 75.0])).tolist() == [0.0, 5.0]


@pytest.mark.parametrize("text", ["x", "0", "-1", "4m", "4.5"])
def test_a_landmark_that_is_none_is_refused(text):
    with pytest.raises(RequestError, match="landmark"):
        asked_landmark(text)


@pytest.mark.parametrize("share", [0.0, -0.1, 0.6, float("nan")])
def test_a_share_that_flags_nobody_or_most_is_refused(share):
    with pytest.raises(RequestError, match="share"):
        check(ProgressQuestion("demo", share=share))


def test_words_never_promise(learnt):
    for t in judged(learnt[0]):
        said = words.patient_sentence(t, Asked())
        assert "will" not in said and "%" not in said


class Asked:
    """What `patient_sentence` reads of a Progress."""

    reliable_change = 5.0


def test_before_the_first_landmark_nothing_is_told():
    made = raw(340, 8, open_from=300)
    keep = (made.who < 300) | (made.session == 1)
    rows = {n: getattr(made, n)[keep] for n in ("who", "session", "weeks", "score", "alliance")}
    early = courses_of(replace(made, **rows), VARIABLE, RULE, "session")
    judge, _ = learn(early, 0.15)
    found = judged(judge)
    assert {t.verdict for t in found} == {UNTOLD} and {t.landmark for t in found} == {None}
