"""Columns of one site in the terms of another coding: exact, by linear combination.

Sites may know different levels of a category, so their indicators and their base differ; and each
centres and scales on its own grid. Both are linear once the constant is among the columns.
"""

from dataclasses import dataclass

import numpy as np

from analysis.base.errors import ModelError
from analysis.models.language.design import INTERCEPT, Column, Design, Level
from analysis.models.language.moments import Moments, binary_grid
from analysis.models.pooled.aggregates import Aggregates
from analysis.models.pooled.standins import stand_ins

Levels = dict[str, tuple[str, ...]]  # variable -> its values, the base first


@dataclass(frozen=True, slots=True)
class Site:
    """One site's sums, the design that they were made with, and its levels of each category."""

    sums: Aggregates
    design: Design
    levels: Levels


def merged(sites: list[Site], design: Design) -> Moments:
    """The Moments of all sites together in the columns of `design`, which knows every level.

    Groups of different sites are different groups. ModelError when a site's columns cannot
    express those of `design`.
    """
    columns = model_columns(design)
    names = tuple(c.name for c in columns)
    random = dict.fromkeys([INTERCEPT, *(c for b in design.blocks for c in b.columns)])
    z = np.array([names.index(c) for c in random], dtype=np.int64)
    maps = [_raw_maps(site, columns, z) for site in sites]
    centre, scale = _common_grid([s.sums for s in sites], [m for m, _ in maps])
    gram, cross, counts, codes = np.zeros((len(names),) * 2), [], [], []
    for site, (raw, raw_z) in zip(sites, maps, strict=True):
        t = _to_grid(site.sums, raw, np.arange(len(names)), centre, scale)
        t_z = _to_grid(site.sums, raw_z, z, centre, scale)[site.sums.z]
        gram += t.T @ site.sums.gram @ t
        own, rows, groups = stand_ins(site.sums)
        cross.append(np.matmul(t_z.T, own @ t))
        counts.append(rows)
        codes.append(groups)
    return Moments(
        design=design,
        names=names,
        centre=centre,
        scale=scale,
        rows=sum(s.sums.rows for s in sites),
        rows_dropped=sum(s.sums.rows_dropped for s in sites),
        gram=(gram + gram.T) / 2,
        z=z,
        cross=np.concatenate(cross),
        counts=np.concatenate(counts),
        groupings=sites[0].sums.groupings,
        codes=tuple(_one_after_another(c) for c in zip(*codes, strict=True)),
    )


def model_columns(design: Design) -> list[Column]:
    """The columns in the order of Moments.names: the constant first, the response last."""
    predictors = [c for c in design.columns if c.name != INTERCEPT]
    return [Column(INTERCEPT, ()), *predictors, design.response]


def combination(
    known: list[Column], wanted: list[Column], levels: Levels
) -> tuple[np.ndarray, list[str]]:
    """(known, wanted) matrix M with wanted = known @ M in every row, and the names of the columns
    for which there is none.

    levels: those that occur; an indicator of any other is zero in every row.
    Worked: known 1, [c] of the levels b, c; wanted [a] = 0, [b] = 1 - [c], [c] = [c].
    """
    old = [_polynomial(c, levels) for c in known]
    new = [_polynomial(c, levels) for c in wanted]
    products = {p: i for i, p in enumerate(dict.fromkeys(p for c in old + new for p in c))}
    left, right = _coefficients(old, products), _coefficients(new, products)
    out = np.linalg.lstsq(left, right, rcond=None)[0] if len(products) else np.zeros((0, 0))
    whole = np.round(out)
    out = np.where(np.abs(out - whole) < 1e-9, whole, out)
    for j, polynomial in enumerate(new):  # a column that is there as it is stands for itself
        if polynomial and polynomial in old:
            out[:, j] = 0.0
            out[old.index(polynomial), j] = 1.0
    wrong = np.abs(left @ out - right).max(axis=0, initial=0.0) > 1e-9
    return out, [c.name for c, bad in zip(wanted, wrong, strict=True) if bad]


def _polynomial(column: Column, levels: Levels) -> dict[tuple, float]:
    """The column as a sum of products of expressions and of indicators other than a base."""
    total: dict[tuple, float] = {(): 1.0}
    for atom in column.atoms:
        total = _times(total, _atom(atom, levels))
    return {product: factor for product, factor in total.items() if factor}


