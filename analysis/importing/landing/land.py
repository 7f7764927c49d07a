"""The judged rows become the four tables of a dataset version."""

from analysis.importing.findings.quarantine import Ledger, Problem
from analysis.importing.landing.courses import ask_about_courses, warn_of_ends
from analysis.importing.landing.repeated import refuse_repeated
from analysis.importing.landing.told_in_parts import join_parts, name_by_date
from analysis.importing.meaning.plan import Plan
from analysis.store.versions.hardened import one_row
from analysis.store.versions.naming import UNKNOWN, quoted

_UNITS = ("clinic", "therapist", "episode", "session")


def land(connection, plan: Plan, ledger: Ledger) -> None:
    """Inserts clinics, therapists, episodes and sessions. The variables' columns exist already."""
    _mark_sessions(connection, plan, ledger)
    _order_sessions(connection, plan, ledger)
    _join_rows(connection, plan, ledger)
    _insert_sessions(connection, plan)
    _insert_episodes(connection, plan, ledger)
    _insert_therapists(connection, plan, ledger)
    _insert_clinics(connection, plan, ledger)
    _warn_of_gaps(connection, ledger)
    warn_of_ends(connection, ledger)


def _mark_sessions(connection, plan: Plan, ledger: Ledger) -> None:
    """`numbered`: the session rows with their episode and the mark that tells them apart."""
    values = _values(plan)
    content = ", ".join(["c.session", "c.date", "c.weeks", *(f"c.{v}" for v in values)])
    # Without session numbers the date (or the weeks) tells sessions apart and orders them.
    connection.execute(
        "CREATE TEMP TABLE numbered AS SELECT u.episode, u.therapist, u.clinic, u.patient, c.*"
        ' EXCLUDE (episode, therapist, clinic, patient, "set"), '
        "CASE WHEN c.session IS NOT NULL THEN 'n' || c.session WHEN c.date IS NOT NULL "
        "THEN 'd' || c.date WHEN c.weeks IS NOT NULL THEN 'w' || c.weeks END AS mark, "
        f'hash({content}) AS content FROM cells_session c JOIN unit_rows u USING ("set")'
    )
    for staged in plan.files:
        if staged.file.role == "session":
            problem = Problem(
                "", "empty", "has neither a session number nor a date", "fill in one of them"
            )
            rows = f"FROM numbered WHERE mark IS NULL AND file = {staged.index}"
            ledger.refuse(staged.index, rows, problem)
    connection.execute("DELETE FROM numbered WHERE mark IS NULL")


def _order_sessions(connection, plan: Plan, ledger: Ledger) -> None:
    """`ordered`: each session once, with its number."""
    by = ask_about_courses(connection, plan, ledger)
    name_by_date(connection)
    join_parts(connection, ledger)
    refused = refuse_repeated(
        plan, ledger, "numbered", "session", "episode, mark", "a session of the same episode"
    )
    if refused:
        ledger.warn(f"{refused} rows repeat a session; equal rows are kept once, others not at all")
    number = "session"
    if by == "dates":
        number = (
            "CAST(row_number() OVER (PARTITION BY episode ORDER BY date NULLS LAST, session, line) "
            "AS INTEGER)"
        )
    elif not all(plan.column(s, "session") for s in plan.files if s.file.role == "session"):
        number = (
            "coalesce(session, row_number() OVER (PARTITION BY episode, session IS NULL "
            "ORDER BY date NULLS LAST, weeks, line))"
        )
    connection.execute(
        "CREATE TEMP VIEW ordered AS "
        f"SELECT * EXCLUDE (mark, content) REPLACE ({number} AS session) FROM numbered"
    )


def _join_rows(connection, plan: Plan, ledger: Ledger) -> None:
    """`episode_file`, `therapist_file`, `clinic_file`: the other files' rows, with final names."""
    content = ", ".join(["started", "ended", "ending", *(f"c.{v}" for v in _values(plan))])
    joins = {
        "episode": "u.episode, u.patient, u.therapist, u.clinic FROM cells_episode c "
        'JOIN unit_rows u USING ("set")',
        "therapist": "n.therapist, n.clinic FROM cells_therapist c JOIN therapist_names n "
        "ON n.code = c.therapist AND (c.clinic IS NULL OR c.clinic = n.clinic)",
        "clinic": "c.clinic FROM cells_clinic c WHERE c.clinic IS NOT NULL",
    }
    for role, join in joins.items():
        extra = ', "set"' if role == "episode" else ""
        connection.execute(
            f"CREATE TEMP TABLE {role}_file AS SELECT c.* EXCLUDE "
            f"(episode, patient, therapist, clinic, session{extra}), "
            f"hash({content}) AS content, {join}"
        )
        for staged in plan.files:
            if staged.file.role == role and role != "episode":
                column = plan.column(staged, role)
                problem = Problem(column, "empty", f"names no {role}", "fill it in")
                rows = f"FROM cells_{role} WHERE {role} IS NULL AND file = {staged.index}"
                ledger.refuse(staged.index, rows, problem)
        refused = refuse_repeated(plan, ledger, f"{role}_file", role, role, f"the same {role}")
        if refused:
            ledger.warn(f"{refused} rows repeat a {role}; equal rows are kept once")


