"""Formula in, columns out: R's contrasts, names, blocks; unknown names get a suggestion."""

import json
from pathlib import Path

import numpy as np
import pytest

from analysis.base.errors import FormulaError, ModelError
from analysis.models.language.design import (
    INTERCEPT,
    MAX_LEVELS,
    Design,
    Level,
    build_design,
    formula_variables,
    mentioned,
)
from analysis.models.language.expressions import Distribution, Expression
from analysis.models.language.formula import parse_formula
from tests.unit.models.language.row_values import value

REFERENCE = Path(__file__).parents[3] / "reference" / "formula.json"
NUMBERS = ("y", "x", "z", "w", "hamd.b", "my var", "2x", "wave")
TEXTS = ("a", "b", "g", "h", "site", "therapist", "my cat")
KINDS = dict.fromkeys(NUMBERS, "number") | dict.fromkeys(TEXTS, "category")
LEVELS = {
    "a": ["a1", "a2", "a3"],
    "b": ["b1", "b2"],
    "my cat": ["no", "yes"],
    "wave": ["1", "2", "10"],
    "one": ["only"],
}


def design(formula: str) -> Design:
    return build_design(parse_formula(formula), KINDS, LEVELS.__getitem__, six_rows)


def six_rows(expression: Expression) -> Distribution:
    """Of an expression in the rows of reference/formula.R."""
    rows = [value(expression, x=x, z=x**2, w=7 - x) for x in range(1, 7)]
    return Distribution(*np.unique(rows, return_counts=True))


def fixed(right: str) -> list[str]:
    return list(design(f"y ~ {right}").x)


def blocks(random: str) -> list[tuple[str, str]]:
    return [(b.label, " ".join(b.columns)) for b in design(f"y ~ 1 + {random}").blocks]


@pytest.mark.parametrize(("right", "columns"), json.loads(REFERENCE.read_text()).items())
def test_the_columns_are_rs_in_rs_order(right, columns):
    assert fixed(right) == columns


def test_columns_are_what_their_names_say():
    """Every column of a * b * x, evaluated by hand on one row of each kind."""
    atoms = {c.name: c.atoms for c in design("y ~ a * b * x").columns}
    for a in LEVELS["a"]:
        for b in LEVELS["b"]:
            row = {"a": a, "b": b, "x": 2.5}
            for name, parts in atoms.items():
                expected = 1.0
                for piece in name.split(":"):
                    if piece == "x":
                        expected *= 2.5
                    elif piece != INTERCEPT:
                        expected *= piece in (f"a[{a}]", f"b[{b}]")
                found = np.prod([_atom(atom, row) for atom in parts])
                assert found == expected, name


def _atom(atom, row) -> float:
    if isinstance(atom, Level):
        return float(row[atom.variable] == atom.value)
    return value(atom, **row)


@pytest.mark.parametrize(
    ("right", "columns"),
    [
        ("C(a)", ["a[a2]", "a[a3]"]),
        ("factor(a)", ["a[a2]", "a[a3]"]),
        ("C(a, Treatment('a2'))", ["a[a1]", "a[a3]"]),
        ('C(a,Treatment("a3"))', ["a[a1]", "a[a2]"]),
        ("C( a , Treatment( reference = 'a2' ) )", ["a[a1]", "a[a3]"]),
        ("C(wave)", ["wave[2]", "wave[10]"]),
        ("C(wave, Treatment(10))", ["wave[1]", "wave[2]"]),
        ("C(`my cat`, Treatment('yes'))", ["my cat[no]"]),
        ("`my cat`", ["my cat[yes]"]),
        ("`a`", ["a[a2]", "a[a3]"]),
        ("C(a, Treatment('a2')):x", ["a[a1]:x", "a[a2]:x", "a[a3]:x"]),  # no margin: no base
        ("x*C(a, Treatment('a2'))", ["x", "a[a1]", "a[a3]", "x:a[a1]", "x:a[a3]"]),
        ("I(x**2)", ["I(x**2)"]),
        ("log( x )", ["log( x )"]),
        ("I(x / 7) + `my var` + hamd.b + `2x`", ["I(x / 7)", "my var", "hamd.b", "2x"]),
    ],
)
def test_bases_and_names(right, columns):
    assert fixed(right) == [INTERCEPT, *columns]