def _atom(atom, levels: Levels) -> dict[tuple, float]:
    if not isinstance(atom, Level):
        return {(atom,): 1.0}
    values = levels[atom.variable]
    if atom.value not in values:
        return {}
    if atom.value != values[0]:
        return {(atom,): 1.0}
    return {(): 1.0} | {(Level(atom.variable, v),): -1.0 for v in values[1:]}


def _times(left: dict[tuple, float], right: dict[tuple, float]) -> dict[tuple, float]:
    out: dict[tuple, float] = {}
    for a, x in left.items():
        for b, y in right.items():
            product = _product(a + b)
            if product is not None:
                out[product] = out.get(product, 0.0) + x * y
    return out


def _product(atoms: tuple) -> tuple | None:
    """In one order, an indicator once; None where two levels of a variable exclude each other."""
    indicators = dict.fromkeys(a for a in atoms if isinstance(a, Level))
    if len({a.variable for a in indicators}) < len(indicators):
        return None
    others = [a for a in atoms if not isinstance(a, Level)]
    return tuple(sorted([*indicators, *others], key=repr))


def _coefficients(polynomials: list[dict], products: dict) -> np.ndarray:
    out = np.zeros((len(products), len(polynomials)))
    for j, polynomial in enumerate(polynomials):
        for product, factor in polynomial.items():
            out[products[product], j] = factor
    return out


def _raw_maps(site: Site, columns: list[Column], z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(d, d') map of all columns and (d, z') map of those with random effects, before centring.

    Innermost random columns are made of the site's innermost ones alone: nothing else is known
    of a unit.
    """
    sums, own = site.sums, model_columns(site.design)
    raw, failed = combination(own, columns, site.levels)
    raw_z = np.zeros((len(own), len(z)))
    for j, i in enumerate(z):
        for among in (sums.inner, sums.z):
            known = [own[k] for k in among]
            part, bad = combination(known, [columns[i]], site.levels)
            if not bad:
                raw_z[among, j] = part[:, 0]
                break
        else:
            failed = [*failed, columns[i].name]
    if failed:
        raise ModelError(
            f"A site's sums cannot be written with the levels of all sites: '{failed[0]}' is no "
            "combination of its columns",
            where=f"'{site.design.formula.text}'",
            allowed="the same levels of each category at every site, or a coding that can be "
            "converted",
            next_step="write the sums again with --levels naming all levels, at each site",
        )
    return raw, raw_z


def _common_grid(sites: list[Aggregates], maps: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Centre and scale for all sites, from the means and SDs that their sums imply."""
    means, variances = zip(
        *(_mean_and_variance(s, m) for s, m in zip(sites, maps, strict=True)), strict=True
    )
    share = np.array([s.rows for s in sites]) / sum(s.rows for s in sites)
    means = np.array(means)
    mean = np.where(np.ptp(means, axis=0) == 0, means[0], share @ means)
    variance = share @ (np.array(variances) + (means - mean) ** 2)
    centre, scale = binary_grid(mean[1:], np.sqrt(variance[1:]))
    return np.concatenate([[0.0], centre]), np.concatenate([[1.0], scale])


def _mean_and_variance(site: Aggregates, raw: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(d',) each of the columns on the raw scale."""
    mean = site.gram[0] / site.rows
    centred = site.gram / site.rows - np.outer(mean, mean)
    mean[0] = 1.0
    weights = raw * site.scale[:, None]
    spread = np.einsum("ij,ik,kj->j", weights, centred, weights)
    raw_mean = np.concatenate([[1.0], (site.centre + site.scale * mean)[1:]])
    return raw_mean @ raw, np.maximum(spread, 0.0)


def _to_grid(site: Aggregates, raw, positions, centre, scale) -> np.ndarray:
    """(d, n) map from the site's scaled columns to the common scaled ones `positions`.

    The centres are subtracted before anything is divided, so that large ones cancel exactly.
    """
    out = raw * site.scale[:, None]
    shift = site.centre @ raw + raw[0] - centre[positions]
    out[0] = shift
    return out / scale[positions]


def _one_after_another(codes: tuple[np.ndarray, ...]) -> np.ndarray:
    """Codes of several sites as codes of different groups."""
    out, start = [], 0
    for own in codes:
        out.append(own + start)
        start += int(own.max()) + 1
    return np.concatenate(out)
