"""Rows' residuals, predicted effects and leverage against dense matrices; verdicts on planted
faults and on well-behaved data."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.models.criterion.problem import build_problem
from analysis.models.inference.checks.residual.normality import kurtosis_z, normal_quantiles, skew_z
from analysis.models.inference.checks.residual.residual_checks import residual_checks
from analysis.models.inference.checks.residual.residuals import row_results
from analysis.models.inference.checks.residual.unequal_spread import spread_by_group
from analysis.models.language.design import build_design, formula_variables, mentioned
from analysis.models.language.formula import parse_formula
from analysis.models.linear.fit import solve
from analysis.questions.opening import open_source
from analysis.store.sums.complete import complete_rows
from analysis.store.sums.moments import design_arrays, moments
from tests.unit.models import oracle
from tests.unit.models.inference.variance.two_levels import two_levels
from tests.unit.models.nested import column, dense, nested_table, raw_theta


def examined(folder, frame, formula):
    """(moments, problem, solution, rows) as the product gets them: rows in the store's order."""
    path = folder / "rows.parquet"
    frame.to_parquet(path)
    parsed = parse_formula(formula)
    with open_source(path, mentioned(parsed)) as source:
        complete = complete_rows(source, formula_variables(parsed, source.kinds))
        design = build_design(parsed, source.kinds, complete.levels)
        sums = moments(complete, design)
        columns, codes = design_arrays(complete, design)
    problem = build_problem(sums)
    solution = solve(problem, True)
    return sums, problem, solution, row_results(sums, problem, solution, columns, codes)


def checks_of(folder, frame, formula) -> dict:
    found = residual_checks(*examined(folder, frame, formula))
    return {name: verdict.grade for name, verdict in found.verdicts()}


MODELS = [
    "y ~ x * t + (t | p) + (1 | th) + (x | c)",
    "y ~ x + t + (0 + t | p) + (1 | c)",
    "y ~ x + t",
]


@pytest.mark.parametrize("formula", MODELS)
def test_rows_equal_the_dense_matrices(tmp_path, formula):
    frame = nested_table(3, clinics=6)
    sums, problem, solution, rows = examined(tmp_path, frame, formula)
    model = dense(frame, sums, problem, True)
    theta = raw_theta(problem, solution.theta)
    v_inverse = np.linalg.inv(oracle.relative_covariance(model, theta))
    found = oracle.estimate(model, theta)
    x = np.column_stack([column(frame, name) for name in problem.x])
    residual = v_inverse @ (frame["y"].to_numpy() - x @ found.beta)
    hat = x @ np.linalg.solve(x.T @ v_inverse @ x, x.T @ v_inverse)
    spread = np.diag(v_inverse - v_inverse @ hat) * found.sigma2
    # The store may give rows in another order; the values of a row stay together.
    ours = np.column_stack([rows.residual * rows.y_scale, rows.leverage, rows.standard])
    dense_rows = np.column_stack([residual, np.diag(hat), residual / np.sqrt(spread)])
    order = [np.argsort(m[:, 0]) for m in (ours, dense_rows)]
    # Dense inverses of 100 rows leave nine digits; the intercept's level takes some off.
    assert ours[order[0]] == pytest.approx(dense_rows[order[1]], rel=1e-6, abs=1e-7)
    assert rows.leverage.sum() == pytest.approx(problem.p, rel=1e-8)


def test_predicted_effects_are_the_dense_ones(tmp_path):
    frame = nested_table(4, clinics=8)
    sums, problem, solution, rows = examined(tmp_path, frame, "y ~ x + (1 | p) + (1 | c)")
    model = dense(frame, sums, problem, True)
    theta = raw_theta(problem, solution.theta)
    v_inverse = np.linalg.inv(oracle.relative_covariance(model, theta))
    found = oracle.estimate(model, theta)
    weighted = v_inverse @ (frame["y"].to_numpy() - model.x @ found.beta)
    for k, group in enumerate(("p", "c")):
        expected = theta[k] ** 2 * pd.Series(weighted).groupby(frame[group]).sum()
        ours = np.sort(rows.effects[k][:, 0] * rows.y_scale)
        assert ours == pytest.approx(np.sort(expected.to_numpy()), rel=1e-6, abs=1e-7)


