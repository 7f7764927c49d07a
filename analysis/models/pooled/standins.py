"""Units that stand in for those behind aggregates: other units, the same likelihood.

From the sums alone nobody can say what each unit was, but some units with these sums can always
be built. Every estimate depends on the sums only, so the engine runs on the stand-ins unchanged.
"""

import numpy as np

from analysis.models.pooled.aggregates import Aggregates


def stand_ins(site: Aggregates) -> tuple[np.ndarray, np.ndarray, tuple[np.ndarray, ...]]:
    """(U, z, d) cross products, (U,) rows and the codes by grouping of units with the sums of
    `site`.

    Within an entry the units are its mean plus deviations that sum to zero and whose products
    over the pattern are its scatter. Rows of random columns that only outer groups need are
    spread evenly: they matter as the group's sum alone.
    Worked: an entry of 2 units with sum 10 and scatter 8 becomes the units 7 and 3.
    """
    entry = np.repeat(np.arange(len(site.entry_units)), site.entry_units)
    pattern, group = site.entry_pattern[entry], site.entry_group[entry]
    means = site.sums / site.entry_units[:, None, None]
    inner = np.searchsorted(np.sort(site.z), site.inner)
    order = np.argsort(site.z)
    inner = order[inner]
    cross = np.zeros((len(entry), len(site.z), len(site.names)))
    cross[np.ix_(np.arange(len(entry)), inner, site.z)] = site.zz[pattern]
    deviations = _deviations(site).reshape(len(entry), *means.shape[1:])
    cross[np.ix_(np.arange(len(entry)), inner, site.free)] = means[entry] + deviations
    others = np.setdiff1d(np.arange(len(site.z)), inner)
    if len(others):
        units = np.bincount(group)
        cross[:, others] = (site.outer / units[:, None, None])[group]
    counts = cross[:, inner[0], site.z[inner[0]]].copy()
    return cross, counts, _codes(site, group)


def _codes(site: Aggregates, group: np.ndarray) -> tuple[np.ndarray, ...]:
    if not site.groupings:
        return ()
    codes = [np.arange(len(group)), group][: len(site.groupings)]
    for parents in site.parents:
        codes.append(parents[codes[-1]])
    return tuple(codes)


def _deviations(site: Aggregates) -> np.ndarray:
    """(U, qf): rows of each scatter's factor, laid along contrasts that sum to zero within an
    entry (Helmert's: t units of 1, one of -t, divided by the root of t (t + 1))."""
    starts = np.concatenate([[0], np.cumsum(site.entry_units)])
    out = np.zeros((starts[-1], site.scatter.shape[1]))
    for k, scatter in zip(site.scatter_pattern, site.scatter, strict=True):
        entries = np.flatnonzero(site.entry_pattern == k)
        factor = _factor(scatter)
        for row, (e, t) in zip(factor, _contrasts(entries, site.entry_units), strict=False):
            step = row / np.sqrt(t * (t + 1))
            out[starts[e] : starts[e] + t] += step
            out[starts[e] + t] -= t * step
    return out


def _contrasts(entries: np.ndarray, units: np.ndarray):
    """(entry, t) for t = 1 .. units - 1 of each entry: as many as the deviations can have."""
    for e in entries:
        for t in range(1, int(units[e])):
            yield e, t


def _factor(scatter: np.ndarray) -> np.ndarray:
    """Rows whose outer products sum to `scatter`, the longest first, those of rounding left out.

    Scaled to a diagonal of one before, so that a small column keeps its digits.
    """
    size = np.sqrt(np.diag(scatter))
    unit = np.where(size > 0, size, 1.0)
    values, vectors = np.linalg.eigh(scatter / np.outer(unit, unit))
    kept = values > len(values) * np.finfo(float).eps
    rows = (vectors[:, kept] * np.sqrt(values[kept])).T * unit
    return rows[::-1]
