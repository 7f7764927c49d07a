"""The criterion by recursion over levels against its definition with an N x N matrix."""

import numpy as np
import pytest

from analysis.base.errors import ModelError
from analysis.models.criterion.passes import evaluate
from analysis.models.criterion.problem import build_problem
from analysis.models.criterion.theta import start_theta
from tests.unit.models.criterion import criterion_laws
from tests.unit.models.criterion.criterion_laws import (  # noqa: F401
    raw_criterion,
    test_derivatives_in_psi_are_differences,
    test_gradient_is_the_slope_of_the_value,
    test_psi_and_its_root_give_the_same_pass,
    test_value_and_coefficients_are_those_of_the_definition,
    thetas,
)
from tests.unit.models.nested import moments_of, nested_table

case = criterion_laws.case


def test_without_gradient_the_value_is_the_same(case):
    *_, problem = case
    theta = start_theta(problem, 0.4)
    plain = evaluate(problem, theta, True, with_gradient=False)
    assert plain.gradient.size == 0
    assert plain.value == evaluate(problem, theta, True).value


def test_the_sign_of_a_column_of_lambda_is_free(case):
    *_, problem = case
    rng = np.random.default_rng(3)
    theta = rng.normal(size=len(start_theta(problem)))
    assert evaluate(problem, -theta, True).value == pytest.approx(
        evaluate(problem, theta, True).value, rel=1e-13
    )


def test_patterns_save_work_where_times_are_regular(tmp_path):
    patients = nested_table(3, regular=True)
    regular = build_problem(moments_of(tmp_path, patients, "y ~ t + (t | p)"))
    irregular = build_problem(moments_of(tmp_path, nested_table(3), "y ~ t + (t | p)"))
    assert regular.zz.shape[-1] == 1
    assert regular.size.sum() == patients["p"].nunique()
    assert irregular.zz.shape[-1] > 10


@pytest.mark.parametrize(
    ("formula", "change", "what"),
    [
        ("y ~ x + (1 | p)", {"y": 3.0}, "constant"),
        ("y ~ x + (1 | p)", {"p": "one"}, "one group only"),
        ("y ~ x + (1 | row)", {}, "cannot be told from the residual"),
        ("y ~ x + (t | pair)", {}, "cannot be told from the residual"),
        ("y ~ x + copy + (1 | p)", {}, "exactly"),
        ("y ~ x + (1 | p) + (1 | a)", {}, "not nested"),
    ],
)
def test_what_cannot_be_identified_is_refused(tmp_path, formula, change, what):
    frame = nested_table(5)
    n = np.arange(len(frame))
    frame = frame.assign(row=n.astype(str), pair=(n // 2).astype(str), copy=2 * frame["y"] - 1)
    with pytest.raises(ModelError, match=what) as refused:
        build_problem(moments_of(tmp_path, frame.assign(**change), formula))
    assert refused.value.where and refused.value.next_step


def test_fewer_rows_than_coefficients_are_refused(tmp_path):
    with pytest.raises(ModelError, match="3 complete rows cannot carry 3"):
        build_problem(moments_of(tmp_path, nested_table(5).head(3), "y ~ x*t"))


def test_columns_that_add_nothing_are_dropped_and_named(tmp_path):
    frame = nested_table(6)
    frame = frame.assign(twice=2 * frame["x"] + 3, same=5.0, both=frame["x"] - frame["t"])
    problem = build_problem(moments_of(tmp_path, frame, "y ~ same + x + twice + t + both + (1|p)"))
    assert problem.x == ("(Intercept)", "x", "t")
    assert problem.dropped == ("same", "twice", "both")
