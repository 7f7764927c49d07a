"""Cells are accounted for: each that is not missing is landed, refused, superseded or unused."""

from dataclasses import dataclass

from analysis.importing.findings.quarantine import BY_ANSWER, Ledger
from analysis.importing.landing.repeated import FEWEST_ASKED, MOST_REFUSED
from analysis.importing.meaning.mapping import KEYS, SCORED
from analysis.importing.meaning.plan import Plan
from analysis.importing.reading import cells
from analysis.importing.reading.read import Staged
from analysis.importing.reading.sniff import refused
from analysis.store.versions.hardened import one_row

_IDS = ("clinic", "therapist", "patient", "episode")


@dataclass(frozen=True, slots=True)
class CellCounts:
    """Cells of a file's mapped columns that are not missing, once for each use of a column.

    read = landed + refused + superseded + unused. superseded: of rows that repeat another, and of
    values whose unit took another row's value. unused: of a column that another file gives.
    """

    read: int
    landed: int
    refused: int
    superseded: int
    unused: int


@dataclass(frozen=True, slots=True)
class _Use:
    """One use of a column: what it becomes, and its text where it is not missing."""

    target: str
    name: str
    text: str
    used: bool


def count_cells(connection, plan: Plan, ledger: Ledger) -> tuple[CellCounts, ...]:
    """The accounts of each file. ImportRefused where they do not add up, which is a defect."""
    return tuple(_of_file(connection, plan, staged, ledger) for staged in plan.files)


def ask_about_losses(connection, plan: Plan, ledger: Ledger) -> None:
    """Asks where more than a tenth of a column or of a file's rows is refused, or nothing lands."""
    for staged in plan.files:
        refused_rows = ledger.count(staged.index)
        repeats = _count(connection, staged, f"extent = 'repeat' OR kind = '{BY_ANSWER}'")
        share = (refused_rows - repeats) / staged.read
        if refused_rows - repeats >= FEWEST_ASKED and share > MOST_REFUSED:
            evidence = (
                f"{staged.name}: {refused_rows - repeats} of {staged.read} rows are set aside"
            )
            _ask(ledger, "much-refused", staged, "", evidence, refused_rows - repeats)
            continue
        for use in _uses(plan, staged):
            _ask_about_column(connection, staged, use, ledger)


def _ask_about_column(connection, staged: Staged, use: _Use, ledger: Ledger) -> None:
    if not use.used or use.target in (*_IDS, "session"):
        return
    read = connection.execute(f"SELECT count({use.text}) FROM {staged.table}").fetchone()[0]
    lost = connection.execute(
        "SELECT count(*) FROM problem WHERE file = ? AND col = ? AND extent = 'cell'",
        [staged.index, use.name],
    ).fetchone()[0]
    if lost and lost >= read:
        evidence = f"{staged.name}: none of the {read} values of '{use.name}' can be used"
        _ask(ledger, f"nothing-lands:{use.name}", staged, use.name, evidence, lost)
    elif lost >= FEWEST_ASKED and lost > MOST_REFUSED * read:
        evidence = f"{staged.name}: {lost} of {read} values of '{use.name}' are set aside"
        _ask(ledger, f"much-refused:{use.name}", staged, use.name, evidence, lost)


def _ask(ledger: Ledger, code: str, staged: Staged, column: str, evidence: str, count: int):
    choices = {"land": "import the rest; what is set aside is listed"}
    ledger.ask(code, (staged.name, column), evidence, choices, count=count)


