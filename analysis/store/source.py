"""Where the rows of a fit come from: a dataset, a CSV file or a Parquet file.

All three become one relation with a number or a text for each variable; missing is NULL.
"""

import codecs
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from analysis.errors import RequestError, StoreError, did_you_mean
from analysis.store import catalogue
from analysis.store.dataset import Dataset, open_dataset
from analysis.store.hardened import NO_EXTENSIONS
from analysis.store.ingest.sniff import delimiter_of
from analysis.store.naming import ORDINALS, quoted
from analysis.store.ordinals import HOMES, META
from analysis.store.registers.address import is_register

# What a file's empty answers look like; ids called "NA" are kept by the import, not here,
# where a file comes as statistics programs write it.
MISSING = ("", "NA", "NaN", "nan", "NULL", "null", ".")
KEYS = ("clinic", "therapist", "patient", "episode")
_NUMBER_TYPES = (
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT",
    "UINTEGER", "UBIGINT", "UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL",
)  # fmt: skip


@dataclass(frozen=True)
class Source:
    """An open relation.

    relation_of(names): SQL that follows FROM for rows with these variables alone, every one of
    them once, where that is less than `relation`; None where it is not.
    kinds: variable -> 'number' or 'category'. numbers, texts: variable -> SQL expression giving a
    DOUBLE or a VARCHAR, NULL when missing. relation: SQL that follows FROM.
    ordinals: key -> SQL of its whole number, 0..n-1 in the order of the texts, where every
    relation has it; homes: key -> the table with all its texts.
    name, version: of the dataset, or the file's name and ''. inline: nothing may be made beside
    the data, not even a temporary view: the complete rows stay a sub-select. cursor: DuckDB's, or
    what does as much on another engine (analysis/store/registers/cursor.py says how much).
    """

    cursor: duckdb.DuckDBPyConnection
    relation: str
    kinds: dict[str, str]
    numbers: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    name: str = ""
    version: str = ""
    relation_of: Callable[[tuple[str, ...]], str] | None = None
    inline: bool = False
    ordinals: dict[str, str] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)


@contextlib.contextmanager
def open_source(source: str | Path, names: tuple[str, ...], version: str = "") -> Iterator[Source]:
    """Open a dataset's name, a CSV or Parquet file, or a register's address, for `names`.

    version: of the dataset, '' for the newest.

    Names that the source lacks are left to the caller, which knows what they were meant for.
    """
    if is_register(source):
        from analysis.store.registers.table import open_register  # an extra that few install

        with open_register(source, names) as opened:
            yield opened
        return
    if is_file(source):
        with contextlib.closing(_memory()) as connection:
            yield _file_source(connection, Path(source), names)
        return
    try:
        info = catalogue.find(str(source), version)
    except StoreError as error:
        raise StoreError(
            error.what,
            where=error.where,
            allowed="a dataset's name, a CSV or Parquet file, or a register's address",
            next_step=error.next_step,
        ) from None
    with open_dataset(info) as dataset, contextlib.closing(dataset.cursor()) as cursor:
        yield dataset_source(dataset, cursor, names)


def is_file(source: str | Path) -> bool:
    """Whether `source` names a file (that may be missing) and no dataset."""
    path = Path(source)
    return path.suffix.lower() in (".csv", ".tsv", ".txt", ".parquet") or path.is_file()


