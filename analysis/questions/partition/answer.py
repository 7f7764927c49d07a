"""What explains outcome: each factor's share of the variance, with an interval.

For every subset S of the factors the model outcome ~ adjusted + S + random intercepts is refitted
on the same rows; a factor's share is its Shapley value of the explained variance, so the order of
entry does not matter and the shares add up (`shapley.py`, `rsquared.py`). Intervals come from
resampling whole clusters, which needs no further pass over the data (`mixed/resample.py`).
"""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import numpy as np

from analysis.models.fit import fit_moments
from analysis.models.resampling.resample import drawn_weights
from analysis.models.result import Status
from analysis.questions.partition.frame import Prepared, prepare
from analysis.questions.partition.result import (
    AdjustedFor,
    BlockShare,
    Bootstrap,
    LevelShare,
    Partition,
    Unexplained,
)
from analysis.questions.partition.rsquared import Explained
from analysis.questions.partition.shapley import shapley
from analysis.questions.partition.subset_fits import SubsetFits
from analysis.questions.scope import Scope
from analysis.store.versions import catalogue
from analysis.store.versions.dataset import open_dataset

# Replicates refitted in one batch: many, so that numpy and not Python takes the time and threads
# work side by side; few enough for the memory of their cross products (some 100 MB).
BATCH = 128
THREADS = max(1, min(4, os.cpu_count() or 1))
LEVEL = 0.95
# Fewer replicates than this say little about the ends of a 95 % interval.
FEW_REPLICATES = 50

Progress = Callable[[float, str], None]


def partition(scope: Scope, progress: Progress | None = None) -> Partition:
    """The partition that `scope` asks for.

    progress(share_done, sentence) is called now and then. ModelError or RequestError where the
    dataset cannot answer the question; a result with fewer levels says so in its status.
    """
    tell = progress or (lambda share, sentence: None)
    began = time.perf_counter()
    tell(0.0, "Reading the dataset")
    info = catalogue.find(scope.dataset, scope.version, scope.store)
    with open_dataset(info) as dataset, closing(dataset.cursor()) as cursor:
        prepared = prepare(dataset, cursor, scope)
    tell(0.1, "Fitting the model")
    full = fit_moments(
        replace(prepared.moments, gram=prepared.moments.gram.sum(axis=0)), strict=False
    )
    fits = SubsetFits(prepared)
    point = fits.sample()
    replicates = _bootstrap(fits, scope, tell)
    tell(1.0, "Done")
    result = _result(prepared, scope, full, point, replicates)
    return replace(result, seconds=time.perf_counter() - began)


def _bootstrap(fits: SubsetFits, scope: Scope, tell: Progress) -> list[dict]:
    """One entry a batch of replicates; clusters drawn with replacement, as many as there are.

    Each batch has its own stream of random numbers, so that the threads, which numpy lets work
    side by side, change nothing.
    """
    clusters, sizes = fits.sums.clusters, _batches(scope.bootstrap)
    if sizes:
        fits.ready()

    def batch(k: int) -> dict:
        rng = np.random.default_rng((scope.seed, k))
        (weights,) = drawn_weights(rng, clusters, sizes[k], sizes[k])
        return fits.replicates(weights)

    out, done = [], 0
    with ThreadPoolExecutor(THREADS) as pool:
        for found, size in zip(pool.map(batch, range(len(sizes))), sizes, strict=True):
            out.append(found)
            done += size
            tell(0.15 + 0.8 * done / scope.bootstrap, f"Resampled {done} of {scope.bootstrap}")
    return out


def _batches(replicates: int) -> list[int]:
    return [min(BATCH, replicates - done) for done in range(0, replicates, BATCH)]


