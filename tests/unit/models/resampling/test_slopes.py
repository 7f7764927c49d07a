"""Random slopes for weights of clusters against the general engine on rows that are repeated."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.models.criterion.passes import evaluate
from analysis.models.criterion.problem import build_problem
from analysis.models.linear.fit import fit_moments
from analysis.models.resampling.resample import Start, curvature, refit
from analysis.models.resampling.slopes import Slopes, slope_sums, slope_variances
from tests.unit.models.nested import moments_of, nested_table
from tests.unit.models.resampling.repeated import repeated

CASES = [
    ("(t | p)", "p", ["p"]),
    ("(t || th) + (t | p)", "th", ["th"]),
    ("(t || c) + (t || th) + (t | p)", "th", ["c", "th"]),
    ("(1 | c) + (t | th) + (0 + t | p)", "c", ["c"]),
]
THETA = np.array([0.7, -0.3, 0.6, 0.4, 0.5, 0.3, 0.2])


@pytest.mark.parametrize(("random", "cluster", "keys"), CASES, ids=lambda v: str(v))
@pytest.mark.parametrize("regular", [False, True])
def test_weights_are_repetitions(tmp_path, random, cluster, keys, regular):
    table, formula = nested_table(11, regular=regular, clinics=6), f"y ~ x + t + {random}"
    table = table.assign(row=[f"r{i:04d}" for i in range(len(table))])
    moments = moments_of(tmp_path, table, formula, by=cluster)
    sums = slope_sums(moments, cluster)
    names = [n[-1] for n in sorted(set(table[keys].itertuples(index=False, name=None)))]
    drawn = np.random.default_rng(2).choice([0, 1, 1, 2, 3], (2, len(names)))
    weighted = Slopes.of(sums, drawn.astype(float))
    estimates = refit(weighted, np.arange(4))
    for k, of in enumerate(drawn):
        frame = repeated(table, cluster, dict(zip(names, of, strict=True)))
        fit = fit_moments(moments_of(tmp_path, frame, formula), df="none")
        assert weighted.rows[k] == len(frame) and estimates.converged[k]
        raw = estimates.beta[k][1:] * moments.scale[-1] / moments.scale[1:-1]
        assert raw == pytest.approx([f.estimate for f in fit.fixed[1:]], rel=1e-4, abs=1e-6)
        assert estimates.sigma2[k] * moments.scale[-1] ** 2 == pytest.approx(fit.sigma**2, rel=1e-4)
        unit = moments.scale[-1] / moments.scale[moments.z[-1]]
        ours = estimates.sigma2[k] * slope_variances(sums, estimates.theta[k : k + 1])[0] * unit**2
        theirs = {r.group: r.sd**2 for r in fit.random if r.term == "t"}
        expected = [theirs.get(level.group, 0.0) for level in sums.levels]
        # Two searches stop where a further decrease is below 1e-11.
        assert ours == pytest.approx(expected, rel=1e-3, abs=1e-6)


def test_the_gradient_is_that_of_the_criterion(tmp_path):
    moments = moments_of(tmp_path, nested_table(11, clinics=6), f"y ~ x + t + {CASES[2][0]}", "th")
    weights = np.random.default_rng(3).choice([0, 1, 2], (2, len(moments.gram))).astype(float)
    batch = Slopes.of(slope_sums(moments, "th"), weights).select(np.arange(4))
    for k in range(2):
        value, gradient = differences(batch, THETA, k)
        found = batch.evaluate(THETA[None], np.array([k]))
        assert found.value[0] == value
        # Differences of a criterion of some thousands by 1e-5.
        assert found.gradient[0] == pytest.approx(gradient, rel=1e-5, abs=1e-4)


def differences(batch, theta, k):
    member, h = np.array([k]), 1e-5
    steps = np.eye(len(theta)) * h
    up = [batch.evaluate((theta + s)[None], member, False).value[0] for s in steps]
    down = [batch.evaluate((theta - s)[None], member, False).value[0] for s in steps]
    value = batch.evaluate(theta[None], member, False).value[0]
    return value, (np.array(up) - np.array(down)) / (2 * h)


@pytest.mark.parametrize(("random", "cluster", "keys"), CASES, ids=lambda v: str(v))
def test_the_sample_is_the_general_engines(tmp_path, random, cluster, keys):
    table = nested_table(11, clinics=6)
    moments = moments_of(tmp_path, table, f"y ~ x + t + {random}", by=cluster)
    sums = slope_sums(moments, cluster)
    problem = build_problem(replace(moments, gram=moments.gram.sum(axis=0)))
    batch = Slopes.of(sums, np.ones((1, sums.clusters))).select(np.arange(4))
    theta = THETA[: batch.levels]
    theirs, ours = evaluate(problem, theta, True), batch.evaluate(theta[None], np.zeros(1, int))
    assert ours.value[0] == pytest.approx(theirs.value, rel=1e-11)
    assert ours.gradient[0] == pytest.approx(theirs.gradient, rel=1e-8, abs=1e-7)
    assert ours.beta[0] == pytest.approx(theirs.beta, rel=1e-8, abs=1e-10)
    assert ours.rss[0] == pytest.approx(theirs.rss, rel=1e-9)


def test_where_a_search_starts_does_not_matter(tmp_path):
    moments = moments_of(tmp_path, nested_table(11, clinics=6), "y ~ x + t + (t | p)", by="p")
    sums = slope_sums(moments, "p")
    sample, columns = Slopes.of(sums, np.ones((1, sums.clusters))), np.arange(4)
    cold = refit(sample, columns)
    start = Start(cold.theta[0] * 1.2, curvature(sample, columns, cold.theta[0]))
    warm = refit(sample, columns, start)
    assert cold.converged.all() and warm.converged.all()
    # Two searches stop where a further decrease is below 1e-11.
    assert slope_variances(sums, warm.theta) == pytest.approx(
        slope_variances(sums, cold.theta), rel=1e-4, abs=1e-7
    )
    # A standard deviation is not negative; a covariance keeps its sign.
    turned = sample.settled(-cold.theta)
    assert turned[:, [0, 2]].min() >= 0
    assert turned == pytest.approx(cold.theta)
