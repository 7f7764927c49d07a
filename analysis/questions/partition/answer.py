"""What explains outcome: each factor's share of the variance, with an interval.

For every subset S of the factors the model outcome ~ adjusted + S + random intercepts is refitted
on the same rows; a factor's share is its Shapley value of the explained variance, so the order of
entry does not matter and the shares add up (`shapley.py`, `fits/rsquared.py`). Given a course that
the rows only let expect, the full model alone is refitted and tells what each subset explains
(`fits/behind_course.py`). Intervals come from whole clusters drawn again, or from the fit where
they are few; neither needs a further pass over the data.
"""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import numpy as np

from analysis.base.errors import ModelError
from analysis.base.sentence import Sentence
from analysis.models.linear.fit import fit_and_theta
from analysis.models.resampling.resample import drawn_weights
from analysis.models.result import Status
from analysis.questions.partition.fits.simulated_shares import Simulation
from analysis.questions.partition.fits.subset_fits import SubsetFits
from analysis.questions.partition.result import Bootstrap, Partition
from analysis.questions.partition.rows.prepare import (
    Asked,
    complete_frame,
    prepared_from,
    understood,
)
from analysis.questions.partition.rows.prepared import Prepared
from analysis.questions.partition.shares.intervals import Replicated, Shares, shared_out
from analysis.questions.partition.shares.true_means import corrected_shares
from analysis.questions.scope import Scope
from analysis.store.queries.frames import Frame
from analysis.store.versions import catalogue
from analysis.store.versions.dataset import open_dataset

# Replicates refitted in one batch: many, so that numpy and not Python takes the time and threads
# work side by side; few enough for the memory of their cross products (some 100 MB).
BATCH = 128
THREADS = max(1, min(4, os.cpu_count() or 1))
# Draws of a variance cost little.
FEWEST_SIMULATED = 1000
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
        asked = understood(dataset, cursor, scope)
        frame = complete_frame(asked, cursor)
        prepared = prepared_from(asked, cursor, frame)
        off = _other_noise(asked, cursor, frame, prepared)
    tell(0.1, "Fitting the model")
    total = replace(prepared.moments, gram=prepared.moments.total)
    full, theta = fit_and_theta(total, strict=False)
    if not full.status.converged:
        raise _unsettled(prepared)
    fits = SubsetFits(prepared)
    point = fits.sample(theta if prepared.time else None)
    replicates = _bootstrap(fits, scope, tell)
    found = _with_other_noise(_replicated(fits, point, replicates, scope), off, scope)
    tell(1.0, "Done")
    result = _result(prepared, scope, full, found)
    return replace(result, seconds=time.perf_counter() - began)


def _other_noise(asked: Asked, cursor, frame: Frame, prepared: Prepared) -> tuple[Prepared, ...]:
    """The same with the scores' noise a standard error smaller and larger, where a course was told
    from noise and intervals are asked for."""
    told = prepared.landmark is not None and prepared.landmark.reliability is not None
    if not told or not asked.scope.bootstrap or prepared.time:
        return ()
    return tuple(prepared_from(asked, cursor, frame, off_by) for off_by in (-1.0, 1.0))


def _with_other_noise(found: Replicated, off: tuple[Prepared, ...], scope: Scope) -> Replicated:
    """Beside the replicates what the shares would be with the other noises."""
    shifted, corrected = [], []
    for other in off:
        fits = SubsetFits(other)
        shifted.append(fits.sample())
        observed = shared_out(shifted[-1], "fixed")[:, 0].T
        own = corrected_shares(other, fits.coefficients(), observed, 0, scope.seed)
        corrected += [own] if own else []
    return replace(found, shifted=tuple(shifted), corrected_shifted=tuple(corrected))


def _unsettled(prepared: Prepared) -> ModelError:
    return ModelError(
        "The full model did not settle: its shares would be arbitrary",
        where=f"{prepared.moments.rows:,} rows, {len(prepared.part_of)} columns",
        allowed="a model that the data determine",
        next_step="leave out a factor, or ask a larger dataset",
    )


def _replicated(fits: SubsetFits, point, replicates, scope: Scope) -> Replicated:
    """The replicates with what is told of variances, and the corrected shares."""
    simulated = bounds = None
    if scope.bootstrap and len(fits.starts[fits.subsets[0]].theta):
        simulation = Simulation(fits)
        bounds = simulation.upper_bounds()
        simulated = replicates[0]
        if fits.prepared.resample:
            rng = np.random.default_rng((scope.seed, 2))
            simulated = simulation.replicates(rng, max(scope.bootstrap, FEWEST_SIMULATED))
    observed = shared_out(point, "fixed")[:, 0].T
    own = corrected_shares(
        fits.prepared, fits.coefficients(), observed, scope.bootstrap, scope.seed
    )
    return Replicated(point, replicates, simulated, bounds, own)


def _bootstrap(fits: SubsetFits, scope: Scope, tell: Progress) -> list[dict]:
    """One entry a batch of replicates; clusters drawn with replacement, as many as there are.

    Each batch has its own stream of random numbers, so that the threads, which numpy lets work
    side by side, change nothing.
    """
    clusters, sizes = fits.sums.clusters, _batches(scope.bootstrap)
    if not fits.prepared.resample:
        return _simulation(fits, scope, tell)
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


def _simulation(fits: SubsetFits, scope: Scope, tell: Progress) -> list[dict]:
    """One batch of draws from the fitted model."""
    if not scope.bootstrap:
        return []
    found = Simulation(fits).replicates(np.random.default_rng(scope.seed), scope.bootstrap)
    tell(0.95, f"Simulated {scope.bootstrap} times")
    return [found]


def _batches(replicates: int) -> list[int]:
    return [min(BATCH, replicates - done) for done in range(0, replicates, BATCH)]


def _result(prepared: Prepared, scope: Scope, fit, found: Replicated) -> Partition:
    shares = Shares(prepared, found)
    kind = f"cluster: {prepared.cluster}" if prepared.resample else "parametric"
    bootstrap = Bootstrap(
        scope.bootstrap, found.failed, kind if found.replicates else "none", scope.seed
    )
    return Partition(
        dataset=prepared.dataset,
        version=prepared.version,
        synthetic=prepared.synthetic,
        question=scope.question,
        outcome=prepared.outcome,
        adjusted_for=shares.adjusted(),
        rows=prepared.moments.rows,
        rows_out=prepared.rows_out,
        groups=prepared.groups,
        blocks=shares.blocks(),
        unexplained=shares.unexplained(),
        levels=shares.levels(),
        bootstrap=bootstrap,
        status=_status(prepared, fit, bootstrap),
        truth=prepared.truth,
        fit=fit,
        seconds=0.0,
        landmark=prepared.landmark,
    )


def _status(prepared: Prepared, fit, b: Bootstrap) -> Status:
    messages = [*prepared.messages, *fit.status.messages]
    if b.replicates and b.failed:
        text = f"{b.failed} of {b.replicates} bootstrap replicates could not be fitted"
        most = b.failed > b.replicates / 2
        messages.append(
            Sentence(text + ("; no interval is shown" if most else " and were left out"))
        )
    if 0 < b.replicates < FEW_REPLICATES:
        messages.append(
            Sentence(f"Only {b.replicates} bootstrap replicates: the intervals are rough")
        )
    return Status(fit.status.converged, fit.status.singular, tuple(messages))