def _result(prepared: Prepared, scope: Scope, fit, point, replicates) -> Partition:
    k = len(prepared.blocks)
    full, usable = tuple(range(k)), _usable(replicates)

    def estimate(pick) -> tuple[float, float | None, float | None]:
        """The value that pick takes from a batch, and its percentile interval, moved by the
        bootstrap's bias: a replicate's coefficients carry the noise of the sample and that of the
        resampling, so its explained variance lies too high, and clusters drawn twice look like a
        difference between the groups around them."""
        value = float(pick(point)[0])
        if usable is None:
            return value, None, None
        values = np.concatenate([pick(batch) for batch in replicates])[usable]
        ends = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        low, high = ends - (values.mean() - value)
        return value, float(low), float(high)

    def block(b: int) -> BlockShare:
        rest = tuple(i for i in full if i != b)
        share = estimate(lambda batch: _shapley(batch, k, "fixed")[b].sum(axis=1))
        alone = point[(b,)].total[0] - point[()].total[0]
        last = point[full].total[0] - point[rest].total[0]
        return BlockShare(*prepared.blocks[b], *share, float(alone), float(last))

    def level(j: int, b: int) -> LevelShare:
        share = estimate(lambda batch: _shapley(batch, k, "level_r2")[b][:, j])
        return LevelShare(prepared.levels[j], prepared.blocks[b][0], *share)

    def unexplained(i: int) -> Unexplained:
        share, low, high = estimate(lambda batch: batch[full].random[:, i])
        low = low if low is None else max(low, 0.0)  # a variance is not negative
        return Unexplained(prepared.random_levels[i], share, low, high)

    adjusted = None
    if prepared.adjusted:
        adjusted = AdjustedFor(prepared.adjusted, *estimate(lambda batch: batch[()].total))
    kind = f"cluster: {prepared.cluster}" if replicates else "none"
    failed = int((~_ok(replicates)).sum()) if replicates else 0
    bootstrap = Bootstrap(scope.bootstrap, failed, kind, scope.seed)
    return Partition(
        dataset=prepared.dataset,
        version=prepared.version,
        synthetic=prepared.synthetic,
        question=scope.question,
        outcome=prepared.outcome,
        adjusted_for=adjusted,
        rows=prepared.moments.rows,
        rows_out=prepared.rows_out,
        groups=prepared.groups,
        blocks=tuple(block(b) for b in full),
        unexplained=tuple(unexplained(i) for i in reversed(range(len(prepared.random_levels)))),
        levels=tuple(
            level(j, b)
            for j in range(len(prepared.levels))
            for b in full
            if prepared.has_part(b, prepared.levels[j])
        ),
        bootstrap=bootstrap,
        status=_status(prepared, fit, bootstrap),
        truth=prepared.truth,
        fit=fit,
        seconds=0.0,
    )


def _shapley(batch: dict[tuple[int, ...], Explained], k: int, what: str) -> np.ndarray:
    """(blocks, B, levels) Shapley shares of 'fixed' (of all variance) or of 'level_r2'."""
    return shapley({subset: getattr(e, what) for subset, e in batch.items()}, k)


def _ok(replicates: list[dict]) -> np.ndarray:
    return np.concatenate([np.all([e.ok for e in batch.values()], axis=0) for batch in replicates])


def _usable(replicates: list[dict]) -> np.ndarray | None:
    """Which replicates count; None when there are none or most of them failed."""
    if not replicates:
        return None
    ok = _ok(replicates)
    return ok if ok.mean() >= 0.5 and ok.sum() >= 10 else None


def _status(prepared: Prepared, fit, b: Bootstrap) -> Status:
    messages = [*prepared.messages, *fit.status.messages]
    if b.replicates and b.failed:
        text = f"{b.failed} of {b.replicates} bootstrap replicates could not be fitted"
        most = b.failed > b.replicates / 2
        messages.append(text + ("; no interval is shown" if most else " and were left out"))
    if 0 < b.replicates < FEW_REPLICATES:
        messages.append(f"Only {b.replicates} bootstrap replicates: the intervals are rough")
    return Status(fit.status.converged, fit.status.singular, tuple(messages))
