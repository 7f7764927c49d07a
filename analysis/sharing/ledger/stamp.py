"""How much a dataset's ledger must hold, kept beside the dataset's folder.

A ledger that was deleted, emptied or put back from an older copy is known by it.
"""

import json
import os
import secrets
from pathlib import Path

from analysis.store.versions.naming import stamp_path


def read(folder: Path) -> dict:
    """What was noted last: ledger (whose it is), exports, cells, sums (files of them); {} where
    nothing was shared.

    A stamp that cannot be read counts as one that nothing covers: {'ledger': None}.
    """
    try:
        found = json.loads(stamp_path(folder).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        return {"ledger": None}
    return found if isinstance(found, dict) and found else {"ledger": None}


def covers(noted: dict, held: dict) -> bool:
    """Whether a ledger holds all that was noted: it is the same one, with as much or more."""
    if not noted:
        return True
    try:
        return (
            noted["ledger"] == held["ledger"]
            and all(held[name] >= int(noted[name]) for name in ("exports", "cells"))
            and held["sums"] >= int(noted.get("sums", 0))  # older stamps know of none
        )
    except (KeyError, TypeError, ValueError):
        return False


def write(folder: Path, held: dict) -> None:
    """Notes what the ledger holds, whole or not at all, never less than before."""
    path = stamp_path(folder)
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    if not covers(read(folder), held):
        return
    try:
        beside.write_text(json.dumps(held), encoding="utf-8")
        os.chmod(beside, 0o600)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
