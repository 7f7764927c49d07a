"""Open treatments beside this clinic's finished ones: expected course, signals, and how good they
are here."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from analysis.base.errors import ModelError, RequestError
from analysis.questions.progress.accuracy import Accuracy, accuracy
from analysis.questions.progress.alliance_falls import alliance_falls
from analysis.questions.progress.courses import Courses, only, read_courses
from analysis.questions.progress.expected import Coverage, band_table, coverage
from analysis.questions.progress.judging import Judge, OpenTreatment, judged
from analysis.questions.progress.learn import SIGNALS, Learned, fit_pair, learn_growth
from analysis.questions.progress.left_out import Errors, folds, forecasts, parts_of
from analysis.questions.progress.question import (
    FEWEST_TREATMENTS,
    HEADLINE,
    LANDMARKS,
    ProgressQuestion,
    asked_landmark,
)

LONGEST = 60  # sessions or weeks that a course is drawn


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """by: 'clinic' or 'period', each left out in turn."""

    by: str
    accuracy: Accuracy


@dataclass(frozen=True, slots=True)
class Progress:
    """learnt: finished treatments learnt from. landmark: of the headline figures. accuracy: each
    signal at each landmark. coverage: of the bands. open: those most worth a talk first. judge:
    draws the course of one of them."""

    dataset: str
    version: str
    synthetic: bool
    measure: str
    label: str
    axis: str
    sign: int
    landmark: int
    reliable_change: float
    rooted: bool
    finished: int
    learnt: int
    share: float
    accuracy: tuple[Accuracy, ...]
    coverage: tuple[Coverage, ...]
    open: tuple[OpenTreatment, ...]
    messages: tuple[str, ...]
    judge: Judge = field(compare=False, repr=False)

    def of(self, signal: str, landmark: int | None = None) -> Accuracy:
        at = self.landmark if landmark is None else landmark
        return next(a for a in self.accuracy if (a.signal, a.landmark) == (signal, at))


def progress(
    question: ProgressQuestion, progress: Callable[[float, str], None] | None = None
) -> Progress:
    """The answer. ModelError where the dataset has too few finished treatments to learn from, with
    what is missing. progress(share done, sentence) is called now and then."""
    tell = progress or (lambda share, sentence: None)
    tell(0.0, "Reading the treatments")
    courses = read_courses(question)
    check_enough(courses)
    judge, errors = learn(courses, question.share, lambda s: tell(s, "Leaving out each fifth"))
    headline = _headline(question, judge.landmarks, courses.axis)
    return Progress(
        dataset=courses.dataset,
        version=courses.version,
        synthetic=courses.synthetic,
        measure=courses.measure,
        label=courses.label,
        axis=courses.axis,
        sign=courses.scale.sign,
        landmark=headline,
        reliable_change=courses.change,
        rooted=judge.learned.scale.rooted,
        finished=int(courses.raw.finished.sum()),
        learnt=judge.learned.learnt,
        share=question.share,
        accuracy=tuple(judge.accuracy.values()),
        coverage=coverage(errors),
        open=judged(judge),
        messages=(*courses.messages, *_of_alliance(judge.learned)),
        judge=judge,
    )


def _of_alliance(learned: Learned) -> tuple[str, ...]:
    if not learned.pull:
        return ()
    return ("Expected courses count the alliance rated so far beside the scores so far",)


def learn(
    courses: Courses, share: float, tell: Callable[[float], None] = lambda share: None
) -> tuple[Judge, Errors]:
    """What the finished treatments teach, and the errors on treatments left out in fifths."""
    finished = only(courses, courses.learn)
    learned = learn_growth(finished, finished.learn)
    landmarks = LANDMARKS[courses.axis]
    made, errors = forecasts(finished, learned.scale, folds(finished), landmarks, tell)
    figures = {key: accuracy(finished, *key, found, share) for key, found in made.items()}
    there = tuple(k for k in landmarks if any(figures[s, k].auc is not None for s in SIGNALS))
    pairs = {
        key: pair
        for key, found in figures.items()
        if found.auc is not None and (pair := fit_pair(finished, learned, *key, finished.learn))
    }
    table = band_table(errors, LONGEST)
    falls = alliance_falls(courses)
    return Judge(courses, learned, pairs, table, figures, there, falls), errors


def check_enough(courses: Courses) -> None:
    """ModelError where there is too little to learn from."""
    found = int(courses.learn.sum())
    if found < FEWEST_TREATMENTS:
        raise ModelError(
            f"{found} finished treatments have a first and a later score",
            where=f"dataset {courses.dataset}, '{courses.measure}'",
            allowed=f"at least {FEWEST_TREATMENTS}: a band from fewer would be a guess",
            next_step="add finished treatments, or look at single courses without a band",
        )


def elsewhere(
    question: ProgressQuestion, progress: Callable[[float, str], None] | None = None
) -> tuple[Elsewhere, ...]:
    """The signals at the headline landmark with each clinic, then each year, left out in turn
    (internal–external validation: Steyerberg & Harrell 2016, doi:10.1016/j.jclinepi.2015.04.005).
    Empty where there is only one. Takes longer than the answer itself."""
    tell = progress or (lambda share, sentence: None)
    courses = read_courses(question)
    check_enough(courses)
    courses = only(courses, courses.learn)
    scale = learn_growth(courses, courses.learn).scale
    landmark = _headline(question, LANDMARKS[courses.axis], courses.axis)
    found = []
    for k, (by, values) in enumerate(
        (("clinic", courses.raw.clinic), ("period", courses.raw.period))
    ):
        part = parts_of(values)
        if len(np.unique(part[courses.learn & (part >= 0)])) < 2:
            continue

        def said(done: float, by: str = by, k: int = k) -> None:
            tell((k + done) / 2, f"Leaving out each {'year' if by == 'period' else by}")

        made, _ = forecasts(courses, scale, part, (landmark,), said)
        found += [
            Elsewhere(by, accuracy(courses, s, landmark, made[s, landmark], question.share))
            for s in SIGNALS
        ]
    return tuple(found)


def _headline(question: ProgressQuestion, there: tuple[int, ...], axis: str) -> int:
    """The landmark asked for, else 4, or the nearest that has figures."""
    asked = asked_landmark(question.landmark)
    wanted = asked[1] if asked else HEADLINE[axis]
    if asked and wanted not in LANDMARKS[axis]:
        raise RequestError(
            f"Signals are not judged at {axis} {wanted}",
            where="option landmark",
            allowed=", ".join(str(k) for k in LANDMARKS[axis]),
        )
    if asked or not there:
        return wanted
    return min(there, key=lambda k: (abs(k - wanted), k))
