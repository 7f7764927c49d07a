"""A Parquet file's rows as text, so that one set of rules judges both kinds of file."""

from pathlib import Path

from analysis.importing.reading.sniff import refused
from analysis.store.versions.hardened import Connection, DatabaseError, OutOfMemory
from analysis.store.versions.naming import quoted

_NESTED = ("STRUCT", "MAP", "LIST", "UNION", "BLOB", "[]")
_FLOATS = ("DOUBLE", "FLOAT")


def stage_parquet(
    connection: Connection, path: Path, name: str, table: str
) -> tuple[list[str], int]:
    """Makes `table` with `line` and c0, c1, … as text; returns the header and the row count.

    Missing values become ''. Whole floats become whole numbers ('10008', not '10008.0'), so
    that an id which a spreadsheet stored as a float stays the same id.
    """
    try:
        source = connection.from_parquet(str(path))
        header, kinds = source.columns, [str(t) for t in source.types]
        _refuse_nested(header, kinds, name)
        texts = ", ".join(
            f"coalesce({_as_text(column, kind)}, '') AS c{i}"
            for i, (column, kind) in enumerate(zip(header, kinds, strict=True))
        )
        connection.execute(
            f"CREATE TEMP TABLE {table} AS SELECT row_number() OVER () + 1 AS line, {texts} "
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
    read = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    if not read:
        raise refused("The file has no rows", name, "export it again with its rows")
    return list(header), read


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
        whole = f"{c} = trunc({c}) AND abs({c}) < 9007199254740992"
        return f"CASE WHEN {whole} THEN {c}::BIGINT::VARCHAR ELSE {c}::VARCHAR END"
    return f"{c}::VARCHAR"
