"""Cell by cell: text becomes ids, numbers, categories and dates, or the row is refused.

Each column is judged by its distinct texts: a million scores have thirty of them, and one look
at each is enough. The result is a temporary table `cells_<unit>` for each kind of file, with the
columns file, line, the keys and v0, v1, … (the mapping's variables by position).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date as Day

from analysis.importing.findings.quarantine import Ledger, Problem
from analysis.importing.judging.decimal_sign import decimal_sign
from analysis.importing.meaning.columns import CODES
from analysis.importing.meaning.mapping import KEYS, MappedVariable, Mapping
from analysis.importing.meaning.plan import Plan, endings_of
from analysis.importing.reading import cells
from analysis.importing.reading.read import Staged
from analysis.measures.instruments import instruments
from analysis.store.versions.naming import literal

OLDEST = Day(1950, 1, 1)
_TEXT_KEYS = ("clinic", "therapist", "patient", "episode")
_TYPES = {
    "session": "INTEGER",
    "weeks": "DOUBLE",
    **dict.fromkeys(("date", "started", "ended"), "DATE"),
}


@dataclass(frozen=True, slots=True)
class Words:
    """The distinct texts of one column: a temporary table with raw, n (rows) and text.

    `judged` adds value and verdict. name: the column's in the file; column: the staged one.
    """

    table: str
    staged: Staged
    name: str
    ledger: Ledger

    @property
    def column(self) -> str:
        """The column of the staged table."""
        return self.staged.columns[self.name]

    def ask(self, question: str) -> tuple:
        """The one row that `SELECT question FROM` the distinct texts gives."""
        return self.ledger.connection.execute(f"SELECT {question} FROM {self.table}").fetchone()


def judge(connection, plan: Plan, ledger: Ledger) -> None:
    """Fills `cells_session`, `cells_episode`, `cells_therapist` and `cells_clinic`."""
    for role in ("clinic", "therapist", "episode", "session"):
        connection.execute(f"CREATE TEMP TABLE cells_{role} ({_columns_of(plan.mapping)})")
    for staged in plan.files:
        _judge_file(connection, plan, staged, ledger)


def _columns_of(mapping: Mapping) -> str:
    keys = [f"{key} {_TYPES.get(key, 'VARCHAR')}" for key in KEYS]
    kinds = ["DOUBLE" if v.kind == "number" else "VARCHAR" for v in mapping.variables]
    values = [f"v{i} {kind}" for i, kind in enumerate(kinds)]
    return ", ".join(["file INTEGER", "line BIGINT", *keys, *values])


def _judge_file(connection, plan: Plan, staged: Staged, ledger: Ledger) -> None:
    """Refuses the rows with a cell that has no meaning; the others go to cells_<role>."""
    _refuse_nul(staged, ledger)
    chosen, joins = {"file": str(staged.index), "line": "s.line"}, []
    wanted = [(key, plan.column(staged, key), None) for key in KEYS if plan.column(staged, key)]
    wanted += [(f"v{i}", plan.source(staged, v), v) for i, v in plan.variables_of(staged)]
    for target, name, variable in wanted:
        column = f"s.{staged.columns[name]}"
        if target in _TEXT_KEYS:
            chosen[target] = cells.present(column, plan.mapping.missing_ids)
        elif variable is not None and variable.kind == "category":
            chosen[target] = cells.present(column, _missing(plan, variable))
        else:
            words = _distinct(staged, name, target, _missing(plan, variable), ledger)
            _judge_words(plan, words, target, variable)
            chosen[target] = f"CASE WHEN {words.table}.verdict IS NULL THEN {words.table}.value END"
            joins.append(f"LEFT JOIN {words.table} ON {words.table}.raw = {column}")
    _refuse_without_score(plan, staged, chosen, joins, ledger)
    connection.execute(
        f"INSERT INTO cells_{staged.file.role} ({', '.join(chosen)}) "
        f"SELECT {', '.join(chosen.values())} FROM {staged.table} s {' '.join(joins)} "
        "WHERE s.line NOT IN (SELECT line FROM problem WHERE file = ? AND extent <> 'cell')",
        [staged.index],
    )


def _refuse_without_score(plan: Plan, staged: Staged, chosen, joins, ledger: Ledger) -> None:
    """A row is out whose main outcome is refused, or of whose session values none is left.

    Any other refused cell takes nothing else with it.
    """
    own = [(f"v{i}", v) for i, v in plan.variables_of(staged) if v.unit == "session"]
    if staged.file.role != "session" or not own:
        return
    empty = " AND ".join(f"{chosen[target]} IS NULL" for target, _ in own)
    listed = ", ".join(literal(plan.source(staged, v)) for _, v in own)
    main = [literal(plan.source(staged, v)) for _, v in own if v.name == plan.main_outcome]
    ledger.connection.execute(
        "UPDATE problem SET extent = 'row' WHERE file = ? AND extent = 'cell' AND line IN ("
        f"SELECT p.line FROM problem p WHERE p.file = ? AND p.extent = 'cell' AND (p.col IN "
        f"({', '.join(main) or 'NULL'}) OR (p.col IN ({listed}) AND p.line IN "
        f"(SELECT s.line FROM {staged.table} s {' '.join(joins)} WHERE {empty}))))",
        [staged.index, staged.index],
    )


def _refuse_nul(staged: Staged, ledger: Ledger) -> None:
    if staged.content.plain:
        return
    held = " OR ".join(f"contains({c}, chr(0))" for c in staged.columns.values())
    problem = Problem(
        "", "damaged text", "it holds a NUL byte", "export the file again, or delete the byte"
    )
    ledger.refuse(staged.index, f"FROM {staged.table} WHERE {held}", problem)


def _missing(plan: Plan, variable: MappedVariable | None) -> tuple[str, ...]:
    return (*plan.mapping.missing, *(variable.missing if variable else ()))


def _distinct(staged: Staged, name: str, target: str, missing, ledger: Ledger) -> Words:
    words = Words(f"words_{staged.index}_{target}", staged, name, ledger)
    ledger.connection.execute(
        f"CREATE TEMP TABLE {words.table} AS SELECT raw, n, {cells.present('raw', missing)} AS text"
        f" FROM (SELECT {words.column} AS raw, count(*) AS n FROM {staged.table} GROUP BY ALL)"
    )
    return words


def _judged(words: Words, value: str, rules: list[tuple[str, Problem]]) -> None:
    """Adds to the words their value, and refuses the rows that break a rule (the first counts).

    value: SQL of `text`. rules: SQL conditions on `text` and `value`, with what is said then.
    """
    verdicts = " ".join(f"WHEN {condition} THEN {i}" for i, (condition, _) in enumerate(rules))
    words.ledger.connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {words.table} AS SELECT *, "
        f"CASE {verdicts} END AS verdict FROM (SELECT *, {value} AS value FROM {words.table})"
    )
    broken = words.ask("list(DISTINCT verdict) FILTER (verdict IS NOT NULL)")[0] or []
    for i in sorted(broken):
        rows = f"FROM {words.staged.table} JOIN {words.table} ON raw = {words.column} "
        words.ledger.refuse(words.staged.index, f"{rows} WHERE verdict = {i}", rules[i][1], "raw")


def _judge_words(plan: Plan, words: Words, target: str, variable: MappedVariable | None) -> None:
    if variable is not None:
        _judge_number(words, variable)
        return
    judges: dict[str, Callable[[], None]] = {
        "session": lambda: _judge_session(words),
        "weeks": lambda: _judge_weeks(words),
        "ending": lambda: _judge_ending(plan, words),
    }
    judges.get(target, lambda: _judge_date(plan, words, past=target != "ended"))()


def _judge_session(words: Words) -> None:
    reason = "is not a session number (a whole number from 0 on)"
    remedy = "number this session, or leave the row out"
    rules = [
        ("text IS NULL", Problem(words.name, "empty", reason, remedy)),
        ("value IS NULL", Problem(words.name, "text", reason, remedy)),
    ]
    _judged(words, cells.session_number("text"), rules)


def _judge_weeks(words: Words) -> None:
    problem = Problem(words.name, "text", "is not a number of weeks", "correct or empty it", "cell")
    value = f"coalesce({cells.number('text', '.')}, {cells.number('text', ',')})"
    _judged(words, value, [("text IS NOT NULL AND value IS NULL", problem)])


def _judge_ending(plan: Plan, words: Words) -> None:
    known = endings_of(plan.mapping)
    cases = " ".join(f"WHEN {literal(k)} THEN {literal(v)}" for k, v in known.items())
    unknown = Problem(
        words.name,
        "text",
        "is not an ending that is known",
        "name it under [endings] in the mapping",
        "cell",
    )
    rules = [("text IS NOT NULL AND value IS NULL", unknown)]
    _judged(words, f"CASE lower(text) {cases} END", rules)
    rows = words.ask("sum(n) FILTER (text IS NOT NULL AND value IS NULL)")[0]
    if rows:
        words.ledger.warn(
            f"{words.staged.name}: {rows} rows have an ending in '{words.name}' that is not "
            "known; it is left empty (name them under [endings] in the mapping)"
        )


def _judge_date(plan: Plan, words: Words, past: bool) -> None:
    latest = Day.today().isoformat() if past else "2100-01-01"
    unreadable = Problem(
        words.name,
        "text",
        "is not a date that exists",
        "write it as year-month-day (2026-03-31)",
        "cell",
    )
    impossible = Problem(
        words.name,
        "date",
        f"is before {OLDEST} or in the future",
        "correct it, or leave it empty",
        "cell",
    )
    rules = [
        ("text IS NOT NULL AND value IS NULL", unreadable),
        (f"value NOT BETWEEN DATE '{OLDEST}' AND DATE '{latest}'", impossible),
    ]
    _judged(words, cells.date("text", plan.mapping.dates or _date_order(words)), rules)


def _date_order(words: Words) -> str:
    """'dmy' or 'mdy', proven by the column; asked for where nothing decides."""
    day_first, month_first, either = words.ask(cells.date_votes("text"))
    if not either or bool(day_first) != bool(month_first):
        return "mdy" if month_first and not day_first else "dmy"
    evidence = (
        f"{words.staged.name}: the dates in '{words.name}' can be read as day/month or as "
        "month/day, and nothing decides it"
    )
    if day_first:
        evidence = (
            f"{words.staged.name}: some dates in '{words.name}' can only be day/month and others "
            "only month/day"
        )
    choices = {
        "dmy": 'day first: 03/04 is 3 April (or add dates = "dmy" to the mapping)',
        "mdy": "month first: 03/04 is 4 March",
    }
    where = (words.staged.name, words.name)
    return words.ledger.ask(f"date-order:{words.name}", where, evidence, choices, count=either)


def _judge_number(words: Words, variable: MappedVariable) -> None:
    sign = variable.decimal or _decimal(words)
    if sign == "thousands":
        value = cells.number("replace(text, ',', '')", ".")
    else:
        value = cells.number("text", sign)
    value = _one_range(words, value, variable)
    number, codes = value, _codes(words, value, variable)
    if codes:
        value = f"CASE WHEN ({value}) NOT IN ({codes}) THEN {value} END"
    infinite = "regexp_full_match(lower(text), '[+-]?inf(inity)?')"
    remedy = "correct it, leave it empty, or add the text to missing = [...] in the mapping"
    rules = [
        (infinite, Problem(words.name, "infinity", "is infinite", remedy, "cell")),
        (
            f"text IS NOT NULL AND value IS NULL AND {number} IS NULL",
            Problem(words.name, "text", "is not a number", remedy, "cell"),
        ),
        (
            f"abs(value) > {cells.LARGEST}",
            Problem(words.name, "number", "is too large to be a measurement", remedy, "cell"),
        ),
    ]
    outside = _outside(variable)
    reason = f"is outside the range of {variable.label or variable.name}: {_range(variable)}"
    if variable.out_of_range == "quarantine":
        keep = 'correct it, or set out_of_range = "keep" for this variable in the mapping'
        rules.append((outside, Problem(words.name, "number", reason, keep, "cell")))
    _judged(words, value, rules)
    kept = words.ask(f"sum(n) FILTER (verdict IS NULL AND {outside})")[0]
    if kept:
        words.ledger.warn(
            f"{words.staged.name}: {kept} rows are kept although '{words.name}' {reason}"
        )
    _ask_about_fractions(words, variable)


def _decimal(words: Words) -> str:
    """The column's decimal sign; asked for where each comma can also mark thousands."""
    sign = decimal_sign(words.ask)
    if sign:
        return sign
    evidence = (
        f"{words.staged.name}: each comma in '{words.name}' can be a decimal sign or a thousands "
        'mark (or add decimal = "," to the variable in the mapping)'
    )
    choices = {"decimal": "1,500 is one and a half", "thousands": "1,500 is fifteen hundred"}
    where = (words.staged.name, words.name)
    answer = words.ledger.ask(f"comma:{words.name}", where, evidence, choices)
    return "," if answer == "decimal" else "thousands"


