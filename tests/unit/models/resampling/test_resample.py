"""Refits from weighted sums against the general engine on rows that are really repeated."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.models.criterion.passes import evaluate
from analysis.models.criterion.problem import build_problem
from analysis.models.linear.fit import fit_moments
from analysis.models.resampling.clusters import cluster_sums
from analysis.models.resampling.innermost import WeighedSizes
from analysis.models.resampling.resample import Start, curvature, refit
from analysis.models.resampling.weighted import Weighted
from tests.unit.models.nested import moments_of, nested_table
from tests.unit.models.resampling.repeated import repeated

# Each case: the random part, what is resampled, and the columns that name a cluster, outer first
# (clusters are in the order of these names).
THREE = "(1 | c) + (1 | th) + (1 | p)"
CASES = [
    ("(1 | p)", "p", ["p"]),
    (THREE, "p", ["c", "th", "p"]),
    (THREE, "th", ["c", "th"]),
    (THREE, "c", ["c"]),
    ("(1 | c) + (1 | th)", "row", ["c", "th", "row"]),
    ("(1 | th)", "row", ["th", "row"]),
]
# Two searches stop where a further decrease is below 1e-11: a standard deviation within some 1e-5
# of its standard error, which at a few groups is as large as itself.
VARIANCE = 1e-4


@pytest.fixture(params=[False, True], ids=["irregular", "regular"])
def table(request) -> pd.DataFrame:
    frame = nested_table(11, regular=request.param, clinics=6)
    return frame.assign(row=[f"r{i:04d}" for i in range(len(frame))])


def assert_equal_fits(estimates, k: int, moments, fit, generic) -> None:
    """Replicate k of `estimates` (with the scales of `moments`) is the fit of `generic` data."""
    sd = {r.group: r.sd for r in fit.random}
    free = len(estimates.theta[k])
    theta = np.array([sd[g] / fit.sigma for g in generic.groupings])[-free:]
    assert estimates.theta[k] ** 2 == pytest.approx(theta**2, rel=VARIANCE, abs=1e-6)
    assert estimates.sigma2[k] * moments.scale[-1] ** 2 == pytest.approx(fit.sigma**2, rel=VARIANCE)
    raw = estimates.beta[k][1:] * moments.scale[-1] / moments.scale[1:-1]
    assert raw == pytest.approx([f.estimate for f in fit.fixed[1:]], rel=1e-5, abs=1e-7)
    variance = np.diag(estimates.unit_covariance[k])[1:] * estimates.sigma2[k]
    se = np.sqrt(variance) * moments.scale[-1] / moments.scale[1:-1]
    assert se == pytest.approx([f.se for f in fit.fixed[1:]], rel=1e-5)


@pytest.mark.parametrize(("random", "cluster", "keys"), CASES, ids=lambda v: str(v))
def test_weights_are_repetitions(table, tmp_path, random, cluster, keys):
    formula = f"y ~ x + t + {random}"
    moments = moments_of(tmp_path, table, formula, by=cluster)
    names = [n[-1] for n in sorted(set(table[keys].itertuples(index=False, name=None)))]
    sums = cluster_sums(moments, cluster)
    assert sums.clusters == len(names)
    rng = np.random.default_rng(2)
    weights = np.array([np.ones(len(names)), *rng.choice([0, 1, 1, 2, 3], (2, len(names)))])
    weighted = Weighted.of(sums, weights)
    columns = np.arange(len(moments.names))
    estimates = refit(weighted, columns)
    assert estimates.converged.all()
    for k, of in enumerate(weights.astype(int)):
        frame = repeated(table, cluster, dict(zip(names, of, strict=True)))
        assert weighted.rows[k] == len(frame)
        generic = moments_of(tmp_path, frame, formula)
        assert_equal_fits(estimates, k, moments, fit_moments(generic, df="none"), generic)


@pytest.mark.parametrize("regular", [True, False])
def test_sums_by_size_are_used_where_sizes_repeat(tmp_path, regular):
    moments = moments_of(tmp_path, nested_table(11, regular, 6), f"y ~ x + {THREE}", by="th")
    sums = cluster_sums(moments, "th")
    weighted = Weighted.of(sums, np.ones((1, sums.clusters)))
    # One size, or too many for so few patients: both branches are tested above.
    assert isinstance(weighted.innermost, WeighedSizes) == regular
    assert sums.free.all() and sums.cluster_level == 1


def test_rows_as_clusters_have_no_variance_of_their_own(table, tmp_path):
    moments = moments_of(tmp_path, table, "y ~ x + (1 | th)", by="row")
    sums = cluster_sums(moments, "row")
    assert list(sums.free) == [False, True]
    assert sums.clusters == len(table)
    assert refit(Weighted.of(sums, np.ones((1, len(table)))), np.arange(3)).theta.shape == (1, 1)


def test_a_subset_of_columns_is_the_smaller_model(table, tmp_path):
    moments = moments_of(tmp_path, table, f"y ~ x + t + {THREE}", by="th")
    weighted = Weighted.of(cluster_sums(moments, "th"), np.ones((1, table["th"].nunique())))
    for kept, right in (([0, 2, 3], "t"), ([0, 1, 3], "x"), ([0, 3], "1")):
        smaller = moments_of(tmp_path, table, f"y ~ {right} + {THREE}")
        fit = fit_moments(smaller, df="none")
        estimates = refit(weighted, np.array(kept))
        picked = replace(moments, scale=moments.scale[kept])
        assert_equal_fits(estimates, 0, picked, fit, smaller)


def test_a_variance_of_zero(tmp_path):
    """Groups that differ less than their rows do by chance: theta is 0, as the engine says."""
    frame = nested_table(4)
    y = frame["y"] - frame.groupby("th")["y"].transform("mean")
    frame = frame.assign(y=y + 1e-3 * frame["x"])
    moments = moments_of(tmp_path, frame, "y ~ x + (1 | th)", by="th")
    estimates = refit(
        Weighted.of(cluster_sums(moments, "th"), np.ones((1, len(moments.gram)))), np.arange(3)
    )
    generic = moments_of(tmp_path, frame, "y ~ x + (1 | th)")
    fit = fit_moments(generic, df="none")
    assert fit.status.singular and estimates.converged[0]
    assert estimates.theta[0, 0] < 1e-3
    assert_equal_fits(estimates, 0, moments, fit, generic)


def test_where_a_search_starts_does_not_matter(table, tmp_path):
    moments = moments_of(tmp_path, table, f"y ~ x + t + {THREE}", by="th")
    sums = cluster_sums(moments, "th")
    weights = np.random.default_rng(5).choice([0, 1, 2], (6, sums.clusters)).astype(float)
    weighted, columns = Weighted.of(sums, weights), np.arange(4)
    cold = refit(weighted, columns)
    inverse = curvature(weighted, columns, cold.theta[0])
    warm = refit(weighted, columns, Start(cold.theta[0], inverse))
    own = refit(weighted, columns, Start(cold.theta * 1.3, inverse))
    for other in (warm, own):
        assert other.converged.all()
        assert other.theta**2 == pytest.approx(cold.theta**2, rel=VARIANCE, abs=1e-6)
        assert other.beta == pytest.approx(cold.beta, rel=1e-5, abs=1e-7)


def test_replicates_do_not_know_of_each_other(table, tmp_path):
    moments = moments_of(tmp_path, table, f"y ~ x + t + {THREE}", by="th")
    sums = cluster_sums(moments, "th")
    weights = np.random.default_rng(6).choice([0, 1, 2], (5, sums.clusters)).astype(float)
    together = refit(Weighted.of(sums, weights), np.arange(4))
    for k in range(len(weights)):
        alone = refit(Weighted.of(sums, weights[k : k + 1]), np.arange(4))
        # One search a replicate; a batch only sums in another order.
        assert alone.theta[0] ** 2 == pytest.approx(together.theta[k] ** 2, rel=VARIANCE, abs=1e-6)
        assert alone.sigma2[0] == pytest.approx(together.sigma2[k], rel=VARIANCE)


def test_curvature_is_the_inverse_of_the_criterions_hessian(tmp_path):
    frame = nested_table(11, clinics=6)
    moments = moments_of(tmp_path, frame, "y ~ x + t + (1 | th) + (1 | p)", by="th")
    weighted = Weighted.of(cluster_sums(moments, "th"), np.ones((1, len(moments.gram))))
    theta = refit(weighted, np.arange(4)).theta[0]
    assert theta.min() > 0.05  # nearer to zero `curvature` moves its point
    problem = build_problem(replace(moments, gram=moments.gram.sum(axis=0)))
    h, rows = 1e-4, []
    for unit in np.eye(2) * h:
        up, down = (evaluate(problem, theta + s * unit, True).gradient for s in (1, -1))
        rows.append((up - down) / (2 * h))
    found = curvature(weighted, np.arange(4), theta)
    assert found @ np.array(rows) == pytest.approx(np.eye(2), abs=1e-5)  # differences of order h^2
