"""Cell by cell: text becomes ids, numbers, categories and dates, or the row is refused.

Each column is judged by its distinct texts: a million scores have thirty of them, and one look
at each is enough. The result is a temporary table `cells_<unit>` for each kind of file, with the
columns file, line, the keys and v0, v1, … (the mapping's variables by position).
"""

from collections.abc import Callable
from datetime import date as Day

from analysis.importing.findings.quarantine import BY_ANSWER, Ledger, Problem
from analysis.importing.judging.column_words import Words, distinct_words, judge_words
from analysis.importing.judging.number_columns import judge_number
from analysis.importing.meaning.mapping import KEYS, MappedVariable, Mapping
from analysis.importing.meaning.plan import Plan, endings_of
from analysis.importing.meaning.session_labels import ordered_labels
from analysis.importing.reading import cells
from analysis.importing.reading.headers import clean_name
from analysis.importing.reading.number_texts import MISSING_WORDS
from analysis.importing.reading.read import Staged
from analysis.store.versions.hardened import one_row
from analysis.store.versions.naming import literal

OLDEST = Day(1950, 1, 1)
_TEXT_KEYS = ("clinic", "therapist", "patient", "episode")
_TYPES = {
    "session": "INTEGER",
    "weeks": "DOUBLE",
    **dict.fromkeys(("date", "started", "ended"), "DATE"),
}


def judge(connection, plan: Plan, ledger: Ledger) -> None:
    """Fills `cells_session`, `cells_episode`, `cells_therapist` and `cells_clinic`."""
    for role in ("clinic", "therapist", "episode", "session"):
        connection.execute(f"CREATE TEMP TABLE cells_{role} ({_columns_of(plan.mapping)})")
    for staged in plan.files:
        _judge_file(connection, plan, staged, ledger)


def _columns_of(mapping: Mapping) -> str:
    keys = [f"{key} {_TYPES.get(key, 'VARCHAR')}" for key in KEYS]
    kinds = [
        "DATE" if v.dated else "DOUBLE" if v.kind == "number" else "VARCHAR"
        for v in mapping.variables
    ]
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
            _ask_about_damaged_ids(connection, staged, name, ledger)
            chosen[target] = cells.present(column, plan.mapping.missing_ids)
        elif variable is not None and variable.kind == "category":
            chosen[target] = cells.present(column, _missing(plan, variable))
        else:
            missing = _missing(plan, variable)
            if target in ("date", "started", "ended") or (variable and variable.dated):
                missing = (*missing, *MISSING_WORDS)
            words = distinct_words(staged, name, target, missing, ledger)
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


def _ask_about_damaged_ids(connection, staged: Staged, name: str, ledger: Ledger) -> None:
    """'1.23E+11': a spreadsheet cut a long number off, and different ids may have become one."""
    column = staged.columns[name]
    # The first tests are cheap, and false nearly always.
    cut = f"regexp_full_match({column}, '\\d([.,]\\d+)?[eE]\\+\\d{{1,2}}')"
    where = f"(contains({column}, 'E+') OR contains({column}, 'e+')) AND {cut}"
    (rows,) = one_row(connection, f"SELECT count(*) FROM {staged.table} WHERE {where}")
    if not rows:
        return
    evidence = (
        f"{staged.name}: {rows} ids in '{name}' are numbers that a spreadsheet has cut off, as "
        "1.23E+11; different ones may have become the same: export the column as text"
    )
    choices = {"land": "they are taken as they stand", "set-aside": "their rows are set aside"}
    where_from, code = (staged.name, name), f"damaged-ids:{name}"
    if ledger.ask(code, where_from, evidence, choices, count=rows) == "land":
        return
    problem = Problem(name, BY_ANSWER, "is a number cut off", "export the column as text")
    ledger.refuse(staged.index, f"FROM {staged.table} WHERE {where}", problem, column)


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
    listed = ", ".join([listed, *(literal(clean_name(i)) for _, v in own for i in v.items)])
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


def _judge_words(plan: Plan, words: Words, target: str, variable: MappedVariable | None) -> None:
    if variable is not None and not variable.dated:
        judge_number(words, variable)
        return
    judges: dict[str, Callable[[], None]] = {
        "session": lambda: _judge_session(words),
        "weeks": lambda: _judge_weeks(words),
        "ending": lambda: _judge_ending(plan, words),
    }
    judges.get(target, lambda: _judge_date(plan, words, past=target != "ended"))()


def _judge_session(words: Words) -> None:
    """Numbers, or by an answer labels in their order ('Pre', 'Post')."""
    number = cells.session_number("text")
    labels = _labels(words, number)
    if labels:
        cases = " ".join(f"WHEN {literal(label)} THEN {n}" for label, n in labels.items())
        number = f"CASE text {cases} ELSE {number} END"
    reason = "is not a session number (a whole number from 0 on)"
    remedy = "number this session, or leave the row out"
    rules = [
        ("text IS NULL", Problem(words.name, "empty", reason, remedy)),
        ("value IS NULL", Problem(words.name, "text", reason, remedy)),
    ]
    judge_words(words, number, rules)


def _labels(words: Words, number: str) -> dict[str, int]:
    """Label -> number by the answer, where the column has labels whose order is known: instead of
    numbers, or one for what lies before the first."""
    found, least = words.ask(
        f"list(DISTINCT text ORDER BY text) FILTER (text IS NOT NULL AND ({number}) IS NULL), "
        f"min({number})"
    )
    order = ordered_labels(found or [])
    before = set(order.values()) == {0} and (least or 0) > 0
    if not order or not (least is None or before):
        return {}
    numbers = order if before else {text: i for i, text in enumerate(order, start=1)}
    listed = ", ".join(f"'{text}' = {n}" for text, n in numbers.items())
    evidence = f"{words.staged.name}: '{words.name}' has labels instead of session numbers"
    choices = {"ranked": f"they are numbered in their order: {listed}", "refuse": "set aside"}
    where, code = (words.staged.name, words.name), "session-labels"
    return numbers if words.ledger.ask(code, where, evidence, choices, "ranked") == "ranked" else {}


def _judge_weeks(words: Words) -> None:
    problem = Problem(words.name, "text", "is not a number of weeks", "correct or empty it", "cell")
    judge_words(words, cells.weeks("text"), [("text IS NOT NULL AND value IS NULL", problem)])


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
    judge_words(words, f"CASE lower(text) {cases} END", rules)
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
    judge_words(words, cells.date("text", plan.mapping.dates or _date_order(words)), rules)
    rows = words.ask(f"sum(n) FILTER (value IS NOT NULL AND ({cells.without_day('text')}))")[0]
    if rows:
        words.ledger.warn(
            f"{words.staged.name}: {rows} dates in '{words.name}' name a month, a quarter or a "
            "week and no day; its first day is taken"
        )


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
