"""Names of datasets, versions and columns: what is allowed and how they are written in SQL."""

import re
from pathlib import Path

from analysis.base.errors import StoreError

DATASET_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
VERSION = re.compile(r"[0-9a-f]{12}")
KEY_COLUMNS = {
    "clinic": ("clinic",),
    "therapist": ("therapist", "clinic"),
    "episode": ("episode", "patient", "therapist", "started", "ended", "ending"),
    "session": ("episode", "session", "date", "weeks_since_intake"),
}
# Columns beside the text keys, written when a version is sealed (ordinals.py).
ORDINALS = {key: f"{key} ordinal" for key in ("clinic", "therapist", "patient", "episode")}
RESERVED = frozenset(name for names in KEY_COLUMNS.values() for name in names) | frozenset(
    ORDINALS.values()
)
# The key of rows that name no therapist or clinic: a place for them, and nobody.
UNKNOWN = "unknown"
ALONE = "no therapist: "  # before a patient's key, in the place of a therapist nobody named
LONGEST_COLUMN = 120  # longer names are unreadable in every table and chart
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff`\"]")


def stamp_path(folder: Path) -> Path:
    """Where it is noted, beside a dataset's folder, how much its ledger must hold."""
    return folder.parent / f".shared-{folder.name}.json"


def check_dataset_name(name: str) -> str:
    """`name` itself when it is on the allow-list, else StoreError that says what is allowed."""
    return check_name(name, "dataset", "clinic-2026")


def check_name(name: str, of: str, example: str) -> str:
    """The same of what is kept under a name as a dataset's. of: what it is called."""
    if not DATASET_NAME.fullmatch(name):
        raise StoreError(
            f"This cannot be the name of a {of}",
            where=f"name {name[:80]!r}",
            allowed="1 to 64 lower-case letters, digits, '-' and '_', the first a letter or digit",
            next_step=f"choose a name such as '{example}'",
        )
    return name


def check_column_name(name: str) -> str:
    """`name` itself when it can name a variable, else StoreError.

    Any printable name is kept as the user has it ('hamd.b'), but for the keys of the four
    tables, quotes, backticks (they quote names in formulas) and invisible characters.
    """
    problem = _column_problem(name)
    if problem:
        raise StoreError(
            f"A variable cannot have this name: {problem}",
            where=f"variable {name[:80]!r}",
            allowed=f"1 to {LONGEST_COLUMN} printable characters, no quotes; reserved: "
            + ", ".join(sorted(RESERVED)),
            next_step="give the variable another name",
        )
    return name


def quoted(name: str) -> str:
    """`name` as an SQL identifier. Worked: hamd.b -> "hamd.b"."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """`text` as an SQL string, for the few places where a value cannot be bound."""
    return "'" + text.replace("'", "''").replace("\x00", "") + "'"


def somebody(key: str) -> str:
    """SQL: the key, NULL for the place of those that name nobody ('unknown', 'clinic/unknown')."""
    return f"CASE WHEN {key} <> '{UNKNOWN}' AND NOT ends_with({key}, '/{UNKNOWN}') THEN {key} END"


def _column_problem(name: str) -> str:
    if not name.strip() or name != name.strip():
        return "it is empty or begins or ends with a space"
    if len(name) > LONGEST_COLUMN:
        return f"it has {len(name)} characters"
    if _FORBIDDEN.search(name):
        return "it holds a quote or an invisible character"
    if name.lower() in RESERVED:
        return "it is the name of a key"
    return ""
