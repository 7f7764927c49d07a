"""The maximum of one panel model's likelihood: starts, forerunner, search with all patterns."""

from dataclasses import dataclass

import numpy as np

from analysis.models.panels.likelihood import minus_log_likelihood
from analysis.models.panels.patterns import Patterns, complete_pattern
from analysis.models.panels.saturated import Saturated
from analysis.models.panels.search import Point, Stop, newton
from analysis.models.panels.start import starts
from analysis.models.panels.structure import Structure

AGREE = 1e-4  # searches that end this close in the log-likelihood found one maximum
SURE = 2  # searches that must have come to the best end
ROUGH = 1e-4  # predicted decrease that is near enough for a forerunner


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
    table, which costs one pattern and leads close; then one search runs on all patterns. Further
    starts are tried until two of them agree on the best end.
    """
    summary = complete_pattern(patterns.rows, saturated.mean, saturated.covariance)
    begun = starts(structure, saturated.mean, saturated.covariance)
    values = [_value(summary, structure, theta) for theta in begun]
    ends: list[Stop] = []
    for place in _spread(np.argsort(values)):
        if not np.isfinite(values[place]):
            continue
        ends.append(newton(_at(summary, structure), begun[place], tolerance=ROUGH))
        if _agreeing(ends) >= SURE:
            break
    best = min(ends, key=_rank, default=None)
    begin = begun[int(np.argmin(values))] if best is None else best.point.theta
    stop = newton(_at(patterns, structure), begin)
    return Maximum(structure, stop, len(ends), _agreeing(ends))


def _spread(order: np.ndarray) -> list[int]:
    """The best start, then the worst half's best, then the rest: apart from one another."""
    half = len(order) // 2
    return [
        int(order[0]),
        int(order[half]),
        *(int(i) for i in order[1:half]),
        *(int(i) for i in order[half + 1 :]),
    ]


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
    if found.by_mean is None:
        return Point(theta, np.inf)
    jacobian = structure.jacobian(theta).reshape(-1, d * d)
    gradient = np.concatenate([found.by_mean, jacobian @ found.by_covariance.ravel()])
    bends = found.curvature
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
