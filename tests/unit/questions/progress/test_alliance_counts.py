"""Expected courses count the alliance where it moves them, and only there."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.questions.progress.answer import learn
from analysis.questions.progress.courses import courses_of
from analysis.questions.progress.growth import log_time
from analysis.questions.progress.judging import course_of, judged
from analysis.questions.progress.learn import forecast, learn_growth
from analysis.questions.progress.left_out import folds, standardised
from tests.unit.questions.progress.made_courses import RULE, VARIABLE, raw

N, SESSIONS, PULL = 600, 12, -1.5


def made(pull: float, seed: int = 3, open_from: int | None = None):
    """Ratings of the first four sessions, a person's own and noise; from then on a unit of it moves
    the score by `pull` a unit of log time."""
    rng = np.random.default_rng((seed, 5))
    found = raw(N, SESSIONS, seed, open_from)
    own = rng.normal(size=N)[found.who]
    early = found.session <= 4
    rating = np.where(early, 3.5 + own + 0.2 * rng.normal(size=len(own)), np.nan)
    from_then = np.maximum(np.log1p(found.session - 1) - np.log1p(3), 0.0)
    return replace(found, alliance=rating, score=found.score + pull * own * from_then)


def of(found):
    return courses_of(found, VARIABLE, RULE, "session")


def test_what_the_alliance_moves_is_told():
    courses = of(made(PULL))
    learned = learn_growth(courses, courses.learn)
    # Standard error about .17: later scores hold noise of 1.5 and the rest of the slopes. The
    # growth model's slope, told from four scores, holds none of it.
    assert learned.pull == pytest.approx(PULL, abs=0.6)
    assert learned.usual == pytest.approx((3.5, 1.0), abs=0.15)  # 600 persons: errors of .04


def test_an_alliance_that_moves_nothing_is_not_counted():
    """By chance one in twenty is: of ten at most three (chance of more .001)."""
    found = [of(made(0.0, seed)) for seed in range(10)]
    assert sum(learn_growth(c, c.learn).pull != 0 for c in found) <= 3


def test_left_out_courses_are_forecast_better_with_it():
    courses = of(made(PULL))
    part = folds(courses)
    rest, here = courses.learn & (part != 0), part == 0
    learned = learn_growth(courses, rest)
    _, counted, _ = standardised(courses, learned, 4, here)
    _, without, _ = standardised(courses, replace(learned, pull=0.0), 4, here)
    assert (counted**2).mean() < 0.97 * (without**2).mean()


def test_nothing_is_counted_from_the_first_score_alone_or_without_a_rating():
    courses = of(made(PULL))
    learned = learn_growth(courses, courses.learn)
    who, at = np.arange(5), np.full(5, 8.0)
    unrated = of(replace(courses.raw, alliance=courses.raw.alliance * np.nan))
    for c, last in ((courses, 0.0), (unrated, 3.0)):
        with_it, _ = forecast(c, learned, last, who, at)
        without, _ = forecast(c, replace(learned, pull=0.0), last, who, at)
        assert (with_it == without).all()


def test_an_open_treatment_with_a_better_alliance_is_expected_lower():
    """Twice the same scores, once with a rating two SDs up: lower by pull x 2 x the log time."""
    courses = of(made(PULL, open_from=590))
    judge, _ = learn(courses, 0.15)
    treatment = next(t for t in judged(judge) if t.number == 595)
    up = courses.raw.alliance + 2.0 * judge.learned.usual[1] * (courses.raw.who == 595)
    better = replace(judge, courses=of(replace(courses.raw, alliance=up)))
    before, after = (course_of(j, treatment).ahead for j in (judge, better))
    moved = (
        judge.learned.pull
        * 2.0
        * (log_time(np.array(after[0].elapsed)) - log_time(np.array(treatment.elapsed)))
    )
    assert after[0].middle - before[0].middle == pytest.approx(float(moved), abs=1e-6)