def _insert_sessions(connection, plan: Plan) -> None:
    names, values = _named(plan, "session")
    connection.execute(
        f"INSERT INTO session (episode, session, date, weeks_since_intake{names}) "
        "WITH first AS (SELECT episode, coalesce(min(started), min(date)) AS day FROM ("
        "SELECT episode, started, date FROM ordered UNION ALL "
        "SELECT episode, started, NULL FROM episode_file) GROUP BY episode) "
        "SELECT o.episode, o.session, o.date, "
        f"coalesce(date_diff('day', first.day, o.date) / 7.0, o.weeks){values} "
        "FROM ordered o LEFT JOIN first USING (episode) ORDER BY o.episode, o.session"
    )


def _insert_episodes(connection, plan: Plan, ledger: Ledger) -> None:
    """One row for each episode of a kept session or a kept row of an episode file."""
    names, values = _named(plan, "episode")
    keys = "file, line, episode, patient, therapist, clinic, started, ended, ending"
    columns = "".join(f", v{i}" for i in _unit_variables(plan, "episode"))
    connection.execute(
        f"CREATE TEMP TABLE episode_rows AS SELECT 1 AS source, {keys}{columns} FROM episode_file "
        f"UNION ALL SELECT 2, {keys}{columns} FROM ordered"
    )
    firsts = ", ".join(
        f"{_first(c)} AS {c}" for c in ("started", "ended", "ending", *columns.split(", ")[1:])
    )
    connection.execute(
        "CREATE TEMP TABLE episode_firsts AS SELECT episode, min(patient) AS patient, "
        f"min(therapist) AS therapist, {firsts} FROM episode_rows GROUP BY episode"
    )
    connection.execute(
        f"INSERT INTO episode (episode, patient, therapist, started, ended, ending{names}) "
        f"SELECT o.episode, patient, therapist, started, ended, ending{values} FROM episode_firsts "
        "o LEFT JOIN (SELECT episode, min(date) AS day FROM ordered GROUP BY episode) first "
        "USING (episode) ORDER BY o.episode"
    )
    _warn_of_late_referrals(connection, plan, ledger)
    _warn_of_conflicts(connection, plan, ledger, "episode", "episode_rows")


def _insert_therapists(connection, plan: Plan, ledger: Ledger) -> None:
    _insert_coarse(connection, plan, ledger, "therapist", ", clinic", ", min(clinic) AS clinic")


def _insert_clinics(connection, plan: Plan, ledger: Ledger) -> None:
    # Clinics that only a therapist without variables names are in the therapist table by now.
    _insert_coarse(connection, plan, ledger, "clinic", "", "")


def _insert_coarse(connection, plan, ledger: Ledger, unit: str, keys: str, picked: str) -> None:
    """One row for each therapist (or clinic) that any kept row names."""
    names, values = _named(plan, unit)
    indices = _unit_variables(plan, unit)
    columns = "".join(f", v{i}" for i in indices)
    empty = "".join(f", NULL AS v{i}" for i in indices)
    sources = [f"SELECT file, line, {unit}{keys}{columns} FROM {unit}_file"]
    sources += [f"SELECT file, line, {unit}{keys}{columns} FROM {t}" for t in _finer_tables(unit)]
    if unit == "clinic":
        sources.append(f"SELECT NULL AS file, NULL AS line, clinic{empty} FROM therapist")
    rows = " UNION ALL BY NAME ".join(sources)
    connection.execute(f"CREATE TEMP TABLE {unit}_rows AS {rows}")
    firsts = "".join(f", {_first(f'v{i}', source=False)} AS v{i}" for i in indices)
    connection.execute(
        f"INSERT INTO {unit} ({unit}{keys}{names}) SELECT o.{unit}{keys}{values} FROM ("
        f"SELECT {unit}{picked}{firsts} FROM {unit}_rows GROUP BY {unit}) o ORDER BY o.{unit}"
    )
    _warn_of_conflicts(connection, plan, ledger, unit, f"{unit}_rows")


