"""Rows of a source, opened by its name, for the questions on the alliance."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from analysis.importing.reading.r_table import is_r_table, read_r_table
from analysis.questions.alliance.measures import TOGETHER
from analysis.questions.opening import open_source
from analysis.store.place import Store
from analysis.store.queries.long_rows import LongRows, long_rows
from analysis.store.sources.of_arrays import array_source


def read_rows(
    source: str | Path,
    keys: tuple[str, ...],
    numbers: tuple[str, ...],
    version: str = "",
    store: Store | None = None,
) -> LongRows:
    """The columns of a dataset's name, a CSV or a Parquet file, a table as R's write.table leaves
    it, or a register (`long_rows`). A number 'a+b' is the mean of both where both are there."""
    found = _columns(source, keys, _parts(numbers), version, store)
    together = {n: _mean(found.numbers, n) for n in numbers if n not in found.numbers}
    return replace(found, numbers=found.numbers | together) if together else found


def _parts(numbers: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part for n in numbers for part in n.split(TOGETHER)))


def _mean(columns: dict[str, np.ndarray], key: str) -> np.ndarray:
    return np.mean([columns[part] for part in key.split(TOGETHER)], axis=0)


def _columns(source, keys, numbers, version: str, store: Store | None) -> LongRows:
    path = Path(source)
    if path.is_file() and is_r_table(path):
        with array_source(read_r_table(path), path.name) as opened:
            return long_rows(opened, keys, numbers)
    names = tuple(dict.fromkeys((*keys, *numbers, "episode")))
    with open_source(source, names, version, store) as opened:
        return long_rows(opened, keys, numbers)


def means_by(key: np.ndarray, values: np.ndarray) -> np.ndarray:
    """(groups,) mean of the present values of each group; key (N,) codes; NaN where none."""
    seen = np.isfinite(values)
    size = int(key.max()) + 1 if len(key) else 0
    count = np.bincount(key[seen], minlength=size)
    total = np.bincount(key[seen], weights=values[seen], minlength=size)
    with np.errstate(invalid="ignore", divide="ignore"):
        return total / count
