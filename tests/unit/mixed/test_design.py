"""Formula in, columns out: R's contrasts, names, blocks; unknown names get a suggestion."""

import json
from pathlib import Path

import numpy as np
import pytest

from analysis.errors import FormulaError
from analysis.mixed.design import (
    INTERCEPT,
    MAX_LEVELS,
    Design,
    Level,
    build_design,
    formula_variables,
    mentioned,
)
from analysis.mixed.formula import parse_formula
from tests.unit.mixed.test_expressions import value

REFERENCE = Path(__file__).parents[2] / "reference" / "formula.json"
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
    return build_design(parse_formula(formula), KINDS, LEVELS.__getitem__)


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
        ("y ~ poly(x, 2)", "'poly' is not known", "sqrt"),
        ("C(y) ~ x", "'C' is not known", "log"),
    ],
)
def test_refusals(formula, what, in_message):
    with pytest.raises(FormulaError) as refused:
        parsed = parse_formula(formula)
        formula_variables(parsed, KINDS)
        build_design(parsed, KINDS, LEVELS.__getitem__)
    error = refused.value
    assert what in error.what and in_message in str(error)
    assert error.where and error.allowed


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
