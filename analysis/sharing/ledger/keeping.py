"""The file that a ledger is: opened, locked while it is written, and refused where it was lost.

One SQLite file in the dataset's folder, mode 0600: its transactions keep two exports at once from
passing each other, it outlives every version of the dataset and goes with the dataset. A stamp
beside the folder says how much it must hold (`stamp`): where it is missing, emptied or older,
nothing is shared.
"""

import contextlib
import os
import secrets
import sqlite3
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

from analysis.base.errors import StoreError
from analysis.sharing.ledger import stamp

FILE = "shared.ledger"
PATIENCE = 30.0  # seconds that one export waits for another
_SCHEMA = """
CREATE TABLE IF NOT EXISTS secret (key BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS export (
    export INTEGER PRIMARY KEY, made TEXT NOT NULL, version TEXT NOT NULL, filter TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS cell (
    export INTEGER NOT NULL REFERENCES export, kind TEXT NOT NULL, who TEXT NOT NULL,
    patients INTEGER NOT NULL, sketch BLOB NOT NULL, UNIQUE (kind, sketch));
CREATE TABLE IF NOT EXISTS told (
    export INTEGER NOT NULL REFERENCES export, version TEXT NOT NULL, spec TEXT NOT NULL,
    body TEXT NOT NULL, UNIQUE (version, spec, body));
CREATE TABLE IF NOT EXISTS person (number INTEGER PRIMARY KEY, content BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS sums (
    file INTEGER PRIMARY KEY, made TEXT NOT NULL, version TEXT NOT NULL, formula TEXT NOT NULL,
    person TEXT NOT NULL, columns TEXT NOT NULL, marks BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS part (
    file INTEGER NOT NULL REFERENCES sums, name TEXT NOT NULL, patients INTEGER NOT NULL,
    sketch BLOB NOT NULL, members BLOB NOT NULL);
"""


def secret(folder: Path) -> bytes:
    """The dataset's own random key for sketches; made when it is first asked for."""
    with opened(folder) as ledger, transaction(ledger):
        found = ledger.execute("SELECT key FROM secret").fetchone()
        if found is None:
            found = (secrets.token_bytes(32),)
            ledger.execute("INSERT INTO secret VALUES (?)", found)
    return found[0]


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[sqlite3.Connection]:
    """The ledger of a dataset's folder, made where there is none; StoreError where it was lost."""
    path = folder / FILE
    if not path.exists() and stamp.read(folder):
        raise _lost(folder, "is missing")
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        ledger = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise _unusable(folder, error) from None
    try:
        ledger.executescript(_SCHEMA)
        if not stamp.covers(stamp.read(folder), held(ledger)):
            raise _lost(folder, "holds less than was shared")
        yield ledger
    except sqlite3.Error as error:
        raise _unusable(folder, error) from None
    finally:
        ledger.close()


def held(ledger: sqlite3.Connection) -> dict:
    """What the ledger holds, for the stamp: whose it is, and how much."""
    [exports] = ledger.execute("SELECT coalesce(max(export), 0) FROM export").fetchone()
    [cells] = ledger.execute("SELECT count(*) FROM cell").fetchone()
    [sums] = ledger.execute("SELECT count(*) FROM sums").fetchone()
    found = ledger.execute("SELECT key FROM secret").fetchone()
    of = blake2b(found[0], digest_size=16).hexdigest() if found else ""
    return {"ledger": of, "exports": exports, "cells": cells, "sums": sums}


@contextlib.contextmanager
def transaction(ledger: sqlite3.Connection) -> Iterator[None]:
    """All or nothing, and one writer at a time from the first read on."""
    ledger.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        ledger.execute("ROLLBACK")
        raise
    ledger.execute("COMMIT")


def _lost(folder: Path, how: str) -> StoreError:
    return StoreError(
        f"The ledger of what was shared {how}, so nothing is shared: a new report could not be "
        "compared with the earlier ones",
        where=f"dataset {folder.name}, file {FILE}",
        allowed="the ledger as the last report left it",
        next_step="put the file back from a backup; a report for inside can be made without it",
    )


def _unusable(folder: Path, error: Exception) -> StoreError:
    reason = getattr(error, "strerror", None) or type(error).__name__
    return StoreError(
        "The ledger of what was shared cannot be used, so nothing is shared",
        where=f"dataset {folder.name}, file {FILE}",
        next_step=f"check that the folder is writable and the disk has space ({reason})",
    )
