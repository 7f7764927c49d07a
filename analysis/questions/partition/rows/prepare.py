"""From a Scope to the moments of its partition: which variables, which parts, which levels."""

from dataclasses import dataclass, replace

import numpy as np

from analysis.base.errors import ModelError
from analysis.base.sentence import Sentence
from analysis.measures.variables import Variable
from analysis.models.criterion.problem import build_problem
from analysis.questions.partition.result import Landmark
from analysis.questions.partition.rows.asked import (
    blocks_asked,
    check_clinics,
    check_scope,
    outcome_asked,
)
from analysis.questions.partition.rows.designs import change_term, design, growth_design, squared
from analysis.questions.partition.rows.enough import check_rows
from analysis.questions.partition.rows.hidden_course import hidden_parts
from analysis.questions.partition.rows.landmark import (
    SEEN,
    CourseAdded,
    chosen_window,
    landmark_sentences,
    survivors,
    with_course,
)
from analysis.questions.partition.rows.levels import (
    can_resample,
    cluster_of,
    interval_messages,
    level_groups,
    own_parts,
    separate_levels,
    treated_again,
    usable_levels,
    without_therapist,
)
from analysis.questions.partition.rows.prepared import Prepared
from analysis.questions.partition.rows.rating_noise import rating_noise
from analysis.questions.scope import Scope
from analysis.store.queries.frames import (
    Frame,
    FrameSpec,
    episode_frame,
    growth_frame,
    session_frame,
)
from analysis.store.queries.predictor_parts import split_parts
from analysis.store.sources.relation import Source
from analysis.store.sums.column_sql import key_name
from analysis.store.sums.complete import MATERIALISED_ROWS, CompleteRows, in_memory
from analysis.store.sums.moments import moments
from analysis.store.versions.dataset import Dataset

FRAMES = {"end": episode_frame, "next": session_frame, "growth": growth_frame}


def prepare(dataset, cursor, scope: Scope) -> Prepared:
    """Read what `scope` asks of an open dataset. RequestError or ModelError when it cannot."""
    asked = understood(dataset, cursor, scope)
    return prepared_from(asked, cursor, complete_frame(asked, cursor))


@dataclass(frozen=True, slots=True)
class Asked:
    """A Scope as the dataset understands it: outcome, factors with their variables, and what the
    frame is made from."""

    dataset: Dataset
    scope: Scope
    outcome: Variable
    factors: tuple[str, ...]
    blocks: tuple[tuple[Variable, ...], ...]
    spec: FrameSpec
    messages: tuple[str, ...]


def understood(dataset, cursor, scope: Scope) -> Asked:
    """What `scope` asks of an open dataset. RequestError where it has no such thing."""
    check_scope(scope)
    outcome = outcome_asked(dataset, scope)
    factors, blocks, messages = blocks_asked(dataset.variables, scope, outcome)
    check_clinics(cursor, scope.clinics)
    predictors = tuple(v for variables in blocks for v in variables)
    spec = _spec(cursor, scope, outcome, predictors)
    return Asked(dataset, scope, outcome, factors, blocks, spec, tuple(messages))


def complete_frame(asked: Asked, cursor) -> Frame:
    """The rows that have everything. ModelError where they are too few, or say nothing."""
    frame = FRAMES[asked.scope.question](cursor, asked.spec)
    check_rows(cursor, frame, asked.scope, asked.spec)
    return frame


