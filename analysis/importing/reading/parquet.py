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


def stage_parquet(
    connection: Connection,
    path: Path,
    name: str,
    table: str,
    ledger: Ledger,
    wanted: Callable[[str], bool],
) -> tuple[list[str], list[int], int, tuple[str, ...]]:
    """Makes `table` with `line` and c0, c1, … as text, of the wanted columns alone.

    Returns the names of all columns, the positions of the wanted ones, the number of rows, and the
    columns of text (none where all are: such a file says nothing of its types).
    Missing values and NaN become ''. Whole floats become whole numbers ('10008', not '10008.0'),
    so that an id which a spreadsheet stored as a float stays the same id.
    """
    try:
        source = connection.from_parquet(str(path))
        header, kinds = source.columns, [str(t) for t in source.types]
        names, chosen = chosen_columns(list(header), name, 1, ledger, wanted)
        _refuse_nested(header, kinds, name)
        texts = "".join(f", coalesce({_as_text(header[i], kinds[i])}, '') AS c{i}" for i in chosen)
        connection.execute(
            f"CREATE TEMP TABLE {table} AS SELECT row_number() OVER () + 1 AS line{texts} "
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
    return names, chosen, read, texts if len(texts) < len(names) else ()


def _refuse_nested(header: list[str], kinds: list[str], name: str) -> None:
    nested = [h for h, k in zip(header, kinds, strict=True) if any(n in k for n in _NESTED)]
    if nested:
        raise refused(
            "Columns hold lists, structures or raw bytes: " + ", ".join(nested[:5]),
            name,
            "export plain columns only",
            "numbers, text, dates",
        )


def _as_text(column: str, kind: str) -> str:
    c = quoted(column)
    if kind in _FLOATS:
        whole = f"isfinite({c}) AND {c} = trunc({c}) AND abs({c}) < 9007199254740992"
        return (
            f"CASE WHEN {whole} THEN TRY_CAST({c} AS BIGINT)::VARCHAR "
            f"WHEN NOT isnan({c}) THEN {c}::VARCHAR END"
        )
    return f"{c}::VARCHAR"
