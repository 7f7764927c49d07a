"""The maximum of one panel model's likelihood: starts, forerunner, search with all patterns."""

from dataclasses import dataclass

import numpy as np

from analysis.models.panels.likelihood.normal import minus_log_likelihood
from analysis.models.panels.likelihood.patterns import Patterns, complete_pattern
from analysis.models.panels.likelihood.saturated import Saturated
from analysis.models.panels.likelihood.search import Point, Stop, newton
from analysis.models.panels.likelihood.start import STABLE_SHARES, starts
from analysis.models.panels.likelihood.structure import Structure

AGREE = 1e-4  # searches that end this close in the log-likelihood found one maximum
SURE = 2  # searches that must have come to the best end
ROUGH = 1e-4  # predicted decrease that is near enough for a forerunner
FORERUNNER = 60  # iterations of one; twenty are the rule
LOST = 4  # searches without an end after which no further start is tried


@dataclass(frozen=True, slots=True)
class Maximum:
    """The best end of the searches; agreeing of `searches` came to it."""

    structure: Structure
    stop: Stop
    searches: int
    agreeing: int


def maximise(patterns: Patterns, structure: Structure, saturated: Saturated) -> Maximum:
    """The maximum of `structure` on `patterns` (columns of about SD 1).

    The searches run on the saturated model's mean and covariance as if they were a complete
    table, which costs one pattern and leads close; then one search runs on all patterns. These
    likelihoods may have several hills, told apart by how much of the variance lies between
    patients: so one start of each such share is tried, and further ones until two agree on the
    best end.
    """
    summary = complete_pattern(patterns.rows, saturated.mean, saturated.covariance)
    begun = starts(structure, saturated.mean, saturated.covariance)
    values = [_value(summary, structure, theta) for theta in begun]
    ends: list[Stop] = []
    for place in _order(np.array(values)):
        if not np.isfinite(values[place]):
            continue
        ends.append(newton(_at(summary, structure), begun[place], FORERUNNER, ROUGH))
        lost = sum(not e.decrease < 1.0 or e.iterations >= FORERUNNER for e in ends)
        if lost >= LOST or len(ends) >= len(STABLE_SHARES) and _agreeing(ends) >= SURE:
            break
    best = min(ends, key=_rank, default=None)
    begin = begun[int(np.argmin(values))] if best is None else best.point.theta
    stop = newton(_at(patterns, structure), begin)
    return Maximum(structure, stop, len(ends), _agreeing(ends))


def _order(values: np.ndarray) -> list[int]:
    """The best start of each share between patients, then the rest, each by its value."""
    by_share = values.reshape(-1, len(STABLE_SHARES))
    heads = by_share.argmin(axis=0) * len(STABLE_SHARES) + np.arange(len(STABLE_SHARES))
    heads = heads[np.argsort(values[heads])]
    rest = [i for i in np.argsort(values) if i not in heads]
    return [int(i) for i in (*heads, *rest)]


def _rank(stop: Stop) -> tuple[bool, float]:
    return (not stop.decrease < 1.0, stop.point.value)


def _agreeing(ends: list[Stop]) -> int:
    if not ends:
        return 0
    best = min(ends, key=_rank).point.value
    return sum(abs(e.point.value - best) < 10 * AGREE for e in ends if e.decrease < 1.0)


def _value(patterns: Patterns, structure: Structure, theta: np.ndarray) -> float:
    mean, covariance = theta[: structure.d], structure.covariance(theta)
    return minus_log_likelihood(patterns, mean, covariance, curvature="none").value


def _at(patterns: Patterns, structure: Structure):
    return lambda theta: evaluate(patterns, structure, theta)


def evaluate(
    patterns: Patterns, structure: Structure, theta: np.ndarray, curvature: str = "observed"
) -> Point:
    """-logL of the model at theta (n,), with gradient and Hessian (observed, or 'expected')."""
    d = structure.d
    found = minus_log_likelihood(patterns, theta[:d], structure.covariance(theta), curvature)
    bends = found.curvature
    if found.by_mean is None or found.by_covariance is None or bends is None:
        return Point(theta, np.inf)
    jacobian = structure.jacobian(theta).reshape(-1, d * d)
    gradient = np.concatenate([found.by_mean, jacobian @ found.by_covariance.ravel()])
    own = jacobian @ bends.by_covariance @ jacobian.T
    if curvature == "observed":
        own += structure.second(theta, found.by_covariance)
    mixed = bends.mixed @ jacobian.T
    return Point(
        theta,
        found.value,
        gradient,
        np.block([[bends.by_mean, mixed], [mixed.T, (own + own.T) / 2]]),
    )
