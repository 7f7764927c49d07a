"""A first proposal of the mapping, from the columns' names and contents, each with its reason."""

from dataclasses import dataclass, replace
from pathlib import Path

from analysis.base.errors import ImportRefused
from analysis.importing.findings.quarantine import Ledger
from analysis.importing.meaning.mapping import MISSING, MappedVariable, Mapping
from analysis.importing.meaning.words import KEY_WORDS, factor_of, plain, rater_of
from analysis.importing.reading import cells
from analysis.importing.reading.file_mapping import FileMapping
from analysis.importing.reading.read import Staged, stage, title_lines
from analysis.importing.reading.sniff import content_of, delimiter_of
from analysis.measures.instruments import Instrument, instruments
from analysis.store.versions.hardened import memory_connection
from analysis.store.versions.naming import RESERVED

NUMBERS = 0.9  # share of a column's present cells that must be numbers to call it numeric
STRAY = 0.01  # share of values that may lie outside an instrument's range
MANY = 50  # categories; a text column with more, most of them rare, is free text
_TIMES = ("month", "mes", "monat", "time", "day", "week", "weeks", "semana", "woche")


@dataclass(frozen=True, slots=True)
class Column:
    """What a column holds: rows with a text, with a number, different texts; the range of the
    numbers without the outermost hundredth; and the coarsest unit within which it never changes.
    """

    name: str
    present: int
    numbers: int
    distinct: int
    low: float | None
    high: float | None
    constant: str = ""


def guess_mapping(paths) -> Mapping:
    """Proposes what the columns of the files mean, to be shown and corrected.

    paths: CSV or Parquet files. Returns a Mapping whose `reasons` say why, as (what, sentence)
    pairs: 'file x', 'key patient', 'variable phq9', 'column notes'. Keys that no column seems to
    be are left out. ImportRefused for a file that cannot be read at all.
    """
    with memory_connection("2GB") as connection:
        ledger = Ledger(connection)
        files, reasons = [], []
        for index, path in enumerate(Path(p) for p in paths):
            entry, why = _entry(path)
            files.append(stage(connection, path, path.name, index, entry, ledger))
            reasons += why
        return _guess(connection, files, reasons)


def _entry(path: Path) -> tuple[FileMapping, list]:
    """How to read the file: another encoding, lines to skip."""
    entry, reasons = FileMapping(path.name, role=""), []
    try:
        content = content_of(path, path.name, entry)
    except ImportRefused as error:
        if "Windows-1252" not in error.what:
            raise
        entry = replace(entry, encoding="cp1252")
        content = content_of(path, path.name, entry)
        reasons.append((f"file {path.name}", "it is no UTF-8; read as Windows-1252, look at it"))
    if content.kind == "text":
        delimiter = delimiter_of(path, content.encoding, 0)
        skip = title_lines(path, entry, content, delimiter)
        if skip:
            entry = replace(entry, skip=skip)
            reasons.append((f"file {path.name}", f"its first {skip} lines are titles"))
    return entry, reasons


def _guess(connection, files: list[Staged], reasons: list) -> Mapping:
    keys, entries = {}, []
    for staged in files:
        found = _keys_of(connection, staged)
        role = _role(found, staged, len(files))
        own = {k: c for k, c in found.items() if keys.setdefault(k, c) != c}
        entries.append(replace(staged.file, role=role, keys=tuple(own.items())))
        reasons += [(f"key {k}", f"column '{c}' of {staged.name}") for k, c in found.items()]
        reasons.append((f"file {staged.name}", f"its rows look like one {role} each"))
    variables, why = _variables(connection, files, entries, keys)
    outcomes = [v.name for v in variables if v.factor == "outcome" and v.unit == "session"]
    if outcomes:
        why.append(("main outcome", f"'{outcomes[0]}' is the first outcome of the sessions"))
    plain_file = len(entries) == 1 and entries[0] == FileMapping(files[0].name)
    return Mapping(
        keys=tuple(keys.items()),
        variables=tuple(variables),
        files=() if plain_file else tuple(entries),
        main_outcome=outcomes[0] if outcomes else "",
        reasons=tuple(reasons + why),
    )


def _keys_of(connection, staged: Staged) -> dict[str, str]:
    """Key -> column, each column for one key."""
    names = {plain(column): column for column in reversed(staged.columns)}
    found: dict[str, str] = {}
    for key, words in KEY_WORDS.items():
        for word in words:
            column = names.get(word)
            if column and column not in found.values() and _fits(connection, staged, key, column):
                found[key] = column
                break
    return found


def _fits(connection, staged: Staged, key: str, column: str) -> bool:
    """Whether the column's content can be this key (for keys that are not just text)."""
    text = cells.present(staged.columns[column], MISSING)
    tests = {
        "session": cells.session_number(text),
        "date": cells.date(text, "dmy"),
        "started": cells.date(text, "dmy"),
        "ended": cells.date(text, "dmy"),
        "weeks": cells.number(text, "."),
    }
    if key not in tests:
        return True
    present, good = connection.execute(
        f"SELECT count({text}), count({tests[key]}) FROM {staged.table}"
    ).fetchone()
    # Month first is told from day first later; here a third of readable dates will do.
    return present > 0 and good >= present * (NUMBERS if key in ("session", "weeks") else 0.3)


def _role(found: dict[str, str], staged: Staged, files: int) -> str:
    if files == 1 or set(found) & {"session", "date", "weeks"}:
        return "session"
    if set(found) & {"patient", "episode"}:
        return "episode"
    return "therapist" if "therapist" in found else "clinic"


