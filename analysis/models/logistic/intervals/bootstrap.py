"""Bootstrap of a logistic model: outcomes drawn from the fit, or whole groups drawn again; all
refitted.

A cell's hits are binomial at its logit, so outcomes are drawn cell by cell. A refit is one search
from the estimates, of theta zero from a little off it, by the fit's own likelihood.
Source: Davison & Hinkley 1997, ch. 2, doi:10.1017/CBO9780511802843; lme4's bootMer(use.u = FALSE).
"""

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from analysis.base.errors import ModelError
from analysis.measures.conventions import LEVEL, REPLICATES
from analysis.models.criterion.fixed_part import independent
from analysis.models.inference.intervals.bootstrap import (
    Bootstrap,
    check_settings,
    ends_of,
    intervals_of,
    messages_of,
)
from analysis.models.linear.fit import SINGULAR
from analysis.models.logistic.fit import LogisticRows, Solved, solve_logistic
from analysis.models.logistic.likelihood import theta as thetas
from analysis.models.logistic.likelihood.frame import Frame
from analysis.models.logistic.likelihood.objective import Objective
from analysis.models.logistic.maximum.penalised import RUNAWAY
from analysis.models.logistic.rows.cells import Cells, Level, gathered
from analysis.models.optimise import minimise
from analysis.models.resampling.weighted import LEAST_START

# Predicted decrease at which a refit stops: each parameter is within a hundredth of its standard
# error, far below the Monte-Carlo error of any number of replicates.
TOLERANCE = 1e-4
WHOLE = 1e-9
FEWEST_GROUPS = 10  # that may be drawn again


def bootstrap_logistic(
    rows: LogisticRows,
    quadrature: int = 1,
    replicates: int = REPLICATES,
    seed: int = 1,
    resample: bool = False,
    level: float = LEVEL,
    formula: str = "",
) -> Bootstrap:
    """Percentile intervals of coefficients (logits), SDs and correlations; the same seed gives the
    same numbers. resample: groups of the outermost grouping are drawn with replacement instead.

    ModelError without random effects, where weights are no whole numbers of trials (their outcomes
    cannot be drawn), where groups to be drawn are crossed or fewer than FEWEST_GROUPS.
    """
    began = time.perf_counter()
    check_settings(replicates, level)
    solved = solve_logistic(rows, quadrature)
    cells, got = solved.cells, solved.got
    if got.found is None or got.found.inverse is None:
        raise ModelError(
            "This model has nothing to draw: no random effects, or a maximum that is none",
            where="the bootstrap",
            allowed="a logistic mixed model that was found",
            next_step="use the intervals of the fit, or profile intervals",
        )
    _check(cells, resample)
    rng = np.random.default_rng(seed)
    start = np.append(_floored(got.found.theta), got.found.beta)
    phi = np.full((replicates, len(start)), np.nan)
    for k, frame in enumerate(_drawn(solved, rng, replicates, resample)):
        phi[k] = _refit(frame, quadrature, start, got.found.inverse)
    good = np.isfinite(phi).all(axis=1)
    names, draws = _raw(solved, phi[good])
    _, own = _raw(solved, np.append(got.found.theta, got.found.beta)[None])
    failed = int((~good).sum())
    last = cells.levels[-1]
    return Bootstrap(
        formula=formula,
        kind=f"cluster: {last.group}" if resample else "parametric",
        method="Laplace" if quadrature == 1 else "quadrature",
        level=level,
        replicates=replicates,
        failed=failed,
        singular=int(_singular(cells.levels, phi[good]).sum()),
        seed=seed,
        intervals=intervals_of(
            names, own[0], draws, ends_of(level, last.groups if resample else None),
            failed / replicates,
        ),
        draws=draws,
        messages=messages_of(replicates, failed),
        seconds=time.perf_counter() - began,
    )  # fmt: skip


def _check(cells: Cells, resample: bool) -> None:
    if not resample and (np.abs(cells.size - np.round(cells.size)) > WHOLE).any():
        raise ModelError(
            "Weights that are no whole numbers of trials leave no law to draw outcomes from",
            where="the bootstrap of outcomes",
            allowed="whole numbers of trials",
            next_step="draw whole groups instead",
        )
    if resample and not Frame.of(cells).plan.nested:
        raise ModelError(
            "Crossed groups cannot be drawn again: a row would lose one of its groups",
            where="the bootstrap of groups",
            allowed="groups within groups",
            next_step="draw outcomes from the fitted model instead",
        )
    if resample and cells.levels[-1].groups < FEWEST_GROUPS:
        raise ModelError(
            f"{cells.levels[-1].groups} groups are too few to draw from",
            where=f"'{cells.levels[-1].group}'",
            allowed=f"{FEWEST_GROUPS} or more",
            next_step="draw outcomes from the fitted model instead",
        )


