"""Moments of crossed groupings as a problem: the largest grouping is eliminated first, block by
block; what is left of the others is one dense matrix of their size.

A grouping that the largest one is nested in (episodes in patients, say) joins its blocks while
they stay small.
"""

import numpy as np
from scipy import sparse

from analysis.base.errors import ModelError
from analysis.models.criterion.crossed.passes import (
    backward_pass,
    forward_pass,
    product_derivatives,
)
from analysis.models.criterion.crossed.problem import CrossedProblem, Lead, Pairs
from analysis.models.criterion.crossed.start import start_sizes
from analysis.models.criterion.fixed_part import fixed_part
from analysis.models.criterion.problem import Level, Passes, Problem, random_levels
from analysis.models.criterion.turned import nested_problem
from analysis.models.language.moments import Moments, is_nested

# Random effects of the groupings that stay. Measured at 5,900: 2 minutes of a processor, 2.2 GB;
# the work grows with the cube, the memory with the square.
MOST_DENSE = 6_000
# Random effects of one block: a patient with a slope and a dozen episodes, say.
LARGEST_BLOCK = 30
# Pairs of a block's entries that are kept: 16 bytes each, and as many while they are sorted.
MOST_PAIRS = 20_000_000
# From this share of entries on a full matrix is faster than a sparse one.
DENSE_FROM = 0.1


def problem_of(moments: Moments) -> Problem | CrossedProblem:
    """The problem that the groupings call for: nested levels where they are nested, else this."""
    if moments.crossings:
        return build_crossed_problem(moments)
    return nested_problem(moments)


def build_crossed_problem(moments: Moments) -> CrossedProblem:
    """The problem of crossed (or nested) groupings, the largest first in `moments`.

    Columns that add nothing are dropped and named, as in the nested problem. ModelError where the
    model cannot be identified, or where more than MOST_DENSE effects would be left.
    """
    total = moments.total
    basis, common = fixed_part(moments, total, moments.design.x)
    levels, maps = random_levels(moments, total)
    leads, size = _leads(moments, levels)
    _check_size(levels[len(leads) :])
    zz = moments.cross[:, :, moments.z]
    zw = moments.cross @ basis
    tail = _rest_places(moments, levels, len(leads))
    places = [lead.place[code] for lead, code in zip(leads, moments.codes, strict=False)]
    block = leads[0].block[moments.codes[0]]
    blocks = int(block.max()) + 1
    own, own_w = _own_sums(zz, zw, maps, places, block, blocks, size)
    between, columns, starts = _between(zz, maps, places, block, blocks, size, tail)
    rest, rest_w = _rest_sums(zz, zw, maps[len(leads) :], tail)
    return CrossedProblem(
        **common,
        levels=levels,
        leads=leads,
        own=own,
        own_w=own_w,
        between=between,
        columns=columns,
        starts=starts,
        full=len(columns) > DENSE_FROM * blocks * len(rest),
        rest=rest,
        rest_w=rest_w,
        pairs=_pairs(between[0], columns, starts) if size == 1 else None,
        passes=Passes(forward_pass, backward_pass, product_derivatives, start_sizes),
    )


def _leads(moments: Moments, levels: tuple[Level, ...]) -> tuple[tuple[Lead, ...], int]:
    """The levels that are eliminated in blocks, and the effects of a block."""
    found, size = _blocks(moments, levels, 1)
    for outer in range(1, len(levels) - 1):  # one level at least stays
        if not is_nested(moments.codes[outer - 1], moments.codes[outer]):
            break
        wider, larger = _blocks(moments, levels, outer + 1)
        if larger > LARGEST_BLOCK:
            break
        found, size = wider, larger
    return found, size


def _blocks(moments: Moments, levels, joined: int) -> tuple[tuple[Lead, ...], int]:
    """The first `joined` levels in blocks of the outermost of them."""
    outer, found, at = moments.codes[joined - 1], [], 0
    for level, code in zip(levels[:joined], moments.codes, strict=False):
        block = np.zeros(level.groups, dtype=np.int64)
        block[code] = outer
        order = np.argsort(block, kind="stable")
        slot = np.empty(level.groups, dtype=np.int64)
        slot[order] = np.arange(level.groups) - np.searchsorted(block[order], block[order])
        slots = int(slot.max()) + 1
        found.append(Lead(block, at + slot * level.q, slots, at))
        at += slots * level.q
    return tuple(found), at