def test_a_category_with_one_level_has_no_column_beside_the_intercept():
    kinds = KINDS | {"one": "category"}
    built = build_design(parse_formula("y ~ x + one"), kinds, LEVELS.__getitem__)
    assert built.x == (INTERCEPT, "x")


@pytest.mark.parametrize(
    ("random", "expected"),
    [
        ("(1 | g)", [("g", INTERCEPT)]),
        ("(x | g)", [("g", f"{INTERCEPT} x")]),
        ("(0 + x | g)", [("g", "x")]),
        ("(x || g)", [("g", INTERCEPT), ("g", "x")]),
        ("(x + z || g)", [("g", INTERCEPT), ("g", "x"), ("g", "z")]),
        ("(0 + x || g)", [("g", "x")]),
        # A factor's indicators stay together and correlated, each level with one, as in lme4.
        ("(a || g)", [("g", INTERCEPT), ("g", "a[a1] a[a2] a[a3]")]),
        ("(x + a || g)", [("g", INTERCEPT), ("g", "x"), ("g", "a[a1] a[a2] a[a3]")]),
        ("(0 + a || g)", [("g", "a[a1] a[a2] a[a3]")]),
        ("(a | g)", [("g", f"{INTERCEPT} a[a2] a[a3]")]),
        ("(0 + a | g)", [("g", "a[a1] a[a2] a[a3]")]),
        ("(x * z | g)", [("g", f"{INTERCEPT} x z x:z")]),
        ("(x:a | g)", [("g", f"{INTERCEPT} x:a[a1] x:a[a2] x:a[a3]")]),
        ("(1 | site/therapist)", [("site", INTERCEPT), ("therapist:site", INTERCEPT)]),
        ("(1 | site:therapist)", [("site:therapist", INTERCEPT)]),
        (
            "(x || site/therapist)",
            [(g, t) for g in ("site", "therapist:site") for t in (INTERCEPT, "x")],
        ),
        (
            "(1 | site/therapist/g)",
            [(g, INTERCEPT) for g in ("site", "therapist:site", "g:therapist:site")],
        ),
        ("(1 | `my cat`)", [("my cat", INTERCEPT)]),
        ("(1 | wave)", [("wave", INTERCEPT)]),
        ("(1 | g) + (0 + x | g)", [("g", INTERCEPT), ("g", "x")]),
        ("(log(x) | g)", [("g", f"{INTERCEPT} log(x)")]),
    ],
)
def test_blocks(random, expected):
    assert blocks(random) == expected


def test_a_design_has_each_column_once_and_the_intercept_always():
    built = design("log(y) ~ 0 + x + (x + z || g) + (x | h)")
    assert sorted(c.name for c in built.columns) == sorted([INTERCEPT, "x", "z"])
    assert built.x == ("x",)
    assert built.response.name == "log(y)"
    assert built.groupings == (("g",), ("h",))


def test_variables_by_what_they_must_be():
    found = formula_variables(
        parse_formula("log(y) ~ x*a + C(wave) + I(x + z) + (w | site/therapist)"), KINDS
    )
    assert [e.variables() for e in found.numeric] == [("y",), ("x",), ("x", "z"), ("w",)]
    assert found.categorical == ("a", "wave")
    assert found.grouping == ("site", "therapist")
    assert found.names() == ("y", "x", "z", "w", "a", "wave", "site", "therapist")


def test_mentioned_names_need_no_data():
    formula = parse_formula("log(`my y`) ~ nope*C(`q r`) + I(a.b / c) + (1 + t | u/v)")
    assert mentioned(formula) == ("my y", "nope", "q r", "a.b", "c", "t", "u", "v")


