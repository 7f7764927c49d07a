"""The rows that a partition is computed on, at the grain of its question.

All frames have the columns clinic, therapist, patient, treatment (the episode's key), y, the
scores that are adjusted for (intake, current) and x1 … xm, one for each number and for each level
of a category but the first.
"""

from dataclasses import dataclass, replace

from analysis.base.errors import ModelError
from analysis.measures.conventions import MOST_CATEGORIES
from analysis.measures.variables import Variable
from analysis.store.versions.naming import ALONE, literal, quoted, somebody


@dataclass(frozen=True, slots=True)
class FrameSpec:
    """outcome: a session-level number. predictors: the variables of all blocks.

    adjust: 'intake' (the score at intake is a column), 'landmark' (a treatment's course up to the
    window's end will be; see `course_columns.py`) or 'none'. window: first and last session
    number that count as early; its end is the landmark. clinics: only these; empty = all. within:
    of sessions, the weeks within which the one after counts as the next; None for the next number.
    """

    outcome: Variable
    predictors: tuple[Variable, ...]
    adjust: str
    window: tuple[int, int]
    clinics: tuple[str, ...] = ()
    within: float | None = None


@dataclass(frozen=True, slots=True)
class FrameColumn:
    """One predictor column: x1, x2, …; term: 'age' or 'employed[yes]'; unit: where it varies.

    variable: the predictor's, None for a score that is adjusted for. within: whether only its
    part within patients is used.
    """

    name: str
    term: str
    unit: str
    variable: Variable | None
    within: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """relation: a temporary table of the cursor. rows_out: reason -> rows left out.

    time: what the column t of a growth frame counts, '' in other frames. carried: further columns
    of numbers that are no predictors. weights: the column of the rows' prior weights, '' for none.
    """

    relation: str
    columns: tuple[FrameColumn, ...]
    rows: int
    rows_out: dict[str, int]
    time: str = ""
    carried: tuple[str, ...] = ()
    weights: str = ""


def episode_frame(cursor, spec: FrameSpec) -> Frame:
    """One row a treatment: y is its last score, which lies after the early window; intake its
    first, which lies before the window's end.

    Session-level predictors are means over the early window (missing forms left out of the mean).
    """
    outcome = quoted(spec.outcome.name)
    at_session = [v for v in spec.predictors if v.unit == "session"]
    window = " AND ".join(["session >= ?", "session <= ?"])
    means = [f"avg({quoted(v.name)}) FILTER ({window}) AS {_own(v)}" for v in at_session]
    sql = f"""
        SELECT episode,
            arg_max({outcome}, session) FILTER ({outcome} IS NOT NULL) AS y,
            arg_min({outcome}, session) FILTER ({outcome} IS NOT NULL) AS intake,
            min(session) FILTER ({outcome} IS NOT NULL) AS entry,
            max(session) FILTER ({outcome} IS NOT NULL) AS final,
            count({outcome}) AS scores{"".join(", " + m for m in means)}
        FROM session GROUP BY episode"""
    values = [*spec.window] * len(means)
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE scored AS {sql}", values)
    reasons = {
        "no outcome score": "coalesce(scores, 0) = 0",
        **_not_in_order(spec, "final"),
        f"no early value (sessions {spec.window[0]} to {spec.window[1]})": _any_missing(at_session),
        "a predictor is missing": _any_missing(v for v in spec.predictors if v.unit != "session"),
    }
    start = "scored RIGHT JOIN episode USING (episode)"
    return _frame(cursor, spec, start, reasons, [], "scores, entry, final")


def _not_in_order(spec: FrameSpec, last: str) -> dict[str, str]:
    """Why a treatment's scores do not lie around the predictors: reason -> condition."""
    landmark = int(spec.window[1])
    after = {f"no score after session {landmark}": f"{last} <= {landmark}"}
    if spec.adjust == "none":
        return after
    return {f"no score before session {landmark}": f"entry >= {landmark}"} | after


