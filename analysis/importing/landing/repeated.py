"""Rows that describe the same thing: which are equal, which are not, and what becomes of them."""

from analysis.importing.findings.quarantine import Ledger, Problem
from analysis.importing.meaning.plan import Plan
from analysis.store.versions.hardened import one_row

MOST_REFUSED = 0.1  # share of a file's rows; beyond it a rule no longer fits the file, and one asks
FEWEST_ASKED = 2  # a single bad cell of a small file is listed, not asked about


def find_repeated(connection, table: str, key: str) -> None:
    """`repeated` (file, line, key, copy, same): the rows of `table` that share a key with another.

    table: with file, line, the columns of `key` and `content`, which is equal in equal rows. copy:
    1, 2, … in the order of the file. same: all rows with this key are equal.
    """
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE repeated AS SELECT file, line, ({key}) AS key, "
        f"row_number() OVER (PARTITION BY {key} ORDER BY file, line) AS copy, "
        f"min(content) OVER (PARTITION BY {key}) = max(content) OVER (PARTITION BY {key}) AS same "
        f"FROM {table} SEMI JOIN (SELECT {key} FROM {table} GROUP BY ALL HAVING count(*) > 1) "
        f"USING ({key})"
    )


def refuse_repeated(plan: Plan, ledger: Ledger, table: str, role: str, key: str, other: str) -> int:
    """Takes rows that share a key out of `table`: all but the first when they are equal, else all.

    Returns how many rows were refused.
    """
    connection = ledger.connection
    find_repeated(connection, table, key)
    _ask_about_corrections(plan, ledger, role)
    equal = Problem(
        "",
        "row",
        f"repeats {other}, with the same values",
        "nothing to do: the first of the equal rows is kept",
        "repeat",
    )
    unlike = Problem(
        "",
        "row",
        f"describes {other} as another row does, with other values",
        "keep the right one of these rows",
    )
    refused = 0
    for staged in plan.files:
        if staged.file.role == role:
            mine = f"FROM (SELECT DISTINCT line FROM repeated WHERE file = {staged.index} AND"
            refused += ledger.refuse(staged.index, f"{mine} same AND copy > 1)", equal)
            refused += ledger.refuse(staged.index, f"{mine} NOT same)", unlike)
    connection.execute(
        f"DELETE FROM {table} WHERE (file, line) IN "
        "(SELECT (file, line) FROM repeated WHERE copy > 1 OR NOT same)"
    )
    return refused


def _ask_about_corrections(plan: Plan, ledger: Ledger, role: str) -> None:
    """Where an added file says other than an earlier one: by the answer the new row stands alone.

    In `repeated` the earlier rows then count as equal ones that another stands for.
    """
    if not plan.earlier:
        return
    corrected = (
        f"NOT same AND key IN (SELECT key FROM repeated WHERE NOT same GROUP BY key "
        f"HAVING count(*) FILTER (file >= {plan.earlier}) = 1 AND count(*) > 1)"
    )
    rows = one_row(
        ledger.connection,
        f"SELECT count(*) FROM repeated WHERE {corrected} AND file >= {plan.earlier}",
    )[0]
    if not rows:
        return
    evidence = f"{rows} rows of the added files differ from the rows that stand for the same {role}"
    choices = {
        "new": "each new row replaces the one that stands",
        "old": "the rows that stand stay",
        "neither": "both are set aside",
    }
    answer = ledger.ask(f"corrections-{role}", ("", ""), evidence, choices, "new", rows)
    if answer == "neither":
        return
    stays = f"file >= {plan.earlier}" if answer == "new" else f"file < {plan.earlier}"
    ledger.connection.execute(
        f"UPDATE repeated SET same = true, copy = CASE WHEN {stays} THEN 1 ELSE 2 END "
        f"WHERE {corrected}"
    )