def _variables(connection, files, entries, keys) -> tuple[list[MappedVariable], list]:
    variables, reasons, taken = [], [], set()
    for staged, entry in zip(files, entries, strict=True):
        own = keys | dict(entry.keys)
        for column in staged.columns:
            is_key = column in own.values()
            timed = column == own.get("session") and plain(column) in _TIMES
            if is_key and not timed:
                continue
            seen = _look(connection, staged, column, own)
            variable, why = _variable(seen, entry.role, taken)
            reasons.append(
                (f"column {column}" if variable is None else f"variable {variable.name}", why)
            )
            if variable is not None:
                taken.add(variable.name)
                variables.append(variable)
    return variables, reasons


def _look(connection, staged: Staged, column: str, keys: dict[str, str]) -> Column:
    raw = staged.columns[column]
    text = cells.present(raw, MISSING)
    value = f"coalesce({cells.number('text', '.')}, {cells.number('text', ',')})"
    present, numbers, distinct, low, high = connection.execute(
        f"WITH texts AS (SELECT {text} AS text, count(*) AS n FROM {staged.table} "
        f"WHERE {text} IS NOT NULL GROUP BY ALL), "
        f"known AS (SELECT n, {value} AS value FROM texts), "
        "ranked AS (SELECT *, sum(n) OVER (PARTITION BY value IS NULL ORDER BY value) AS below, "
        "sum(n) OVER (PARTITION BY value IS NULL ORDER BY value DESC) AS above, "
        "sum(n) OVER (PARTITION BY value IS NULL) AS total FROM known) "
        "SELECT coalesce(sum(n), 0), coalesce(sum(n) FILTER (value IS NOT NULL), 0), count(*), "
        f"min(value) FILTER (below > {STRAY} * total), max(value) FILTER (above > {STRAY} * total) "
        "FROM ranked"
    ).fetchone()
    constant = ""
    for unit, key in (("episode", "patient"), ("therapist", "therapist"), ("clinic", "clinic")):
        holder = staged.columns.get(keys.get(key, ""))
        patient = staged.columns.get(keys.get("patient", ""))
        below = patient if patient and unit != "episode" else "line"
        if holder and distinct > 1 and _constant(connection, staged, text, holder, below):
            constant = unit
    return Column(column, int(present), int(numbers), distinct, low, high, constant)


def _constant(connection, staged: Staged, text: str, holder: str, below: str) -> bool:
    """Never changes within a holder, nor among the rows without one; and could have changed.

    It could have where two holders at least have several rows (or patients: `below`) with a value.
    """
    worst, proofs = connection.execute(
        "SELECT max(d), count(*) FILTER (n > 1) FROM (SELECT count(DISTINCT value) AS d, "
        "count(DISTINCT below) FILTER (value IS NOT NULL) AS n FROM "
        f"(SELECT {text} AS value, {holder} AS holder, {below} AS below FROM {staged.table}) "
        "GROUP BY holder)"
    ).fetchone()
    return worst == 1 and proofs > 1


def _variable(seen: Column, role: str, taken: set) -> tuple[MappedVariable | None, str]:
    if not seen.present:
        return None, "it is empty; left out"
    numeric = seen.numbers >= NUMBERS * seen.present
    if not numeric and seen.distinct > MANY and seen.distinct * 2 > seen.present:
        return None, "it looks like free text or another id; left out"
    unit = seen.constant if role == "session" and seen.constant else role
    instrument, limits = _instrument(seen) if numeric else (None, (None, None))
    factor, component = factor_of(seen.name)
    why = [f"{seen.numbers} of {seen.present} values are numbers"]
    if unit != "session":
        why.append(f"it never changes within one {unit}")
    if instrument:
        factor = factor or instrument.factor
        why.append(f"its name and range are those of {instrument.name}")
    if unit != "session" and factor == "outcome":
        factor = "extra-therapeutic"
        why.append("a score that never changes is the severity at intake, not an outcome")
    variable = MappedVariable(
        _free_name(seen.name, taken),
        column=seen.name,
        label=instrument.name if instrument and not component else seen.name,
        unit=unit,
        kind="number" if numeric else "category",
        factor=factor,
        component=component,
        rater=rater_of(seen.name) if factor == "alliance" else "",
        instrument=instrument.id if instrument else "",
        minimum=limits[0],
        maximum=limits[1],
        higher_is=instrument.higher_is if instrument else "",
    )
    return variable, "; ".join(why)


def _instrument(seen: Column) -> tuple[Instrument | None, tuple]:
    """The instrument that the name says, if the values lie in its total's or its items' range."""
    name = plain(seen.name).replace("_", "")
    candidates = []
    for instrument in instruments().values():
        for called in (instrument.id, *instrument.also_called):
            short = called.replace("_", "")
            if name.startswith(short) and not name[len(short) :][:1].isdigit():
                candidates.append((-len(short), instrument))
    candidates.sort(key=lambda pair: pair[0])
    for _, instrument in candidates:
        for limits in (instrument.total_range, instrument.item_range):
            if limits and seen.low is not None and limits[0] <= seen.low <= seen.high <= limits[1]:
                return instrument, (float(limits[0]), float(limits[1]))
    return None, (None, None)


def _free_name(column: str, taken: set) -> str:
    """The column's name in plain words, numbered if it is a key's name or given already."""
    name = plain(column) or "variable"
    free, number = name, 2
    while free in taken or free in RESERVED:
        free, number = f"{name}_{number}", number + 1
    return free
