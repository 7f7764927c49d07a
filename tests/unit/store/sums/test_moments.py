"""Sums by DuckDB against loops over the rows: products, units, complete cases, nesting."""

import math
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from analysis.base.errors import ModelError, StoreError
from analysis.models.language.design import INTERCEPT, build_design, formula_variables, mentioned
from analysis.models.language.formula import parse_formula
from analysis.models.language.moments import Moments, binary_grid
from analysis.questions import opening as sources
from analysis.questions.lab.effects import fit_formula
from analysis.questions.opening import open_source
from analysis.store.sums import complete
from analysis.store.sums import moments as summing
from analysis.store.sums.complete import complete_rows
from analysis.store.sums.moments import design_arrays, moments
from analysis.store.versions.hardened import NO_EXTENSIONS
from tests.unit.models.nested import column, moments_of, nested_table


def naive(frame: pd.DataFrame, sums: Moments) -> np.ndarray:
    """(N, d) scaled columns of the rows, one value after the other."""
    names = [*sums.names[:-1], "y"]
    raw = np.column_stack([column(frame, name) for name in names])
    return (raw - sums.centre) / sums.scale


def groups_of(frame: pd.DataFrame, label: str) -> list[str]:
    return frame[label.split(":")].agg("|".join, axis=1).tolist()


@pytest.fixture(scope="module")
def table():
    return nested_table(21, clinics=5).sample(frac=1, random_state=2, ignore_index=True)


FORMULA = "y ~ x*a + t + (t | p) + (1 | th) + (x | c)"


def test_sums_of_products_of_all_rows(table, tmp_path):
    sums = moments_of(tmp_path, table, FORMULA)
    rows = naive(table, sums)
    expected = np.zeros((rows.shape[1],) * 2)
    for row in rows:
        expected += np.outer(row, row)
    # Sums of a hundred doubles of size 1 to 4, in another order.
    assert sums.gram == pytest.approx(expected, rel=1e-12, abs=1e-11)
    assert sums.rows == len(table) and sums.rows_dropped == 0
    assert sums.gram[0, 0] == len(table)
    assert sums.names[0] == INTERCEPT and sums.names[-1] == "y"


def test_sums_by_unit_and_the_order_of_groups(table, tmp_path):
    sums = moments_of(tmp_path, table, FORMULA)
    rows = naive(table, sums)
    assert sums.groupings == ("p", "th", "c")
    labels = sorted(set(zip(table["c"], table["th"], table["p"], strict=True)))
    assert [sums.names[i] for i in sums.z] == [INTERCEPT, "t", "x"]
    for unit, (clinic, therapist, patient) in enumerate(labels):  # sorted from the outermost in
        own = rows[(table["p"] == patient).to_numpy()]
        assert sums.counts[unit] == len(own)
        expected = sum(np.outer(row[sums.z], row) for row in own)
        assert sums.cross[unit] == pytest.approx(expected, rel=1e-12, abs=1e-12)
        codes = [c[unit] for c in sums.codes]
        assert codes[0] == unit
        assert codes[1] == sorted({x[:2] for x in labels}).index((clinic, therapist))
        assert codes[2] == sorted({x[0] for x in labels}).index(clinic)
    assert sums.group_counts == {"p": len(labels), "th": table["th"].nunique(), "c": 5}


@pytest.mark.parametrize("by", ["p", "th", "c", "row"])
def test_products_by_cluster_come_in_the_order_of_the_codes(table, tmp_path, by):
    table = table.assign(row=[f"r{i:03d}" for i in range(len(table))][::-1])
    sums = moments_of(tmp_path, table, "y ~ x + (1 | p) + (1 | th) + (1 | c)", by=by)
    rows = naive(table, sums)
    keys = {"p": ["c", "th", "p"], "th": ["c", "th"], "c": ["c"], "row": ["c", "th", "p", "row"]}
    order = sorted(set(table[keys[by]].itertuples(index=False, name=None)))
    assert sums.gram.shape == (len(order), 3, 3)
    for k, key in enumerate(order):
        own = rows[(table[by] == key[-1]).to_numpy()]
        expected = sum(np.outer(row, row) for row in own)
        assert sums.gram[k] == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_labels_are_read_as_pairs_not_as_joined_text(tmp_path):
    """'a' with 'bc' is not 'ab' with 'c'."""
    frame = pd.DataFrame({"g": ["a", "ab"] * 6, "h": ["bc", "c"] * 6, "y": np.arange(12.0) % 5})
    assert moments_of(tmp_path, frame, "y ~ 1 + (1 | g/h)").group_counts == {"g": 2, "h:g": 2}


def test_without_groups_there_is_one_unit(table, tmp_path):
    sums = moments_of(tmp_path, table, "y ~ x")
    assert sums.groupings == () and sums.codes == ()
    assert sums.cross.shape == (1, 1, 3) and sums.counts == [len(table)]


def test_the_order_of_rows_changes_nothing_but_rounding(table, tmp_path):
    one = moments_of(tmp_path, table, FORMULA)
    other = moments_of(tmp_path, table.sample(frac=1, random_state=9), FORMULA)
    assert one.names == other.names and np.array_equal(one.centre, other.centre)
    assert all(np.array_equal(a, b) for a, b in zip(one.codes, other.codes, strict=True))
    assert other.cross == pytest.approx(one.cross, rel=1e-12, abs=1e-12)


