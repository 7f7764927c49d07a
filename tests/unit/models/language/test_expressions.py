"""Arithmetic in a formula as a tree: R's and Python's spelling, and nothing that could be run."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.base.errors import FormulaError
from analysis.models.language.expressions import (
    FUNCTIONS,
    Distribution,
    Expression,
    parse_expression,
)
from tests.unit.models.language.row_values import value

X, Z = Expression("variable", ("x",)), Expression("variable", ("z",))


def number(value: float) -> Expression:
    return Expression("number", (value,))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("x", X),
        (" ( x ) ", X),
        ("`x`", X),
        ("I(x)", X),
        ("+x", X),
        ("-x", Expression("negative", (X,))),
        ("x + z", Expression("+", (X, Z))),
        ("x^2", Expression("**", (X, number(2)))),
        ("I(x**2)", Expression("**", (X, number(2)))),
        ("x / 7", Expression("/", (X, number(7)))),
        ("log(x)", Expression("log", (X,))),
        ("sqrt (x)", Expression("sqrt", (X,))),
        ("I(x\n+ z)", Expression("+", (X, Z))),
        ("2.5e-3 * x", Expression("*", (number(0.0025), X))),
    ],
)
def test_trees(text, tree):
    assert parse_expression(text) == tree


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x - z - 1", -2.0),  # 2 - 3 - 1: from the left
        ("x / z / 2", 1 / 3),
        ("-x^2", -4.0),  # the power binds tighter than the sign, in R and in Python
        ("x^z^2", 512.0),  # powers from the right
        ("2 * (x + z)", 10.0),
        ("x + z * 2", 8.0),
        ("abs(-x) + exp(0*x) + expm1(0*x)", 3.0),
        ("log(exp(x)) + log2(8 + 0*x) + log10(100 + 0*x) + log1p(0*x)", 7.0),
        ("sqrt(x * 2)", 2.0),
    ],
)
def test_values(text, expected):
    assert value(parse_expression(text), x=2.0, z=3.0) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    "name",
    ["x", "hamd.b", "a.b.c", "yield", "class", "None", "lambda", "élan", "_x", "_quoted_0_", "ﬁ"],
)
@pytest.mark.parametrize("form", ["{}", "`{}`", "I({} + 1)", "log(2 * `{}`)"])
def test_names_stay_as_they_are(name, form):
    assert parse_expression(form.format(name)).variables() == (name,)


@pytest.mark.parametrize("name", ["my var", "2x", "a-b", "x;y", "I(x)", "%", "a|b", "é ü"])
def test_other_names_stand_in_backticks(name):
    assert parse_expression(f"`{name}` * x").variables() == (name, "x")


def test_names_are_listed_once_in_order():
    assert parse_expression("z * x + log(z) - `x`").variables() == ("z", "x")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x +",
        "x z",
        "x == z",
        "x < z",
        "x and z",
        "not x",
        "x if z else x",
        "[x]",
        "(x, z)",
        "{x}",
        "x[0]",
        "x // z",
        "x % z",
        "x @ z",
        "~x",
        "'x'",
        "x + 'a'",
        "1j * x",
        "lambda: x",
        "(w := x)",
        "x; z",
        "x\x00",
        "f'{x}'",
        "await x",
        "log(x, z)",
        "log(x=z)",
        "log()",
        "log(*x)",
        "I()",
        "eval(x)",
        "__import__('os')",
        "x.__class__()",
        "I(x)(z)",
        "round(x)",
        "x * 1e999",
        "x + " + "1" * 400,
        "x + " + "1" * 5000,
        "-" * 5000 + "x",
        "x" + " + x" * 5000,
    ],
)
def test_refused(text):
    with pytest.raises(FormulaError) as refused:
        parse_expression(text)
    assert refused.value.where and refused.value.allowed
    assert len(str(refused.value)) < 500


def test_an_unknown_function_is_named_with_those_that_exist():
    with pytest.raises(FormulaError, match="'spline'") as refused:
        parse_expression("spline(x)")
    assert all(name in refused.value.allowed for name in FUNCTIONS)


@settings(max_examples=400, deadline=None)
@given(st.text(st.sampled_from("xz.0149e+-*/^() ,'`_[]{}:=<%\né"), max_size=25) | st.text())
def test_no_text_gets_anything_but_a_formula_error(text):
    try:
        tree = parse_expression(text)
    except FormulaError:
        return
    assert isinstance(tree, Expression)


def _texts(inner):
    return st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({t[0]}) {t[1]} {t[2]}"),
        inner.map(lambda t: f"-({t})"),
        inner.map(lambda t: f"abs({t})"),
        inner.map(lambda t: f"({t})**2"),
    )


@settings(max_examples=100, deadline=None)
@given(st.recursive(st.sampled_from(["x", "z", "2", "0.5"]), _texts, max_leaves=8))
def test_trees_mean_what_python_means(text):
    try:
        expected = eval(text, {"x": 1.5, "z": -0.75, "abs": abs})  # of the test's own making
    except (ZeroDivisionError, OverflowError):
        return
    assert value(parse_expression(text), x=1.5, z=-0.75) == pytest.approx(expected, rel=1e-12)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.integers(-50, 50), min_size=1, max_size=40),
    st.lists(st.floats(0, 1), min_size=1, max_size=5),
)
def test_quantiles_are_those_of_all_rows(rows, shares):
    """numpy's default is R's type 7, too."""
    found = Distribution(*np.unique(np.array(rows, dtype=float), return_counts=True))
    expected = np.quantile(np.array(rows, dtype=float), shares)
    assert found.quantiles(np.array(shares)) == pytest.approx(expected, abs=1e-12 * 50)
