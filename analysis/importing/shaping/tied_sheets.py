"""Sheets that belong together (patients on one, sessions on another): each a file of its own."""

import csv
from itertools import permutations
from pathlib import Path

from analysis.base.joining import named
from analysis.importing.converting.as_text import ask_which, sheets_of
from analysis.importing.converting.sheets import IN, alike
from analysis.importing.findings.quarantine import Ledger
from analysis.importing.meaning.key_names import LEAST, name_score
from analysis.importing.meaning.words import bare
from analysis.store.place import Store
from analysis.store.scratch import scratch_folder

EACH = "each"  # the answer that takes the sheets as files
_TIES = ("patient", "episode", "therapist", "clinic")
_ANY_ID = "id"  # of a header such as 'ID no.', which says no more


def tables_within(
    paths: list[Path], names: list[str], ledger: Ledger, store: Store | None = None
) -> tuple[list[Path], list[str]]:
    """The files with their display names; a workbook of tied sheets stands once for each of them,
    as 'FILE: SHEET', by which the reader knows what is wanted of it.

    Asks (`sheet`) whether tied sheets count as files, or one alone is read.
    """
    found: list[tuple[Path, str]] = []
    before = dict(ledger.answers.given).get("sheet") == EACH
    for path, name in zip(paths, names, strict=True):
        with scratch_folder(store, "sheets") as folder:
            tables = sheets_of(path, name, folder) if path.is_file() else []
            tied = [] if len(tables) < 2 or alike(tables) else _tied(tables, before)
            if tied and EACH not in {t["sheet"] for t in tables}:
                said = named([t["sheet"] for t in tied], most=0)
                offer = {EACH: f"the sheets {said}, joined by their ids, as if each were a file"}
                if ask_which(tables, name, ledger, offer, EACH) == EACH:
                    found += [(path, f"{name}{IN}{t['sheet']}") for t in tied]
                    continue
        found.append((path, name))
    return [path for path, _ in found], [name for _, name in found]


def _tied(tables: list[dict], before: bool) -> list[dict]:
    """The tables that an id ties to another: its values name the rows of one of the two, and half
    of those in the other are among them. before: last month's were tied, so both having it will do
    (the patients of old sessions may stand in last month's)."""
    ids = [_ids(Path(t["file"])) for t in tables]
    tied: set[int] = set()
    for one, other in permutations(range(len(tables)), 2):
        for tie in set(ids[one]) & set(ids[other]):
            rows, values = ids[one][tie]
            _, theirs = ids[other][tie]
            names_rows = rows == len(values) and 2 * len(values & theirs) >= len(theirs)
            if names_rows or before:
                tied |= {one, other}
    return [tables[i] for i in sorted(tied)]


def _ids(path: Path) -> dict[str, tuple[int, set[str]]]:
    """Of each id that a header in the first line names: how many rows have it, and its values."""
    with open(path, encoding="utf-8", newline="") as stream:
        reader = csv.reader(stream)
        ties = [(_tie(column), place) for place, column in enumerate(next(reader, []))]
        places = {tie: place for tie, place in reversed(ties) if tie}  # the first of each
        found: dict[str, list[str]] = {tie: [] for tie in places}
        for row in reader:
            for tie, place in places.items():
                if place < len(row) and (value := row[place].strip()):
                    found[tie].append(value)
    return {tie: (len(values), set(values)) for tie, values in found.items() if values}


def _tie(column: str) -> str:
    """Whose id the column is by its name, '' for none."""
    if not column.strip():
        return ""
    sure = {key: name_score(key, column) for key in _TIES}
    key = max(sure, key=sure.__getitem__)
    return key if sure[key] >= LEAST else "" if bare(column) else _ANY_ID
