"""Rows of a source, opened by its name, for the questions on the alliance."""

from pathlib import Path

from analysis.questions.opening import open_source
from analysis.store.queries.long_rows import LongRows, long_rows


def read_rows(
    source: str | Path, keys: tuple[str, ...], numbers: tuple[str, ...], version: str = ""
) -> LongRows:
    """The columns of a dataset's name, a CSV or a Parquet file, or a register (`long_rows`)."""
    names = tuple(dict.fromkeys((*keys, *numbers, "episode")))
    with open_source(source, names, version) as opened:
        return long_rows(opened, keys, numbers)
