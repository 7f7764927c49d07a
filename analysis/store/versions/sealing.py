"""From an open file of tables to an immutable version: checked, hashed, verified."""

import hashlib
import json
from pathlib import Path

import duckdb

from analysis.base.errors import StoreError
from analysis.store.versions import ordinals
from analysis.store.versions.hardened import NO_EXTENSIONS, one_row
from analysis.store.versions.naming import ORDINALS, quoted, somebody

TABLES = ("clinic", "therapist", "episode", "session")
# What says where, when and how a version was made, not what it holds.
PROVENANCE = ("name", "created", "sources", "mapping", "import_report", "duckdb", ordinals.META)
_KEYS = {
    "clinic": ("clinic",),
    "therapist": ("therapist",),
    "episode": ("episode",),
    "session": ("episode", "session"),
}
_PARENTS = (("therapist", "clinic"), ("episode", "therapist"), ("session", "episode"))


def row_counts(connection: duckdb.DuckDBPyConnection, has_ordinals: bool = False) -> dict[str, int]:
    """Rows of each of the four tables, the place of those without a therapist left out; and
    'patient': the number of distinct patients, which the ordinals tell at once."""
    counted = dict.fromkeys(TABLES, "*") | {"therapist": somebody("therapist")}
    parts = [f"(SELECT count({counted[table]}) FROM {table})" for table in TABLES]
    last = f"coalesce(max({quoted(ORDINALS['patient'])}) + 1, 0)"
    patients = last if has_ordinals else "count(DISTINCT patient)"
    parts.append(f"(SELECT {patients} FROM episode)")
    values = one_row(connection, f"SELECT {', '.join(parts)}")
    return dict(zip((*TABLES, "patient"), values, strict=True))


def check_keys(connection: duckdb.DuckDBPyConnection) -> None:
    """Raises StoreError unless each key is unique and each row's parent exists."""
    for table, keys in _KEYS.items():
        columns = ", ".join(keys)
        (repeated,) = one_row(
            connection,
            f"SELECT (SELECT count(*) FROM {table}) - "
            f"(SELECT count(*) FROM (SELECT DISTINCT {columns} FROM {table}))",
        )
        if repeated:
            raise _broken(f"{repeated} rows repeat the key ({columns})", table)
    for child, parent in _PARENTS:
        (orphans,) = one_row(
            connection, f"SELECT count(*) FROM {child} ANTI JOIN {parent} USING ({parent})"
        )
        if orphans:
            raise _broken(f"{orphans} rows name a {parent} that does not exist", child)


def content_version(connection: duckdb.DuckDBPyConnection, meta: dict | None = None) -> str:
    """The version of what the tables hold: 12 hexadecimal digits.

    Each table enters as its columns, its row count and two sums of row hashes, so the order
    of rows does not matter; `meta` (the table's, or key -> JSON before it is filled) enters
    without its provenance (name, creation, sources).
    9 million sessions take under a second. The row hash is DuckDB's own: another release of
    DuckDB may give the same content another version, which costs a duplicate and no harm.
    """
    digest = hashlib.sha256()
    described = connection.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() "
        "WHERE NOT internal AND database_name = current_database() ORDER BY ALL"
    ).fetchall()
    for table in (*TABLES, "dictionary"):
        columns = [
            (name, kind)
            for of, name, kind in described
            if of == table and name not in ORDINALS.values()
        ]
        digest.update(json.dumps([table, *_fingerprint(connection, table, columns)]).encode())
    if meta is None:
        meta = dict(connection.execute("SELECT key, value FROM meta").fetchall())
    rows = sorted((key, value) for key, value in meta.items() if key not in PROVENANCE)
    digest.update(json.dumps(rows).encode())
    return digest.hexdigest()[:12]


def verify(path: Path, counts: dict[str, int], version: str) -> None:
    """Reads the closed file at `path` again, every block, and compares it with what was written.

    DuckDB has no integrity pragma; its blocks carry checksums that a full read tests.
    """
    try:
        with duckdb.connect(str(path), read_only=True, config=NO_EXTENSIONS) as connection:
            same = row_counts(connection) == counts and content_version(connection) == version
    except duckdb.Error:
        same = False
    if not same:
        raise StoreError(
            "What was written does not read back as it was",
            where=f"dataset {path.parent.name}",
            next_step="check the disk's free space and health, then try again; nothing was kept",
        )


def _fingerprint(connection: duckdb.DuckDBPyConnection, table: str, described: list) -> list:
    columns = ", ".join(quoted(name) for name, _ in described)
    sums = one_row(
        connection,
        f"SELECT count(*), coalesce(sum(hash({columns})::HUGEINT), 0)::VARCHAR, "
        f"coalesce(sum(hash('salt', {columns})::HUGEINT), 0)::VARCHAR FROM {table}",
    )
    return [described, *sums]


def _broken(problem: str, table: str) -> StoreError:
    return StoreError(
        f"The tables do not fit together: {problem}",
        where=f"table {table}",
        allowed="unique keys, and a clinic for each therapist, a therapist for each episode, "
        "an episode for each session",
        next_step="correct the writer of this dataset; nothing was kept",
    )
