"""Covariances that may lie behind a sample's."""

import numpy as np


def plausible(rng, covariance: np.ndarray, degrees: int, size: int) -> np.ndarray:
    """(B, d, d) covariances that may lie behind a sample one with so many degrees of freedom:
    inverse Wishart draws, as a variance is its estimate times degrees over a chi-square; where
    there are too few degrees for one, Wishart draws.

    Bartlett's decomposition, and the symmetric root, which rounding does not turn. Worked:
    variance 2 on 10 degrees: 95 % of draws between .98 and 6.2.
    """
    d = len(covariance)
    length, vectors = np.linalg.eigh(covariance)
    root = (vectors * np.sqrt(np.maximum(length, 0.0))) @ vectors.T
    if degrees <= d + 1:
        factor = rng.standard_normal((size, d, degrees)) / np.sqrt(degrees)
    else:
        lower = np.tril(rng.standard_normal((size, d, d)), -1)
        free = degrees - np.arange(d)
        lower[:, np.arange(d), np.arange(d)] = np.sqrt(rng.chisquare(free, (size, d)))
        factor = np.swapaxes(np.linalg.inv(lower), 1, 2) * np.sqrt(degrees)
    drawn = root @ factor
    return drawn @ np.swapaxes(drawn, 1, 2)
