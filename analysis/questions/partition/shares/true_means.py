"""Shares as they would be if groups' true means were known.

The mean of few patients, or of few sessions, is an uncertain measure of a therapist or a patient:
the coefficient of an observed mean is pulled towards the level below (Luedtke et al. 2008,
doi:10.1037/a0012869). Here each level's own covariance of outcome, what is adjusted for and the
factors is estimated instead (`nested_covariances.py`), a factor being its fitted combination of
variables, and R2 is that of the covariance. Nothing is corrected where the reliability lambda of
the observed means is below LEAST_LAMBDA.
"""

from dataclasses import dataclass

import numpy as np

from analysis.measures.conventions import ENDS, LEAST_LAMBDA
from analysis.models.inference.nested_covariances import (
    NestedSums,
    level_covariances,
    mean_squares,
    nested_sums,
)
from analysis.models.resampling.plausible import plausible
from analysis.models.resampling.resample import drawn_weights
from analysis.questions.partition.rows.prepared import Prepared
from analysis.questions.partition.shapley import shapley, subsets
from analysis.questions.partition.shares.true_effects import Effects, effects, solved

# The outcome's own differences at a level: a share of less is a ratio of noise.
LEAST_OUTCOME = 0.1


@dataclass(frozen=True, slots=True)
class Corrected:
    """share, low, high and reliability of each factor in all (k,) and by level (levels, k), NaN
    where nothing is corrected; needed (levels, k): groups inside each for a reliability of .7;
    effects: at each level, of observed and of true means."""

    total: np.ndarray
    levels: np.ndarray
    reliability: np.ndarray
    level_reliability: np.ndarray
    needed: np.ndarray
    effects: Effects


def corrected_shares(
    prepared: Prepared, beta: dict[int, float], observed: np.ndarray, replicates: int, seed: int
) -> Corrected | None:
    """beta: of the full model, by position among the moments' columns (scaled). observed (levels,
    k): what each factor explains at each level, of all variance, for levels that are not corrected.
    None for growth, whose slopes are not observed."""
    if prepared.time:
        return None
    model = _Model(prepared, beta)
    rng = np.random.default_rng((seed, 3))
    squares, free, coefficients = mean_squares(model.sums, np.ones((1, model.sums.clusters)))
    point = level_covariances(squares, coefficients)
    valid = model.valid(point[0])
    own = model.shares(point, valid, observed)
    drawn = model.drawn(rng, squares[0], free[0], coefficients, replicates) if replicates else None
    ends = [np.full((2, *values.shape[1:]), np.nan) for values in own]
    if drawn is not None:
        found = model.shares(drawn, valid, observed)
        for k, (value, draws) in enumerate(zip(own, found, strict=True)):
            own[k], ends[k] = _moved(value[0], draws)
    else:
        own = [value[0] for value in own]
    stacked = [
        np.clip(np.stack([value, *low_high]), 0.0, 1.0)
        for value, low_high in zip(own, ends, strict=True)
    ]
    reliability, by_level, needed = model.reliabilities(point[0])
    slopes = effects(
        point[0], drawn, model.sums.shrink, model.noise, model.valid(point[0]), free[0],
        (model.adjusted, model.factors),
    )  # fmt: skip
    return Corrected(stacked[0], stacked[1], reliability, by_level, needed, slopes)


def _moved(value: np.ndarray, draws: np.ndarray):
    """(value, ends) moved by the draws' bias, which is the estimate's own: what noise adds to an
    explained variance, it adds in the sample and once more in a draw."""
    with np.errstate(invalid="ignore"):
        bias = draws.mean(axis=0) - value
        low, high = np.quantile(draws, ENDS, axis=0)
    # A single combination's share is (b +- 1.96 se)^2: its upper end needs no move downwards.
    return value - bias, np.stack([low - 2 * np.maximum(bias, 0), high - 2 * np.minimum(bias, 0)])


