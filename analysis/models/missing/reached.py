"""Weights for those who reached a point, from what was known of everyone before it."""

import numpy as np

STEPS = 50
# Of the weights, the largest part that is cut off at: one patient may not stand for very many.
CUT = 0.99


def chances(known: np.ndarray, reached: np.ndarray) -> np.ndarray:
    """(n,) the chance to reach, by logistic regression on known (n, q), its columns standardised,
    with a ridge of one row's information that keeps a separated column finite. reached (n,) bool.
    """
    scale = known.std(axis=0)
    x = (known - known.mean(axis=0)) / np.where(scale > 0, scale, 1.0)
    x = np.column_stack([np.ones(len(x)), x])
    ridge = np.diag([0.0] + [1.0] * (x.shape[1] - 1))
    beta = np.zeros(x.shape[1])
    beta[0] = np.log(max(reached.mean(), 1e-3) / max(1 - reached.mean(), 1e-3))
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-x @ beta))
        gradient = x.T @ (reached - p) - ridge @ beta
        step = np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + ridge, gradient)
        beta = beta + step
        if np.abs(step).max() < 1e-10:
            break
    return 1 / (1 + np.exp(-x @ beta))


def weights(known: np.ndarray, reached: np.ndarray) -> np.ndarray:
    """(m,) of those who reached it, in their order: the part of all who reach it over their own
    chance (stabilised; Robins, Hernan & Brumback 2000, doi:10.1097/00001648-200009000-00011), cut
    at its 99th percentile, with a mean of 1.

    Worked: of two halves, .9 and .5 of whom reach it, .7 in all: weights .778 and 1.4.
    """
    found = reached.mean() / chances(known, reached)[reached]
    found = np.minimum(found, np.quantile(found, CUT))
    return found / found.mean()