def _drawn(solved: Solved, rng, replicates: int, resample: bool) -> Iterator[Frame]:
    cells, _, got = solved
    assert got.found is not None
    frame = Frame.of(cells)
    fixed = cells.offset + got.found.beta @ cells.x
    factors = thetas.factors(cells.levels, got.found.theta)
    size = np.round(cells.size).astype(np.int64)
    for _ in range(replicates):
        if resample:
            yield Frame.of(_groups_drawn(cells, rng))
            continue
        effects = [rng.standard_normal((level.q, level.groups)) for level in cells.levels]
        eta = fixed + cells.random_part(frame.by_unit(effects, factors))
        hits = rng.binomial(size, 1 / (1 + np.exp(-eta)))
        yield replace(frame, cells=replace(cells, hits=hits.astype(float)))


def _groups_drawn(cells: Cells, rng) -> Cells:
    """Groups of the outermost grouping, each a new one as often as it is drawn."""
    outer = cells.codes[-1][cells.unit]
    order = np.argsort(outer, kind="stable")
    groups = cells.levels[-1].groups
    starts = np.searchsorted(outer[order], np.arange(groups + 1))
    picked = rng.integers(0, groups, groups)
    each = [order[starts[g] : starts[g + 1]] for g in picked]
    rows = np.concatenate(each)
    draw = np.repeat(np.arange(groups), [len(e) for e in each])
    codes, levels = [], []
    for level, code in zip(cells.levels, cells.codes, strict=True):
        pairs = draw * (int(code.max()) + 1) + code[cells.unit][rows]
        _, new = np.unique(pairs, return_inverse=True)
        codes.append(new)
        levels.append(replace(level, groups=int(new.max()) + 1))
    columns = (cells.offset[rows], cells.size[rows], cells.hits[rows])
    return gathered(cells.x[:, rows], cells.z[:, rows], *columns, tuple(codes), tuple(levels))


def _refit(frame: Frame, quadrature: int, start: np.ndarray, inverse: np.ndarray) -> np.ndarray:
    """phi (t + p,) of the maximum; NaN where none was found."""
    lost, cells = np.full(len(start), np.nan), frame.cells
    if independent(np.eye(len(cells.x)), cells.x @ cells.x.T)[1]:
        return lost
    objective = Objective(frame, quadrature)
    objective.begin(frame.zero())
    found = minimise(objective.batch, start[None], inverse, TOLERANCE)
    phi = found.theta[0]
    far = np.abs(phi[objective.thetas :] @ cells.x).max(initial=0.0) > RUNAWAY
    return lost if far or not found.converged[0] else phi


def _raw(solved: Solved, phi: np.ndarray):
    """Names [(group, term)] as in the fit's tidy() and values (B, parameters)."""
    cells, columns, _ = solved
    n = thetas.count(cells.levels)
    names = [("", term) for term in columns.terms]
    values = [phi[:, n:] @ columns.to_raw.T]
    r_names, correlations = [], []
    factors = [thetas.factors(cells.levels, p[:n]) for p in phi]
    for k, level in enumerate(cells.levels):
        root = np.array([level.to_raw @ f[k] for f in factors]).reshape(-1, level.q, level.q)
        psi = root @ np.swapaxes(root, 1, 2)
        sd = np.sqrt(np.einsum("bii->bi", psi))
        names += [(level.group, f"sd {term}") for term in level.terms]
        values.append(sd)
        for block in level.blocks:
            for i, a in enumerate(block):
                for b in block[i + 1 :]:
                    r_names.append((level.group, f"r {level.terms[a]}, {level.terms[b]}"))
                    product = sd[:, a] * sd[:, b]
                    r = psi[:, a, b] / np.where(product > 0, product, np.nan)
                    correlations.append(np.clip(r, -1, 1))
    return [*names, *r_names], np.column_stack([*values, *correlations])


def _singular(levels: tuple[Level, ...], phi: np.ndarray) -> np.ndarray:
    """(B,): some combination of a block's effects has (almost) no variance."""
    out = np.zeros(len(phi), dtype=bool)
    for b, one in enumerate(phi):
        for level, factor in zip(levels, thetas.factors(levels, one), strict=True):
            for block in level.blocks:
                own = factor[np.ix_(block, block)]
                out[b] |= np.linalg.svd(own, compute_uv=False)[-1] < SINGULAR
    return out


def _floored(theta: np.ndarray) -> np.ndarray:
    return np.where(np.abs(theta) < LEAST_START, LEAST_START, theta)
