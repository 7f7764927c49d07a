"""Columns of a size of about one for the search, and the way back to the raw ones."""

from dataclasses import dataclass

import numpy as np

from analysis.base.errors import ModelError
from analysis.models.criterion.fixed_part import independent
from analysis.models.language.design import INTERCEPT, LARGEST
from analysis.models.linear.identified import check_terms
from analysis.models.logistic.rows.cells import Level
from analysis.models.logistic.rows.random_block import RandomBlock

CONSTANT = 1e-12  # of a column's size: a spread below this is rounding


@dataclass(frozen=True, slots=True)
class Columns:
    """x (p, N) centred and scaled; raw coefficients = to_raw @ those of x; terms kept, dropped."""

    x: np.ndarray
    to_raw: np.ndarray
    terms: tuple[str, ...]
    dropped: tuple[str, ...]


def scaled_columns(x: np.ndarray, terms: tuple[str, ...]) -> Columns:
    """Columns of SD one around zero (without an intercept: of size one), collinear ones left out.

    What an indicator or the intercept is centred by comes back through to_raw. ModelError names a
    column whose numbers are too large or too small to compute with.
    """
    first = terms.index(INTERCEPT) if INTERCEPT in terms else None
    inner = np.array(x.T, dtype=float, order="C")
    centre, size = _centred(inner, first)
    _check_sizes(size, terms)
    inner /= np.where(size > 0, size, 1.0)[:, None]
    kept, dropped = independent(np.eye(len(inner)), inner @ inner.T)
    to_raw = np.diag(1 / size[kept])
    if first is not None:
        to_raw[kept.index(first)] -= centre[kept] / size[kept]
    names = tuple(terms[i] for i in kept)
    return Columns(inner[kept], to_raw, names, tuple(terms[i] for i in dropped))


def random_columns(blocks: tuple[RandomBlock, ...]) -> tuple[np.ndarray, tuple[Level, ...]]:
    """(Q, N) columns of all levels on the internal scale, and the levels; blocks of one grouping
    stand together, groupings in the order of the blocks. ModelError where terms overlap.

    Centring mixes a slope with the intercept, so only a correlated block with both is centred.
    """
    rows, levels = [], []
    for label in dict.fromkeys(block.group for block in blocks):
        own = [block for block in blocks if block.group == label]
        terms = tuple(t for block in own for t in block.terms)
        to_raw, positions, at = np.zeros((len(terms), len(terms))), [], 0
        for block in own:
            span = slice(at, at + len(block.terms))
            inner, to_raw[span, span] = _scaled_block(block)
            rows += list(inner)
            positions.append(tuple(range(at, at + len(block.terms))))
            at += len(block.terms)
        groups, z = int(own[0].codes.max()) + 1, np.array(rows[-at:])
        mean_zz = z @ z.T / z.shape[1]
        levels.append(Level(label, groups, terms, tuple(positions), to_raw, mean_zz))
        check_terms(levels[-1])
    return np.array(rows), tuple(levels)


def _scaled_block(block: RandomBlock) -> tuple[np.ndarray, np.ndarray]:
    first = block.terms.index(INTERCEPT) if INTERCEPT in block.terms else None
    inner = np.array(block.z.T, dtype=float, order="C")
    centre, size = _centred(inner, first)
    _check_sizes(size, block.terms)
    size[size == 0] = 1.0  # a slope on something constant adds nothing to the intercept
    inner /= size[:, None]
    to_raw = np.diag(1 / size)
    if first is not None:
        to_raw[first] -= centre / size
    return inner, to_raw


def _centred(rows: np.ndarray, first: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Centre and root mean square of each row (k, N), which are centred in place: by nothing where
    there is no intercept, whose place `first` is. A constant row's are its value and zero."""
    centre, size = np.zeros(len(rows)), np.ones(len(rows))
    for j, row in enumerate(rows):
        if j == first:
            continue
        most = max(abs(row.min()), abs(row.max())) or 1.0
        if first is not None:
            constant = row.min() == row.max()
            # Divided before they are added, so that no sum overflows.
            centre[j] = row[0] if constant else (row / most).mean() * most
            row -= centre[j]
        own = row / most
        size[j] = most * np.sqrt(own @ own / len(own))
        if size[j] <= CONSTANT * most:
            row[:], size[j] = 0.0, 0.0
    return centre, size


def _check_sizes(size: np.ndarray, terms: tuple[str, ...]) -> None:
    usable = (size == 0) | ((size > 1 / LARGEST) & (size < LARGEST))
    for term in (t for t, good in zip(terms, usable, strict=True) if not good):
        raise ModelError(
            f"'{term}' holds numbers too large or too small to compute with",
            where=f"'{term}'",
            allowed=f"finite numbers, with differences between {1 / LARGEST:.0e} and {LARGEST:.0e}",
            next_step="look for infinite or mistyped values, or measure in another unit",
        )
