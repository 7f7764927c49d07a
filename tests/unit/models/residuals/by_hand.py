"""The deviance of a model with a residual structure, every matrix written out."""

import numpy as np


def covariance(time, series, level, r, unit, ratios) -> np.ndarray:
    """(N, N) of the residuals over sigma^2: r^(distance / unit) within a series, times the SDs."""
    apart = np.abs(time[:, None] - time[None, :]) / unit
    same = series[:, None] == series[None, :]
    out = np.where(same, r**apart, 0.0)
    sd = np.asarray(ratios)[level]
    return out * np.outer(sd, sd)


def variance_of_slopes(x, z_groups, sds, sigma, residual) -> np.ndarray:
    """(p, p) of the coefficients: intercepts of each grouping with their SDs."""
    v = sigma**2 * residual
    for codes, sd in zip(z_groups, sds, strict=True):
        v = v + sd**2 * (codes[:, None] == codes[None, :])
    return np.linalg.inv(x.T @ np.linalg.solve(v, x))


def reml(x, y, z_groups, sds, sigma, residual) -> float:
    """-2 log restricted likelihood."""
    v = sigma**2 * residual
    for codes, sd in zip(z_groups, sds, strict=True):
        v = v + sd**2 * (codes[:, None] == codes[None, :])
    vx = np.linalg.solve(v, x)
    m = x.T @ vx
    beta = np.linalg.solve(m, vx.T @ y)
    left = y - x @ beta
    rest = left @ np.linalg.solve(v, left)
    n = len(y) - x.shape[1]
    return float(np.linalg.slogdet(v)[1] + np.linalg.slogdet(m)[1] + rest + n * np.log(2 * np.pi))