def _outside(variable: MappedVariable) -> str:
    limits = []
    if variable.minimum is not None:
        limits.append(f"value < {variable.minimum!r}")
    if variable.maximum is not None:
        limits.append(f"value > {variable.maximum!r}")
    return f"({' OR '.join(limits)})" if limits else "false"


def _range(variable: MappedVariable) -> str:
    low, high = variable.minimum, variable.maximum
    if low is None or high is None:
        return f"at least {low:g}" if low is not None else f"at most {high or 0:g}"
    return f"{low:g} to {high:g}"


def _one_range(words: Words, value: str, variable: MappedVariable) -> str:
    """Means of items and their sums in one column: asked about, and means become sums by it."""
    instrument = instruments().get(variable.instrument)
    if instrument is None or instrument.scoring != "sum" or instrument.total_range is None:
        return value
    (low, most), (least, high) = instrument.item_range, instrument.total_range
    if variable.component or most >= least:
        return value
    means, sums, between = words.ask(
        f"coalesce(sum(n) FILTER (({value}) BETWEEN {low} AND {most}), 0), "
        f"coalesce(sum(n) FILTER (({value}) BETWEEN {least} AND {high}), 0), "
        f"coalesce(sum(n) FILTER (({value}) > {most} AND ({value}) < {least}), 0)"
    )
    if not means or not sums or between:
        return value
    evidence = (
        f"{words.staged.name}: '{words.name}' has {means} values from {low:g} to {most:g}, as the "
        f"mean of {instrument.name} has, and {sums} from {least:g} to {high:g}, as its sum has"
    )
    choices = {
        "sums": f"the means are multiplied by its {instrument.items} items",
        "set-aside": "the means are set aside",
    }
    where, code = (words.staged.name, words.name), f"two-ranges:{words.name}"
    if words.ledger.ask(code, where, evidence, choices, "sums", int(means)) == "set-aside":
        return value
    return f"CASE WHEN ({value}) <= {most} THEN ({value}) * {instrument.items} ELSE {value} END"


