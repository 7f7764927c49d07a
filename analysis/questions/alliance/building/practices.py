"""Building the alliance: which practices go with a better one, and with the outcome through it."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.base.errors import ModelError, RequestError
from analysis.models.latent_means import LevelEffect
from analysis.models.process.mediation import Mediation
from analysis.questions.alliance.building import slopes
from analysis.questions.alliance.building.mediation import mediated
from analysis.questions.alliance.building.result import (
    Moderation,
    Practice,
    PracticePath,
    PracticesAnswer,
    PracticesQuestion,
)
from analysis.questions.alliance.components.answer import chosen
from analysis.questions.alliance.components.by_level import by_level
from analysis.questions.alliance.measures import Measure, alliance_measures, practices
from analysis.questions.alliance.treatments import (
    Treatments,
    check_rated,
    first_scores,
    read_treatments,
)
from analysis.questions.datasets import about

RESAMPLES = 100  # of the effects between therapists
HARDLY = 0.6  # of the sessions: filled less than this is said


def ask_practices(
    question: PracticesQuestion, progress: Callable[[float, str], None] | None = None
) -> PracticesAnswer:
    """The answer to `question`. RequestError where the dataset has no practice in sessions."""
    began = time.perf_counter()
    tell = progress or (lambda share, sentence: None)
    tell(0.0, "Reading the sessions")
    asked = _asked(question)
    rows, measure, outcome, other = asked.rows, asked.measure, asked.outcome, asked.other
    check_rated(rows, measure)
    found = []
    for k, p in enumerate(asked.practices):
        tell(0.1 + 0.9 * k / len(asked.practices), f"{p.label}")
        found.append(_practice(rows, p, measure, other, outcome, question))
    return PracticesAnswer(
        question=question,
        version=rows.version,
        measure=measure,
        outcome=outcome,
        treatments=len(rows.values),
        practices=tuple(found),
        messages=(*rows.notes, *_messages(found, other)),
        seconds=time.perf_counter() - began,
    )


def ask_paths(
    question: PracticesQuestion, progress: Callable[[float, str], None] | None = None
) -> tuple[PracticePath, ...]:
    """The path of each practice through the alliance to the outcome: some seconds each."""
    tell = progress or (lambda share, sentence: None)
    tell(0.0, "Reading the sessions")
    asked = _asked(question)
    m, y = asked.rows.of(asked.measure.key), asked.rows.of(asked.outcome.key)
    found = []
    for k, p in enumerate(asked.practices):
        tell(k / len(asked.practices), f"Following {p.label} to the outcome")
        x = asked.rows.of(p.key)
        try:
            both = mediated(x, m, y, question.lead)
        except ModelError as error:
            found.append(PracticePath(p.key, None, None, None, str(error)))
            continue
        e_value = _e_value(both.within, x, y)
        found.append(PracticePath(p.key, both.within, both.between, e_value, ""))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Asked:
    rows: Treatments
    measure: Measure
    outcome: Measure
    other: Measure | None
    practices: tuple[Measure, ...]


def _asked(question: PracticesQuestion) -> _Asked:
    known = about(question.dataset, question.version, question.store)
    offered = practices(known.variables)
    if not offered:
        raise RequestError(
            "This dataset has no practices: no number rated in sessions has the factor 'practice'",
            where=f"'{question.dataset}'",
            allowed="listening, empathy, adapting, explaining, sincerity, or others",
            next_step="import it again and give them that factor in the mapping",
        )
    measure, outcome = chosen(known, question.alliance, question.outcome, question.dataset)
    other = _other_rater(alliance_measures(known.variables), measure)
    names = [outcome.key, measure.key, *(p.key for p in offered)]
    names += [other.key] if other else []
    texts = tuple(
        v.name for v in known.variables if v.name == "treatment_model" and v.kind == "category"
    )
    rows = read_treatments(
        question.dataset, tuple(dict.fromkeys(names)), question.version, question.store, texts
    )
    return _Asked(rows, measure, outcome, other, offered)


def _other_rater(offered: tuple[Measure, ...], measure: Measure) -> Measure | None:
    others = [m for m in offered if m.rater and m.rater != measure.rater]
    return next((m for m in others if m.rater == "observer"), others[0] if others else None)


def _practice(
    rows: Treatments, p: Measure, measure: Measure, other: Measure | None, outcome: Measure,
    question: PracticesQuestion,
) -> Practice:  # fmt: skip
    x, m = rows.of(p.key), rows.of(measure.key)
    sessions = np.isfinite(rows.values).any(axis=2)
    filled = float(np.isfinite(x).sum() / max(sessions.sum(), 1))
    dx, dm, who = slopes.deviations(x, m)
    found = slopes.fitted(dx, dm, who)
    if found is None:
        why = f"{p.label} hardly varies within patients, or too few sessions have it"
        return Practice(p, filled, None, None, "", (), (), (), None, {}, (), (why,))
    names, levels = _levels(rows, x, m, question.seed)
    seen = None
    if other is not None:
        seen = slopes.slope(*slopes.deviations(x, rows.of(other.key)))
    sds, here = _units(rows, dx, dm, who)
    return Practice(
        p,
        filled,
        slopes.slope(dx, dm, who),
        seen,
        other.rater if other else "",
        names,
        levels,
        _moderation(rows, dx, dm, who, outcome),
        slopes.robustness(found),
        sds,
        here,
        (),
    )


def _levels(rows: Treatments, x, m, seed: int) -> tuple[tuple[str, ...], tuple[LevelEffect, ...]]:
    """The alliance on the practice between patients and between therapists."""
    seen = np.isfinite(x) & np.isfinite(m)
    who, when = np.nonzero(seen)
    count = np.maximum(np.bincount(when), 1)
    dx, dm = (v[seen] - (np.bincount(when, v[seen]) / count)[when] for v in (x, m))
    try:
        return by_level(dx, dm, who, rows, RESAMPLES, seed)
    except ModelError:
        return (), ()


def _moderation(rows: Treatments, x, m, who, outcome: Measure) -> tuple[Moderation, ...]:
    first = first_scores(rows.of(outcome.key))
    there = np.isfinite(first)
    groups = np.full(len(first), "", dtype=object)
    if there.any():
        middle = np.median(first[there])
        groups[there & (first <= middle)] = "lower half of first scores"
        groups[there & (first > middle)] = "upper half of first scores"
    found = [slopes.moderation(x, m, who, groups, "severity")]
    found += [slopes.moderation(x, m, who, texts, by) for by, texts in rows.texts.items()]
    return tuple(f for f in found if f)


def _units(rows: Treatments, x, m, who):
    sds, told = {}, []
    for level, codes in (("therapist", rows.therapist), ("clinic", rows.clinic)):
        sd, here = slopes.here(x, m, who, codes, rows.names[level], level)
        if sd is not None:
            sds[level] = sd
            told += here
    return sds, tuple(told)


def _e_value(path: Mediation, x: np.ndarray, y: np.ndarray) -> float | None:
    """VanderWeele & Ding (2017) of the indirect effect of one SD of practice, in SDs of outcome:
    RR = exp(.91 d), E = RR + sqrt(RR (RR - 1)). None where it cannot be told from 0."""
    if path.indirect.low is None or path.indirect.high is None:
        return None
    if path.indirect.low <= 0 <= path.indirect.high:
        return None
    d = abs(path.indirect.estimate) * float(np.nanstd(x)) / float(np.nanstd(y))
    ratio = float(np.exp(0.91 * d))
    return ratio + float(np.sqrt(ratio * (ratio - 1)))


def _messages(found: list[Practice], other: Measure | None) -> list[str]:
    said = []
    thin = [p for p in found if p.filled < HARDLY]
    if thin:
        shares = sorted(round(100 * p.filled) for p in thin)
        span = f"{shares[0]}" if shares[0] == shares[-1] else f"{shares[0]} to {shares[-1]}"
        said.append(
            f"{len(thin)} of {len(found)} practices were rated in {span} % of the sessions: what "
            "is said is of those."
        )
    said += [why for p in found for why in p.missing]
    if other is None:
        said.append(
            "Practice and alliance have one rater: a good mood on the form is in both. A rating by "
            "the therapist or an observer would be the check."
        )
    return said