def _check_size(rest: tuple[Level, ...]) -> None:
    effects = sum(level.groups * level.q for level in rest)
    if effects > MOST_DENSE:
        share = effects / 5_900
        names = " and ".join(f"'{level.group}'" for level in rest)
        raise ModelError(
            f"{names} have {effects:,} random effects crossed with a larger grouping, too many to "
            f"solve together: about {2 * share**3:.0f} minutes of a processor and "
            f"{2.2 * share**2:.0f} GB",
            where=" + ".join(f"(… | {level.group})" for level in rest),
            allowed=f"at most {MOST_DENSE:,} of all crossed groupings but the largest",
            next_step="leave one of them out, take part of the data, or use episodes (one "
            "treatment by one therapist), which are nested",
        )


def _rest_places(moments: Moments, levels, joined: int) -> list[np.ndarray]:
    """(U, q) place of each unit's effects of each level that stays, term by term."""
    places, at = [], 0
    for level, code in zip(levels[joined:], moments.codes[joined:], strict=True):
        places.append(at + code[:, None] + level.groups * np.arange(level.q))
        at += level.groups * level.q
    return places


def _own_sums(zz, zw, maps, places, block, blocks: int, size: int):
    own, own_w = np.zeros((blocks, size, size)), np.zeros((blocks, size, zw.shape[2]))
    for left, at in zip(maps, places, strict=False):
        rows = at[:, None] + np.arange(left.shape[1])
        np.add.at(own_w, (block[:, None], rows), left.T @ zw)
        for right, beside in zip(maps, places, strict=False):
            columns = beside[:, None] + np.arange(right.shape[1])
            where = (block[:, None, None], rows[:, :, None], columns[:, None, :])
            np.add.at(own, where, left.T @ zz @ right)
    return own, own_w


def _between(zz, maps, places, block, blocks: int, size: int, tail):
    """Z1'Z2 (size, e) with its columns (e,) and the start of each block's entries (b + 1,)."""
    wide = np.concatenate(tail, axis=1)
    right = np.concatenate(maps[len(places) :], axis=1)
    width = int(wide.max()) + 1
    keys, entry = np.unique(block[:, None] * width + wide, return_inverse=True)
    entry = entry.reshape(wide.shape)
    out = np.zeros((size, len(keys)))
    for left, at in zip(maps, places, strict=False):
        rows = at[:, None] + np.arange(left.shape[1])
        np.add.at(out, (rows[:, :, None], entry[:, None, :]), left.T @ zz @ right)
    return out, keys % width, np.searchsorted(keys // width, np.arange(blocks + 1))


def _pairs(entries: np.ndarray, columns: np.ndarray, starts: np.ndarray) -> Pairs | None:
    """entries (e,): of Z1'Z2, with their columns and the start of each block's."""
    sizes = np.diff(starts)
    if int((sizes * (sizes + 1) // 2).sum()) > MOST_PAIRS:
        return None
    m = int(columns.max()) + 1
    blocks, keys, found = [], [], []
    for size in np.unique(sizes[sizes > 0]):  # blocks of one size at once
        own = np.flatnonzero(sizes == size)
        rows, beside = np.tril_indices(int(size))
        at = starts[own][:, None] + np.arange(size)
        left, right = at[:, rows], at[:, beside]
        keys.append((columns[left] * m + columns[right]).ravel())
        found.append((entries[left] * entries[right]).ravel())
        blocks.append(np.repeat(own, len(rows)))
    key = np.concatenate(keys)
    order = np.argsort(key)
    key = key[order]
    first = np.flatnonzero(np.diff(key, prepend=-1))
    block = np.concatenate(blocks)[order].astype(np.int32)  # half the memory to run through
    ends = np.append(first, len(key)).astype(np.int32)
    products = sparse.csr_array(
        (np.concatenate(found)[order], block, ends), shape=(len(first), len(sizes))
    )
    places = key[first]
    return Pairs(products, places // m, places % m)


def _rest_sums(zz, zw, maps, tail):
    wide, right = np.concatenate(tail, axis=1), np.concatenate(maps, axis=1)
    m = int(wide.max()) + 1
    rest, rest_w = np.zeros((m, m)), np.zeros((m, zw.shape[2]))
    np.add.at(rest_w, wide, right.T @ zw)
    np.add.at(rest, (wide[:, :, None], wide[:, None, :]), right.T @ zz @ right)
    return rest, rest_w
