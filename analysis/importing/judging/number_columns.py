"""A column of numbers judged: its decimal sign, its codes for missing, its range and its scale."""

from collections.abc import Callable

from analysis.importing.findings.quarantine import Problem
from analysis.importing.judging.column_words import Words, judge_words
from analysis.importing.meaning.columns import CODES
from analysis.importing.meaning.mapping import MappedVariable
from analysis.importing.reading import cells
from analysis.importing.reading.number_texts import (
    in_brackets,
    sign_behind,
    without_brackets,
    without_sign,
)
from analysis.measures.instruments import instruments
from analysis.store.versions.naming import literal

# Numbers with a decimal comma or point (grouped by threes or not), and those where each comma could
# mark thousands.
_MINUS = "\u2212"  # as word processors write it
_SPACE = " \u00a0\u2009\u202f"
_COMMA = rf"[''€$£ ]*[+{_MINUS}-]?(\d*|\d{{1,3}}([{_SPACE}.]\d{{3}})+),\d+"
_POINT = rf"[''€$£ ]*[+{_MINUS}-]?(\d*|\d{{1,3}}([{_SPACE},]\d{{3}})+)\.\d*"
_GROUPED = r"[+-]?[1-9]\d{0,2}(,\d{3})+"


def judge_number(words: Words, variable: MappedVariable) -> None:
    _take_sign_off(words)
    _ask_about_brackets(words)
    _tell_missing(words, variable)
    sign = variable.decimal or _decimal(words)
    if sign == "thousands":
        value = cells.number("replace(text, ',', '')", ".")
    else:
        value = cells.number("text", sign)
    value = _one_range(words, value, variable)
    number, codes = value, "" if variable.items else _codes(words, value, variable)
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
    judge_words(words, value, rules)
    kept = words.ask(f"sum(n) FILTER (verdict IS NULL AND {outside})")[0]
    if kept:
        words.ledger.warn(
            f"{words.staged.name}: {kept} rows are kept although '{words.name}' {reason}"
        )
    _ask_about_fractions(words, variable)


def _take_sign_off(words: Words) -> None:
    """'55 %', '12/27' or '71 kg' in the whole column: numbers, and it is said."""
    connection = words.ledger.connection
    if words.ask("count(*) FILTER (text SIMILAR TO '.*[0-9]+[^0-9.,]+([0-9]*)')")[0] == 0:
        return
    sign = sign_behind(connection, words.table)
    if sign:
        connection.execute(f"UPDATE {words.table} SET text = {without_sign('text', sign)}")
        words.ledger.warn(
            f"{words.staged.name}: '{words.name}' is read as numbers, without the '{sign}' behind "
            "each"
        )


def _ask_about_brackets(words: Words) -> None:
    """'(16)' among numbers: below zero, as accounts write it, or a remark."""
    rows = words.ask(f"sum(n) FILTER ({in_brackets('text')})")[0]
    if not rows:
        return
    evidence = f"{words.staged.name}: {rows} numbers in '{words.name}' stand in brackets"
    choices = {
        "negative": "(16) is 16 below zero, as in accounts",
        "set-aside": "they are set aside",
    }
    where, code = (words.staged.name, words.name), f"brackets:{words.name}"
    if words.ledger.ask(code, where, evidence, choices, "negative", int(rows)) == "negative":
        words.ledger.connection.execute(
            f"UPDATE {words.table} SET text = {without_brackets('text')}"
        )


def _tell_missing(words: Words, variable: MappedVariable) -> None:
    if variable.missing:
        listed = ", ".join(map(literal, variable.missing))
        rows = words.ask(f"sum(n) FILTER (text IS NULL AND raw IN ({listed}))")[0]
        if rows:
            words.ledger.warn(
                f"{words.staged.name}: {rows} values of '{words.name}' are missing: they say "
                + ", ".join(variable.missing)
            )


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
    if variable.items:  # scored from answers in one range
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
    if instrument is None or not instrument.whole_totals or variable.component or variable.items:
        return
    if variable.maximum is not None and variable.maximum <= instrument.item_range[1]:
        return  # means of the items
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


def decimal_sign(ask: Callable[[str], tuple]) -> str:
    """'.' or ','; '' where every comma can be a decimal sign as well as a thousands mark.

    ask: gives the row that `SELECT …` finds over the column's distinct texts, a table with
    `text` and `n`, the rows that hold it. A single 6.1 among 7,1 and 8,1 does not turn the column:
    it is the one that is set aside.
    """
    commas, points, grouped = ask(
        ", ".join(
            f"coalesce(sum(n) FILTER (regexp_full_match(text, '{pattern}')), 0)"
            for pattern in (_COMMA, _POINT, _GROUPED)
        )
    )
    if commas and not points and commas == grouped:
        return ""
    return "," if commas > points else "."
