"""Which rows and levels the sums are of, and which groups they are told apart by."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.base.errors import ModelError
from analysis.models.language.design import INTERCEPT, formula_variables, mentioned
from analysis.models.language.formula import parse_formula
from analysis.models.language.moments import binary_grid
from analysis.questions.lab.effects import fit_formula
from analysis.questions.opening import open_source
from analysis.store.sums.complete import complete_rows
from tests.unit.models.nested import moments_of, nested_table

# --- Complete rows --------------------------------------------------------------------------------


def write(folder: Path, text: str) -> Path:
    path = folder / "rows.csv"
    path.write_text(text)
    return path


def used(path: Path, formula: str) -> tuple[int, int]:
    """(rows kept, rows left out)."""
    parsed = parse_formula(formula)
    with open_source(path, mentioned(parsed)) as source:
        rows = complete_rows(source, formula_variables(parsed, source.kinds))
        return rows.rows, rows.dropped


TEN = "\n".join(
    f"{g},{x},{y}" for g, x, y in zip("AABBCCDDEE", range(-4, 6), [3, 1] * 5, strict=True)
)


@pytest.mark.parametrize(
    ("formula", "kept"),
    [
        ("y ~ x", 10),
        ("y ~ log(x)", 5),  # -4 … 5: five above zero
        ("y ~ log2(x)", 5),
        ("y ~ log10(x)", 5),
        ("y ~ log1p(x)", 6),
        ("y ~ sqrt(x)", 6),
        ("y ~ I(1 / x)", 9),
        ("y ~ I(x**0.5)", 6),
        ("y ~ I(x**2)", 10),
        ("y ~ I(x**-1)", 9),
        ("y ~ I(exp(x * 1000))", 5),  # infinite above zero
        ("y ~ exp(x)", 10),
        ("log(x) ~ y", 5),
        ("y ~ (log(x) | g)", 5),
        ("y ~ x + (1 | g)", 10),
        ("y ~ log(x) + I(1 / (x - 2))", 4),
    ],
)
def test_what_has_no_finite_value_is_left_out_and_counted(tmp_path, formula, kept):
    path = write(tmp_path, "g,x,y\n" + TEN + "\n")
    assert used(path, formula) == (kept, 10 - kept)


def test_only_the_formulas_variables_decide(tmp_path):
    path = write(tmp_path, "g,x,a,y\nA,1,u,1\nA,,u,2\nB,3,,3\n,4,v,4\nB,5,v,\nB,6,u,6\n")
    assert used(path, "y ~ 1") == (5, 1)
    assert used(path, "y ~ x") == (4, 2)
    assert used(path, "y ~ x + a") == (3, 3)
    assert used(path, "y ~ x + a + (1 | g)") == (2, 4)
    assert used(path, "x ~ 1 + (1 | g)") == (4, 2)


def test_levels_are_those_of_the_rows_used(tmp_path):
    path = write(tmp_path, "x,a,y\n1,u,1\n2,w,2\n,v,3\n4,U,5\n5,10,5\n6,u,7\n7,w,7\n")
    parsed = parse_formula("y ~ x + a")
    with open_source(path, mentioned(parsed)) as source:
        rows = complete_rows(source, formula_variables(parsed, source.kinds))
        assert rows.levels("a") == ["10", "U", "u", "w"]  # by code point; no row with v is left


def test_levels_of_a_number_are_sorted_by_size(tmp_path):
    path = write(tmp_path, "wave,y\n10,1\n2,2\n1,4\n-3,2\n2,1\n10,5\n1,1\n")
    fit = fit_formula("y ~ C(wave)", path, df="none")
    assert [f.term for f in fit.fixed] == [INTERCEPT, "wave[1]", "wave[2]", "wave[10]"]
    # Means by hand: -3: 2; 1: 2.5; 2: 1.5; 10: 3.
    assert [f.estimate for f in fit.fixed] == pytest.approx([2, 0.5, -0.5, 1], abs=1e-12)


def test_no_complete_row(tmp_path):
    path = write(tmp_path, "x,y\n1,\n,2\n")
    with pytest.raises(ModelError, match="No row has a value") as refused:
        used(path, "y ~ x")
    assert refused.value.where == "y, x"


# --- Groups ---------------------------------------------------------------------------------------


def test_ids_that_differ_only_in_their_zeros_are_different_groups(tmp_path):
    lines = [f"{g},{i % 5}" for i, g in enumerate(["00123", "123", "0123", "1.0"] * 5)]
    fit = fit_formula("y ~ 1 + (1 | g)", write(tmp_path, "g,y\n" + "\n".join(lines)), df="none")
    assert fit.groups == {"g": 4}


NESTED = pd.DataFrame(
    {
        "s": list("AAAAAABBBBBB"),
        "t": list("aabbccaabbcc"),  # the same letters in both: nested only as t:s
        "u": list("abcabcabcabc"),
        "one": ["x"] * 12,
        "y": [1.0, 2, 4, 3, 7, 8, 2, 1, 4, 6, 8, 9],
    }
)


@pytest.mark.parametrize(
    ("random", "groups"),
    [
        ("(1 | s/t)", {"t:s": 6, "s": 2}),
        ("(1 | t:s)", {"t:s": 6}),
        ("(1 | s:t) + (1 | s)", {"s:t": 6, "s": 2}),
        ("(1 | s:t) + (1 | t)", {"s:t": 6, "t": 3}),
        ("(1 | s) + (0 + y | s)", {"s": 2}),
    ],
)
def test_nested_groups_are_found_whatever_their_order(tmp_path, random, groups):
    sums = moments_of(tmp_path, NESTED, f"y ~ 1 + {random}")
    assert sums.group_counts == groups
    assert list(sums.group_counts) == list(groups)  # innermost first


@pytest.mark.parametrize(
    ("random", "crossings"),
    [
        ("(1 | s) + (1 | t)", {("t", "s"): (3, 3)}),
        ("(1 | t) + (1 | u)", {("t", "u"): (3, 3)}),
        ("(1 | s/t) + (1 | u)", {("t:s", "u"): (6, 6), ("u", "s"): (3, 3)}),
    ],
)
def test_crossed_groups_are_counted_and_refused_where_only_nested_ones_do(
    tmp_path, random, crossings
):
    sums = moments_of(tmp_path, NESTED, f"y ~ 1 + {random}", crossed=True)
    assert {(c.inner, c.outer): (c.several, c.groups) for c in sums.crossings} == crossings
    with pytest.raises(ModelError, match="is not nested in") as refused:
        moments_of(tmp_path, NESTED, f"y ~ 1 + {random}")
    several, groups = next(iter(crossings.values()))
    assert f": {several} of {groups} groups lie in more than one" in refused.value.what
    assert "(… | " in refused.value.where and refused.value.next_step


# --- Sizes ----------------------------------------------------------------------------------------


def test_binary_grid_worked_number():
    centre, scale = binary_grid(np.array([3.4, 5.0, 0.0]), np.array([3.0, 0.0, 0.0]))
    assert centre.tolist() == [4.0, 5.0, 0.0] and scale.tolist() == [2.0, 4.0, 1.0]


@pytest.mark.parametrize("factor", ["1e200", "1e80", "1e-80", "1e-310"])
@pytest.mark.parametrize("name", ["x", "y"])
def test_sizes_that_overflow_are_refused(tmp_path, factor, name):
    values = {"x": [1, 2, 4, 3, 1], "y": [2, 1, 5, 3, 3]}
    scaled = {n: [v * float(factor) if n == name else v for v in own] for n, own in values.items()}
    path = tmp_path / "rows.parquet"
    pd.DataFrame(scaled).to_parquet(path)
    with pytest.raises(ModelError, match=f"'{name}' holds numbers too large or too small"):
        fit_formula("y ~ x", path)


@pytest.mark.parametrize("factor", [1e60, 1e-60])
def test_large_and_small_units_do_no_harm(tmp_path, factor):
    frame = nested_table(4)
    path = tmp_path / "rows.parquet"
    frame.to_parquet(path)
    before = fit_formula("y ~ x + (1 | p)", path, df="none")
    frame.assign(x=frame["x"] * factor, y=frame["y"] / factor).to_parquet(path)
    ours = fit_formula("y ~ x + (1 | p)", path, df="none")
    assert ours.fixed[1].statistic == pytest.approx(before.fixed[1].statistic, rel=1e-6)
    assert ours.random[0].sd * factor == pytest.approx(before.random[0].sd, rel=1e-5)
