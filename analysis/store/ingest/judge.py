"""Cell by cell: text becomes ids, numbers, categories and dates, or the row is refused.

Everything is one SQL statement a column, whatever the number of rows. The result is a
temporary table `cells_<unit>` for each kind of file, with the columns file, line, the keys and
v0, v1, … (the mapping's variables by position).
"""

from datetime import date as Day

from analysis.measures.instruments import instruments
from analysis.store.ingest import cells
from analysis.store.ingest.ledger import Ledger, Problem
from analysis.store.ingest.mapping import KEYS, MappedVariable, Mapping
from analysis.store.ingest.plan import Plan, endings_of
from analysis.store.ingest.read import Staged
from analysis.store.ingest.sniff import refused
from analysis.store.naming import literal

OLDEST = Day(1950, 1, 1)
CODES = (-999, -99, -9, -8, -7, -1, 88, 99, 888, 999, 8888, 9999)
_TEXT_KEYS = ("clinic", "therapist", "patient", "episode")
_TYPES = {"session": "INTEGER", "weeks": "DOUBLE", **dict.fromkeys(
    ("date", "started", "ended"), "DATE")}  # fmt: skip


def judge(connection, plan: Plan, ledger: Ledger) -> None:
    """Fills `cells_session`, `cells_episode`, `cells_therapist` and `cells_clinic`."""
    orders = {}
    for key in ("date", "started", "ended"):
        for staged in plan.files:
            if plan.column(staged, key):
                orders[staged.index, key] = _date_order(connection, plan, staged, key)
    for role in ("clinic", "therapist", "episode", "session"):
        variables = _columns_of(plan.mapping)
        connection.execute(f"CREATE TEMP TABLE cells_{role} ({variables})")
        for staged in plan.files:
            if staged.file.role == role:
                _judge_file(connection, plan, staged, ledger, orders)


def _columns_of(mapping: Mapping) -> str:
    keys = [f"{key} {_TYPES.get(key, 'VARCHAR')}" for key in KEYS]
    kinds = ["DOUBLE" if v.kind == "number" else "VARCHAR" for v in mapping.variables]
    values = [f"v{i} {kind}" for i, kind in enumerate(kinds)]
    return ", ".join(["file INTEGER", "line BIGINT", *keys, *values])


def _judge_file(connection, plan: Plan, staged: Staged, ledger: Ledger, orders: dict) -> None:
    """Refuses the rows with a cell that has no meaning; the others go to cells_<role>."""
    _refuse_nul(staged, ledger)
    chosen = {"file": str(staged.index), "line": "line"}
    for key in KEYS:
        column = plan.column(staged, key)
        if column:
            order = orders.get((staged.index, key), "")
            chosen[key] = _judge_key(plan, staged, key, order, ledger)
    for i, variable in plan.variables_of(staged):
        chosen[f"v{i}"] = _judge_variable(connection, plan, staged, variable, ledger)
    connection.execute(
        f"INSERT INTO cells_{staged.file.role} ({', '.join(chosen)}) "
        f"SELECT {', '.join(chosen.values())} FROM {staged.table} "
        "WHERE line NOT IN (SELECT line FROM problem WHERE file = ?)",
        [staged.index],
    )


def _refuse_nul(staged: Staged, ledger: Ledger) -> None:
    held = " OR ".join(f"contains({c}, chr(0))" for c in staged.columns.values())
    problem = Problem(
        "", "damaged text", "it holds a NUL byte", "export the file again, or delete the byte"
    )
    ledger.refuse(staged.index, f"FROM {staged.table} WHERE {held}", problem)


def _judge_key(plan: Plan, staged: Staged, key: str, order: str, ledger: Ledger) -> str:
    """Refuses what cannot be this key; returns the SQL of its value."""
    name = plan.column(staged, key)
    column = staged.columns[name]
    if key in _TEXT_KEYS:
        return cells.present(column, plan.mapping.missing_ids)
    text = cells.present(column, plan.mapping.missing)
    if key == "session":
        return _judge_session(staged, name, text, ledger)
    if key == "weeks":
        value = f"coalesce({cells.number(text, '.')}, {cells.number(text, ',')})"
        problem = Problem(name, "text", "is not a number of weeks", "correct it, or leave it empty")
        _refuse(staged, ledger, f"{text} IS NOT NULL AND {value} IS NULL", problem, column)
        return value
    if key == "ending":
        return _judge_ending(plan, staged, name, text, ledger)
    return _judge_date(staged, name, text, order, ledger, key != "ended")


