"""The formula language: every operator, every refusal; patsy's own reader as a witness."""

import patsy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.base.errors import FormulaError
from analysis.models.language.formula import RandomTerms, parse_formula

ONE = ()


def fixed(right: str) -> list[str]:
    """The fixed terms of y ~ right as text, '1' for the intercept."""
    return [":".join(term) or "1" for term in parse_formula(f"y ~ {right}").fixed]


@pytest.mark.parametrize(
    ("right", "terms"),
    [
        ("1", "1"),
        ("x", "1 x"),
        ("0 + x", "x"),
        ("x - 1", "x"),
        ("-1 + x", "x"),
        ("+ x", "1 x"),
        ("x + 0 + 1", "1 x"),
        ("0", ""),
        ("x + z + x", "1 x z"),
        ("x:z", "1 x:z"),
        ("z:x + x", "1 x z:x"),
        ("x:z + z:x", "1 x:z"),
        ("x:x", "1 x"),
        ("x * z", "1 x z x:z"),
        ("x * z * w", "1 x z w x:z x:w z:w x:z:w"),
        ("x * (z + w)", "1 x z w x:z x:w"),
        ("x:(z + w)", "1 x:z x:w"),
        ("x / z", "1 x x:z"),
        ("(x + z) / w", "1 x z x:z:w"),
        ("x / z / w", "1 x x:z x:z:w"),
        ("x / (z + w)", "1 x x:z x:w"),
        ("(x + z + w)^2", "1 x z w x:z x:w z:w"),
        ("(x + z + w)**2", "1 x z w x:z x:w z:w"),
        ("(x + z)^9", "1 x z x:z"),
        ("x^2", "1 x"),
        ("x:z^2", "1 x:z"),
        ("(1 + x)^2", "1 x"),
        ("(x + z + w)^2 - x:z - w", "1 x z x:w z:w"),
        ("x + z - (x + z)", "1"),
        ("x - z", "1 x"),
        ("((x))", "1 x"),
        ("x:z + w", "1 w x:z"),  # main effects come first, as in R
        ("x + z:w + w:x", "1 x z:w x:w"),  # … and factors in the order of their appearance
        ("log(x) + I(x**2):z", "1 log(x) I(x**2):z"),
        ("C(g, Treatment('a + b'))*x", "1 C(g, Treatment('a + b')) x C(g, Treatment('a + b')):x"),
        ("`my var` + `x`", "1 `my var` x"),
        ("hamd.b + élan + _x", "1 hamd.b élan _x"),
        ("x+z  -\n1", "x z"),
    ],
)
def test_fixed_terms(right, terms):
    assert " ".join(fixed(right)) == terms


@pytest.mark.parametrize(
    ("right", "random"),
    [
        ("x + (1 | g)", [("1", "g", True)]),
        ("x + (t | g)", [("1 t", "g", True)]),
        ("x + (0 + t | g)", [("t", "g", True)]),
        ("x + (t - 1 | g)", [("t", "g", True)]),
        ("x + (t || g)", [("1 t", "g", False)]),
        ("x + (0 + t || g)", [("t", "g", False)]),
        ("x + (t*u | g)", [("1 t u t:u", "g", True)]),
        ("x + (log(t) | g)", [("1 log(t)", "g", True)]),
        ("x + (1 | a:b)", [("1", "a:b", True)]),
        ("x + (1 | a/b)", [("1", "a", True), ("1", "b:a", True)]),
        ("x + (t || a/b/c)", [("1 t", g, False) for g in ("a", "b:a", "c:b:a")]),
        ("x + (1 | a/b:c)", [("1", "a", True), ("1", "b:c:a", True)]),
        ("(1 | g) + x", [("1", "g", True)]),
        ("(1 | a) + x + (t | b) + z", [("1", "a", True), ("1 t", "b", True)]),
        ("x + (1 | `my group`)", [("1", "my group", True)]),
        ("x + (1 | `a/b`)", [("1", "a/b", True)]),
        ("x + (`p|q` | g)", [("1 `p|q`", "g", True)]),
        ("x + C(g, Treatment('p|q')) + (1 | g)", [("1", "g", True)]),
        ("x", []),
    ],
)
def test_random_terms(right, random):
    found = parse_formula(f"y ~ {right}").random
    assert [
        (" ".join(":".join(t) or "1" for t in r.terms), ":".join(r.groups), r.correlated)
        for r in found
    ] == random


def test_what_a_formula_holds():
    formula = parse_formula("  log(y + 1)~ x +\n (1 | site/therapist) ")
    assert formula.text == "log(y + 1)~ x + (1 | site/therapist)"
    assert formula.response == "log(y + 1)"
    assert formula.fixed == (ONE, ("x",))
    assert formula.random == (
        RandomTerms((ONE,), ("site",), True),
        RandomTerms((ONE,), ("therapist", "site"), True),
    )


@pytest.mark.parametrize(
    ("right", "as_if"),
    [
        ("(1 | g) + x + z", "x + z"),
        ("x + (1 | g) + z", "x + z"),
        ("x + (1 | g) - 1", "x - 1"),
        ("(1 | g)", "1"),
        ("x + (t | g) + (0 + u | h)", "x"),
    ],
)
def test_random_terms_may_stand_anywhere(right, as_if):
    assert fixed(right) == fixed(as_if)


