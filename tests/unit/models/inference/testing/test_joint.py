"""F tests of several coefficients against lmerTest's and pbkrtest's."""

import numpy as np
import pytest

from analysis.base.errors import RequestError
from analysis.models.inference.testing.joint import solved, terms_of, terms_together
from analysis.models.linear.fit import fit_moments
from tests.unit.models.inferred import inferred, label, moments_of_file
from tests.unit.models.nested import moments_of, nested_table

KEYS = {"satterthwaite": ("satterthwaite", "all"), "kenward-roger": ("kenward_roger", "all_kr")}


@pytest.mark.parametrize("df", KEYS)
@pytest.mark.parametrize("case", inferred("joint"), ids=label)
def test_terms_equal_lmertests_type_three(case, df):
    key, key_all = KEYS[df]
    if key not in case:
        pytest.skip("R's Kenward-Roger would build a matrix of all rows squared here")
    moments, stored = moments_of_file(case["data"], case["formula"]), case[key]
    tests = {t.term.replace(" ", ""): t for t in terms_of(solved(moments), df).tests}
    assert list(tests) == stored["terms"]
    for k, term in enumerate(stored["terms"]):
        assert_same(tests[term], {n: stored[n][k] for n in ("num", "den", "f", "p")})
    every = tuple(name for name in moments.design.x if name != "(Intercept)")
    assert_same(terms_together(solved(moments), every, df).tests[0], case[key_all])


def assert_same(test, stored: dict) -> None:
    assert test.num_df == stored["num"]
    # The engine's and R's optimum differ by some 1e-6 in F; lmerTest's derivatives by the same.
    assert test.statistic == pytest.approx(stored["f"], rel=1e-5)
    assert test.den_df == pytest.approx(stored["den"], rel=1e-5)
    # p moves by up to its exponent times as much in the far tail.
    assert test.p == pytest.approx(stored["p"], rel=1e-3, abs=1e-12)
    assert test.scaling == pytest.approx(stored.get("scaling", test.scaling), rel=1e-6)


def test_one_coefficient_is_the_square_of_its_t():
    moments = moments_of_file("sleepstudy.csv", "Reaction ~ Days + (Days | Subject)")
    for df in KEYS:
        effect = fit_moments(moments, df=df).fixed[1]
        (test,) = terms_together(solved(moments), ("Days",), df).tests
        assert test.statistic == pytest.approx(effect.statistic**2, rel=1e-9)
        assert test.den_df == pytest.approx(effect.df, rel=1e-9)
        assert test.p == pytest.approx(effect.p, rel=1e-9)


def test_the_base_level_does_not_matter(tmp_path):
    frame = nested_table(7).assign(b=lambda f: np.where(f["x"] > 40, "u", "v"))
    found = [
        terms_of(solved(moments_of(tmp_path, frame, f"y ~ {a} * b * t + (1 | p)")))
        for a in ("a", "C(a, Treatment('mid'))")
    ]
    assert [t.term for t in found[0].tests] == ["a", "b", "t", "a:b", "a:t", "b:t", "a:b:t"]
    for one, other in zip(found[0].tests, found[1].tests, strict=True):
        assert one.statistic == pytest.approx(other.statistic, rel=1e-6)
        # The axes of a covariance depend on how contrasts are written: df by a little.
        assert one.den_df == pytest.approx(other.den_df, rel=0.02)


def test_without_an_intercept_a_category_tests_all_means(tmp_path):
    moments = moments_of(tmp_path, nested_table(7), "y ~ 0 + a + (1 | p)")
    (test,) = terms_of(solved(moments)).tests
    together = terms_together(solved(moments), ("a[low]", "a[mid]", "a[high]")).tests[0]
    assert test.num_df == together.num_df == 3
    assert test.statistic == pytest.approx(together.statistic, rel=1e-8)


def test_a_missing_combination_is_said(tmp_path):
    frame = nested_table(7).assign(b=lambda f: np.where(f["x"] > 40, "u", "v"))
    frame = frame[~((frame["a"] == "mid") & (frame["b"] == "v"))]
    found = terms_of(solved(moments_of(tmp_path, frame, "y ~ a * b + (1 | p)")))
    assert "not every combination" in found.messages[0]
    assert [t.num_df for t in found.tests] == [2, 1, 1]


def test_what_cannot_be_tested_is_said():
    moments = moments_of_file("sleepstudy.csv", "Reaction ~ Days + (Days | Subject)")
    with pytest.raises(RequestError, match="did you mean 'Days'"):
        terms_together(solved(moments), ("days",))
    with pytest.raises(RequestError, match="No term"):
        terms_together(solved(moments), ())
    with pytest.raises(RequestError, match="after ML"):
        terms_of(solved(moments, "ML"), "kenward-roger")
