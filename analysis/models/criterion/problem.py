"""The moments in the shape that the criterion is evaluated in: scaled, nested, compressed.

Units of the innermost level with the same Z'Z enter only through sums over them (a "pattern"),
so the work does not grow with the units where times are regular.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.base.errors import ModelError
from analysis.models.criterion.compress import compressed
from analysis.models.criterion.fixed_part import fixed_part
from analysis.models.language.design import INTERCEPT
from analysis.models.language.moments import Moments, outer_of


@dataclass(frozen=True, slots=True)
class Level:
    """Random effects of one grouping factor.

    group: its label. groups: their number. blocks: for each block the positions of its columns
    among the level's q columns. terms: the q columns' names. parent: (groups,) code of the group
    one level out (all 0 at the outermost). to_raw: (q, q) matrix, raw effects = to_raw @ internal.
    """

    group: str
    groups: int
    blocks: tuple[tuple[int, ...], ...]
    terms: tuple[str, ...]
    parent: np.ndarray
    to_raw: np.ndarray
    mean_zz: np.ndarray  # (q, q) mean over rows of z z', internal scale

    @property
    def q(self) -> int:
        return len(self.terms)


@dataclass(frozen=True, slots=True)
class Passes:
    """How a problem is gone through: counterparts of criterion.py's `forward_pass`,
    `backward_pass` and `product_derivatives` for groups that are not nested. start: of a problem
    and a size, the (q,) diagonal of Lambda at each level that a search should start from."""

    forward: Callable
    backward: Callable
    products: Callable
    start: Callable


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyProblem:
    """What problems of nested and of crossed groupings have in common: d = p + 1 columns
    W = [X y] on the internal scale, and their gram (d, d).

    x_to_raw (p, p), x_covariance (p, p): raw coefficients; the covariance of X over the rows.
    sigma_scale: of the residual SD, to that of a row of weight 1 on the outcome's scale.
    log_weights: as in Moments; 0 without weights.
    passes: None where the recursion over nested levels does.
    """

    rows: int
    gram: np.ndarray
    levels: tuple[Level, ...]
    x: tuple[str, ...]
    x_to_raw: np.ndarray
    y_scale: float
    sigma_scale: float
    log_weights: float
    x_covariance: np.ndarray
    dropped: tuple[str, ...]
    passes: Passes | None = None

    @property
    def p(self) -> int:
        return len(self.x)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem(AnyProblem):
    """Everything an evaluation over nested groupings needs.

    Arrays over groups have the groups last. zz (q1, q1, K), zo (q1, qo, K): Z1'Z1 and Z1'Z_outer
    of each pattern; size (K,) units of each. scatter (q1, q1, K, d, d): each pattern's sum of
    (Z1'W)_a (Z1'W)_b'; or, where that would be more, None and the units: rows_r (d, q1, U) with
    rows_pattern (U,). pair_r (d, q1, P): sums of Z1'W by (parent, pattern), sorted by parent;
    pair_size (P,) units of each.
    table, counts: where most (parent, pattern) pairs occur, in place of the four: the sums as
    (K q1, d n2) and the sizes as (K, n2), so that sums over pairs are products of matrices.
    outer (qo, qo + d, n2): Z_outer'[Z_outer W] by group of the second level.
    """

    zz: np.ndarray
    zo: np.ndarray
    size: np.ndarray
    rows_r: np.ndarray
    rows_pattern: np.ndarray
    scatter: np.ndarray | None
    pair_r: np.ndarray
    pair_pattern: np.ndarray
    pair_parent: np.ndarray
    pair_size: np.ndarray
    table: np.ndarray | None
    counts: np.ndarray | None
    outer: np.ndarray

    @property
    def numbers(self) -> int:
        """How many numbers an evaluation reads: its cost, about."""
        held = (self.scatter, self.rows_r, self.pair_r, self.table, self.outer)
        return sum(array.size for array in held if array is not None)


def build_problem(moments: Moments, x: tuple[str, ...] | None = None) -> Problem:
    """The problem of the design's model, or with only the fixed effects `x`.

    Columns that are constant or collinear with those before them are dropped and named.
    ModelError where the model cannot be identified at all.
    """
    x = moments.design.x if x is None else x
    total = moments.total
    levels, z_basis = random_levels(moments, total)
    basis, common = fixed_part(moments, total, x)
    return Problem(levels=levels, **common, **compressed(moments, basis, levels, z_basis))


def turned_problem(moments: Moments, problem: Problem, turns: list[np.ndarray]) -> Problem:
    """The same problem on random columns Z R^-1, R (q, q) of each level in `turns`."""
    total = moments.total
    levels, z_basis = random_levels(moments, total)
    basis, common = fixed_part(moments, total, problem.x)
    maps = [np.linalg.solve(r.T, m.T).T for m, r in zip(z_basis, turns, strict=True)]
    return Problem(levels=levels, **common, **compressed(moments, basis, levels, maps))


def random_levels(
    moments: Moments, total: np.ndarray
) -> tuple[tuple[Level, ...], list[np.ndarray]]:
    """The levels, innermost first, and for each its (z, q) map from base z columns."""
    base = {moments.names[i]: k for k, i in enumerate(moments.z)}
    mean_zz = total[np.ix_(moments.z, moments.z)] / moments.rows
    levels, maps = [], []
    for k, label in enumerate(moments.groupings):
        blocks = [b for b in moments.design.blocks if b.label == label]
        inner_map, raw, positions, terms = [], [], [], []
        for block in blocks:
            m, t = _block_map(moments, block.columns, base, mean_zz)
            positions.append(tuple(range(len(terms), len(terms) + len(block.columns))))
            terms += block.columns
            inner_map.append(m)
            raw.append(t)
        z_map = np.concatenate(inner_map, axis=1)
        groups = int(moments.codes[k].max()) + 1
        check_groups(label, groups, moments.rows, [block.columns for block in blocks])
        levels.append(
            Level(
                group=label,
                groups=groups,
                blocks=tuple(positions),
                terms=tuple(terms),
                parent=_parents(moments, k),
                to_raw=_block_diagonal(raw) * moments.scale[-1],
                mean_zz=z_map.T @ mean_zz @ z_map,
            )
        )
        maps.append(z_map)
    return tuple(levels), maps


def _block_map(moments: Moments, columns, base, mean_zz) -> tuple[np.ndarray, np.ndarray]:
    """(z, q) map to the block's internal columns and (q, q) map of effects to the raw scale.

    Centring mixes a slope with the intercept, so only a correlated block with both is centred.
    Columns that stay far from zero (times of 2,000 and more, say) are brought to a size of about
    one, by a power of two, so that equal patterns stay equal. mean_zz (z, z): of the base columns.
    """
    centred = INTERCEPT in columns
    z_map = np.zeros((len(moments.z), len(columns)))
    raw = np.eye(len(columns))
    for j, name in enumerate(columns):
        i = moments.names.index(name)
        z_map[base[name], j] = 1.0
        raw[j, j] = 1.0 / moments.scale[i]
        if i == 0:
            continue
        if centred:
            raw[columns.index(INTERCEPT), j] = -moments.centre[i] / moments.scale[i]
        else:
            z_map[base[INTERCEPT], j] += moments.centre[i] / moments.scale[i]
            size = np.sqrt(z_map[:, j] @ mean_zz @ z_map[:, j])
            step = np.exp2(np.floor(np.log2(size))) if size > 2 else 1.0
            z_map[:, j] /= step
            raw[j, j] /= step
    return z_map, raw


def check_groups(label: str, groups: int, rows: int, blocks: list[tuple[str, ...]]) -> None:
    """ModelError where the `groups` of a grouping cannot carry its blocks of random terms."""
    if groups < 2:
        raise ModelError(
            f"'{label}' has one group only, so nothing can vary between its groups",
            where=f"(… | {label})",
            allowed="at least two groups",
            next_step=f"leave the random term of '{label}' out",
        )
    for terms in blocks:
        effects = groups * len(terms)
        if effects >= rows:
            raise ModelError(
                f"'{label}' has {effects:,} random effects for {rows:,} rows, so they cannot be "
                "told from the residual",
                where=f"({' + '.join(terms)} | {label})",
                allowed="fewer random effects than rows",
                next_step="leave the term out, or use data with several rows in each group",
            )


def _parents(moments: Moments, k: int) -> np.ndarray:
    """Code of the enclosing group one level out, for each group of level k."""
    whole = np.zeros_like(moments.codes[k])
    return outer_of(moments.codes[k], moments.codes[k + 1] if k + 1 < len(moments.codes) else whole)


def _block_diagonal(blocks: list[np.ndarray]) -> np.ndarray:
    size = sum(len(b) for b in blocks)
    out, at = np.zeros((size, size)), 0
    for b in blocks:
        out[at : at + len(b), at : at + len(b)] = b
        at += len(b)
    return out
