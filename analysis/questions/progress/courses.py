"""From a dataset to courses: a time axis, first scores, and which treatments one learns from."""

from dataclasses import dataclass, replace

import numpy as np

from analysis.base.errors import RequestError
from analysis.measures.change import ChangeRule
from analysis.measures.instruments import find_instrument
from analysis.measures.variables import Variable
from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.outcomes.rates import open_treatments
from analysis.questions.progress.question import ProgressQuestion, asked_landmark, check
from analysis.questions.progress.scale import Scale
from analysis.store.queries.score_courses import ScoreCourses, score_courses

FEWEST_OF_A_YEAR = 30  # first scores before their mean is compared with another year's
UNEVEN = 0.5  # spread of the days between sessions over their mean, above which weeks are the axis


@dataclass(frozen=True, slots=True)
class Courses:
    """raw: treatments and their rows with a score. elapsed (m,): sessions or weeks (`axis`) since
    the first score, 0 for the first. intake (n,): first score in points; final (n,): last one,
    final_elapsed (n,). learn (n,) bool: finished, with a score after the first."""

    dataset: str
    version: str
    synthetic: bool
    measure: str
    label: str
    rule: ChangeRule
    scale: Scale
    axis: str
    raw: ScoreCourses
    elapsed: np.ndarray
    scored: np.ndarray
    intake: np.ndarray
    final: np.ndarray
    final_elapsed: np.ndarray
    learn: np.ndarray
    messages: tuple[str, ...]

    @property
    def change(self) -> float:
        """Points of reliable change; `read_courses` has seen to it that there are some."""
        return self.rule.reliable_change or 0.0


def read_courses(question: ProgressQuestion) -> Courses:
    """The courses of a dataset. RequestError where it has no outcome, or no rule for change."""
    check(question)
    opened = open_treatments(_treatments_asked(question))
    rule = opened.spec.rules[0]
    if rule.reliable_change is None:
        raise RequestError(
            f"No reliable change is known for '{rule.measure}'",
            where=f"dataset {question.dataset}",
            allowed="a measure with an instrument, or your own number of points",
            next_step="give --reliable-change POINTS, from the instrument's manual",
        )
    variable = next(v for v in opened.variables if v.name == rule.measure)
    traits = tuple(v for v in opened.variables if v.unit == "episode" and _is_trait(v))
    with opened.cursor() as cursor:
        raw = score_courses(cursor, rule.measure, opened.spec.alliance, traits)
    asked = asked_landmark(question.landmark)
    axis = asked[0] if asked else _axis(raw)
    if axis == "week" and not np.isfinite(raw.weeks).all():
        raise RequestError(
            "Not every session has a date or weeks since the first one",
            where="option landmark",
            allowed="a session's number, as 4",
            next_step="ask by session, or import the dates",
        )
    info = opened.info
    return courses_of(raw, variable, rule, axis, info.name, info.version, info.synthetic)


def courses_of(
    raw: ScoreCourses,
    variable: Variable,
    rule: ChangeRule,
    axis: str,
    dataset: str = "",
    version: str = "",
    synthetic: bool = False,
) -> Courses:
    """The Courses of treatments however they were read; axis: 'session' or 'week'."""
    scored = np.isfinite(raw.score)
    time = raw.weeks if axis == "week" else raw.session.astype(float)
    at_first, at_last = np.full(raw.n, np.nan), np.full(raw.n, np.nan)
    intake, final = np.full(raw.n, np.nan), np.full(raw.n, np.nan)
    who, order = raw.who[scored], np.arange(scored.sum())
    first = np.unique(who, return_index=True)
    last = {int(w): int(i) for w, i in zip(who, order, strict=True)}  # the last one stays
    place = np.array([last[int(w)] for w in first[0]], dtype=int)
    at_first[first[0]], intake[first[0]] = time[scored][first[1]], raw.score[scored][first[1]]
    at_last[first[0]], final[first[0]] = time[scored][place], raw.score[scored][place]
    elapsed = time - at_first[raw.who]
    return Courses(
        dataset=dataset,
        version=version,
        synthetic=synthetic,
        measure=rule.measure,
        label=variable.label or variable.name,
        rule=rule,
        scale=_scale(variable, rule),
        axis=axis,
        raw=raw,
        elapsed=elapsed,
        scored=scored & (elapsed >= 0),
        intake=intake,
        final=final,
        final_elapsed=at_last - at_first,
        learn=raw.finished & (at_last > at_first),
        messages=(*_messages(raw), *_moved(raw, intake)),
    )


