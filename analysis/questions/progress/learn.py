"""What finished treatments teach: one growth model, and for each landmark the risks."""

from dataclasses import dataclass, replace

import numpy as np

from analysis.measures.change import SLACK
from analysis.models.prognosis.conditional_course import Growth, SoFar, later, so_far
from analysis.models.prognosis.shrunken_logistic import Risk, fit_risk
from analysis.questions.progress.courses import Courses
from analysis.questions.progress.growth import Fixed, fit_growth, fixed_part, log_time
from analysis.questions.progress.question import FEWEST_EVENTS, FEWEST_TREATMENTS, HEADLINE
from analysis.questions.progress.scale import Scale

SIGNALS = {
    "no_improvement": "no reliable improvement at the end",
    "deterioration": "reliable deterioration at the end",
    "dropout": "ending unplanned",
}
# Standard errors by which the alliance must move expected courses to be counted in them.
SURE = 2.0
# Early change on the working scale; the course so far; the alliance so far. Each is shrunk by
# itself, so that what adds nothing to early change is left out.
GROUPS = (0, 1, 1, 1, 2, 2)


@dataclass(frozen=True, slots=True)
class Learned:
    """scale: the one chosen. growth, fixed: the growth model. learnt: how many treatments. pull:
    what one SD of alliance above the usual moves the course by from here, in working points a unit
    of log time, 0 where that cannot be told from none; usual: mean and SD of the rating so far."""

    scale: Scale
    fixed: Fixed
    growth: Growth
    learnt: int
    pull: float = 0.0
    usual: tuple[float, float] = (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Pair:
    """A risk with all features, and the one with early change in points alone beside it."""

    full: Risk
    early: Risk


def learn_growth(courses: Courses, of: np.ndarray, scale: Scale | None = None) -> Learned:
    """From the treatments `of` (n,) bool. scale: None to choose it by their likelihood."""
    if scale is None:
        scale = _better_scale(courses, of)
    rows, fixed = _rows(courses, of, scale)
    growth, _ = fit_growth(fixed, *rows)
    return _with_alliance(courses, Learned(scale, fixed, growth, int(of.sum())), of)


def known_by(courses: Courses, learned: Learned, last: float | np.ndarray) -> SoFar:
    """What the scores up to `last` (elapsed, one number or one a treatment) say of each one."""
    raw = courses.raw
    limit = last if np.isscalar(last) else np.asarray(last)[raw.who]
    rows = courses.scored & (courses.elapsed > 0) & (courses.elapsed <= limit)
    who, t = raw.who[rows], log_time(courses.elapsed[rows])
    intake = learned.scale.working(courses.intake)
    fixed = learned.fixed.values(learned.growth.coefficients, t, intake[who], raw.model[who])
    residual = learned.scale.working(raw.score[rows]) - fixed
    return so_far(learned.growth, raw.n, who, t, residual)


def forecast(
    courses: Courses,
    learned: Learned,
    last: float | np.ndarray,
    who: np.ndarray,
    elapsed: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation (m,), working scale, of scores of the treatments `who` at
    `elapsed`, given their scores and their alliance up to `last` (one number or one a treatment).
    From the first score alone there is no alliance to count."""
    known, t = known_by(courses, learned, last), log_time(elapsed)
    intake = learned.scale.working(courses.intake)[who]
    model = courses.raw.model[who]
    fixed = learned.fixed.values(learned.growth.coefficients, t, intake, model)
    mean, sd = later(learned.growth, known, who, t, fixed)
    return mean + learned.pull * _standing(courses, learned, last, who, t), sd


def _standing(courses: Courses, learned: Learned, last, who, t) -> np.ndarray:
    """(m,) the alliance so far in SDs above the usual, times the log time from then on; 0 where it
    was not rated after the first score."""
    centre, sd = learned.usual
    after = np.broadcast_to(np.asarray(last, dtype=float), (courses.raw.n,))
    above = np.nan_to_num((_rating(courses, after) - centre) / sd)
    above = np.where(after > 0, above, 0.0)
    return above[who] * np.maximum(t - log_time(np.maximum(after, 0.0))[who], 0.0)


def _with_alliance(courses: Courses, learned: Learned, of: np.ndarray) -> Learned:
    """The same with what the alliance so far adds to the scores so far, judged at the headline
    landmark: least squares of what later scores lie off, weighed by the forecast, errors by
    treatment. What is not twice its error is taken for none."""
    last = elapsed_at(courses, HEADLINE[courses.axis])
    rating = _rating(courses, np.full(courses.raw.n, last))
    judged = of & _scored_by(courses, last) & np.isfinite(rating)
    if judged.sum() < FEWEST_TREATMENTS or np.ptp(rating[judged]) == 0:
        return learned
    usual = float(rating[judged].mean()), float(rating[judged].std())
    learned = replace(learned, usual=usual)
    rows = courses.scored & (courses.elapsed > last) & judged[courses.raw.who]
    who, elapsed = courses.raw.who[rows], courses.elapsed[rows]
    mean, sd = forecast(courses, learned, last, who, elapsed)
    x = _standing(courses, learned, last, who, log_time(elapsed)) / sd
    off = (learned.scale.working(courses.raw.score[rows]) - mean) / sd
    whole = float(x @ x)
    if whole == 0:
        return learned
    pull = float(x @ off) / whole
    each = np.bincount(who, x * (off - pull * x), minlength=courses.raw.n)
    error = float(np.sqrt((each**2).sum())) / whole
    return replace(learned, pull=pull if abs(pull) > SURE * error else 0.0)


def _rating(courses: Courses, last: np.ndarray) -> np.ndarray:
    """(n,) mean alliance rated up to `last` (n,), NaN where it was not."""
    raw = courses.raw
    rated = np.isfinite(raw.alliance) & (courses.elapsed <= last[raw.who])
    return _mean_of(raw.n, raw.who[rated], raw.alliance[rated])


def features(courses: Courses, learned: Learned, last: float | np.ndarray):
    """(n, 6) features of GROUPS from rows up to `last`, and (n,) early change in points
    (improvement above 0); NaN where a treatment has no score there."""
    raw, scale = courses.raw, learned.scale
    limit = np.full(raw.n, last, dtype=float) if np.isscalar(last) else np.asarray(last)
    inside = courses.elapsed <= limit[raw.who]
    rows = courses.scored & (courses.elapsed > 0) & inside
    who = raw.who[rows]
    w, first = scale.working(raw.score[rows]), scale.working(courses.intake)
    latest = _last_of(raw.n, who, w)
    points = courses.scale.sign * (courses.intake - _last_of(raw.n, who, raw.score[rows]))
    known = known_by(courses, learned, limit)
    seen = np.isfinite(latest)
    level, slope = (np.where(seen, known.mean[:, k], np.nan) for k in (0, 1))
    rated = np.isfinite(raw.alliance) & inside
    mean_rating = _rating(courses, limit)
    fall = _last_of(raw.n, raw.who[rated], raw.alliance[rated]) - mean_rating
    found = (first - latest, first - _mean_of(raw.n, who, w), level, slope, mean_rating, fall)
    return np.column_stack(found), points


def event(courses: Courses, signal: str, after: float) -> tuple[np.ndarray, np.ndarray]:
    """(n,) bool: the treatments that a landmark at `after` can be judged on, and what came.

    no_improvement: of cases at the first score, where there is a cut-off.
    """
    gain = courses.scale.sign * (courses.intake - courses.final)
    change = courses.change - SLACK
    later = courses.learn & (courses.final_elapsed > after) & _scored_by(courses, after)
    if signal == "dropout":
        ended = np.isin(courses.raw.ending, ("planned", "unplanned"))
        return later & ended, courses.raw.ending == "unplanned"
    if signal == "deterioration":
        return later, gain <= -change
    cases = courses.raw.cased if courses.rule.caseness is not None else True
    return later & cases, gain < change


def elapsed_at(courses: Courses, landmark: int) -> float:
    """Time since the first score at a landmark: session 4 is three sessions after the first."""
    return float(landmark if courses.axis == "week" else landmark - 1)


def fit_pair(
    courses: Courses, learned: Learned, signal: str, landmark: int, of: np.ndarray
) -> Pair | None:
    """The two risks learnt from `of`; None where they have too few of either kind."""
    x, points = features(courses, learned, elapsed_at(courses, landmark))
    return pair_of(x, points, *event(courses, signal, elapsed_at(courses, landmark)), of)


def pair_of(x, points, able, came, of) -> Pair | None:
    rows = able & of
    if not enough(int(rows.sum()), int(came[rows].sum())):
        return None
    early = fit_risk(points[rows, None], came[rows], (0,))
    return Pair(fit_risk(x[rows], came[rows], GROUPS), early)


def enough(n: int, events: int) -> bool:
    return n >= FEWEST_TREATMENTS and min(events, n - events) >= FEWEST_EVENTS


def _scored_by(courses: Courses, after: float) -> np.ndarray:
    rows = courses.scored & (courses.elapsed > 0) & (courses.elapsed <= after)
    return np.bincount(courses.raw.who[rows], minlength=courses.raw.n) > 0


def _better_scale(courses: Courses, of: np.ndarray) -> Scale:
    plain = courses.scale
    if plain.healthy is None:
        return plain
    tried = []
    for scale in (plain, replace(plain, rooted=True)):
        rows, fixed = _rows(courses, of, scale)
        _, likelihood = fit_growth(fixed, *rows, method="ML")
        kept = _of(courses, of)
        tried.append(likelihood + scale.log_jacobian(courses.raw.score[kept]))
    return plain if tried[0] >= tried[1] else replace(plain, rooted=True)


def _rows(courses: Courses, of: np.ndarray, scale: Scale):
    """The rows after the first score, as `fit_growth` takes them, and the fixed part."""
    raw, kept = courses.raw, _of(courses, of)
    who = raw.who[kept]
    intake = scale.working(courses.intake)
    fixed = fixed_part(intake[of], raw.model[of])
    score = scale.working(raw.score[kept])
    t = log_time(courses.elapsed[kept])
    rows = (score, t, intake[who], raw.model[who], who, raw.therapist[who])
    return rows, fixed


def _of(courses: Courses, of: np.ndarray) -> np.ndarray:
    return courses.scored & (courses.elapsed > 0) & of[courses.raw.who]


def _last_of(n: int, who: np.ndarray, values: np.ndarray) -> np.ndarray:
    """(n,) each one's last value; rows stand in order of time."""
    found = np.full(n, np.nan)
    found[who] = values
    return found


def _mean_of(n: int, who: np.ndarray, values: np.ndarray) -> np.ndarray:
    count = np.bincount(who, minlength=n)
    with np.errstate(invalid="ignore"):
        return np.bincount(who, values, minlength=n) / np.where(count > 0, count, np.nan)
