"""Datasets and their versions as text for a terminal."""

from collections.abc import Sequence

from analysis.application.printing.as_text import counts, table
from analysis.store.versions.catalogue import DatasetInfo
from analysis.store.versions.integrity import Integrity


def datasets(found: Sequence[DatasetInfo]) -> str:
    """One line a dataset, or what to do where there is none."""
    columns = ("name", "version", "created (UTC)", "synthetic", "MB", "holds")
    rows = ((i.name, i.version, _created(i), i.synthetic, _size(i), _holds(i)) for i in found)
    return table(columns, rows) if found else "No dataset yet: 'demo' writes one."


def versions(found: Sequence[DatasetInfo]) -> str:
    """One line a version, the newest first; the current one is marked."""
    columns = ("version", "", "created (UTC)", "MB", "holds")
    rows = (
        (i.version, "current" if i.current else "", _created(i), _size(i), _holds(i)) for i in found
    )
    return table(columns, rows)


def checked(found: Sequence[Integrity]) -> str:
    """One line a version: what was found of it."""
    columns = ("version", "", "state", "found")
    rows = ((i.version, "current" if i.current else "", i.state, i.sentence) for i in found)
    return table(columns, rows)


def _created(info: DatasetInfo) -> str:
    return info.created[:16].replace("T", " ")


def _size(info: DatasetInfo) -> str:
    return f"{info.size_bytes / 1e6:.1f}"


def _holds(info: DatasetInfo) -> str:
    return info.problem or counts(info.counts)
