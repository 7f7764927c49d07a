"""Lags, later responses and long-run effects of a panel model, with delta-method intervals."""

import numpy as np

from analysis.measures.conventions import Z
from analysis.models.panels.result import Effect

RESPONSES = (1, 2, 4)  # sessions after which a response is told
ORDER = ((0, 0), (0, 1), (1, 0), (1, 1))  # (target, origin): ss, sa, as, aa


def lag_effects(names, lags, covariance, within_sd) -> tuple[Effect, ...]:
    """The four lags. lags (2, 2); covariance (4, 4) of them, NaN where unknown; within_sd (T, 2).

    standardised: lag times SD of the origin over SD of the target a session later, averaged.
    """
    se, units = _root(np.diag(covariance)), standard_units(within_sd)
    found = []
    for place, (i, j) in enumerate(ORDER):
        standardised = lags[i, j] * units[i, j] if np.isfinite(units[i, j]) else None
        found.append(_effect(names, i, j, lags[i, j], se[place], 1, standardised))
    return tuple(found)


def standard_units(within_sd: np.ndarray) -> np.ndarray:
    """(2, 2) what each lag is multiplied by to stand in within-patient SDs; within_sd (T, 2)."""
    return np.array(
        [[np.mean(within_sd[:-1, j] / within_sd[1:, i]) for j in range(2)] for i in range(2)]
    )


def responses(names, lags, covariance) -> tuple[Effect, ...]:
    """A^k: where a measure stands k sessions after one point of another, nothing else new."""
    found = []
    for k in RESPONSES:
        power = np.linalg.matrix_power(lags, k)
        slopes = [
            sum(
                np.linalg.matrix_power(lags, i) @ unit @ np.linalg.matrix_power(lags, k - 1 - i)
                for i in range(k)
            )
            for unit in _units()
        ]
        found += _derived(names, power, slopes, covariance, k)
    return tuple(found)


def long_run(names, lags, covariance) -> tuple[Effect, ...]:
    """(I - A)^-1: all that follows, summed up, from a point that comes anew each session
    (equally: where a measure settles when the other's innovations stay one point higher).

    Empty where shocks do not die out (an eigenvalue of A of size 1 or more).
    """
    if not np.abs(np.linalg.eigvals(lags)).max() < 1:
        return ()
    total = np.linalg.inv(np.eye(2) - lags)
    slopes = [total @ unit @ total for unit in _units()]
    return tuple(_derived(names, total, slopes, covariance, None))


def _units():
    return [np.eye(4)[k].reshape(2, 2) for k in range(4)]


def _derived(names, matrix, slopes, covariance, sessions) -> list[Effect]:
    found = []
    for i, j in ORDER:
        gradient = np.array([s[i, j] for s in slopes])
        se = _root(gradient @ covariance @ gradient)
        found.append(_effect(names, i, j, matrix[i, j], se, sessions))
    return found


def _root(variance):
    with np.errstate(invalid="ignore"):
        return np.sqrt(np.where(np.asarray(variance) > 0, variance, np.nan))


def _effect(names, i, j, estimate, se, sessions, standardised=None) -> Effect:
    known = bool(np.isfinite(se))
    estimate, se = float(estimate), float(se)
    return Effect(
        origin=names[j],
        target=names[i],
        estimate=estimate,
        se=se if known else None,
        low=estimate - Z * se if known else None,
        high=estimate + Z * se if known else None,
        sessions=sessions,
        standardised=None if standardised is None else float(standardised),
    )
