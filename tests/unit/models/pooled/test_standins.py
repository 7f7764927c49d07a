"""Aggregates and stand-ins against loops over the units, and against each other."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.models.criterion.passes import evaluate
from analysis.models.criterion.problem import build_problem
from analysis.models.criterion.theta import start_theta
from analysis.models.pooled.aggregates import aggregate
from analysis.models.pooled.standins import stand_ins
from tests.unit.models.nested import moments_of, nested_table

FORMULAE = (
    "y ~ x + a + (1 | p)",
    "y ~ x + t + (t | p) + (1 | th)",
    "y ~ x + t + (1 | p) + (t | th) + (1 | c)",
    "y ~ t + (0 + t | p) + (x || th)",
    "y ~ x",
)


@pytest.mark.parametrize("regular", [True, False])
@pytest.mark.parametrize("formula", FORMULAE)
@pytest.mark.parametrize("size", [0.3, 2.0])
def test_the_criterion_of_the_stand_ins_is_that_of_the_units(formula, regular, size, tmp_path):
    moments = moments_of(tmp_path, nested_table(7, regular, 6), formula)
    cross, counts, codes = stand_ins(aggregate(moments)[0])
    one = build_problem(moments)
    two = build_problem(dataclasses.replace(moments, cross=cross, counts=counts, codes=codes))
    for reml in (True, False):
        theta = start_theta(one, size)
        a, b = evaluate(one, theta, reml), evaluate(two, theta, reml)
        assert b.value == pytest.approx(a.value, rel=1e-12)
        # Derivatives of a criterion of some hundreds.
        assert b.gradient == pytest.approx(a.gradient, abs=1e-9)
        assert b.beta == pytest.approx(a.beta, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("formula", FORMULAE[:4])
def test_sums_and_scatter_by_loops_over_units(formula, tmp_path):
    moments = moments_of(tmp_path, nested_table(8, True, 5), formula)
    site, entry = aggregate(moments)
    rows = [list(moments.z).index(i) for i in site.inner]
    own = moments.cross[:, rows][:, :, site.free]
    scatter = {int(k): np.zeros(site.scatter.shape[1:]) for k in site.scatter_pattern}
    for e in range(len(site.entry_units)):
        units = [u for u in range(len(own)) if entry[u] == e]
        assert len(units) == site.entry_units[e]
        total = sum(own[u] for u in units)
        assert site.sums[e] == pytest.approx(total)
        for u in units:
            assert moments.cross[u][rows][:, moments.z] == pytest.approx(
                site.zz[site.entry_pattern[e]], abs=1e-10
            )
            deviation = (own[u] - total / len(units)).ravel()
            if int(site.entry_pattern[e]) in scatter:
                scatter[int(site.entry_pattern[e])] += np.outer(deviation, deviation)
    for k, expected in zip(site.scatter_pattern, site.scatter, strict=True):
        assert expected == pytest.approx(scatter[int(k)], rel=1e-9, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(
    units=st.lists(st.integers(1, 6), min_size=1, max_size=4),
    columns=st.integers(1, 3),
    constant=st.booleans(),
    seed=st.integers(0, 2**16),
)
def test_stand_ins_have_the_means_and_the_scatter(units, columns, constant, seed):
    """Entries of one pattern; a column that is constant within it must not lend its rounding."""
    rng = np.random.default_rng(seed)
    entry = np.repeat(np.arange(len(units)), units)
    values = rng.normal(size=(len(entry), columns)) * 10.0 ** rng.integers(-3, 4, columns)
    if constant:
        values[:, 0] = 0.1
    site = _one_pattern(values, entry, np.array(units))
    cross, counts, _ = stand_ins(site)
    built = cross[:, 0, 1:]
    assert counts == pytest.approx(np.full(len(entry), 3.0))
    size = np.abs(values).max(axis=0)
    for e in range(len(units)):
        found, true = built[entry == e].sum(axis=0), values[entry == e].sum(axis=0)
        assert found / size == pytest.approx(true / size, abs=1e-10)
    assert _products(built / size, entry) == pytest.approx(
        _products(values / size, entry), abs=1e-9
    )


def _products(values, entry):
    return sum(np.outer(v, v) for v in values)


def _one_pattern(values, entry, units):
    from analysis.models.language.design import Block, Column, Design
    from analysis.models.language.formula import parse_formula
    from analysis.models.language.moments import Moments

    d = values.shape[1] + 1
    names = ("(Intercept)", *(f"c{i}" for i in range(d - 1)))
    columns = tuple(Column(n, ()) for n in names)
    design = Design(
        parse_formula("y ~ 1 + (1 | p)"),
        columns[-1],
        columns,
        names,
        (Block(("p",), ("(Intercept)",)), Block(("g",), ("(Intercept)",))),
    )
    cross = np.column_stack([np.full(len(values), 3.0), values])[:, None, :]
    moments = Moments(
        design,
        names,
        np.zeros(d),
        np.ones(d),
        3 * len(values),
        0,
        np.eye(d),
        np.array([0]),
        cross,
        np.full(len(values), 3.0),
        ("p", "g"),
        (np.arange(len(values)), entry),
    )
    site, of_unit = aggregate(moments)
    # `aggregate` numbers groups by content; the test speaks of them in the given order.
    order = np.argsort([of_unit[entry == e][0] for e in range(len(units))])
    back = np.argsort(order)
    picked = back if len(back) > 1 else np.array([0])
    return dataclasses.replace(
        site,
        entry_units=site.entry_units[picked],
        sums=site.sums[picked],
        entry_group=np.arange(len(units)),
    )
