"""A table that lies on its side: a column a patient, and what was measured down the first one."""

from dataclasses import replace

from analysis.importing.findings.quarantine import Ledger
from analysis.importing.meaning.columns import instruments_called
from analysis.importing.meaning.key_names import LEAST, name_score
from analysis.importing.meaning.mapping import MISSING
from analysis.importing.meaning.words import factor_of
from analysis.importing.reading import cells
from analysis.importing.reading.headers import clean_name
from analysis.importing.reading.read import Staged
from analysis.store.versions.hardened import one_row
from analysis.store.versions.naming import literal

_ROWS = (2, 500)  # fewest and most that are looked at
_PATIENTS = 3  # columns beside the first
_NAMES = 0.5  # share of the first column's texts that must be called as measures
_NUMBERS = 0.6  # share of the other cells that must be numbers: a codebook has none
_KEYS = ("session", "date", "therapist", "clinic")


def upright(connection, staged: Staged, ledger: Ledger) -> Staged:
    """The table set upright, one row a patient, where it lies on its side and the answer
    (`sideways`) turns it. Lines count the turned rows then.

    Worked: 'variable,p1,p2' above 'age,34,45' and 'phq9,18,20' is 'patient,age,phq9' above
    'p1,34,18' and 'p2,45,20'.
    """
    if not _ROWS[0] <= staged.read <= _ROWS[1] or len(staged.columns) <= _PATIENTS:
        return staged
    names = _names(connection, staged)
    if not names or not _holds_numbers(connection, staged):
        return staged
    patients = [*staged.columns][1:]
    evidence = (
        f"{staged.name} lies on its side: {len(patients)} columns, and {len(names)} measures down "
        "the first one"
    )
    choices = {
        "turn": "each column is a patient's row, and the first one names the columns",
        "keep": "each row is a session as it stands",
    }
    if ledger.ask("sideways", (staged.name, ""), evidence, choices, "turn") != "turn":
        return staged
    return _turned(connection, staged, names, patients)


def _names(connection, staged: Staged) -> tuple[str, ...]:
    """The first column's texts, if no two are the same and half are called as measures."""
    first = next(iter(staged.columns.values()))
    rows = connection.execute(f"SELECT {first} FROM {staged.table} ORDER BY line").fetchall()
    names = tuple(clean_name(text or "") for (text,) in rows)
    told = sum(map(_is_measure, names))
    whole = all(names) and len({n.lower() for n in names} | {"patient"}) == len(names) + 1
    return names if whole and told >= _NAMES * len(names) else ()


def _is_measure(name: str) -> bool:
    keys = any(name_score(key, name) >= LEAST for key in _KEYS)
    return keys or bool(instruments_called(name)) or factor_of(name)[0] != ""


def _holds_numbers(connection, staged: Staged) -> bool:
    texts = [cells.present(c, MISSING) for c in [*staged.columns.values()][1:]]
    numbers = " + ".join(f"count({cells.number(f'({t})', '.')})" for t in texts)
    found, some = one_row(
        connection,
        f"SELECT {numbers}, {' + '.join(f'count({t})' for t in texts)} FROM {staged.table}",
    )
    return some > 0 and found >= _NUMBERS * some


def _turned(connection, staged: Staged, names: tuple[str, ...], patients: list[str]) -> Staged:
    table, picked = f"upright_{staged.index}", ", ".join(staged.columns.values())
    columns = ", ".join(f"c{i} VARCHAR" for i in range(len(names) + 1))
    connection.execute(f"CREATE TEMP TABLE {table} (line BIGINT, {columns})")
    rows = connection.execute(f"SELECT {picked} FROM {staged.table} ORDER BY line").fetchall()
    _, *columns_of_cells = zip(*rows, strict=True)
    for line, (patient, values) in enumerate(zip(patients, columns_of_cells, strict=True), 2):
        texts = ", ".join(literal(v or "") for v in (patient, *values))
        connection.execute(f"INSERT INTO {table} VALUES ({line}, {texts})")
    header = ("patient", *names)
    places = {name: f"c{i}" for i, name in enumerate(header)}
    return replace(staged, table=table, columns=places, read=len(patients), header=header)