@pytest.mark.parametrize(
    ("text", "what", "where"),
    [
        ("", "one '~'", ""),
        ("y", "one '~'", "y"),
        ("y ~", "one '~'", "y ~"),
        ("~ x", "one '~'", "~ x"),
        ("y ~ x ~ z", "one '~'", "y ~ x ~ z"),
        ("y ~ (x", "do not match", "y ~ (x"),
        ("y ~ x)", "do not match", "y ~ x)"),
        ("y ~ `x", "do not match", "y ~ `x"),
        ("y ~ I(x", "do not match", "y ~ I(x"),
        ("y ~ x +", "cannot be read", "x +"),
        ("y ~ x + * z", "cannot be read", "*"),
        ("y ~ x z", "cannot be read", "z"),
        ("y ~ 2 * x", "cannot be read", "2"),
        ("y ~ x %in% z", "cannot be read", "%in% z"),
        ("y ~ .", "cannot be read", "."),
        ("y ~ x ^ z", "whole number", "z"),
        ("y ~ x ^ 0", "whole number", "0"),
        ("y ~ x ^ 11", "whole number", "11"),
        ("y ~ x ^ 2.5", "whole number", "2.5"),
        ("y ~ x ^ ²", "whole number", "²"),
        ("y ~ (0 + x)", "dropped inside parentheses", "(0 + x)"),
        ("y ~ z:(x - 1)", "dropped inside parentheses", "z:(x - 1)"),
        ("y ~ x | g", "stands in parentheses", "y ~ x | g"),
        ("y ~ x (1 | g)", "added with '+'", "(1 | g)"),
        ("y ~ x - (1 | g)", "added with '+'", "(1 | g)"),
        ("y ~ x:(1 | g)", "added with '+'", "(1 | g)"),
        ("y ~ (1 | g)(1 | h)", "added with '+'", "(1 | h)"),
        ("y ~ (| g)", "random term cannot", "(| g)"),
        ("y ~ (1 |)", "random term cannot", "(1 |)"),
        ("y ~ (1 | g | h)", "random term cannot", "(1 | g | h)"),
        ("y ~ (1 ||| g)", "random term cannot", "(1 ||| g)"),
        ("y ~ (0 | g)", "nothing that varies", "(0 | g)"),
        ("y ~ (1 | g + h)", "grouping factor", "g + h"),
        ("y ~ (1 | g/)", "grouping factor", "g/"),
        ("y ~ (1 | (g))", "grouping factor", "(g)"),
        ("y ~ " + "(" * 51 + "x" + ")" * 51, "too deep", "y ~ (((("),
        ("y ~ " + "*".join("abcdefghi"), "too many terms", "y ~ a*b*c"),
        ("y ~ (" + "+".join(f"x{i}" for i in range(30)) + ")^5", "too many terms", "y ~ (x0+x1"),
        ("y ~ " + "+".join(f"x{i}" for i in range(400)), "too many terms", "y ~ x0+x1"),
        ("y ~ " + "x" * 10_000, "too long", "y ~ xxxx"),
    ],
)
def test_refusals_say_what_and_where(text, what, where):
    with pytest.raises(FormulaError) as refused:
        parse_formula(text)
    error = refused.value
    assert what in error.what and where in error.where
    assert error.allowed and error.next_step
    assert len(str(error)) < 500  # a line to read, however long the formula was


ALPHABET = "yxzgt01 ~+-*/^:()|`'.,CIlog2é\n\"%\\"


@settings(max_examples=400, deadline=None)
@given(st.text(st.sampled_from(ALPHABET), max_size=30) | st.text(max_size=20))
def test_no_text_gets_anything_but_a_formula_error(text):
    for formula in (text, f"y ~ {text}", f"y ~ x + ({text} | g)", f"y ~ x + (x | {text})"):
        try:
            parsed = parse_formula(formula)
        except FormulaError:
            continue
        assert parsed.text and parsed.response
        assert len(set(map(frozenset, parsed.fixed))) == len(parsed.fixed)  # each term once


def _combined(inner):
    pairs = st.tuples(inner, st.sampled_from(["+", "*", ":", "/"]), inner)
    powers = st.tuples(inner, st.sampled_from(["** 1", "** 2", "** 3"]))
    return pairs.map(lambda p: f"({p[0]}) {p[1]} ({p[2]})") | powers.map(
        lambda p: f"({p[0]}) {p[1]}"
    )


ATOMS = st.sampled_from(["x", "z", "w", "g", "log(x)", "I(x * 2)", "C(g)"])
EXPRESSIONS = st.recursive(ATOMS, _combined, max_leaves=6)


@settings(max_examples=150, deadline=None)
@given(
    EXPRESSIONS,
    st.lists(EXPRESSIONS, max_size=2),
    st.sampled_from(["", "0 + ", "1 + "]),
    st.sampled_from(["", " - 1", " + 0", " + 1"]),
)
def test_terms_agree_with_patsys_reader(kept, removed, start, end):
    formula = f"y ~ {start}{kept}" + "".join(f" - ({r})" for r in removed) + end
    theirs = patsy.ModelDesc.from_formula(formula).rhs_termlist
    plain = {frozenset(f.name().replace(" ", "") for f in t.factors) for t in theirs}
    ours = parse_formula(formula).fixed
    assert {frozenset(f.replace(" ", "") for f in term) for term in ours} == plain