def _judge_session(staged: Staged, name: str, text: str, ledger: Ledger) -> str:
    value, column = cells.session_number(text), staged.columns[name]
    for condition, kind in ((f"{text} IS NULL", "empty"), (f"{text} IS NOT NULL", "text")):
        problem = Problem(
            name,
            kind,
            "is not a session number (a whole number from 0 on)",
            "number this session, or leave the row out",
        )
        _refuse(staged, ledger, f"{condition} AND {value} IS NULL", problem, column)
    return value


def _judge_ending(plan: Plan, staged: Staged, name: str, text: str, ledger: Ledger) -> str:
    known = endings_of(plan.mapping)
    cases = " ".join(f"WHEN {literal(k)} THEN {literal(v)}" for k, v in known.items())
    value = f"CASE lower({text}) {cases} END"
    unknown = ledger.connection.execute(
        f"SELECT count(*) FROM {staged.table} WHERE {text} IS NOT NULL AND {value} IS NULL"
    ).fetchone()[0]
    if unknown:
        ledger.warn(
            f"{staged.name}: {unknown} rows have an ending in '{name}' that is not known; it is "
            "left empty (name them under [endings] in the mapping)"
        )
    return value


def _judge_date(staged, name: str, text: str, order: str, ledger: Ledger, past: bool) -> str:
    value, column = cells.date(text, order), staged.columns[name]
    unreadable = Problem(
        name, "text", "is not a date that exists", "write it as year-month-day (2026-03-31)"
    )
    _refuse(staged, ledger, f"{text} IS NOT NULL AND {value} IS NULL", unreadable, column)
    latest = Day.today().isoformat() if past else "2100-01-01"
    impossible = Problem(
        name, "date", f"is before {OLDEST} or in the future", "correct it, or leave it empty"
    )
    outside = f"{value} NOT BETWEEN DATE '{OLDEST}' AND DATE '{latest}'"
    _refuse(staged, ledger, outside, impossible, column)
    return value


def _date_order(connection, plan: Plan, staged: Staged, key: str) -> str:
    """'dmy' or 'mdy', proven by the column or said in the mapping; refused when open."""
    name = plan.column(staged, key)
    text = cells.present(staged.columns[name], plan.mapping.missing)
    day_first, month_first, either = connection.execute(
        f"SELECT {cells.date_votes(text)} FROM {staged.table}"
    ).fetchone()
    if plan.mapping.dates:
        return plan.mapping.dates
    if either and bool(day_first) == bool(month_first):
        raise refused(
            "The dates can be read as day/month or as month/day, and nothing decides it",
            f"{staged.name}, column '{name}'",
            'add dates = "dmy" or dates = "mdy" to the mapping',
        )
    return "mdy" if month_first else "dmy"


def _judge_variable(connection, plan, staged, variable: MappedVariable, ledger) -> str:
    """Refuses what the variable cannot be; returns the SQL of its value."""
    name = plan.source(staged, variable)
    column = staged.columns[name]
    text = cells.present(column, (*plan.mapping.missing, *variable.missing))
    if variable.kind == "category":
        return text
    decimal = variable.decimal or _decimal(connection, staged, text, name, ledger)
    value = cells.number(text, decimal)
    _refuse_no_number(staged, name, text, value, column, ledger)
    _judge_range(staged, variable, name, value, column, ledger)
    _warn_of_codes(connection, staged, variable, name, value, ledger)
    _warn_of_fractions(connection, staged, variable, name, value, ledger)
    return value


def _decimal(connection, staged: Staged, text: str, name: str, ledger: Ledger) -> str:
    """The column's decimal sign: ',' when some number has one and none has a point."""
    commas, points, grouped = connection.execute(
        f"SELECT count(*) FILTER (regexp_full_match({text}, '[+-]?\\d*,\\d+')), "
        f"count(*) FILTER (regexp_full_match({text}, '[+-]?\\d*\\.\\d*')), "
        f"count(*) FILTER (regexp_full_match({text}, '[+-]?[1-9]\\d{{0,2}}(,\\d{{3}})+')) "
        f"FROM {staged.table}"
    ).fetchone()
    if commas and not points and commas == grouped:
        raise refused(
            "Each comma in these numbers can be a decimal sign or a thousands mark",
            f"{staged.name}, column '{name}'",
            'add decimal = "," to the variable in the mapping if it is the decimal sign; '
            "otherwise export the numbers without thousands marks",
        )
    return "," if commas and not points else "."