def prepared_from(asked: Asked, cursor, frame: Frame, off_by: float = 0.0) -> Prepared:
    """A frame of the question's rows as sums, with what the shares need to know of them. off_by:
    the standard errors by which the scores' noise is taken to be larger than it is told."""
    scope, spec, outcome = asked.scope, asked.spec, asked.outcome
    messages = list(asked.messages)
    added, landmark, said = _in_order(cursor, frame, spec, scope, off_by)
    frame = added.frame
    messages += said
    noise = rating_noise(cursor, frame, spec) if scope.question == "end" else None
    if frame.time:
        messages += _about_growth(frame.time, outcome, asked.dataset.meta)
    groups = level_groups(cursor, frame.relation)
    messages += treated_again(groups)
    messages += without_therapist(cursor, frame.relation)
    levels, said = usable_levels(groups, frame.rows, scope.question)
    messages += said
    units = _patients_outwards(levels, frame.rows) if frame.time else levels
    separate, said = separate_levels(frame, units, groups)
    messages += said
    split = {c.name: own_parts(c, units, separate) for c in frame.columns}
    relation, parts = split_parts(cursor, frame, units[0], split)
    if frame.time:
        model = growth_design(outcome, parts, levels, frame.time)
    else:
        model = design(outcome, parts, levels, scope.question, frame.carried, frame.weights)
    cluster = cluster_of(levels, groups)
    messages += interval_messages(cluster, groups) if scope.bootstrap else []
    rows = _complete(cursor, relation, parts, levels, frame, cluster)
    sums = moments(rows, model, cluster)
    about = _About(replace(asked, messages=tuple(messages)), landmark, noise, added.error)
    found = _prepared(about, frame, parts, levels, separate, groups, rows, sums, cluster)
    if added.hidden is None or frame.time:
        return found
    return replace(found, hidden=hidden_parts(found, added.hidden))


def _spec(cursor, scope: Scope, outcome: Variable, predictors) -> FrameSpec:
    """What the frame is made from; the window follows the data unless it was asked for."""
    window = scope.window or chosen_window(cursor, outcome, predictors, scope.clinics)
    adjust = scope.adjust
    if scope.question == "next" and adjust == "landmark":
        adjust = "intake"
    return FrameSpec(outcome, predictors, adjust, window, scope.clinics, scope.within)


def _in_order(cursor, frame, spec: FrameSpec, scope: Scope, off_by: float):
    """The frame with the course up to the landmark where it is adjusted for; the Landmark, None
    for 'next'; what has to be said."""
    if scope.question == "next":
        return CourseAdded(frame, None, None, []), None, []
    added = CourseAdded(frame, None, None, [])
    if spec.adjust == "landmark":
        added = with_course(cursor, frame, spec, off_by)
    frame = added.frame
    treatments, outlived = survivors(cursor, spec.outcome, spec.window[1], spec.clinics)
    adjusted = tuple(c.term for c in frame.columns if c.variable is None)
    found = Landmark(
        spec.window, scope.window is None, adjusted, frame.rows_out, treatments, outlived,
        added.reliability,
    )  # fmt: skip
    return added, found, [*landmark_sentences(found, spec.adjust), *added.said]


def _about_growth(time: str, outcome: Variable, meta: dict) -> list[str]:
    said: list[str] = [
        Sentence(f"Change is that of {outcome.name} with {time}, about a curve that all share")
    ]
    if meta.get("truth"):
        said.append(
            "The true shares of change are not known: the synthetic courses are made from where "
            "they end, not from slopes"
        )
    return said


def _patients_outwards(levels: tuple[str, ...], rows: int) -> tuple[str, ...]:
    """Growth is the patients' own: its predictors are theirs, and their rows tell their change."""
    if not {"patient", "treatment"} & set(levels):
        raise ModelError(
            f"The {rows:,} rows do not show any patient more often than once",
            where="the sessions with a score",
            allowed="patients with several scores",
            next_step="ask what explains the end of treatment",
        )
    return levels[1:]


