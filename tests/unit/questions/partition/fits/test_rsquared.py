"""Explained variance level by level, against sums written out by hand."""

import numpy as np
import pytest

from analysis.models.resampling.resample import Estimates
from analysis.questions.partition.fits.rsquared import explained


def estimates(batch: int, p: int, levels: int, seed: int = 1) -> Estimates:
    rng = np.random.default_rng(seed)
    root = 0.1 * rng.normal(size=(batch, p, p))
    return Estimates(
        theta=np.abs(rng.normal(size=(batch, levels))),
        sigma2=rng.uniform(1, 3, batch),
        beta=rng.normal(size=(batch, p)),
        unit_covariance=root @ np.swapaxes(root, 1, 2),
        converged=np.ones(batch, bool),
    )


def covariances(batch: int, levels: int, p: int) -> np.ndarray:
    root = np.random.default_rng(2).normal(size=(batch, levels, p, p))
    return root @ np.swapaxes(root, 2, 3)


def test_every_number_by_hand():
    fits, pieces = estimates(3, 4, 2), covariances(3, 2, 4)
    home = np.array([0, 0, 1])  # residual and first intercept at level 0, the second at level 1
    found = explained(fits, pieces, home)
    for k in range(3):
        b, sigma2 = fits.beta[k], fits.sigma2[k]
        fixed = []
        for s in pieces[k]:
            raw = sum(s[i, j] * b[i] * b[j] for i in range(4) for j in range(4))
            noise = sum(
                s[i, j] * sigma2 * fits.unit_covariance[k, i, j] for i in range(4) for j in range(4)
            )
            fixed.append(raw - noise)
        random = [sigma2, sigma2 * fits.theta[k, 0] ** 2, sigma2 * fits.theta[k, 1] ** 2]
        total = sum(fixed) + sum(random)
        assert found.fixed[k] == pytest.approx(np.array(fixed) / total, rel=1e-12)
        assert found.random[k] == pytest.approx(np.array(random) / total, rel=1e-12)
        at = [random[0] + random[1], random[2]]
        assert found.level_r2[k] == pytest.approx(
            [f / (f + r) for f, r in zip(fixed, at, strict=True)], rel=1e-12
        )
        assert found.total[k] == pytest.approx(sum(fixed) / total, rel=1e-12)
    assert found.ok.all()
    assert found.total + found.random.sum(axis=1) == pytest.approx(np.ones(3), rel=1e-12)


def test_no_random_intercepts_and_no_predictors():
    found = explained(estimates(2, 1, 0), np.zeros((2, 1, 1, 1)), np.array([0]))
    assert found.fixed == pytest.approx(np.zeros((2, 1)))
    assert found.random == pytest.approx(np.ones((2, 1)))
    assert found.level_r2 == pytest.approx(np.zeros((2, 1)))


def test_the_correction_is_that_of_the_adjusted_r2():
    """One sample, no groups: T is the unbiased variance of y on average, so 1 - R2 is
    (rss / (n - p)) / T, and the corrected fixed part is the adjusted R2 up to 1 / n."""
    rng = np.random.default_rng(5)
    n, k = 4000, 40
    x = rng.normal(size=(n, k))
    x = x - x.mean(axis=0)
    y = 0.1 * x[:, 0] + rng.normal(size=n)
    design = np.column_stack([np.ones(n), x])
    inverse = np.linalg.inv(design.T @ design)
    beta = inverse @ design.T @ y
    sigma2 = ((y - design @ beta) ** 2).sum() / (n - k - 1)
    fit = Estimates(
        np.zeros((1, 0)), np.array([sigma2]), beta[None], inverse[None], np.array([True])
    )
    s = np.cov(design.T, bias=True)[None, None]
    found = explained(fit, s, np.array([0])).total[0]
    r2 = 1 - sigma2 * (n - k - 1) / ((y - y.mean()) ** 2).sum()
    adjusted = 1 - (1 - r2) * (n - 1) / (n - k - 1)
    assert r2 - adjusted > 0.009  # the correction is worth 1 % here
    assert found == pytest.approx(adjusted, abs=2 / n)


def test_replicates_that_cannot_be_used_are_marked():
    fits = estimates(3, 2, 1)
    lost = Estimates(
        fits.theta,
        np.array([1.0, np.nan, 1.0]),
        fits.beta,
        fits.unit_covariance,
        np.array([True, True, False]),
    )
    found = explained(lost, covariances(3, 1, 2), np.array([0, 0]))
    assert list(found.ok) == [True, False, False]
