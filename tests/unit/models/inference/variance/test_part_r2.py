"""Part R2, structure coefficients and commonality against separate fits and plain correlations."""

import numpy as np
import pytest

from analysis.base.errors import RequestError
from analysis.models.inference.variance.part_r2 import columns_of, commonality, part_r2, terms_of
from analysis.models.linear.fit import fit_moments
from tests.unit.models.inference.variance.two_levels import solved, two_levels
from tests.unit.models.nested import column, moments_of, nested_table

FULL = "y ~ x + t + a + (1 | p) + (1 | c)"


def marginal(folder, frame, formula) -> float:
    return fit_moments(moments_of(folder, frame, formula)).r2_marginal


def test_part_r2_is_the_loss_when_the_term_is_left_out(tmp_path):
    frame = nested_table(3, clinics=8)
    result = part_r2(*solved(moments_of(tmp_path, frame, FULL)), replicates=0)
    whole = marginal(tmp_path, frame, FULL)
    assert result.marginal.value == pytest.approx(whole, rel=1e-9)
    assert [s.name for s in result.sets] == ["x", "t", "a"]
    for own in result.sets:
        rest = FULL.replace(f"{own.name} + ", "", 1)
        # Fits of the same model from other sums: both searches stop within 1e-11.
        left = marginal(tmp_path, frame, rest)
        assert own.part.value == pytest.approx(whole - left, abs=1e-6), own.name
        alone = marginal(tmp_path, frame, f"y ~ {own.name} + (1 | p) + (1 | c)")
        assert own.alone.value == pytest.approx(alone, abs=1e-6)


def test_structure_coefficients_are_correlations_with_the_prediction(tmp_path):
    frame = nested_table(4, clinics=8)
    sums = moments_of(tmp_path, frame, FULL)
    result, fit = part_r2(*solved(sums), replicates=0), fit_moments(sums)
    prediction = sum(f.estimate * column(frame, f.term) for f in fit.fixed)
    assert [s.term for s in result.structure] == [f.term for f in fit.fixed[1:]]
    for own in result.structure:
        r = np.corrcoef(column(frame, own.term), prediction)[0, 1]
        assert own.r.value == pytest.approx(r, rel=1e-9)


def test_unique_and_shared_parts_add_up(tmp_path):
    frame = nested_table(5, clinics=8)
    frame["x2"] = frame["x"] + 4 * np.random.default_rng(5).normal(size=len(frame))
    formula = "y ~ x + x2 + t + (1 | p)"
    blocks = (("first", ("x",)), ("second", ("x2",)))
    found = commonality(*solved(moments_of(tmp_path, frame, formula)), *blocks, replicates=0)
    r2 = {
        terms: marginal(tmp_path, frame, f"y ~ {terms} + (1 | p)")
        for terms in ("x + x2 + t", "x + t", "x2 + t", "t")
    }
    shared = r2["x + t"] + r2["x2 + t"] - r2["x + x2 + t"] - r2["t"]
    assert found.first.value == pytest.approx(r2["x + x2 + t"] - r2["x2 + t"], abs=1e-6)
    assert found.second.value == pytest.approx(r2["x + x2 + t"] - r2["x + t"], abs=1e-6)
    assert found.shared.value == pytest.approx(shared, abs=1e-6)
    parts = found.first.value + found.second.value + found.shared.value
    assert found.together.value == pytest.approx(parts, abs=1e-12)


@pytest.mark.parametrize(
    ("random", "by", "kind"), [("1", "g", "cluster: g"), ("x", "", "simulation")]
)
def test_intervals_hold_the_planted_effect_and_zero_for_none(tmp_path, random, by, kind):
    """A term without effect reaches 0 in 99 % of 200 sets as measured: 9 of 10 here."""
    reached, held = 0, 0
    for seed in range(10):
        frame = two_levels(seed, groups=200, rows=6)
        frame["none"] = np.random.default_rng(seed + 99).normal(size=len(frame))
        sums = moments_of(tmp_path, frame, f"y ~ x + w + none + ({random} | g)", by)
        result = part_r2(*solved(sums), replicates=150, seed=seed)
        assert result.kind == kind
        part = {s.name: s.part for s in result.sets}
        reached += part["none"].low <= 1e-12
        held += part["x"].low <= 0.25 / 2.14 <= part["x"].high
        assert part["x"].low > 0
    assert reached >= 9
    assert held >= 7  # 95 % of 60 sets as measured; fewer than 7 of 10 has a chance of 0.1 %


def test_terms_and_their_columns(tmp_path):
    sums, problem, _ = solved(moments_of(tmp_path, nested_table(3), "y ~ a * x + t + (1 | p)"))
    assert terms_of(sums, problem) == ("a", "x", "t", "a:x")
    assert columns_of(sums, problem, ("a",)) == ("a[low]", "a[mid]")
    assert columns_of(sums, problem, ("a:x",)) == ("a[low]:x", "a[mid]:x")
    assert columns_of(sums, problem, ("a[mid]", "t")) == ("a[mid]", "t")
    with pytest.raises(RequestError, match="no term 'tt'; did you mean 't'"):
        columns_of(sums, problem, ("tt",))


def test_a_term_in_both_blocks_is_refused(tmp_path):
    parts = solved(moments_of(tmp_path, nested_table(3), FULL))
    with pytest.raises(RequestError, match="in common"):
        commonality(*parts, ("one", ("x", "t")), ("two", ("t",)))


def test_tidy_names_every_number_once(tmp_path):
    parts = solved(moments_of(tmp_path, nested_table(3), FULL))
    rows = part_r2(*parts, replicates=50).tidy()
    assert len({(r["group"], r["term"]) for r in rows}) == len(rows) == 1 + 3 + 3 + 4
    assert all(r["low"] <= r["estimate"] <= r["high"] for r in rows)
    rows = commonality(*parts, ("one", ("x",)), ("two", ("t",)), replicates=50).tidy()
    assert [r["group"] for r in rows] == ["unique", "unique", "shared", "together"]
