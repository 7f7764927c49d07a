"""Least squares with errors by cluster, against statsmodels."""

import numpy as np
import statsmodels.api as sm

from analysis.models.process.clustered import clustered


def test_as_statsmodels_has_it():
    rng = np.random.default_rng(3)
    cluster = np.repeat(np.arange(25), 8)
    x = rng.normal(size=(200, 2)) + rng.normal(size=25)[cluster][:, None]
    y = x @ [0.4, -0.2] + rng.normal(size=25)[cluster] + rng.normal(size=200)
    columns = np.column_stack([np.ones(200), x])
    found = clustered(columns, y, cluster)
    theirs = sm.OLS(y, columns).fit(cov_type="cluster", cov_kwds={"groups": cluster})
    # Both invert one 3 x 3 matrix in doubles.
    assert np.allclose(found.beta, theirs.params, rtol=1e-10)
    assert np.allclose(found.se, theirs.bse, rtol=1e-10)
    assert np.isclose(found.r2, theirs.rsquared)
    assert found.df == 24


def test_a_contrast_is_the_difference_with_its_own_error():
    found = clustered(
        np.array([[1.0, 0], [1, 0], [1, 1], [1, 1]]), np.array([1.0, 2, 4, 5]), np.arange(4)
    )
    assert np.allclose(found.beta, [1.5, 3.0])
    estimate, se, low, high = found.contrast(np.array([1.0, -1.0]))
    assert np.isclose(estimate, -1.5) and low < estimate < high
    v = found.covariance
    assert np.isclose(se**2, v[0, 0] + v[1, 1] - 2 * v[0, 1])


def test_what_cannot_be_told_apart_has_no_answer():
    one = np.ones((10, 1))
    assert clustered(np.hstack([one, one]), np.arange(10.0), np.arange(10)) is None
    assert clustered(one, np.arange(10.0), np.zeros(10)) is None
