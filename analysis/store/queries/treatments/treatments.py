"""One row a treatment with what became of it: the ground of every outcome rate."""

from dataclasses import dataclass

import duckdb

from analysis.base.errors import RequestError, did_you_mean
from analysis.measures.change import SLACK, ChangeRule
from analysis.measures.instruments import Band
from analysis.store.versions.naming import literal, quoted, somebody

PERIODS = {
    "year": "strftime({day}, '%Y')",
    "quarter": "year({day}) || ' Q' || quarter({day})",
    "month": "strftime({day}, '%Y-%m')",
}
THIRDS = ("lower third", "middle third", "upper third")
OF = "of "  # begins the name of a dimension that is a group of patients: 'of gender'


@dataclass(frozen=True, slots=True)
class PatientGroup:
    """A variable of the episode that says who the patient is. bands: of a number, (lowest value,
    name), the lowest first; what lies below the first is not recorded."""

    name: str
    bands: tuple[tuple[float, str], ...] = ()

    @property
    def dimension(self) -> str:
        return OF + self.name


@dataclass(frozen=True, slots=True)
class TreatmentSpec:
    """How a treatment is read; names are those of the dataset's variables.

    rules: one for each measure, a session-level number; with several, improvement is on any and
    recovery on all (NHS Talking Therapies). model: an episode-level category, '' for none.
    alliance: session-level numbers of one scale, averaged over the sessions of `window`.
    wait: an episode-level number, '' for none; below 0 is not known. per_week: how many of its
    units make a week, 0 where nobody says; referred: whether it begins with the referral. groups:
    who the patients are. bands: of the first measure's intake score, () for thirds. period: one of
    PERIODS. least_sessions: fewer are no finished course. points: session numbers whose scores are
    first and last, None for the first and last scores there are.
    """

    rules: tuple[ChangeRule, ...]
    model: str = ""
    alliance: tuple[str, ...] = ()
    wait: str = ""
    per_week: float = 0.0
    referred: bool = False
    bands: tuple[Band, ...] = ()
    window: tuple[int, int] = (3, 5)
    period: str = "quarter"
    least_sessions: int = 2
    points: tuple[int, int] | None = None
    groups: tuple[PatientGroup, ...] = ()


def build_treatments(cursor, spec: TreatmentSpec, variables) -> str:
    """The temporary table 'treatments' of the cursor, whole dataset; returns its name.

    Columns: episode, patient, again (the patient has other episodes), therapist, clinic, model,
    ending (planned, unplanned, ongoing or NULL), period (of the end, else the last session, else
    the start; NULL without dates), sessions, wait, weeks (of the wait), severity, early, alliance
    (thirds of `early`), first_0, last_0, first_1, …, and the flags finished (not ongoing, sessions
    enough), begun (every measure has a first score), cased (a case by one of them), measured
    (finished, with every first and last score), fresh (the last session has every score),
    at_caseness (measured and cased), improved, deteriorated, recovered, reliably_recovered,
    improved_only, unchanged; a flag is never NULL; and one column a PatientGroup, by the name of
    its dimension.
    variables: the dataset's, as the list of allowed names.
    """
    _check(spec, variables)
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE scored AS {_scored(spec)}")
    low, high, early_low, early_high = cursor.execute(
        "SELECT quantile_cont(first_0, 1/3), quantile_cont(first_0, 2/3), "
        "quantile_cont(early, 1/3), quantile_cont(early, 2/3) FROM scored"
    ).fetchone()
    severity = _severity(spec.bands) if spec.bands else _third("first_0", low, high)
    cursor.execute(
        f"""CREATE OR REPLACE TEMP TABLE treatments AS
        SELECT *, {severity} AS severity, {_third("early", early_low, early_high)} AS alliance,
            measured AND cased AS at_caseness,
            measured AND better AND NOT worse AS improved,
            measured AND worse AND NOT better AS deteriorated,
            measured AND cased AND NOT still AS recovered,
            measured AND cased AND NOT still AND better AND NOT worse AS reliably_recovered,
            measured AND better AND NOT worse AND NOT (cased AND NOT still) AS improved_only,
            measured AND better = worse AS unchanged
        FROM (SELECT *, finished AND complete AS measured FROM ({_joined(spec)}))"""
    )
    return "treatments"