def _refuse_no_number(staged, name, text, value, column, ledger: Ledger) -> None:
    infinite = f"regexp_full_match(lower({text}), '[+-]?inf(inity)?')"
    remedy = "correct it, leave it empty, or add the text to missing = [...] in the mapping"
    problems = (
        (infinite, Problem(name, "infinity", "is infinite", remedy)),
        (
            f"{text} IS NOT NULL AND {value} IS NULL AND NOT {infinite}",
            Problem(name, "text", "is not a number", remedy),
        ),
        (
            f"abs({value}) > {cells.LARGEST}",
            Problem(name, "number", "is too large to be a measurement", remedy),
        ),
    )
    for condition, problem in problems:
        _refuse(staged, ledger, condition, problem, column)


def _judge_range(staged, variable: MappedVariable, name, value, column, ledger: Ledger) -> None:
    limits = []
    if variable.minimum is not None:
        limits.append(f"{value} < {variable.minimum!r}")
    if variable.maximum is not None:
        limits.append(f"{value} > {variable.maximum!r}")
    if not limits:
        return
    outside = f"({' OR '.join(limits)}) AND abs({value}) <= {cells.LARGEST}"
    scale = variable.label or variable.name
    low, high = (_plain(limit) for limit in (variable.minimum, variable.maximum))
    reason = f"is outside the range of {scale}: {low} to {high}"
    if variable.out_of_range == "quarantine":
        remedy = 'correct it, or set out_of_range = "keep" for this variable in the mapping'
        _refuse(staged, ledger, outside, Problem(name, "number", reason, remedy), column)
        return
    kept = _count(ledger.connection, staged, outside)
    if kept:
        ledger.warn(f"{staged.name}: {kept} rows are kept although '{name}' {reason}")


def _warn_of_codes(connection, staged, variable, name, value, ledger: Ledger) -> None:
    """Numbers such as 99 that stand far from all others are likely to mean 'missing'."""
    codes = ", ".join(str(code) for code in CODES)
    inside = "true"
    if variable.out_of_range == "quarantine":
        inside = " AND ".join(
            f"value {sign} {limit!r}"
            for sign, limit in ((">=", variable.minimum), ("<=", variable.maximum))
            if limit is not None
        ) or "true"  # fmt: skip
    found = connection.execute(
        f"WITH n AS (SELECT {value} AS value FROM {staged.table}), "
        "rest AS (SELECT min(value) AS low, max(value) AS high FROM n "
        f"WHERE value NOT IN ({codes})) "
        f"SELECT value, count(*) FROM n, rest WHERE value IN ({codes}) AND {inside} "
        "AND (value > 2 * greatest(high, 1) OR (value < 0 AND low >= 0)) GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    if found:
        listed = ", ".join(f"{_plain(code)} ({count} rows)" for code, count in found)
        ledger.warn(
            f"{staged.name}: '{name}' has values that look like codes for missing: {listed}. They "
            "count as scores unless missing = [...] names them in the mapping"
        )


def _warn_of_fractions(connection, staged, variable, name, value, ledger: Ledger) -> None:
    instrument = instruments().get(variable.instrument)
    if instrument is None or not instrument.whole_totals:
        return
    fractions = _count(connection, staged, f"{value} <> trunc({value})")
    if fractions:
        ledger.warn(
            f"{staged.name}: {fractions} values of '{name}' are not whole numbers, as totals of "
            f"{instrument.name} are (prorated?); they are kept"
        )


def _refuse(staged: Staged, ledger: Ledger, condition: str, problem: Problem, column: str) -> None:
    ledger.refuse(staged.index, f"FROM {staged.table} WHERE {condition}", problem, column)


def _count(connection, staged: Staged, condition: str) -> int:
    return connection.execute(f"SELECT count(*) FROM {staged.table} WHERE {condition}").fetchone()[
        0
    ]


def _plain(number: float | None) -> str:
    return "open" if number is None else f"{number:g}"