def session_frame(cursor, spec: FrameSpec) -> Frame:
    """One row a session that another one follows: y is the score at the next session (the next
    number, or the one after if it lies within so many weeks), current this session's, intake the
    episode's first; session-level predictors are this session's. Only the part of current within
    patients is used: a patient's mean score over the same sessions would leave nothing of the
    differences between patients to explain."""
    outcome = quoted(spec.outcome.name)
    at_session = [v for v in spec.predictors if v.unit == "session"]
    own = "".join(f", {quoted(v.name)} AS {_own(v)}" for v in at_session)
    cursor.execute(f"""
        CREATE OR REPLACE TEMP TABLE scored AS
        SELECT episode, session AS number, {outcome} AS current{own},
            first_value({outcome} IGNORE NULLS) OVER whole AS intake,
            lead({outcome}) OVER follow AS y, lead(session) OVER follow AS following,
            lead(weeks_since_intake) OVER follow - weeks_since_intake AS weeks_later
        FROM session WINDOW follow AS (PARTITION BY episode ORDER BY session),
            whole AS (PARTITION BY episode ORDER BY session
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)""")
    reasons = {
        "no session follows": "following IS NULL",
        **_no_next(spec),
        "the next session has no outcome score": "y IS NULL",
        "this session has no outcome score": "current IS NULL",
        "a session's predictor is missing": _any_missing(at_session),
        "a patient's or therapist's predictor is missing": _any_missing(
            v for v in spec.predictors if v.unit != "session"
        ),
    }
    current = FrameColumn("current", f"{spec.outcome.name} this session", "session", None, True)
    start = "scored JOIN episode USING (episode)"
    extra = "following, number, weeks_later, current"
    return _frame(cursor, spec, start, reasons, [current], extra)


def _no_next(spec: FrameSpec) -> dict[str, str]:
    """Why the session after is not the next: reason -> condition."""
    if spec.within is None:
        return {"the next session number is missing": "following <> number + 1"}
    weeks = float(spec.within)
    return {
        "when the session after took place is not known": "weeks_later IS NULL",
        f"the session after lies more than {weeks:g} weeks later": f"weeks_later > {weeks!r}",
    }


def growth_frame(cursor, spec: FrameSpec) -> Frame:
    """One row a session with an outcome score after the early window: y is that score, t the time
    since the landmark, the window's end.

    Predictors are the patient's own: those rated in sessions are means over the early window, as
    in `episode_frame`. t counts weeks since the treatment's last session up to the landmark where
    every row has them, else session numbers.
    """
    outcome = quoted(spec.outcome.name)
    at_session = [v for v in spec.predictors if v.unit == "session"]
    window, landmark = "session >= ? AND session <= ?", int(spec.window[1])
    means = "".join(
        f", avg({quoted(v.name)}) FILTER ({window}) OVER whole AS {_own(v)}" for v in at_session
    )
    cursor.execute(
        f"""CREATE OR REPLACE TEMP TABLE scored AS
        SELECT episode, session AS number, weeks_since_intake
                - max(weeks_since_intake) FILTER (session <= {landmark}) OVER whole AS weeks,
            {outcome} AS y, first_value({outcome} IGNORE NULLS) OVER course AS intake,
            min(session) FILTER ({outcome} IS NOT NULL) OVER whole AS entry{means}
        FROM session WINDOW whole AS (PARTITION BY episode), course AS (PARTITION BY episode
            ORDER BY session ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)""",
        [*spec.window] * len(at_session),
    )
    reasons = {
        "the session has no outcome score": "y IS NULL",
        f"the score lies before session {landmark + 1}": f"number <= {landmark}",
        **dict(list(_not_in_order(spec, "number").items())[:-1]),
        f"no early value (sessions {spec.window[0]} to {spec.window[1]})": _any_missing(at_session),
        "a patient's or therapist's predictor is missing": _any_missing(
            v for v in spec.predictors if v.unit != "session"
        ),
    }
    start = "scored JOIN episode USING (episode)"
    frame = _frame(
        cursor, spec, start, reasons, [], "number, weeks, entry", carried="number, weeks"
    )
    (missing,) = cursor.execute("SELECT count(*) - count(weeks) FROM frame").fetchone()
    t, time = ("weeks", f"weeks since session {landmark}")
    if missing:
        t, time = (f"number - {landmark}", f"sessions since session {landmark}")
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE timed AS SELECT *, ({t})::DOUBLE AS t FROM frame")
    columns = tuple(replace(c, unit="episode") if c.unit == "session" else c for c in frame.columns)
    return replace(frame, relation="timed", columns=columns, time=time)


