"""Sums of products of a model's columns, by unit and over all rows, as the source adds them up."""

import numpy as np
import pyarrow as pa

from analysis.base.errors import ModelError
from analysis.models.language.design import INTERCEPT, LARGEST, Column, Design
from analysis.models.language.moments import binary_grid
from analysis.store.sums.column_sql import key_name
from analysis.store.sums.complete import CompleteRows
from analysis.store.sums.groups import key_columns, numbers_of

# Sums that one query asks for: the plan of 20,000 takes a gigabyte.
MOST_AT_ONCE = 2_000


def random_columns(design: Design, names: tuple[str, ...]) -> np.ndarray:
    """(z,) positions of the columns that carry random effects, the intercept among them."""
    random = dict.fromkeys([INTERCEPT, *(c for b in design.blocks for c in b.columns)])
    return np.array([names.index(c) for c in random])


def grid_of(columns: list[Column], mean, sd, low, high) -> tuple[np.ndarray, np.ndarray]:
    """Centre and scale of each column, the intercept first, from the others' means and so on.
    ModelError for a column too large or too small to square."""
    constant = low == high  # a mean of equal values need not equal them
    finite: np.ndarray = np.asarray(np.isfinite([mean, sd, low, high]).all(axis=0))
    _check_sizes(columns[1:], finite, np.where(constant, 1.0, sd))
    centre, scale = binary_grid(np.where(constant, low, mean), np.where(constant, 0.0, sd))
    return np.concatenate([[0.0], centre]), np.concatenate([[1.0], scale])


def _check_sizes(columns: list[Column], finite: np.ndarray, sd: np.ndarray) -> None:
    """Refuse columns whose squares, or those of their coefficients, would overflow."""
    usable = finite & (sd > 1 / LARGEST) & (sd < LARGEST)
    for column in (c for c, good in zip(columns, usable, strict=True) if not good):
        raise ModelError(
            f"'{column.name}' holds numbers too large or too small to compute with",
            where=f"'{column.name}'",
            allowed=f"finite numbers, with differences between {1 / LARGEST:.0e} and {LARGEST:.0e}",
            next_step="look for infinite or mistyped values, or measure in another unit",
        )


def unit_sums(rows: CompleteRows, relation: str, design: Design, z, d: int) -> pa.Table:
    """One row a combination of the groups: their keys, a count, and the sums of `_summed`."""
    keys = key_columns(design)
    weighted = bool(design.weights)
    sums = [f"sum({_product(a, b, weighted)})" for a, b in _summed(z, d, weighted)]
    grouping = f"GROUP BY {', '.join(keys)}" if keys else ""
    sql = f"SELECT {', '.join([*keys, 'count(*)', *sums])} FROM {relation} {grouping}"
    return rows.source.cursor.sql(sql).to_arrow_table()


def _summed(z: np.ndarray, d: int, weighted: bool) -> list[tuple[int, int]]:
    """The products of the columns z with all d that are sums of their own: each pair once, and
    not the one that the count tells."""
    known = set() if weighted else {(0, 0)}
    pairs = [(int(a), b) for k, a in enumerate(z) for b in range(d) if b not in z[:k]]
    return [pair for pair in pairs if pair not in known]


def unit_places(codes: tuple[np.ndarray, ...], units: int) -> np.ndarray:
    """Where each unit goes for them to be sorted by their codes, the first one first."""
    if not codes:
        return np.arange(units)
    groups = int(codes[0].max(initial=-1)) + 1
    if groups == len(codes[0]):
        return codes[0]
    places = np.empty(len(codes[0]), dtype=np.int64)  # crossed: a group in several units
    places[np.lexsort(codes[::-1])] = np.arange(len(places))
    return places


def unit_products(table: pa.Table, keys: int, z, d: int, weighted: bool, place: np.ndarray):
    """(U, z, d) sums of products, the units last in memory, and (U,) counts; units in place."""
    counts = np.empty(len(place))
    _place(table.column(keys), place, counts)
    cross = np.empty((len(z), d, len(place)))
    cross[0, 0] = counts
    at = {int(a): k for k, a in enumerate(z)}
    for i, (a, b) in enumerate(_summed(z, d, weighted)):
        _place(table.column(keys + 1 + i), place, cross[at[a], b])
        if b in at and b != a:
            cross[at[b], a] = cross[at[a], b]
    return np.moveaxis(cross, 2, 0), counts


def _place(column: pa.ChunkedArray, place: np.ndarray, out: np.ndarray) -> None:
    start = 0
    for chunk in column.chunks:
        out[place[start : start + len(chunk)]] = np.from_dlpack(chunk)
        start += len(chunk)


def whole_gram(rows: CompleteRows, relation: str, weighted: bool, z, cross):
    """Rows, and (d, d) sums of products over all; those with a column of z are sums over units."""
    d = cross.shape[2]
    gram = np.empty((d, d))
    own = np.moveaxis(cross, 0, 2).sum(axis=2)
    others = np.setdiff1d(np.arange(d), z)
    pairs = [(i, j) for k, i in enumerate(others) for j in others[k:]]
    counted = 0
    for first in range(0, len(pairs) or 1, MOST_AT_ONCE):
        some = pairs[first : first + MOST_AT_ONCE]
        sums = ", ".join(f"sum({_product(i, j, weighted)})" for i, j in some)
        sql = f"SELECT count(*), {sums} FROM {relation}"
        counted, *values = rows.source.cursor.execute(sql).fetchall()[0]
        for (i, j), value in zip(some, values, strict=True):
            gram[i, j] = gram[j, i] = value
    gram[z], gram[:, z] = own, own.T
    return counted, gram


def gram_by(rows: CompleteRows, relation: str, d: int, weighted: bool, by: list[str]):
    """Rows, and (J, d, d) sums of products by the groups of the columns `by`, in their order."""
    pairs = [(i, j) for i in range(d) for j in range(i, d)]
    keys = ", ".join(map(key_name, by))
    counted, gram = 0, np.empty((0, d, d))
    for first in range(0, len(pairs), MOST_AT_ONCE):
        some = pairs[first : first + MOST_AT_ONCE]
        sums = ", ".join(f"sum({_product(i, j, weighted)})" for i, j in some)
        sql = f"SELECT count(*), {sums} FROM {relation} GROUP BY {keys} ORDER BY {keys}"
        counts, *columns = rows.source.cursor.sql(sql).to_arrow_table().columns
        if not first:
            gram = np.empty((len(counts), d, d))
        counted = int(numbers_of(counts).sum())
        for (i, j), column in zip(some, columns, strict=True):
            gram[:, i, j] = gram[:, j, i] = numbers_of(column)
    return counted, gram


def _product(i: int, j: int, weighted: bool) -> str:
    factors = [*(["weight"] if weighted else []), *([f"c{i}"] if i else []), f"c{j}"]
    return " * ".join(factors)