class _Model:
    """The sums of outcome, adjusted-for columns and one fitted combination a factor."""

    def __init__(self, prepared: Prepared, beta: dict[int, float]):
        self.prepared = prepared
        self.chain = prepared.levels
        self.combine, self.adjusted, self.factors = _combinations(prepared, beta)
        self.sums = self._nested()
        self.noise = _noise(prepared, self.combine)

    @property
    def outcome(self) -> int:
        return self.combine.shape[1] - 1

    def _nested(self) -> NestedSums:
        moments = self.prepared.moments
        first = list(moments.z).index(0) if len(moments.groupings) else 0
        m = self.combine
        gram = np.tensordot(moments.gram @ m, m, axes=([1], [0]))
        if len(moments.groupings):
            unit_sums, counts = moments.cross[:, first, :] @ m, moments.counts
            cluster = moments.codes[moments.groupings.index(self.prepared.cluster)]
        else:  # single rows, each a cluster of its own
            unit_sums, counts = moments.gram[:, 0, :] @ m, np.ones(len(moments.gram))
            cluster = np.arange(len(moments.gram))
        inside = [g for g in self.chain[1:] if g in moments.groupings]
        codes = tuple(moments.codes[moments.groupings.index(g)] for g in inside)
        return nested_sums(np.swapaxes(gram, 1, 2), unit_sums, counts, codes, cluster)

    def drawn(self, rng, squares, free, coefficients, size: int) -> np.ndarray:
        """(B, levels, c, c): of clusters drawn again, or of mean squares that may lie behind those
        of normal variables."""
        if self.prepared.resample:
            (weights,) = drawn_weights(rng, self.sums.clusters, size, size)
            squares, _, coefficients = mean_squares(self.sums, weights)
            return level_covariances(squares, coefficients)
        some = [plausible(rng, s, int(f), size) for s, f in zip(squares, free, strict=True)]
        drawn = np.stack(some, axis=1)
        return level_covariances(
            drawn, np.broadcast_to(coefficients, (size, *coefficients.shape[1:]))
        )

    def _inside(self, covariances: np.ndarray) -> np.ndarray:
        """(levels, c) what a group's observed mean holds of the levels inside it."""
        diagonal = np.einsum("kcc->kc", covariances)
        out = self.sums.shrink @ diagonal
        out[0] += np.diag(self.noise)
        return out

    def _true(self, covariances: np.ndarray) -> np.ndarray:
        out = np.einsum("kcc->kc", covariances).copy()
        out[0] -= np.diag(self.noise)
        return out

    def lambdas(self, covariances: np.ndarray) -> np.ndarray:
        """(levels, c) reliability of observed means, NaN where there is no difference at all."""
        true = self._true(covariances)
        inside = self._inside(covariances)
        whole = true + inside
        size = np.einsum("kcc->c", covariances)
        with np.errstate(invalid="ignore", divide="ignore"):
            found = np.where(whole > 1e-9 * size, true / whole, np.nan)
        return np.clip(found, 0.0, 1.0)

    def valid(self, covariances: np.ndarray) -> np.ndarray:
        """(levels, c) bool: which columns can be corrected at a level."""
        found = self.lambdas(covariances)
        out = np.nan_to_num(found) >= LEAST_LAMBDA
        out[:, self.outcome] = np.nan_to_num(found[:, self.outcome]) >= LEAST_OUTCOME
        return out

    def shares(self, covariances: np.ndarray, valid: np.ndarray, observed: np.ndarray):
        """[(B, k) of all variance, (B, levels, k) of each level's]."""
        k, levels = len(self.factors), covariances.shape[1]
        batch = len(covariances)
        y = np.maximum(covariances[:, :, self.outcome, self.outcome], 0.0)
        whole = y.sum(axis=1)
        by_level = np.full((batch, levels, k), np.nan)
        total = np.zeros((batch, k))
        for at in range(levels):
            can = valid[at, self.outcome] & valid[at, self.factors]
            total += np.where(can, 0.0, observed[at])
            if not can.any():
                continue
            some = covariances[:, at].copy()
            if at == 0:
                some = some - self.noise
            found = self._level(some, valid[at])
            by_level[:, at] = np.where(can, found, np.nan)
            total += np.where(can, found * (y[:, at] / whole)[:, None], 0.0)
        none = ~(valid[:, self.outcome, None] & valid[:, self.factors]).any(axis=0)
        total[:, none] = np.nan
        return [total, by_level]

    def _level(self, covariance: np.ndarray, valid: np.ndarray) -> np.ndarray:
        """(B, k) Shapley shares of one level's own variance."""
        base = [c for c in self.adjusted if valid[c]]
        y, values = self.outcome, {}
        for subset in subsets(len(self.factors)):
            columns = np.array(base + [self.factors[b] for b in subset if valid[self.factors[b]]])
            if not len(columns):
                values[subset] = np.zeros(len(covariance))
                continue
            inner = covariance[:, columns[:, None], columns]
            c = covariance[:, columns, y]
            explained = np.einsum("bi,bi->b", c, solved(inner, c))
            with np.errstate(invalid="ignore", divide="ignore"):
                r2 = np.where(covariance[:, y, y] > 0, explained / covariance[:, y, y], 1.0)
            values[subset] = np.clip(np.nan_to_num(r2), 0.0, 1.0)
        return shapley(values, len(self.factors)).T

    def reliabilities(self, covariances: np.ndarray):
        """(k,) of a factor in all, (levels, k) by level, (levels, k) how many groups of the level
        inside a mean needs for .7, NaN where groups do not differ."""
        found = self.lambdas(covariances)[:, self.factors]
        own = np.einsum("kcc->kc", covariances)[:, self.factors]
        whole = own.sum(axis=0)
        noise = np.diag(self.noise)[self.factors]
        with np.errstate(invalid="ignore", divide="ignore"):
            total = np.where(whole > 0, np.clip(1 - noise / whole, 0, 1), np.nan)
            inside = own[:-1] / own[1:] * 0.7 / 0.3
        needed = np.full(own.shape, np.nan)
        needed[1:] = np.where((own[1:] > 1e-3 * whole) & (inside > 0), inside, np.nan)
        return total, found, needed


