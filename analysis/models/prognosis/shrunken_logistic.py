"""Risk of an event from a few features, shrunk as much as the data ask.

A logistic regression with normal priors on standardised coefficients, the intercept free. Each
group of features has one prior precision, found by the marginal likelihood in Laplace's
approximation (MacKay 1992, doi:10.1162/neco.1992.4.3.415: precision = (features well determined)
/ (sum of squared coefficients), repeated). So features that say nothing are shrunk away, and with
few events the forecasts are not too bold.
"""

from dataclasses import dataclass

import numpy as np

LOOSEST, TIGHTEST = 1e-2, 1e6  # prior precisions: SDs of 10 and .001 in log odds
ROUNDS = 50  # of the precisions
STEPS = 60  # of Newton's method; the log posterior is concave and settles in about eight


@dataclass(frozen=True, slots=True)
class Risk:
    """coefficients (1 + q,), intercept first, of features (q,) less `mean`, over `sd`.
    precisions: of each group, by its number."""

    coefficients: np.ndarray
    mean: np.ndarray
    sd: np.ndarray
    precisions: tuple[float, ...]

    def log_odds(self, features: np.ndarray) -> np.ndarray:
        """(n,) of features (n, q); a missing one (NaN) counts as the average."""
        scaled = np.nan_to_num((features - self.mean) / self.sd)
        return self.coefficients[0] + scaled @ self.coefficients[1:]


def fit_risk(features: np.ndarray, event: np.ndarray, groups: tuple[int, ...]) -> Risk:
    """features (n, q), NaN where missing; event (n,) bool with both kinds in it; groups (q,):
    each feature's group, 0, 1, …; its features share one prior precision."""
    there = np.isfinite(features)
    count = np.maximum(there.sum(axis=0), 1)
    mean = np.where(there, features, 0.0).sum(axis=0) / count
    spread = np.sqrt((np.where(there, features - mean, 0.0) ** 2).sum(axis=0) / count)
    sd = np.where(spread > 0, spread, 1.0)
    scaled = np.nan_to_num((features - mean) / sd)
    x = np.column_stack([np.ones(len(scaled)), scaled])
    y, group = event.astype(float), np.array(groups)
    precision = np.ones(int(group.max()) + 1)
    rate = y.mean()
    b = np.concatenate([[np.log(rate / (1 - rate))], np.zeros(len(group))])
    for _ in range(ROUNDS):
        prior = np.concatenate([[0.0], precision[group]])
        b, curvature = _mode(x, y, prior, b)
        spare = 1 - prior * np.diag(np.linalg.inv(curvature))  # how well the data determine each
        told = np.bincount(group, spare[1:])
        squares = np.bincount(group, b[1:] ** 2)
        new = np.clip(told / np.maximum(squares, 1e-300), LOOSEST, TIGHTEST)
        moved = np.abs(np.log(new / precision)).max()
        precision = new
        if moved < 1e-3:  # a thousandth of a precision moves no chance in its third digit
            break
    return Risk(b, mean, sd, tuple(float(p) for p in precision))


def _mode(x, y, prior, start) -> tuple[np.ndarray, np.ndarray]:
    """Mode of the posterior and the curvature there; damped, so that it never runs away."""
    b = start.copy()
    value = _log_posterior(x, y, prior, b)
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-(x @ b)))
        curvature = x.T @ (x * (p * (1 - p))[:, None]) + np.diag(prior)
        step = np.linalg.solve(curvature, x.T @ (y - p) - prior * b)
        tried = _log_posterior(x, y, prior, b + step)
        while tried < value and np.abs(step).max() > 1e-12:
            step = step / 2
            tried = _log_posterior(x, y, prior, b + step)
        b, value = b + step, max(tried, value)
        if np.abs(step).max() < 1e-8:
            break
    p = 1 / (1 + np.exp(-(x @ b)))
    return b, x.T @ (x * (p * (1 - p))[:, None]) + np.diag(prior)


def _log_posterior(x, y, prior, b) -> float:
    eta = x @ b
    return float((y * eta - np.logaddexp(0.0, eta)).sum() - 0.5 * (prior * b * b).sum())