def test_normal_tests_equal_scipys():
    values = np.random.default_rng(3).gamma(4, size=300)
    found = normal_quantiles("residuals", values)
    assert found.skew == pytest.approx(stats.skew(values), rel=1e-10)
    assert found.kurtosis == pytest.approx(stats.kurtosis(values), rel=1e-10)
    assert skew_z(found.skew, 300) == pytest.approx(stats.skewtest(values).statistic, rel=1e-9)
    statistic = stats.kurtosistest(values).statistic
    assert kurtosis_z(found.kurtosis, 300) == pytest.approx(statistic, rel=1e-9)
    assert len(found.observed) == 200 and (np.diff(found.observed) >= 0).all()


def test_spread_statistic_is_the_analysis_of_variance_of_distances():
    rng = np.random.default_rng(5)
    codes = np.repeat(np.arange(8), [10, 4, 5, 9, 1, 12, 7, 6])
    values = rng.normal(size=len(codes)) * (1 + codes)
    used = [np.abs(values[codes == g]) for g in range(8) if g != 4]  # one row is too few
    rows, whole = sum(map(len, used)), np.concatenate(used)
    between = sum(len(u) * (u.mean() - whole.mean()) ** 2 for u in used) / 6
    found = spread_by_group("g", values, codes)
    assert found.groups == 7
    assert found.statistic == pytest.approx(between / whole.var(), rel=1e-10)
    assert found.p == pytest.approx(stats.f.sf(found.statistic, 6, rows - 7), rel=1e-8)


def test_planted_faults_change_the_verdicts(tmp_path):
    """What each fault must raise; sizes are such that the power is next to 1 at 60 groups of 8."""
    formula = "y ~ x + w + (1 | g)"
    base = two_levels(11, groups=60, rows=8)
    good = checks_of(tmp_path, base, formula)
    assert set(good.values()) == {"fine"}, good
    rng = np.random.default_rng(12)
    ids = base["g"].str[1:].astype(int).to_numpy()

    skewed = base.assign(y=base["y"] + 2 * (rng.exponential(size=len(base)) - 1))
    assert checks_of(tmp_path, skewed, formula)["normality of residuals"] != "fine"

    noisy = rng.normal(size=len(base)) * np.where(ids % 3 == 0, 4.0, 0.0)
    found = checks_of(tmp_path, base.assign(y=base["y"] + noisy), formula)
    assert found["spread by g"] != "fine"

    effects = 3 * (rng.exponential(size=60) - 1)[ids]
    found = checks_of(tmp_path, base.assign(y=base["y"] + effects), formula)
    assert found["normality of g: intercept"] != "fine"
    assert found["normality of residuals"] == "fine"

    bent = base.assign(y=base["y"] + 0.8 * base["x"] ** 2 + base["x"])
    assert checks_of(tmp_path, bent, formula)["shape at rows"] != "fine"

    fanned = base.assign(y=base["y"] + base["x"] + base["x"].clip(-2) * rng.normal(size=len(base)))
    fanned["y"] += np.exp(base["x"]) * rng.normal(size=len(base))
    assert checks_of(tmp_path, fanned, formula)["spread by prediction"] != "fine"

    far = base.copy()
    far.loc[3, "x"] = 60.0
    assert checks_of(tmp_path, far, formula)["leverage"] == "problem"


def test_well_behaved_data_raise_few_alarms(tmp_path):
    """Six checks each on 12 data sets; about 2 of 100 such sets got any alarm as measured."""
    alarms = 0
    for seed in range(12):
        frame = two_levels(seed, groups=40, rows=6)
        alarms += set(checks_of(tmp_path, frame, "y ~ x + w + (1 | g)").values()) != {"fine"}
    assert alarms <= 2


def test_what_is_drawn_is_small_whatever_the_rows(tmp_path):
    parts = examined(tmp_path, two_levels(1, groups=300, rows=10), "y ~ x + w + (x | g)")
    found = residual_checks(*parts)
    assert all(len(q.tidy()) <= 200 for q in found.quantiles)
    assert all(len(b.tidy()) <= 30 for b in found.bins)
    assert [q.what for q in found.quantiles] == ["residuals", "g: intercept", "g: x"]
    assert {"check", "grade", "sentence"} == set(found.tidy()[0])
    assert all(r["sentence"].endswith(".") for r in found.tidy())


def test_tiny_and_degenerate_data_get_sentences(tmp_path):
    frame = pd.DataFrame(
        {"y": [1.0, 2, 4, 3, 6, 5], "x": [0.0, 1, 0, 1, 0, 1], "g": list("aabbcc")}
    )
    found = residual_checks(*examined(tmp_path, frame, "y ~ x + (1 | g)"))
    assert all(v.grade in ("fine", "note", "problem") for _, v in found.verdicts())
    assert np.isfinite([q.skew for q in found.quantiles]).all()