@pytest.mark.parametrize(
    ("formula", "what", "in_message"),
    [
        ("y ~ therapst", "no variable 'therapst'", "did you mean 'therapist'"),
        ("y ~ x + (1 | SITE)", "no variable 'SITE'", "did you mean 'site'"),
        ("Y ~ x", "no variable 'Y'", "did you mean 'y'"),
        ("y ~ qqqqq", "no variable 'qqqqq'", "hamd.b"),
        ("y ~ C(waves)", "no variable 'waves'", "did you mean 'wave'"),
        ("y ~ log(a)", "'a' holds text", "C(…)"),
        ("a ~ x", "'a' holds text", "numbers"),
        ("y ~ I(a + x)", "'a' holds text", "numbers"),
        ("y ~ I(3)", "without a variable", "a variable"),
        ("5 ~ x", "without a variable", "a variable"),
        ("y ~ C(a, Sum)", "category cannot be read", "Treatment"),
        ("y ~ C('a')", "category cannot be read", "C(g)"),
        ("y ~ C(a, b)", "category cannot be read", "C(g)"),
        ("y ~ C()", "category cannot be read", "C(g)"),
        ("y ~ C(a, Treatment('A2'))", "base level 'A2'", "did you mean 'a2'"),
        ("y ~ C(a, Treatment('zzz'))", "base level 'zzz'", "of the rows used."),
        ("y ~ 0", "no fixed effect", "at least an intercept"),
        ("y ~ 0 + (1 | g)", "no fixed effect", "at least an intercept"),
        ("y ~ spline(x, 2)", "'spline' is not known", "ns"),
        ("y ~ poly(x)", "needs its degree", "poly(x, 2)"),
        ("y ~ poly(x, z)", "'degree' cannot be read", "1 to 10"),
        ("y ~ poly(x, 2, 3)", "does not know '3'", "degree"),
        ("y ~ poly(x, z, degree=2)", "'degree' cannot be read", "whole number"),
        ("y ~ poly(x, 0)", "'degree' cannot be read", "1 to 10"),
        ("y ~ poly(x, 11)", "'degree' cannot be read", "1 to 10"),
        ("y ~ poly(x, 2, raw=yes)", "'raw' cannot be read", "TRUE or FALSE"),
        ("y ~ poly(x, 2, rw=TRUE)", "does not know 'rw'", "did you mean 'raw'"),
        ("y ~ poly(x, 2, degree=2)", "does not know 'degree'", "each once"),
        ("y ~ ns(x, df=2.5)", "'df' cannot be read", "whole number"),
        ("y ~ ns(x, df=99)", "'df' cannot be read", "1 to 30"),
        ("y ~ ns(x, df=2, knots=3)", "a df or knots", "one of them"),
        ("y ~ ns(x, knots=c(2, a))", "'knots' cannot be read", "c(2, 5.5)"),
        ("y ~ ns(x, knots=c(2, 2))", "'knots' cannot be read", "c(2, 5.5)"),
        ("y ~ ns(x, knots=c())", "'knots' cannot be read", "c(2, 5.5)"),
        ("y ~ ns(x, knots=seq(1, 5))", "'knots' cannot be read", "c(2, 5.5)"),
        ("y ~ ns(x, knots=1e999)", "'knots' cannot be read", "c(2, 5.5)"),
        ("y ~ ns(x, Boundary.knots=3)", "'Boundary.knots' cannot be read", "c(0, 16)"),
        ("y ~ ns()", "cannot be read", "names"),
        ("y ~ ns(a, df=3)", "'a' holds text", "C(…)"),
        ("y ~ x + (ns(a, 2) | g)", "'a' holds text", "numbers"),
        ("y ~ scale(q)", "no variable 'q'", "hamd.b"),
        ("y ~ log(ns(x, 2))", "'ns' makes a term of its own", "ns(…) as a term"),
        ("y ~ ns(poly(x, 2), 2)", "'poly' makes a term of its own", "poly(…) as a term"),
        ("y ~ ns(C(a), 2)", "'C' is not known", "log"),
        ("poly(y, 2) ~ x", "'poly' makes a term of its own", "poly(…) as a term"),
        ("y ~ ns(x, 2", "do not match", "each one closed"),
        ("y ~ poly(x, 6)", "6 different values, too few", "degree below"),
        ("y ~ ns(x, df=6)", "6 different values, too few", "fewer columns"),
        ("y ~ bs(x, df=2)", "df is too small for 'bs(x, df = 2)'", "at least 3"),
        ("y ~ ns(x, knots=c(2, 9))", "knots do not lie between", "above 1 and below 6"),
        ("y ~ ns(I(abs(x - 3.5) + 5), df=3)", "3 different values, too few", "fewer columns"),
        ("y ~ scale(I(x + w))", "1 different value, too few", "varies"),
        ("C(y) ~ x", "'C' is not known", "log"),
    ],
)
def test_refusals(formula, what, in_message):
    with pytest.raises((FormulaError, ModelError)) as refused:
        parsed = parse_formula(formula)
        formula_variables(parsed, KINDS)
        build_design(parsed, KINDS, LEVELS.__getitem__, six_rows)
    error = refused.value
    assert what in error.what and in_message in str(error)
    assert error.where and error.allowed