@pytest.fixture
def large(monkeypatch):
    """Every source counts as large: rows are computed anew by each scan, twenty tell the grid."""
    monkeypatch.setattr(complete, "MATERIALISED_ROWS", 10)
    monkeypatch.setattr(summing, "FIRST_ROWS", 20)


def test_a_large_source_has_the_same_sums(table, tmp_path, monkeypatch, request):
    table = table.assign(x=table["x"].where(table.index != 30))  # a row that is left out
    small = moments_of(tmp_path, table, FORMULA)
    request.getfixturevalue("large")
    sums = moments_of(tmp_path, table, FORMULA)
    assert (sums.rows, sums.rows_dropped) == (small.rows, small.rows_dropped) == (len(table) - 1, 1)
    kept = table[table["x"].notna()]
    rows = naive(kept, sums)
    assert sums.gram == pytest.approx(rows.T @ rows, rel=1e-12, abs=1e-11)
    assert np.array_equal(sums.counts, small.counts)


def test_first_rows_that_mislead_cost_no_digits(tmp_path, large):
    """On the first rows' grid, zero and one, sums of squares would be 1e18 of their spread."""
    n = np.arange(2000)
    x = np.where(n < 25, n % 2, 1e9 + n % 3)
    frame = pd.DataFrame({"x": x, "y": n % 7, "g": [f"g{i % 9}" for i in n]})
    for rows in (frame, frame.iloc[::-1]):
        sums = moments_of(tmp_path, rows, "y ~ x + (1 | g)")
        assert abs(sums.gram[0, 1]) <= 2 * sums.rows
        assert sums.gram[1, 1] == pytest.approx((naive(rows, sums)[:, 1] ** 2).sum(), rel=1e-12)
        assert 0.5 <= sums.gram[1, 1] / sums.rows <= 8  # an SD of one to two, a mean near zero


@pytest.mark.parametrize("threads", [1, 3])
def test_no_order_of_rows_and_no_threads_change_an_estimate(tmp_path, large, monkeypatch, threads):
    """To 1e-8 of its size, as the product promises; here through the way of large sources."""
    frame = nested_table(4, clinics=40)
    paths = [tmp_path / f"{k}.parquet" for k in range(2)]
    frame.to_parquet(paths[0])
    fit = fit_formula("y ~ x + a + t + (t | p) + (1 | th)", paths[0])
    frame.sample(frac=1, random_state=threads).to_parquet(paths[1], row_group_size=100)
    settings = NO_EXTENSIONS | {"threads": threads}
    monkeypatch.setattr(
        sources, "memory_connection", lambda: duckdb.connect(":memory:", config=settings)
    )
    other = fit_formula("y ~ x + a + t + (t | p) + (1 | th)", paths[1])
    assert other.criterion == pytest.approx(fit.criterion, rel=1e-12)
    for a, b in zip(other.fixed, fit.fixed, strict=True):
        assert [a.estimate, a.se, a.df] == pytest.approx([b.estimate, b.se, b.df], rel=1e-8)
    for a, b in zip(other.random, fit.random, strict=True):
        assert a.sd == pytest.approx(b.sd, rel=1e-8)


def test_whole_numbers_are_summed_exactly(tmp_path):
    """Centre and scale lie on a binary grid, so that not one bit is lost."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"y": rng.integers(0, 28, 200) * 1.0, "x": rng.integers(1, 6, 200) * 1.0})
    sums = moments_of(tmp_path, frame, "y ~ x")
    rows = naive(frame, sums)
    assert np.array_equal(sums.gram, rows.T @ rows)
    assert all(math.log2(s).is_integer() for s in sums.scale)


def test_design_arrays_are_the_rows(table, tmp_path):
    path = tmp_path / "rows.parquet"
    table.to_parquet(path)
    parsed = parse_formula(FORMULA)
    with open_source(path, mentioned(parsed)) as source:
        rows = complete_rows(source, formula_variables(parsed, source.kinds))
        design = build_design(parsed, source.kinds, rows.levels)
        columns, codes = design_arrays(rows, design)
        sums = moments(rows, design)
    raw = np.column_stack([columns[n] for n in sums.names])
    scaled = (raw - sums.centre) / sums.scale
    assert scaled.T @ scaled == pytest.approx(sums.gram, rel=1e-11, abs=1e-10)
    assert {g: len(set(c)) for g, c in codes.items()} == sums.group_counts


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


def test_rows_that_changed_between_two_scans_are_noticed(table, tmp_path):
    path = tmp_path / "t.csv"
    table.to_csv(path, index=False)
    parsed = parse_formula("y ~ x + (1 | p)")
    with open_source(path, mentioned(parsed)) as opened:
        rows = complete_rows(opened, formula_variables(parsed, opened.kinds))
        design = build_design(parsed, opened.kinds, rows.levels)
        with pytest.raises(StoreError, match="changed while they were read"):
            moments(replace(rows, kept=rows.rows - 1), design)