def has_treatments(cursor) -> bool:
    """Whether the cursor is open and has the table: deleting a dataset closes its cursors."""
    try:
        cursor.execute("SELECT episode FROM treatments LIMIT 0")
    except duckdb.Error:
        return False
    return True


def severity_names(spec: TreatmentSpec) -> tuple[str, ...]:
    """The names of the severity bands, the lowest scores first."""
    return tuple(band.name for band in spec.bands) or THIRDS


def intake_sd(cursor, measure: str) -> float | None:
    """Standard deviation (n - 1) of the first scores of all episodes; None with fewer than two.

    measure: a session-level number of the dataset, checked by the caller.
    """
    first = f"arg_min({quoted(measure)}, session)"
    sql = f"SELECT stddev_samp(s) FROM (SELECT {first} AS s FROM session GROUP BY episode)"
    return cursor.execute(sql).fetchone()[0]


def _scored(spec: TreatmentSpec) -> str:
    """One row an episode that has sessions."""
    parts = ["episode", "count(*) AS sessions", "max(session) AS final", "max(date) AS last_date"]
    for k, rule in enumerate(spec.rules):
        score = quoted(rule.measure)
        if spec.points:
            first, last = (f"max({score}) FILTER (session = {int(p)})" for p in spec.points)
            enough = f"({first} IS NOT NULL AND {last} IS NOT NULL)"
        else:
            first, last = f"arg_min({score}, session)", f"arg_max({score}, session)"
            enough = f"(count({score}) > 1)"
        parts += [
            f"{first} AS first_{k}",
            f"{last} AS last_{k}",
            f"{enough} AS enough_{k}",
            f"max(session) FILTER ({score} IS NOT NULL) AS at_{k}",
        ]
    parts.append(f"{_early(spec)} AS early")
    return f"SELECT {', '.join(parts)} FROM session GROUP BY episode"


def _early(spec: TreatmentSpec) -> str:
    """The mean over the components of their means over the early sessions."""
    if not spec.alliance:
        return "NULL::DOUBLE"
    first, last = (int(s) for s in spec.window)
    means = [
        f"avg({quoted(name)}) FILTER (session BETWEEN {first} AND {last})" for name in spec.alliance
    ]
    return f"({' + '.join(means)}) / {len(means)}"


def _joined(spec: TreatmentSpec) -> str:
    """One row an episode, with or without sessions; flags of single rules put together."""
    day = "coalesce(ended, last_date, started)"
    every = range(len(spec.rules))
    scores = ", ".join(f"first_{k}, last_{k}" for k in every)
    complete = " AND ".join(f"coalesce(enough_{k}, false)" for k in every)
    fresh = " AND ".join(f"coalesce(at_{k} = final, false)" for k in every)
    begun = " AND ".join(f"first_{k} IS NOT NULL" for k in every)
    parts = {name: _any(name, spec.rules) for name in ("better", "worse", "cased", "still")}
    flags = ", ".join(f"{sql} AS {name}" for name, sql in parts.items())
    groups = "".join(f", {quoted(group.dimension)}" for group in spec.groups)
    weeks = f"wait / {float(spec.per_week)!r}" if spec.per_week else "NULL::DOUBLE"
    return f"""
        SELECT episode, patient, patient IN (
                SELECT patient FROM episode GROUP BY patient HAVING count(*) > 1) AS again,
            {somebody("therapist")} AS therapist, clinic, model, ending,
            CASE WHEN {day} IS NOT NULL THEN {PERIODS[spec.period].format(day=day)} END AS period,
            coalesce(sessions, 0) AS sessions, wait, {weeks} AS weeks, early{groups},
            {scores}, {flags}, {complete} AS complete, {fresh} AS fresh, {begun} AS begun,
            ending IS DISTINCT FROM 'ongoing'
                AND coalesce(sessions, 0) >= {int(spec.least_sessions)} AS finished
        FROM ({_episodes(spec)}) JOIN (SELECT therapist, clinic FROM therapist) USING (therapist)
        LEFT JOIN scored USING (episode)"""


