"""Rows of a long file or a dataset's sessions as arrays: keys as whole numbers, values as numbers.

What a fit of a panel, of two raters or of sudden gains needs row by row; everything that only
needs sums stays in `moments.py`.
"""

from dataclasses import dataclass, field

import numpy as np

from analysis.base.errors import RequestError, did_you_mean
from analysis.store.sources.relation import Source


@dataclass(frozen=True, slots=True)
class LongRows:
    """keys: name -> (N,) codes 0, 1, … by first appearance, -1 where missing; numbers: name ->
    (N,) finite floats, NaN where missing. source, version: of the dataset, or the file's name and
    ''. notes: sentences on what reading the source left out. labels: key -> each code's text."""

    source: str
    version: str
    keys: dict[str, np.ndarray]
    numbers: dict[str, np.ndarray]
    notes: tuple[str, ...] = ()
    labels: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return len(next(iter((self.keys | self.numbers).values())))


def long_rows(opened: Source, keys: tuple[str, ...], numbers: tuple[str, ...]) -> LongRows:
    """The columns `keys` (told apart as text: 007 is not 7) and `numbers` of an open source, in
    its order. 'patient' of a dataset is each treatment, whose sessions are numbered anew.

    RequestError where a column is missing, holds text, or a number that is not finite.
    """
    actual = {k: "episode" if opened.version and k == "patient" else k for k in keys}
    for name in (*actual.values(), *numbers):
        _check_known(opened, name)
    for name in numbers:
        _check_numeric(opened, name)
    columns = [f"{opened.texts[actual[k]]} AS k{i}" for i, k in enumerate(keys)]
    columns += [
        f"coalesce(CAST({opened.numbers[n]} AS DOUBLE), CAST('NaN' AS DOUBLE)) AS v{i}"
        for i, n in enumerate(numbers)
    ]
    # Asked first, because a result that reading left half fetched blocks the next one but this.
    (rows,) = opened.cursor.execute(f"SELECT count(*) FROM {opened.relation}").fetchall()[0]
    if rows == 0:
        raise RequestError("There are no rows", where=f"'{opened.name}'")
    sql = f"SELECT {', '.join(columns)} FROM {opened.relation}"
    table = opened.cursor.sql(sql).to_arrow_table()
    coded = {k: _codes(table.column(i)) for i, k in enumerate(keys)}
    values = {
        n: _numbers(table.column(len(keys) + i), n, opened.name) for i, n in enumerate(numbers)
    }
    found = {k: codes for k, (codes, _) in coded.items()}
    labels = {k: texts for k, (_, texts) in coded.items()}
    return LongRows(opened.name, opened.version, found, values, opened.notes, labels)


def _check_known(opened: Source, name: str) -> None:
    if name in opened.texts:
        return
    known = list(opened.kinds)
    close = did_you_mean(name, known)
    listed = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
    raise RequestError(
        f"There is no column '{name}'" + (f"; {close}" if close else ""),
        where=f"'{opened.name}'",
        allowed=listed,
        next_step=f"name the column that tells it with --{name}"
        if name in ("patient", "session")
        else "check the name",
    )


def _check_numeric(opened: Source, name: str) -> None:
    if name not in opened.numbers:
        raise RequestError(
            f"'{name}' has entries that are no numbers",
            where=f"'{opened.name}'",
            allowed="numbers; empty, NA, NaN, NULL or . for a missing one",
            next_step="correct them, or leave them empty",
        )


def _codes(column) -> tuple[np.ndarray, tuple[str, ...]]:
    encoded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    texts = encoded.dictionary.to_pylist()
    codes = np.from_dlpack(encoded.indices).astype(np.int64)
    if None in texts:  # what is missing has a code of its own
        missing = texts.index(None)
        texts.pop(missing)
        codes = np.where(codes == missing, -1, codes - (codes > missing))
    return codes, tuple(texts)


def _numbers(column, name: str, source: str) -> np.ndarray:
    values = _array(column.combine_chunks()).copy()
    if np.isinf(values).any():
        raise RequestError(
            f"'{name}' has infinite entries",
            where=f"'{source}', {int(np.isinf(values).sum())} of them",
            allowed="finite numbers, or nothing",
            next_step="correct them, or leave them empty",
        )
    return values


def _array(values) -> np.ndarray:
    """Arrow's numbers without a missing one as numpy's: by its protocol, because `to_numpy` loads
    pandas, a third of what a command on a small file takes."""
    return np.from_dlpack(values)
