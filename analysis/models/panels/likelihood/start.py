"""Where a search begins: points made from the saturated covariance, free of the data's units."""

import numpy as np

from analysis.models.panels.likelihood.structure import Structure

CARRY_OVERS = (0.0, 0.3, 0.6)  # lags of a measure on itself, in the starts
STABLE_SHARES = (0.2, 0.4, 0.7)  # of the variance, between patients
SLOPE_SHARE = 0.3  # of the intercepts' variance, from the first to the last session


def starts(structure: Structure, mean: np.ndarray, covariance: np.ndarray) -> list[np.ndarray]:
    """Parameter vectors over a grid of carry-over and stability; mean (d,), covariance (d, d)."""
    return [
        _start(structure, mean, covariance, carry, share)
        for carry in CARRY_OVERS
        for share in STABLE_SHARES
    ]


def _start(structure, mean, covariance, carry: float, share: float) -> np.ndarray:
    t = structure.sessions
    blocks = covariance.reshape(t, 2, t, 2)
    own = blocks[np.arange(t), :, np.arange(t), :]
    average = own.mean(axis=0)
    random = np.zeros((structure.effects, structure.effects))
    random[:2, :2] = share * average
    if structure.effects == 4:
        random[2:, 2:] = SLOPE_SHARE * share * np.diag(np.diag(average))
    g = structure.loadings.reshape(t, 2, structure.effects)
    within = own - np.einsum("tie,ef,tjf->tij", g, random, g)
    within = np.stack([_floored(w, o) for w, o in zip(within, own, strict=True)])
    lags = carry * np.eye(2)
    noise = within.copy()
    noise[1:] -= carry**2 * within[:-1]
    noise = np.stack([_floored(q, w) for q, w in zip(noise, within, strict=True)])
    if structure.factored:
        random = np.linalg.cholesky(random + 1e-12 * np.eye(len(random)))
    return structure.join(mean, lags, noise, random)


def _floored(block: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """`block` with no direction below a tenth of `whole`'s variances."""
    unit = np.sqrt(np.diag(whole))
    values, vectors = np.linalg.eigh(block / np.outer(unit, unit))
    kept = (vectors * np.maximum(values, 0.1)) @ vectors.T
    return kept * np.outer(unit, unit)