def _finer_tables(unit: str) -> tuple[str, ...]:
    if unit == "therapist":
        return ("episode_file", "ordered")
    return ("therapist_file", "episode_file", "ordered")


def _first(column: str, source: bool = True) -> str:
    """SQL: the first value that is not missing, episode files before session files."""
    order = "(source, file, line)" if source else "(file, line)"
    return f"arg_min({column}, {order}) FILTER ({column} IS NOT NULL)"


def _warn_of_conflicts(connection, plan: Plan, ledger: Ledger, unit: str, table: str) -> None:
    """A value that changes within its unit: the first is kept, and it is said how often."""
    _count_superseded(connection, plan, ledger, unit, table)
    for i in _unit_variables(plan, unit):
        conflicts = connection.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM {table} GROUP BY {unit} "
            f"HAVING min(v{i}) <> max(v{i}))"
        ).fetchone()[0]
        if conflicts:
            name = plan.mapping.variables[i].name
            ledger.warn(
                f"'{name}' is measured once in each {unit} but differs between the rows of "
                f"{conflicts} of them; the first value is kept"
            )


def _count_superseded(connection, plan: Plan, ledger: Ledger, unit: str, table: str) -> None:
    """Cells of a unit's values that another row's value took the place of."""
    own = [(i, plan.mapping.variables[i]) for i in _unit_variables(plan, unit)]
    landed = {f"v{i}": quoted(v.name) for i, v in own if not v.items}
    if unit == "episode":
        landed |= {key: key for key in ("started", "ended", "ending")}
    dated = {f"v{i}" for i, v in own if v.dated}  # what lands of them are days
    for column, name in landed.items():
        lies, name = ("episode_firsts", column) if column in dated else (unit, name)
        counts = connection.execute(
            f"SELECT r.file, count(*) FROM {table} r JOIN {lies} u USING ({unit}) "
            f"WHERE r.{column} IS DISTINCT FROM u.{name} AND r.{column} IS NOT NULL "
            "AND r.file IS NOT NULL GROUP BY ALL"
        ).fetchall()
        ledger.superseded.update(dict(counts))


def _warn_of_gaps(connection, ledger: Ledger) -> None:
    counts = connection.execute(
        "SELECT (SELECT count(*) FROM episode ANTI JOIN session USING (episode)), "
        "(SELECT count(*) FROM therapist t ANTI JOIN episode e ON e.therapist = t.therapist "
        "WHERE t.therapist <> ?), "
        "(SELECT count(*) FROM session WHERE weeks_since_intake < 0)",
        [UNKNOWN],
    ).fetchone()
    sentences = (
        "{} episodes have no session; they are kept as not started",
        "{} therapists have no episode; they are kept",
        "{} sessions lie before the start of their episode; they are kept",
    )
    for count, sentence in zip(counts, sentences, strict=True):
        if count:
            ledger.warn(sentence.format(count))


def _warn_of_late_referrals(connection, plan: Plan, ledger: Ledger) -> None:
    for i in _dated(plan, "episode"):
        name = plan.mapping.variables[i].name
        (late,) = one_row(connection, f"SELECT count(*) FROM episode WHERE {quoted(name)} < 0")
        if late:
            ledger.warn(
                f"in {late} episodes the day in '{plan.mapping.variables[i].source}' comes after "
                f"the first session: '{name}' is below 0 there, and counts as not known in outcomes"
            )


def _dated(plan: Plan, unit: str) -> list[int]:
    """Positions of the unit's variables whose columns hold dates."""
    return [i for i in _unit_variables(plan, unit) if plan.mapping.variables[i].dated]


def _values(plan: Plan) -> list[str]:
    return [f"v{i}" for i in range(len(plan.mapping.variables))]


def _unit_variables(plan: Plan, unit: str) -> list[int]:
    return [i for i, v in enumerate(plan.mapping.variables) if v.unit == unit]


def _named(plan: Plan, unit: str) -> tuple[str, str]:
    """The unit's variables as a list of column names and of the values they come from."""
    indices = _unit_variables(plan, unit)
    names = "".join(f", {quoted(plan.mapping.variables[i].name)}" for i in indices)
    days = "date_diff('day', o.v{}, coalesce(first.day, o.started))"
    values = {i: f"o.v{i}" for i in indices} | {i: days.format(i) for i in _dated(plan, unit)}
    return names, "".join(f", {value}" for value in values.values())
