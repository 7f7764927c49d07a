"""The cluster bootstrap against fits of resampled rows, one by one."""

import numpy as np
import pandas as pd
import pytest

from analysis.base.errors import ModelError, RequestError
from analysis.models.criterion.by_group import by_group
from analysis.models.inference.intervals.resampled import cluster_bootstrap
from analysis.models.linear.fit import fit_moments
from analysis.models.resampling.resample import drawn_weights
from tests.unit.models.nested import moments_of, nested_table

FORMULA = "y ~ x + a + (1 | p) + (1 | th)"


@pytest.fixture(scope="module")
def table():
    return nested_table(3, clinics=20)


def sums(folder, frame, formula, cluster):
    return by_group(moments_of(folder, frame, formula, by="p"), cluster)


def test_each_replicate_is_the_fit_of_the_rows_drawn(tmp_path, table):
    found = cluster_bootstrap(sums(tmp_path, table, FORMULA, "th"), replicates=3, seed=5)
    clusters = sorted(table["th"].unique())
    weights = next(drawn_weights(np.random.default_rng(5), len(clusters), 3, 100))
    for draws, weight in zip(found.draws, weights, strict=True):
        pieces = [
            table[table["th"] == name].assign(th=f"{name}.{i}", p=lambda t, i=i: t["p"] + f".{i}")
            for name, times in zip(clusters, weight, strict=True)
            for i in range(int(times))
        ]
        fit = fit_moments(moments_of(tmp_path, pd.concat(pieces), FORMULA))
        by_name = {(r["group"], r["term"]): r["estimate"] for r in fit.tidy()}
        names = [(i.group, i.term) for i in found.intervals]
        # A refit stops a thousandth of a standard error from its optimum.
        ours, theirs = dict(zip(names, draws, strict=True)), by_name
        for name, value in theirs.items():
            assert ours[name] == pytest.approx(value, rel=2e-3, abs=2e-3)


def test_the_seed_fixes_every_number(tmp_path, table):
    moments = sums(tmp_path, table, FORMULA, "th")
    one, again = (cluster_bootstrap(moments, 20, seed=2) for _ in range(2))
    assert np.array_equal(one.draws, again.draws)
    assert not np.array_equal(one.draws, cluster_bootstrap(moments, 20, seed=3).draws)


def test_what_cannot_be_resampled_says_why(tmp_path, table):
    with pytest.raises(ModelError, match="random slopes"):
        cluster_bootstrap(sums(tmp_path, table, "y ~ x + t + (t | p)", "p"))
    with pytest.raises(ModelError, match="30 groups"):
        cluster_bootstrap(sums(tmp_path, table, "y ~ x + (1 | p) + (1 | c)", "c"))
    with pytest.raises(RequestError, match="settings"):
        cluster_bootstrap(sums(tmp_path, table, FORMULA, "th"), replicates=0)