def _episodes(spec: TreatmentSpec) -> str:
    """The keys and the two variables alone: another variable may be called 'sessions'."""
    model = quoted(spec.model) if spec.model else "NULL::VARCHAR"
    wait = "NULL::DOUBLE"
    if spec.wait:  # a referral after the first session is none
        wait = f"CASE WHEN {quoted(spec.wait)} >= 0 THEN {quoted(spec.wait)} END"
    return (
        "SELECT episode, patient, therapist, started, ended, ending, "
        f"{model} AS model, {wait} AS wait{''.join(map(_group, spec.groups))} FROM episode"
    )


def _group(group: PatientGroup) -> str:
    column = quoted(group.name)
    if not group.bands:
        return f", {column}::VARCHAR AS {quoted(group.dimension)}"
    cases = " ".join(
        f"WHEN {column} >= {float(lowest)!r} THEN {literal(name)}"
        for lowest, name in reversed(group.bands)
    )
    return f", CASE {cases} END AS {quoted(group.dimension)}"


def _any(flag: str, rules: tuple[ChangeRule, ...]) -> str:
    found = [sql for k, rule in enumerate(rules) if (sql := _flag(flag, k, rule))]
    return " OR ".join(f"coalesce({sql}, false)" for sql in found) or "false"


def _flag(flag: str, k: int, rule: ChangeRule) -> str:
    """SQL of one flag of one rule, '' where the rule has no such number."""
    if flag in ("better", "worse"):
        if rule.reliable_change is None:
            return ""
        high, low = (f"first_{k}", f"last_{k}")
        if (flag == "worse") != (rule.sign < 0):
            high, low = low, high
        return f"{high} - {low} >= {rule.reliable_change - SLACK!r}"
    if rule.caseness is None:
        return ""
    score = f"first_{k}" if flag == "cased" else f"last_{k}"
    return f"{score} {'<' if rule.at == 'below' else '>='} {rule.caseness - SLACK!r}"


def _severity(bands: tuple[Band, ...]) -> str:
    cases = " ".join(
        f"WHEN first_0 >= {float(b.lowest)!r} THEN {literal(b.name)}" for b in reversed(bands)
    )
    return f"CASE {cases} END"


def _third(column: str, low: float | None, high: float | None) -> str:
    if low is None:
        return "NULL::VARCHAR"
    return (
        f"CASE WHEN {column} <= {low!r} THEN '{THIRDS[0]}' WHEN {column} <= {high!r} THEN "
        f"'{THIRDS[1]}' WHEN {column} IS NOT NULL THEN '{THIRDS[2]}' END"
    )


def _check(spec: TreatmentSpec, variables) -> None:
    if not spec.rules:
        raise RequestError("No outcome measure is chosen", next_step="choose at least one")
    if spec.period not in PERIODS:
        raise RequestError(
            f"There is no period '{spec.period}'", allowed=", ".join(PERIODS), where="option period"
        )
    for unit, kind, names in (
        ("session", "number", [r.measure for r in spec.rules]),
        ("session", "number", spec.alliance),
        ("episode", "category", [spec.model] if spec.model else []),
        ("episode", "number", [spec.wait] if spec.wait else []),
        ("episode", "category", [g.name for g in spec.groups if not g.bands]),
        ("episode", "number", [g.name for g in spec.groups if g.bands]),
    ):
        known = [v.name for v in variables if v.unit == unit and v.kind == kind]
        for name in names:
            if name not in known:
                raise RequestError(
                    f"'{name}' is no {kind} of the dataset's {unit}s",
                    where="outcomes",
                    allowed=", ".join(known) or f"none: the dataset has no {kind} there",
                    next_step=did_you_mean(name, known) or "choose one of these",
                )