def _codes(words: Words, value: str, variable: MappedVariable) -> str:
    """Numbers such as 99 far from all others, which mean 'missing' by the answer, as SQL's list."""
    codes = ", ".join(str(code) for code in CODES)
    valued = f"(SELECT n, {value} AS value FROM {words.table})"
    found = words.ledger.connection.execute(
        "WITH rest AS (SELECT min(value) AS low, max(value) AS high "
        f"FROM {valued} WHERE value NOT IN ({codes}) AND NOT {_outside(variable)}) "
        f"SELECT value, sum(n) FROM {valued}, rest WHERE value IN ({codes}) "
        "AND (value > 2 * greatest(high, 1) OR (value < 0 AND low >= 0)) "
        "GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    if not found:
        return ""
    listed = ", ".join(f"{code:g} ({count} rows)" for code, count in found)
    evidence = (
        f"{words.staged.name}: '{words.name}' has values that look like codes for missing: {listed}"
    )
    choices = {
        "missing": "they mean that no answer was given",
        "scores": "they are scores like the others, judged by the variable's range",
    }
    where, rows = (words.staged.name, words.name), sum(count for _, count in found)
    code = f"missing-codes:{words.name}"
    if words.ledger.ask(code, where, evidence, choices, "missing", rows) == "scores":
        return ""
    return ", ".join(repr(float(code)) for code, _ in found)


def _ask_about_fractions(words: Words, variable: MappedVariable) -> None:
    instrument = instruments().get(variable.instrument)
    if instrument is None or not instrument.whole_totals or variable.component:
        return
    fractions = words.ask("sum(n) FILTER (verdict IS NULL AND value <> trunc(value))")[0]
    if not fractions:
        return
    evidence = (
        f"{words.staged.name}: {fractions} values of '{words.name}' are not whole numbers, as "
        f"totals of {instrument.name} are (prorated?)"
    )
    choices = {"keep": "they are kept as they are", "set-aside": "they are set aside"}
    where = (words.staged.name, words.name)
    code = f"fractions:{words.name}"
    if words.ledger.ask(code, where, evidence, choices, "keep", int(fractions)) == "set-aside":
        remedy = "correct it, or answer that such values are kept"
        problem = Problem(words.name, "number", "is no whole number", remedy, "cell")
        words.ledger.connection.execute(
            f"UPDATE {words.table} SET verdict = -1 WHERE verdict IS NULL AND value <> trunc(value)"
        )
        rows = f"FROM {words.staged.table} JOIN {words.table} ON raw = {words.column} "
        words.ledger.refuse(words.staged.index, f"{rows} WHERE verdict = -1", problem, "raw")
