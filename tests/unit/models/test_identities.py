"""What must hold whatever the data: closed forms of balanced designs, and invariances."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.questions.lab.effects import fit_formula
from tests.unit.models import oracle
from tests.unit.models.exact_tables import (
    fit_frame,
    long_table,
    mean_squares,
    sd_of,
    theta_of,
    unbalanced,
)

ONE_WAY = "y ~ 1 + (1 | g)"
SLOW = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)


# --- Closed forms -----------------------------------------------------------------------------


@SLOW
@given(groups=st.integers(3, 8), rows=st.integers(2, 6), seed=st.integers(0, 10**6))
def test_balanced_one_way_by_mean_squares(tmp_path, groups, rows, seed):
    """REML of a balanced one-way layout is the analysis of variance, cut off at zero."""
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(groups, rows)) + rng.uniform(0, 1.5) * rng.normal(size=(groups, 1))
    between, within = mean_squares(table)
    result = fit_frame(tmp_path, long_table(table), ONE_WAY)
    n = table.size
    if between > within:
        # The search stops at a slope that leaves the variances with a relative 1e-6.
        expected = (between - within) / rows
        assert sd_of(result) ** 2 == pytest.approx(expected, rel=2e-6, abs=2e-6 * within)
        assert result.sigma**2 == pytest.approx(within, rel=1e-6)
    else:
        assert result.status.singular
        assert sd_of(result) ** 2 <= 1e-8 * within
        # sigma^2 is then the plain variance of all rows.
        assert result.sigma**2 == pytest.approx(table.var(ddof=1), rel=1e-6)
    assert result.fixed[0].estimate == pytest.approx(table.mean(), rel=1e-9, abs=1e-9)
    expected_se = np.sqrt(max(between, table.var(ddof=1) if between <= within else 0) / n)
    assert result.fixed[0].se == pytest.approx(expected_se, rel=1e-6)


@pytest.mark.parametrize("df", ["satterthwaite", "kenward-roger"])
def test_balanced_one_way_has_groups_minus_one_degrees_of_freedom(tmp_path, df):
    table = np.array([[1.0, 2, 4], [5, 6, 9], [2, 2, 3], [8, 9, 7], [4, 6, 5]])
    result = fit_frame(tmp_path, long_table(table), ONE_WAY, df=df)
    # Second differences in the degrees of freedom: six digits.
    assert result.fixed[0].df == pytest.approx(4, rel=1e-5)


# The layout of NIST's SmLs01-09 (9 treatments; a pattern of .1 on a constant of 1, 7 or 13
# digits): MS between = .01 rows, within = .01, exactly, at any size of the constant.
@pytest.mark.parametrize("constant", ["1", "1000000", "1000000000000"])
@pytest.mark.parametrize("rows", [21, 201])
def test_leading_constant_digits_do_no_harm(tmp_path, constant, rows):
    pattern = (Decimal("0"), Decimal("-0.1"), Decimal("0.1"))
    table = [
        [
            Decimal(constant) + Decimal("0.4") + pattern[i and i % 2 + 1] + pattern[k and k % 2 + 1]
            for k in range(rows)
        ]
        for i in range(9)
    ]
    path = tmp_path / "small.csv"
    path.write_text("g,y\n" + "".join(f"g{i},{y}\n" for i in range(9) for y in table[i]))
    # A double holds 1000000000000.4 to .0001: what the program is given is the rounded table.
    given = np.array([[float(y) - float(constant) for y in row] for row in table])
    between, within = mean_squares(given)
    assert (between, within) == pytest.approx((0.01 * rows, 0.01), rel=1e-3)
    result = fit_formula(ONE_WAY, path)
    # 2e-6: where the search stops; NIST's best programs keep four digits of the third constant.
    assert result.sigma**2 == pytest.approx(within, rel=2e-6)
    assert sd_of(result) ** 2 == pytest.approx((between - within) / rows, rel=2e-6)


@pytest.mark.parametrize("df", ["satterthwaite", "kenward-roger"])
def test_two_measurements_a_patient_are_a_paired_t_test(tmp_path, df):
    rng = np.random.default_rng(5)
    before = 20 + 3 * rng.normal(size=12)
    after = before - 2 + 2 * rng.normal(size=12)
    frame = pd.DataFrame({"y": np.r_[before, after], "t": np.repeat([0, 1], 12)})
    frame["g"] = [f"p{i}" for i in range(12)] * 2
    result = fit_frame(tmp_path, frame, "y ~ t + (1 | g)", df=df)
    paired = stats.ttest_rel(after, before)
    assert result.fixed[1].statistic == pytest.approx(paired.statistic, rel=1e-6)
    assert result.fixed[1].df == pytest.approx(11, rel=1e-5)  # second differences
    assert result.fixed[1].p == pytest.approx(paired.pvalue, rel=1e-4)


def test_balanced_growth_is_the_mean_of_the_patients_own_lines(tmp_path):
    rng = np.random.default_rng(8)
    weeks = np.arange(6.0)
    slopes, starts = -0.7 + 0.4 * rng.normal(size=15), 18 + 4 * rng.normal(size=15)
    scores = starts[:, None] + slopes[:, None] * weeks + rng.normal(size=(15, 6))
    frame = long_table(scores).assign(week=np.tile(weeks, 15))
    result = fit_frame(tmp_path, frame, "y ~ week + (week | g)", df="satterthwaite")
    own = np.array([np.polyfit(weeks, row, 1) for row in scores])
    assert result.fixed[1].estimate == pytest.approx(own[:, 0].mean(), rel=1e-8)
    assert result.fixed[0].estimate == pytest.approx(own[:, 1].mean(), rel=1e-8)
    assert result.fixed[1].se == pytest.approx(own[:, 0].std(ddof=1) / np.sqrt(15), rel=1e-6)
    assert result.fixed[1].df == pytest.approx(14, rel=1e-4)


def test_the_within_part_equals_the_fixed_effects_estimate(tmp_path):
    """With the group's mean beside it, x's within part owes nothing to differences of groups."""
    frame = unbalanced(3)
    mean = frame.groupby("g")["x"].transform("mean")
    frame = frame.assign(within=frame["x"] - mean, mean=mean)
    result = fit_frame(tmp_path, frame, "y ~ within + mean + (1 | g)")
    y = frame["y"] - frame.groupby("g")["y"].transform("mean")
    expected = (frame["within"] @ y) / (frame["within"] @ frame["within"])
    assert result.fixed[1].estimate == pytest.approx(expected, rel=1e-9)


# --- Against the dense oracle, on data that are not balanced ------------------------------------


@pytest.mark.parametrize("method", ["REML", "ML"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_other_variance_explains_the_data_better(tmp_path, seed, method):
    frame = unbalanced(seed)
    result = fit_frame(tmp_path, frame, "y ~ x + (x | g) + (1 | h:g)", method=method)
    design = np.column_stack([np.ones(len(frame)), frame["x"]])
    inner = (frame["h"] + frame["g"]).to_numpy()
    blocks = (oracle.Block(design, frame["g"].to_numpy()), oracle.Block(design[:, :1], inner))
    model = oracle.Model(frame["y"].to_numpy(), design, blocks, method == "REML")
    theta = theta_of(result)
    at_best = oracle.estimate(model, theta)
    assert result.criterion == pytest.approx(at_best.criterion, rel=1e-9)
    se = np.sqrt(np.diag(at_best.covariance))
    assert [f.se for f in result.fixed] == pytest.approx(se, rel=1e-6)
    assert [f.estimate for f in result.fixed] == pytest.approx(at_best.beta, rel=1e-7)
    assert (result.r2_marginal, result.r2_conditional) == pytest.approx(
        oracle.r_squared(model, theta), rel=1e-6
    )
    rng = np.random.default_rng(seed)
    for size in (1e-3, 0.1, 1.0):
        for _ in range(5):
            other = oracle.criterion(model, theta + size * rng.normal(size=len(theta)))
            assert other >= result.criterion - 1e-7  # rounding of a criterion of some hundreds
