"""Sums by DuckDB against loops over the rows: products, units, complete cases, nesting."""

import math
from dataclasses import replace

import duckdb
import numpy as np
import pandas as pd
import pytest

from analysis.base.errors import StoreError
from analysis.models.language.design import INTERCEPT, build_design, formula_variables, mentioned
from analysis.models.language.formula import parse_formula
from analysis.models.language.moments import Moments
from analysis.questions import opening as sources
from analysis.questions.lab.effects import fit_formula
from analysis.questions.opening import open_source
from analysis.store.sums import complete, cross_products
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


@pytest.mark.parametrize("at_once", [4, cross_products.MOST_AT_ONCE])
def test_sums_of_products_of_all_rows(table, tmp_path, monkeypatch, at_once):
    monkeypatch.setattr(cross_products, "MOST_AT_ONCE", at_once)
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


def test_rows_that_changed_between_two_scans_are_noticed(table, tmp_path):
    path = tmp_path / "t.csv"
    table.to_csv(path, index=False)
    parsed = parse_formula("y ~ x + (1 | p)")
    with open_source(path, mentioned(parsed)) as opened:
        rows = complete_rows(opened, formula_variables(parsed, opened.kinds))
        design = build_design(parsed, opened.kinds, rows.levels)
        with pytest.raises(StoreError, match="changed while they were read"):
            moments(replace(rows, kept=rows.rows - 1, table=None), design)


@pytest.mark.parametrize(
    ("formula", "weights", "by"),
    [
        (FORMULA, "", ""),
        (FORMULA, "w", "th"),
        ("y ~ x*a + I(t**2) + (t | p) + (1 | seen)", "w", ""),
        ("log(y) ~ x", "", "p"),
    ],
)
def test_rows_in_memory_have_the_sums_that_the_database_adds_up(
    table, tmp_path, formula, weights, by
):
    """Nested, crossed and no groups; `by` a group of the model, or one of its own."""
    table = table.assign(w=1 + table["t"], seen=[f"s{i % 4}" for i in range(len(table))])
    path = tmp_path / "rows.parquet"
    table.to_parquet(path)
    parsed = parse_formula(formula, weights)
    with open_source(path, (*mentioned(parsed), "p")) as opened:
        variables = formula_variables(parsed, opened.kinds)
        own = {*variables.grouping, "p"}
        rows = complete_rows(opened, replace(variables, grouping=tuple(sorted(own))))
        design = build_design(parsed, opened.kinds, rows.levels)
        held = moments(rows, design, by, with_labels=True, crossed=True)
        summed = moments(replace(rows, table=None), design, by, with_labels=True, crossed=True)
    assert held.groupings == summed.groupings and held.labels == summed.labels
    assert held.crossings == summed.crossings
    for name in ("centre", "scale", "z", "counts", "codes"):
        one, other = getattr(held, name), getattr(summed, name)
        assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True)), name
    for name in ("gram", "cross", "mean_weight", "log_weights"):  # added up in another order
        assert getattr(held, name) == pytest.approx(getattr(summed, name), rel=1e-11, abs=1e-10)