def only(courses: Courses, of: np.ndarray) -> Courses:
    """The courses of the treatments `of` (n,) bool alone, numbered anew."""
    raw, rows = courses.raw, of[courses.raw.who]
    number = np.cumsum(of) - 1
    own = ("episode", "patient", "clinic", "therapist", "ending", "model", "period", "finished")
    kept = {name: getattr(raw, name)[of] for name in (*own, "cased", "last_day")}
    kept |= {name: getattr(raw, name)[rows] for name in ("session", "weeks", "score", "alliance")}
    traits = {name: values[of] for name, values in raw.traits.items()}
    of_rows = {name: getattr(courses, name)[rows] for name in ("elapsed", "scored")}
    of_each = ("intake", "final", "final_elapsed", "learn")
    return replace(
        courses,
        raw=replace(raw, who=number[raw.who[rows]], traits=traits, **kept),
        **of_rows,
        **{name: getattr(courses, name)[of] for name in of_each},
    )


def _treatments_asked(question: ProgressQuestion) -> OutcomeQuestion:
    own = (question.reliable_change, question.cut_off) != (None, None)
    return OutcomeQuestion(
        dataset=question.dataset,
        version=question.version,
        measures=(question.outcome,) if question.outcome else (),
        definition="own" if own else "published",
        reliable_change=question.reliable_change,
        cut_off=question.cut_off,
        model=question.model,
        period="year",
        store=question.store,
    )


def _axis(raw: ScoreCourses) -> str:
    """Weeks where sessions are dated and come at uneven times, else session numbers."""
    if not len(raw.weeks) or not np.isfinite(raw.weeks).all():
        return "session"
    gaps = np.diff(raw.weeks)[np.diff(raw.who) == 0]
    return "week" if len(gaps) and gaps.std() > UNEVEN * max(gaps.mean(), 1e-9) else "session"


def _scale(variable, rule: ChangeRule) -> Scale:
    instrument = find_instrument(variable.instrument)
    low, high = (instrument.total_range if instrument else None) or (None, None)
    low = variable.minimum if variable.minimum is not None else low
    high = variable.maximum if variable.maximum is not None else high
    return Scale(rule.sign, low if rule.sign > 0 else high, False, low, high)


def _is_trait(variable) -> bool:
    """Whom signals must serve alike: age, and sex or gender."""
    words = set(f"{variable.name} {variable.component}".lower().replace("_", " ").split())
    return bool(words & {"sex", "gender", "age"})


def _moved(raw: ScoreCourses, intake: np.ndarray) -> list[str]:
    """Years whose first scores lie a standard deviation from the year before: another scale, or
    other patients; either way the older ones may say little of those who are open now."""
    told = np.isfinite(intake)
    years = [y for y in np.unique(raw.period.astype(str)) if y]
    each = {y: intake[told & (raw.period == y)] for y in years}
    some = [y for y in years if len(each[y]) >= FEWEST_OF_A_YEAR]
    return [
        f"First scores of {now} lie more than a standard deviation from those of {before}: where "
        "the scale or the patients changed, what is learnt from older treatments may mislead."
        for before, now in zip(some, some[1:], strict=False)
        if abs(each[now].mean() - each[before].mean())
        > np.sqrt((each[now].var() + each[before].var()) / 2)
    ]


def _messages(raw: ScoreCourses) -> tuple[str, ...]:
    said = []
    if raw.future:
        said.append(f"{raw.future} sessions are dated after today and were left out.")
    if not np.isfinite(raw.weeks).any():
        said.append("Sessions have no dates: time is counted in sessions.")
    if raw.n and not (raw.ending != "").any():
        said.append("Endings are not recorded: every treatment counts as finished.")
    return tuple(said)