def test_sites_need_the_same_knots():
    def at_sites(right: str) -> Design:
        return build_design(parse_formula(f"y ~ {right}"), KINDS, LEVELS.__getitem__)

    for right in ("poly(x, 2)", "ns(x, 3)", "ns(x, knots=2)", "bs(x, df=4)", "scale(x)"):
        with pytest.raises(FormulaError, match="differ between sites") as refused:
            at_sites(right)
        assert "Boundary.knots" in refused.value.allowed and "raw=TRUE" in refused.value.allowed
    for right in ("poly(x, 2, raw=TRUE)", "ns(x, knots=2, Boundary.knots=c(0, 7))"):
        assert at_sites(right).x == design(f"y ~ {right}").x


def test_quantiles_must_differ_or_knots_are_named():
    def mostly_zero(expression: Expression) -> Distribution:
        return Distribution(np.arange(6.0), np.array([50, 1, 1, 1, 1, 1]))

    def built(right: str) -> Design:
        return build_design(parse_formula(f"y ~ {right}"), KINDS, LEVELS.get, mostly_zero)

    with pytest.raises(ModelError, match="two knots would fall on it") as refused:
        built("ns(x, df=3)")
    assert "knots=c(…)" in refused.value.next_step
    assert len(built("ns(x, knots=c(1, 3))").x) == 4


def test_the_same_columns_serve_fixed_and_random_effects():
    built = design("y ~ ns(x, df=2) * z + (poly( x,2 ) + ns(x, df = 2) || g)")
    spline = ("ns(x, df = 2)1", "ns(x, df = 2)2")
    assert built.x == (INTERCEPT, *spline, "z", *(f"{s}:z" for s in spline))
    # lme4's `||` keeps the columns of one term together.
    assert [b.columns for b in built.blocks] == [
        (INTERCEPT,),
        ("poly(x, 2)1", "poly(x, 2)2"),
        spline,
    ]
    assert len({c.name for c in built.columns}) == len(built.columns) == 8


def test_an_identifier_is_no_category():
    levels = [f"p{i}" for i in range(MAX_LEVELS + 1)]
    with pytest.raises(FormulaError, match="too many for a category") as refused:
        build_design(parse_formula("y ~ g"), KINDS, lambda variable: levels)
    assert "(1 | …)" in refused.value.next_step
    assert "p1" not in str(refused.value)  # the levels may be patients


def test_a_long_list_of_variables_is_cut():
    kinds = {f"item{i}": "number" for i in range(500)}
    with pytest.raises(FormulaError) as refused:
        formula_variables(parse_formula("qqq ~ zzz"), kinds)
    assert len(str(refused.value)) < 600 and refused.value.allowed.endswith("…")