def _of_file(connection, plan: Plan, staged: Staged, ledger: Ledger) -> CellCounts:
    uses = _uses(plan, staged)
    out = f"(SELECT line FROM problem WHERE file = {staged.index} AND extent <> 'cell')"
    lost = f"(SELECT line FROM problem WHERE file = {staged.index} AND extent = 'row')"
    scored = _scored(connection, staged, lost, out)
    read = _sum(connection, staged, uses, "true") + scored.read
    in_rows = _sum(connection, staged, uses, f"line IN {lost}")
    repeated = _sum(connection, staged, uses, f"line IN {out} AND line NOT IN {lost}")
    unused = _sum(connection, staged, [u for u in uses if not u.used], f"line NOT IN {out}")
    in_cells = _count(connection, staged, f"extent = 'cell' AND line NOT IN {out}")
    superseded = ledger.superseded[staged.index]
    landed = _landed(connection, staged, [u for u in uses if u.used], out) - superseded
    counts = CellCounts(
        read,
        landed + scored.landed,
        in_rows + in_cells + scored.refused,
        repeated + superseded + scored.superseded,
        unused + scored.unused,
    )
    total = counts.landed + counts.refused + counts.superseded + counts.unused
    if total != read:
        raise refused(
            f"The count of cells does not come out: {read} read, {total} accounted for",
            staged.name,
            "report this with the mapping; the store is as it was",
        )
    return counts


def _scored(connection, staged: Staged, lost: str, out: str) -> CellCounts:
    """The cells behind scores; those that were refused one by one are counted with the others."""
    table = f"scored_{staged.index}"
    sql = "SELECT count(*) FROM duckdb_tables() WHERE temporary AND table_name = ?"
    if not one_row(connection, sql, [table])[0]:
        return CellCounts(0, 0, 0, 0, 0)
    sums = ", ".join(
        f"coalesce(sum({sql}), 0)"
        for sql in (
            "read",
            f"landed * (line NOT IN {out})::INTEGER",
            f"CASE WHEN line IN {lost} THEN read ELSE 0 END",
            f"CASE WHEN line IN {lost} THEN 0 WHEN line IN {out} THEN read ELSE superseded END",
            f"unused * (line NOT IN {out})::INTEGER",
        )
    )
    return CellCounts(*(int(n) for n in one_row(connection, f"SELECT {sums} FROM {table}")))


def _uses(plan: Plan, staged: Staged) -> list[_Use]:
    uses = []
    for key in KEYS:
        name = plan.column(staged, key)
        if name:
            text = cells.present(staged.columns[name], plan.mapping.missing_ids)
            uses.append(_Use(key, name, text if key in _IDS else _judged(staged, key, name), True))
    own = {i for i, _ in plan.variables_of(staged)}
    for i, variable in enumerate(plan.mapping.variables):
        if variable.items:  # accounted for when they were scored
            continue
        name = plan.source(staged, variable)
        if name in staged.columns:
            text = cells.present(staged.columns[name], (*plan.mapping.missing, *variable.missing))
            if variable.kind == "number" and i in own:
                text = _judged(staged, f"v{i}", name)
            uses.append(_Use(f"v{i}", name, text, i in own))
    return uses


def _sum(connection, staged: Staged, uses: list[_Use], where: str) -> int:
    if not uses:
        return 0
    total = " + ".join(f"count({use.text})" for use in uses)
    sql = f"SELECT {total} FROM {staged.table} WHERE {where}"
    return connection.execute(sql).fetchone()[0]


def _landed(connection, staged: Staged, uses: list[_Use], out: str) -> int:
    if not uses:
        return 0
    total = " + ".join(f"count({use.target})" for use in uses)
    sql = (
        f"SELECT {total} FROM cells_{staged.file.role} "
        f"WHERE file = {staged.index} AND line NOT IN {out}"
    )
    return connection.execute(sql).fetchone()[0]


def _count(connection, staged: Staged, where: str) -> int:
    """Refused cells of the file's own columns."""
    sql = (
        "SELECT count(DISTINCT (line, col)) FROM problem WHERE file = ? "
        f"AND NOT ends_with(col, '{SCORED}') AND ({where})"
    )
    return connection.execute(sql, [staged.index]).fetchone()[0]


def _judged(staged: Staged, target: str, name: str) -> str:
    """The cell, NULL where its text was judged to be missing (a code such as 99 by an answer)."""
    raw = staged.columns[name]
    missing = (
        f"SELECT raw FROM words_{staged.index}_{target} WHERE value IS NULL AND verdict IS NULL"
    )
    return f"CASE WHEN {raw} NOT IN ({missing}) THEN {raw} END"
