"""A Parquet file's rows as text, so that one set of rules judges both kinds of file."""

from collections.abc import Callable
from pathlib import Path

from analysis.importing.findings.quarantine import Ledger
from analysis.importing.reading.headers import chosen_columns
from analysis.importing.reading.sniff import refused
from analysis.store.versions.hardened import Connection, DatabaseError, OutOfMemory, one_row
from analysis.store.versions.naming import quoted

_NESTED = ("STRUCT", "MAP", "LIST", "UNION", "BLOB", "[]")
_FLOATS = ("DOUBLE", "FLOAT")
# Kinds whose numbers are the same through their text and without it.
_NUMBERS = (
    "DOUBLE",
    *(f"{sign}{size}INT" for sign in ("", "U") for size in ("TINY", "SMALL", "BIG")),
)
_NUMBERS += ("INTEGER", "UINTEGER")

# Bytes of a file unpacked, beyond which it is refused: ten million sessions of forty columns have
# some 4 GB. Rows that are looked at for the length of their texts.
MOST_UNPACKED = 12_000_000_000
LOOKED_AT = 64


def stage_parquet(
    connection: Connection,
    path: Path,
    name: str,
    table: str,
    ledger: Ledger,
    wanted: Callable[[str], bool],
    typed: bool = False,
) -> tuple[list[str], dict[str, str], int, tuple[str, ...], dict[str, str]]:
    """Makes `table` with `line` and c0, c1, … as text, of the wanted columns alone; typed: columns
    of numbers as numbers.

    Returns the names of all columns, each wanted one's text as SQL, the number of rows, the
    columns of text (none where all are: such a file says nothing of its types), and what column
    of the table holds each one's numbers.
    Missing values and NaN become ''. Whole floats become whole numbers ('10008', not '10008.0'),
    so that an id which a spreadsheet stored as a float stays the same id.
    """
    try:
        source = connection.from_parquet(str(path))
        header, kinds = source.columns, [str(t) for t in source.types]
        names, chosen = chosen_columns(list(header), name, 1, ledger, wanted)
        _refuse_nested(header, kinds, name)
        _refuse_packed(connection, path, header, kinds, name)
        numbers = {i for i in chosen if typed and kinds[i] in _NUMBERS}
        raw = [quoted(column) for column in header]
        cells = {i: raw[i] if i in numbers else _as_text(raw[i], kinds[i]) for i in chosen}
        columns = "".join(f", {cell} AS c{i}" for i, cell in cells.items())
        connection.execute(
            f"CREATE TEMP TABLE {table} AS SELECT row_number() OVER () + 1 AS line{columns} "
            "FROM read_parquet(?)",
            [str(path)],
        )
    except OutOfMemory:
        raise
    except DatabaseError:
        raise refused(
            "The Parquet file cannot be read: it is cut off, damaged or encrypted",
            name,
            "export it again",
        ) from None
    read = one_row(connection, f"SELECT count(*) FROM {table}")[0]
    if not read:
        raise refused("The file has no rows", name, "export it again with its rows")
    texts = tuple(n for n, kind in zip(names, kinds, strict=True) if kind == "VARCHAR")
    told = {names[i]: _as_text(f"c{i}", kinds[i]) if i in numbers else f"c{i}" for i in chosen}
    known = {names[i]: f"c{i}" for i in sorted(numbers)}
    return names, told, read, texts if len(texts) < len(names) else (), known


def _refuse_nested(header: list[str], kinds: list[str], name: str) -> None:
    nested = [h for h, k in zip(header, kinds, strict=True) if any(n in k for n in _NESTED)]
    if nested:
        raise refused(
            "Columns hold lists, structures or raw bytes: " + ", ".join(nested[:5]),
            name,
            "export plain columns only",
            "numbers, text, dates",
        )


def _refuse_packed(connection: Connection, path: Path, header, kinds, name: str) -> None:
    """A file of a few megabytes can hold one long text a million times. What it would unpack to is
    told from its own directory, and the texts' length from the first rows: nothing else is read."""
    values = dict(
        connection.execute(
            "SELECT path_in_schema, greatest(sum(num_values) * 8, sum(total_uncompressed_size)) "
            "FROM parquet_metadata(?) GROUP BY ALL",
            [str(path)],
        ).fetchall()
    )
    texts = [h for h, kind in zip(header, kinds, strict=True) if kind == "VARCHAR"]
    unpacked = float(sum(values.values()))
    if texts and unpacked <= MOST_UNPACKED:
        lengths = ", ".join(f"avg(octet_length(encode({quoted(t)})))" for t in texts)
        some = ", ".join(quoted(t) for t in texts)
        mean = one_row(
            connection,
            f"SELECT {lengths} FROM (SELECT {some} FROM read_parquet(?) LIMIT {LOOKED_AT})",
            [str(path)],
        )
        told = {t: float(values.get(t, 0)) / 8 for t in texts}
        unpacked += sum((length or 0) * told[t] for t, length in zip(texts, mean, strict=True))
    if unpacked > MOST_UNPACKED:
        raise refused(
            f"The Parquet file would unpack to some {unpacked / 1e9:,.0f} GB",
            name,
            "leave out columns of long texts, or split the file",
            f"{MOST_UNPACKED / 1e9:,.0f} GB",
        )


def _as_text(c: str, kind: str) -> str:
    return f"coalesce({_text(c, kind)}, '')"


def _text(c: str, kind: str) -> str:
    if kind in _FLOATS:
        whole = f"isfinite({c}) AND {c} = trunc({c}) AND abs({c}) < 9007199254740992"
        return (
            f"CASE WHEN {whole} THEN TRY_CAST({c} AS BIGINT)::VARCHAR "
            f"WHEN NOT isnan({c}) THEN {c}::VARCHAR END"
        )
    return f"{c}::VARCHAR"