def dataset_source(dataset: Dataset, cursor, names: tuple[str, ...]) -> Source:
    """Rows at the finest unit among `names`: sessions, episodes, therapists or clinics."""
    units = {v.name: v.unit for v in dataset.variables} | {
        "session": "session",
        "weeks_since_intake": "session",
        "ending": "episode",
    }
    kinds = {v.name: v.kind for v in dataset.variables}
    kinds |= dict.fromkeys((*KEYS, "ending"), "category")
    kinds |= {"session": "number", "weeks_since_intake": "number"}
    used = {units[n] for n in names if n in units}
    keys = [k for k in KEYS if k in names]
    order = ("clinic", "therapist", "episode", "session")
    finest = max((order.index(u) for u in used), default=2)
    if any(k in ("patient", "episode") for k in keys):
        finest = max(finest, 2)
    table = order[finest]
    owner = dict.fromkeys(("session", "weeks_since_intake"), "session") | units
    owner |= {
        "episode": table if table == "session" else "episode",
        "patient": "episode",
        "therapist": "episode" if finest >= 2 else "therapist",
        "clinic": "clinic" if table == "clinic" else "therapist",
    }
    needed = {owner[n] for n in names if n in owner}
    columns = {n: f"{owner[n]}.{quoted(n)}" for n in owner}
    # An ongoing treatment has no ending yet; counted as 'not unplanned' it would bias every rate.
    columns["ending"] = "CASE WHEN episode.ending <> 'ongoing' THEN episode.ending END"
    return Source(
        cursor=cursor,
        relation=_joins(table, needed),
        kinds=kinds,
        numbers={n: f"CAST({c} AS DOUBLE)" for n, c in columns.items() if kinds[n] == "number"},
        texts={n: _text(c, kinds[n]) for n, c in columns.items()},
        name=dataset.info.name,
        version=dataset.info.version,
        relation_of=lambda some: _joins(table, {owner[n] for n in some}),
        ordinals=_ordinals(table) if dataset.meta.get(META) else {},
        homes=HOMES,
    )


def _ordinals(table: str) -> dict[str, str]:
    if table not in ("episode", "session"):
        return {}
    return {key: f"{table}.{quoted(column)}" for key, column in ORDINALS.items()}


def _joins(table: str, needed: set[str]) -> str:
    """FROM the row's table, joined outwards as far as a needed table lies."""
    chain = ["session", "episode", "therapist", "clinic"]
    start = chain.index(table)
    last = max([start, *(chain.index(n) for n in needed)])
    sql = table
    for inner, outer in zip(chain[start:last], chain[start + 1 : last + 1], strict=True):
        sql += f" JOIN {outer} ON {inner}.{outer} = {outer}.{outer}"
    return sql


def _text(column: str, kind: str) -> str:
    """Whole numbers read '7', not '7.0'."""
    if kind == "number":
        return f"regexp_replace(CAST({column} AS VARCHAR), '\\.0$', '')"
    return f"CAST({column} AS VARCHAR)"


def _memory() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(":memory:", config=NO_EXTENSIONS | {"memory_limit": "4GB"})


def _file_source(connection, path: Path, names: tuple[str, ...]) -> Source:
    if not path.is_file():
        beside = [p.name for p in path.parent.glob("*")] if path.parent.is_dir() else []
        close = did_you_mean(path.name, beside)
        raise RequestError(
            "There is no such file" + (f"; {close}" if close else ""),
            where=f"'{path.name}'",
            allowed="a CSV or Parquet file, or a dataset's name",
            next_step="check the path",
        )
    with path.open("rb") as file:
        start = file.read(4096)
    try:
        if start.startswith(b"PAR1"):
            return _parquet_source(connection, path)
        _check_is_text(path, start)
        return _csv_source(connection, path, names, _csv_call(path, start))
    except duckdb.Error:
        raise _unreadable(path) from None


def _unreadable(path: Path) -> RequestError:
    try:
        with path.open(encoding="utf-8") as file:
            while file.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return RequestError(
            "The file's text is not UTF-8",
            where=f"'{path.name}'",
            allowed="CSV as UTF-8 (or UTF-16 with its mark), or Parquet",
            next_step="save it as 'CSV UTF-8'",
        )
    return RequestError(
        "The file cannot be read as a table",
        where=f"'{path.name}'",
        allowed="CSV with a header and as many fields in each row, or Parquet",
        next_step="look at its first lines, or import it: the import says which rows are bad",
    )