def _complete(cursor, relation, parts, levels, frame, cluster) -> CompleteRows:
    timed = ["t"] if frame.time else list(frame.carried)
    keys = dict.fromkeys([*levels[1:], cluster])
    timed += [frame.weights] if frame.weights else []
    columns = ["y", *timed, *(p.column for p in parts), *(f"{k} AS {key_name(k)}" for k in keys)]
    sql = f"SELECT {', '.join(columns)} FROM {relation}"
    source, table = Source(cursor, relation, {}), None
    if frame.rows <= MATERIALISED_ROWS:
        table = in_memory(cursor, "complete_parts", sql)
    else:  # more than DuckDB may hold in memory goes to its disk
        cursor.execute(f"CREATE OR REPLACE TEMP TABLE complete_parts AS {sql}")
    return CompleteRows(source, "complete_parts", frame.rows, frame.rows, table=table)


@dataclass(frozen=True, slots=True)
class _About:
    asked: Asked
    landmark: Landmark | None
    rating_noise: np.ndarray | None
    course_error: np.ndarray | None


def _prepared(
    about: _About, frame, parts, levels, separate, groups, rows, sums, cluster
) -> Prepared:
    asked, scope = about.asked, about.asked.scope
    info, meta = asked.dataset.info, asked.dataset.meta
    at = {name: i for i, name in enumerate(sums.names)}
    # The columns that add something; the full fit says which ones were left out.
    kept = set(build_problem(replace(sums, gram=sums.total)).x)
    variable = {c.name: c.variable for c in frame.columns}
    time = frame.time
    if time:
        kept &= {p.term for p in parts if change_term(p.term, time) in kept}
    usable = [(p, variable[p.predictor], at[p.term]) for p in parts if p.term in kept]
    adjusted = [c.term for c in frame.columns if c.variable is None]
    return Prepared(
        moments=sums,
        complete=rows,
        blocks=tuple(
            (f, tuple(v.name for v in vs))
            for f, vs in zip(asked.factors, asked.blocks, strict=True)
        ),
        block_columns=tuple(
            np.array([i for _, v, i in usable if v in vs], dtype=np.int64) for vs in asked.blocks
        ),
        adjust_columns=np.array([i for _, v, i in usable if v is None], dtype=np.int64),
        part_level={i: p.level for p, _, i in usable},
        levels=separate,
        random_levels=sums.groupings if time else (levels[0], *sums.groupings),
        cluster=cluster,
        resample=can_resample(cluster, groups),
        dataset=info.name,
        version=info.version,
        synthetic=bool(meta.get("synthetic")),
        outcome=asked.outcome.name,
        adjusted=tuple(adjusted),
        rows_out=frame.rows_out,
        groups=groups if scope.question == "end" else {"session": frame.rows} | groups,
        truth=_truth(meta, scope, about.landmark),
        messages=asked.messages,
        part_of={at[p.term]: (p.predictor, p.level) for p in parts},
        predictors=tuple(c.name for c in frame.columns),
        adjusted_predictors=tuple(c.name for c in frame.columns if c.variable is None),
        block_predictors=tuple(
            tuple(c.name for c in frame.columns if c.variable in vs) for vs in asked.blocks
        ),
        rating_noise=about.rating_noise,
        course_seen=tuple(at[c] for c in SEEN if c in frame.carried and not time),
        course_error=about.course_error,
        landmark=about.landmark,
        time=time,
        course=(at[time], at[squared(time)]) if time else (),
        change={at[p.term]: at[change_term(p.term, time)] for p, _, _ in usable} if time else {},
    )


def _truth(meta: dict, scope: Scope, landmark: Landmark | None) -> dict[str, float] | None:
    """The demo's known shares, where the question is one they were made for: under 'shares' those
    after the score at intake, under 'shares_landmark' and 'shares_none' those of the others."""
    known = (meta.get("truth") or {}).get(scope.question, {})
    plain = Scope(scope.dataset)
    if (scope.clinics, scope.factors) != (plain.clinics, plain.factors):
        return None
    if scope.outcome not in ("", meta.get("main_outcome")):
        return None
    if landmark is None or list(landmark.window) != known.get("window"):
        return None
    name = "shares" if scope.adjust == "intake" else f"shares_{scope.adjust}"
    return known.get(name)