def _frame(
    cursor, spec: FrameSpec, start: str, reasons, scores, extra: str, carried: str = ""
) -> Frame:
    """Join the outer units, count why rows are left out, and keep the complete ones.

    reasons: reason -> condition, the first that holds counts. scores: columns that are always
    adjusted for. extra: further columns of `start` that the conditions need; carried: those of
    them that the frame keeps.
    """
    kept = [
        f"episode.{quoted(v.name)} AS {_own(v)}" for v in spec.predictors if v.unit == "episode"
    ]
    kept += [
        f"{v.unit}.{quoted(v.name)} AS {_own(v)}"
        for v in spec.predictors
        if v.unit in ("therapist", "clinic")
    ]
    kept += [_own(v) for v in spec.predictors if v.unit == "session"]
    some = f"WHERE clinic.clinic IN ({', '.join('?' * len(spec.clinics))})" if spec.clinics else ""
    cursor.execute(
        f"""CREATE OR REPLACE TEMP TABLE candidates AS
        SELECT clinic.clinic AS clinic, {_therapist()} AS therapist,
            episode.patient AS patient, episode AS treatment,
            y, intake, {extra}{"".join(", " + k for k in kept)}
        FROM {start}
        JOIN therapist ON episode.therapist = therapist.therapist
        JOIN clinic ON therapist.clinic = clinic.clinic {some}""",
        list(spec.clinics),
    )
    cases = " ".join(f"WHEN {c} THEN {i}" for i, c in enumerate(reasons.values()))
    reason = f"CASE {cases} ELSE -1 END"
    counted = cursor.execute(
        f"SELECT {reason} AS reason, count(*) FROM candidates GROUP BY reason"
    ).fetchall()
    counts = dict(counted)
    complete = f"SELECT * FROM candidates WHERE {reason} = -1"
    intake = FrameColumn("intake", f"{spec.outcome.name} at intake", "episode", None)
    adjusted = [*scores, *[intake] * (spec.adjust == "intake")]
    columns = [(c, c.name) for c in adjusted] + predictor_columns(cursor, spec, complete)
    picked = ", ".join(
        [
            "clinic, therapist, patient, treatment, y",
            *([carried] if carried else []),
            *(f"{s} AS {c.name}" for c, s in columns),
        ]
    )
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE frame AS SELECT {picked} FROM ({complete})")
    names = tuple(reasons)
    out = {names[i]: n for i, n in sorted(counts.items()) if i >= 0}
    return Frame("frame", tuple(c for c, _ in columns), counts.get(-1, 0), out)


def _therapist() -> str:
    """The therapist; where others have one and this treatment names none, its patient alone stands
    in the place: a group of one, from which no difference between therapists is told (Flight et al.
    2016, doi:10.1186/s12874-016-0249-5)."""
    named = f"(SELECT count({somebody('therapist')}) > 0 FROM therapist)"
    alone = f"'{ALONE}' || episode.therapist || '/' || episode.patient"
    key = somebody("therapist.therapist")
    return f"coalesce({key}, CASE WHEN {named} THEN {alone} ELSE therapist.therapist END)"


def predictor_columns(cursor, spec: FrameSpec, complete: str) -> list[tuple[FrameColumn, str]]:
    """Each column with the SQL that makes it from the candidates."""
    out = []
    for variable in spec.predictors:
        own = _own(variable)
        if variable.kind == "number":
            out.append((variable.name, variable, own))
            continue
        sql = f"SELECT DISTINCT {own} FROM ({complete}) WHERE {own} IS NOT NULL"
        levels = sorted(r[0] for r in cursor.execute(sql).fetchall())
        if len(levels) > MOST_CATEGORIES:
            raise ModelError(
                f"'{variable.name}' has {len(levels)} categories, too many to be a predictor",
                where=f"variable '{variable.name}'",
                allowed=f"at most {MOST_CATEGORIES} categories",
                next_step="merge categories, or take it out of its factor in the dictionary",
            )
        out += [
            (f"{variable.name}[{v}]", variable, f"({own} = {literal(v)})::DOUBLE")
            for v in levels[1:]
        ]
    return [(FrameColumn(f"x{i}", t, v.unit, v), s) for i, (t, v, s) in enumerate(out, start=1)]


def _any_missing(variables) -> str:
    return " OR ".join(f"{_own(v)} IS NULL" for v in variables) or "false"


def _own(variable: Variable) -> str:
    """A column name that cannot meet a key of the tables."""
    return quoted(f"value of {variable.name}")