def _check_is_text(path: Path, start: bytes) -> None:
    if not start.strip():
        raise RequestError("The file is empty", where=f"'{path.name}'", next_step="export it again")
    utf16 = start[:2] in (b"\xff\xfe", b"\xfe\xff")
    if start.startswith((b"PK", b"\x7fELF", b"MZ", b"%PDF")) or (b"\0" in start and not utf16):
        raise RequestError(
            "The file is neither CSV nor Parquet",
            where=f"'{path.name}'",
            allowed="a text file with one row a line",
            next_step="save it as CSV",
        )


def _parquet_source(connection, path: Path) -> Source:
    relation = f"read_parquet({_literal(str(path))})"
    types = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    kinds, numbers, texts = {}, {}, {}
    for name, kind, *_ in types:
        column = quoted(name)
        is_number = kind.split("(")[0] in _NUMBER_TYPES
        kinds[name] = "number" if is_number else "category"
        texts[name] = _text(column, kinds[name])
        if is_number:
            numbers[name] = f"CAST({column} AS DOUBLE)"
    return Source(connection, relation, kinds, numbers, texts, path.name)


def _csv_call(path: Path, start: bytes) -> str:
    """read_csv with everything settled but whether the first row is data.

    Left to find the dialect itself, DuckDB skips first rows that don't fit the later ones.
    """
    utf16 = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    delimiter = delimiter_of(path, "utf-16" if utf16 else "utf-8-sig", 0)
    return (
        f"read_csv({_literal(str(path))}, all_varchar=true, skip=0, delim={_literal(delimiter)}, "
        f"quote='\"', escape='\"', strict_mode=true, encoding='{'utf-16' if utf16 else 'utf-8'}'"
    )


def _csv_source(connection, path: Path, names: tuple[str, ...], read: str) -> Source:
    """Each named column read as text; a number when every entry that isn't missing is one."""
    call = f"{read}, header=true)"
    known = [r[0] for r in connection.execute(f"DESCRIBE SELECT * FROM {call}").fetchall()]
    _check_headers(connection, path, read)
    used = [n for n in known if n in names]
    missing = ", ".join(_literal(m) for m in MISSING)
    columns = ", ".join(
        f"CASE WHEN trim({quoted(n)}) NOT IN ({missing}) THEN {quoted(n)} END AS {quoted(n)}"
        for n in used
    )
    connection.execute(f"CREATE TEMP TABLE raw AS SELECT {columns or '1 AS nothing'} FROM {call}")
    (rows,) = connection.execute("SELECT count(*) FROM raw").fetchall()[0]
    if rows == 0:
        raise RequestError(
            "The file has a header but no rows",
            where=f"'{path.name}'",
            next_step="check that the whole file was exported",
        )
    kinds = dict.fromkeys(known, "category")
    for n in used:
        texts = f"count(*) FILTER ({quoted(n)} IS NOT NULL AND {_number(n)} IS NULL)"
        (bad,) = connection.execute(f"SELECT {texts} FROM raw").fetchall()[0]
        kinds[n] = "category" if bad else "number"
    return Source(
        connection,
        "raw",
        kinds,
        {n: _number(n) for n in used if kinds[n] == "number"},
        {n: quoted(n) for n in used},
        path.name,
    )


def _check_headers(connection, path: Path, read: str) -> None:
    first = connection.execute(f"SELECT * FROM {read}, header=false) LIMIT 1").fetchall()[0]
    names = [str(n).strip() for n in first if n is not None]
    small = [n.casefold() for n in names]  # DuckDB does not tell 'Y' from 'y'
    twice = next((i for i, n in enumerate(small) if n in small[:i]), None)
    if twice is not None:
        other = names[small.index(small[twice])]
        raise RequestError(
            f"Two columns are called '{other}'"
            + (f" and '{names[twice]}'" if names[twice] != other else ""),
            where=f"'{path.name}', first row",
            allowed="names that differ in more than upper and lower case",
            next_step="rename one of them",
        )


def _number(name: str) -> str:
    return f"TRY_CAST({quoted(name)} AS DOUBLE)"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