def _combinations(prepared: Prepared, beta: dict[int, float]):
    """(d, c) from the moments' columns to: one column for each adjusted-for predictor, one for each
    factor, the outcome; the positions of the first and the second."""
    scale, d = prepared.moments.scale, len(prepared.moments.names)
    columns, adjusted, factors = [], [], []

    def raw(predictor: str) -> np.ndarray:
        out = np.zeros(d)
        for position, (name, _) in prepared.part_of.items():
            if name == predictor:
                out[position] = scale[position]
        return out

    # The course as it was scored where its noise is known: what was expected of it holds some of
    # the factors' ratings, and of their noise.
    seen = dict(zip(("level", "change"), prepared.course_seen, strict=False))
    for name in prepared.adjusted_predictors:
        if name == "swing":  # it has no score of its own: the level's holds it
            continue
        adjusted.append(len(columns))
        columns.append(raw(name) if name not in seen else np.eye(d)[seen[name]] * scale[seen[name]])
    for predictors in prepared.block_predictors:
        out = np.zeros(d)
        for name in predictors:
            own = [p for p, (q, _) in prepared.part_of.items() if q == name and p in beta]
            if own:  # the innermost part, the first, has most of the rows' differences behind it
                out += raw(name) * beta[own[0]] / scale[own[0]]
        factors.append(len(columns))
        columns.append(out)
    outcome = np.zeros(d)
    outcome[-1] = scale[-1]
    return np.column_stack([*columns, outcome]), adjusted, factors


def _noise(prepared: Prepared, combine: np.ndarray) -> np.ndarray:
    """(c, c) covariance of the combinations' errors as measures of a row's own true values."""
    names = [n for n in prepared.predictors if n not in prepared.adjusted_predictors]
    scale, columns = prepared.moments.scale, combine.shape[1]
    weights = np.zeros((2 + len(names), columns))
    for k, position in enumerate(prepared.course_seen):
        weights[k] = combine[position] / scale[position]
    for position, (name, _) in prepared.part_of.items():
        if name in names:
            weights[2 + names.index(name)] = combine[position] / scale[position]
    error = np.zeros((len(weights), len(weights)))
    if prepared.rating_noise is not None:
        inner = [prepared.predictors.index(n) for n in names]
        error[2:, 2:] = prepared.rating_noise[np.ix_(inner, inner)]
    if prepared.course_error is not None and prepared.course_seen:
        error[:2] = prepared.course_error
        error[2:, :2] = prepared.course_error[:, 2:].T
    return weights.T @ error @ weights
