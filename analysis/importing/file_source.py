"""A CSV or Parquet file as the rows of a fit."""

import codecs
from pathlib import Path

from analysis.base.errors import RequestError, did_you_mean
from analysis.importing.reading.sniff import delimiter_of
from analysis.store.sources.relation import Source, literal, text_of
from analysis.store.versions.hardened import DatabaseError
from analysis.store.versions.naming import quoted

# What a file's empty answers look like; ids called "NA" are kept by the import, not here,
# where a file comes as statistics programs write it.
MISSING = ("", "NA", "NaN", "nan", "NULL", "null", ".")
_NUMBER_TYPES = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "UHUGEINT",
    "FLOAT",
    "DOUBLE",
    "DECIMAL",
)


def file_source(connection, path: Path, names: tuple[str, ...]) -> Source:
    """The rows of a CSV or Parquet file, for the variables `names`."""
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
        _check_istext_of(path, start)
        return _csv_source(connection, path, names, _csv_call(path, start))
    except DatabaseError:
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


def _check_istext_of(path: Path, start: bytes) -> None:
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
    relation = f"read_parquet({literal(str(path))})"
    types = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    kinds, numbers, texts = {}, {}, {}
    for name, kind, *_ in types:
        column = quoted(name)
        is_number = kind.split("(")[0] in _NUMBER_TYPES
        kinds[name] = "number" if is_number else "category"
        texts[name] = text_of(column, kinds[name])
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
        f"read_csv({literal(str(path))}, all_varchar=true, skip=0, delim={literal(delimiter)}, "
        f"quote='\"', escape='\"', strict_mode=true, encoding='{'utf-16' if utf16 else 'utf-8'}'"
    )


def _csv_source(connection, path: Path, names: tuple[str, ...], read: str) -> Source:
    """Each named column read as text; a number when every entry that isn't missing is one."""
    call = f"{read}, header=true)"
    known = [r[0] for r in connection.execute(f"DESCRIBE SELECT * FROM {call}").fetchall()]
    _check_headers(connection, path, read)
    used = [n for n in known if n in names]
    missing = ", ".join(literal(m) for m in MISSING)
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
