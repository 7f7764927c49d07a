"""The polynomial of the inner levels against the sums that it stands for."""

import numpy as np
import pytest

from analysis.models.resampling.clusters import cluster_sums
from analysis.models.resampling.interpolation import basis, exponents, nodes, slopes
from analysis.models.resampling.resample import refit
from analysis.models.resampling.surface import GOOD_ENOUGH, surface
from analysis.models.resampling.weighted import Weighted
from tests.unit.models.nested import moments_of, nested_table

CASES = [
    ("(1 | c) + (1 | th) + (1 | p)", "th", True),
    ("(1 | c) + (1 | th) + (1 | p)", "c", False),
    ("(1 | c) + (1 | th)", "c", False),
    ("(1 | c) + (1 | th)", "th", True),
]


@pytest.mark.parametrize(("random", "cluster", "regular"), CASES, ids=lambda v: str(v))
def test_replicates_of_the_surface_are_those_of_the_sums(tmp_path, random, cluster, regular):
    frame = nested_table(11, regular=regular, clinics=9)
    sums = cluster_sums(moments_of(tmp_path, frame, f"y ~ x + t + {random}", by=cluster), cluster)
    columns = np.arange(4)
    sample = Weighted.of(sums, np.ones((1, sums.clusters)))
    theta = refit(sample, columns).theta
    found = surface(sums, np.maximum(theta, 0.1), np.full(theta.shape[1], 0.08))
    weights = np.random.default_rng(3).choice([0, 1, 1, 2], (6, sums.clusters)).astype(float)
    exact = Weighted.of(sums, weights)
    smooth = found.weigh(exact, weights)
    at = np.tile(np.maximum(theta, 0.1), (6, 1)) + np.linspace(-0.05, 0.05, 6)[:, None]
    every = np.arange(6)
    for kept in (columns, np.array([0, 2, 3])):
        ours = smooth.select(kept).evaluate(at, every)
        theirs = exact.select(kept).evaluate(at, every)
        # The surface is checked on the sample; a replicate is about as smooth.
        assert ours.value == pytest.approx(theirs.value, abs=2 * GOOD_ENOUGH)
        assert ours.beta == pytest.approx(theirs.beta, rel=2e-2, abs=1e-3)
        # The gradient is that of the surface itself.
        for k, step in enumerate(np.eye(theta.shape[1]) * 1e-5):
            up = smooth.select(kept).evaluate(at + step, every, False).value
            down = smooth.select(kept).evaluate(at - step, every, False).value
            assert ours.gradient[:, k] == pytest.approx((up - down) / 2e-5, rel=1e-4, abs=1e-4)


def test_no_surface_without_inner_levels_or_outside_of_the_clusters(tmp_path):
    one = moments_of(tmp_path, nested_table(4), "y ~ x + (1 | th)", by="th")
    three = "y ~ x + (1 | c) + (1 | th) + (1 | p)"
    inner = moments_of(tmp_path, nested_table(4), three, by="p")
    assert surface(cluster_sums(one, "th"), np.full((1, 1), 0.5), np.full(1, 0.1)) is None
    assert surface(cluster_sums(inner, "p"), np.full((1, 3), 0.5), np.full(3, 0.1)) is None


@pytest.mark.parametrize("degrees", [(3,), (4, 2), (2, 3, 2)])
def test_a_polynomial_is_found_again_from_its_nodes(degrees):
    powers, at = exponents(degrees), nodes(degrees)
    rng = np.random.default_rng(1)
    coefficients, points = rng.normal(size=len(powers)), rng.uniform(-1, 1, (5, len(degrees)))
    values = basis(at, powers) @ coefficients
    again = np.linalg.solve(basis(at, powers), values)
    assert again == pytest.approx(coefficients, abs=1e-10)
    assert len(at) == len(powers) and np.abs(at).max() <= 1
    # In plain powers the first products are 1, then the last variable and its square …
    assert basis(points, powers)[:, 1] == pytest.approx(points[:, -1])
    for k, step in enumerate(np.eye(len(degrees)) * 1e-6):
        difference = (basis(points + step, powers) - basis(points - step, powers)) / 2e-6
        assert slopes(points, powers)[:, k] == pytest.approx(difference, abs=1e-8)
