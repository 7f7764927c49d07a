"""The funnel against the published counts, a loop, and what must hold."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.questions.outcomes.benchmark import provider_counts
from analysis.questions.units.funnel import KINDS, Unit, funnel
from tests.unit.questions.outcomes.providers import PROVIDERS, needs_nhs


@needs_nhs
def test_providers_outside_as_counted():
    units = [
        Unit(c.label, c.reliably_recovered, c.finished - (c.not_at_caseness or 0))
        for c in provider_counts(PROVIDERS)
        if c.finished is not None and c.reliably_recovered is not None
    ]
    found = funnel(units)
    assert len(found.units) == 145
    assert found.target == pytest.approx(0.47520, abs=5e-6)
    assert found.phi == pytest.approx(10.172, abs=5e-4)
    assert found.tau == pytest.approx(0.02301, abs=5e-6)
    assert {kind: len(found.outside(kind)) for kind in KINDS} == dict(
        plain=54, multiplicative=5, additive=15
    )


def drawn(seed: int, between: float, units: int = 300) -> list[Unit]:
    rng = np.random.default_rng(seed)
    n = rng.integers(20, 400, units)
    rates = np.clip(0.5 + between * rng.standard_normal(units), 0.01, 0.99)
    return [
        Unit(str(i), int(rng.binomial(k, p)), int(k))
        for i, (k, p) in enumerate(zip(n, rates, strict=True))
    ]


def test_chance_alone_accuses_hardly_anyone():
    found = funnel(drawn(1, 0.0))
    assert found.phi < 1.1 and found.tau < 0.02
    assert len(found.outside("plain")) <= 2


def test_the_spread_between_units_is_recovered():
    # Winsorising takes about a fifth of the variance of a normal.
    found = funnel(drawn(2, 0.08))
    assert found.tau == pytest.approx(0.08, rel=0.25)
    assert len(found.outside("plain")) > 50 > len(found.outside("additive"))


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_limits_and_verdicts_agree(pairs):
    units = [Unit(str(i), min(p), max(p)) for i, p in enumerate(pairs)]
    found = funnel(units)
    if found is None:
        assert not any(u.n for u in units)
        return
    assert len(found.units) + found.left_out == len(units)
    for placed in found.units:
        for kind in KINDS:
            low, high = found.limits(placed.unit.n, kind)
            assert 0 <= low <= found.target <= high <= 1
            beyond = placed.share < low - 1e-9 or placed.share > high + 1e-9
            assert placed.outside[kind] or not beyond
            plain = found.limits(placed.unit.n, "plain")
            assert low <= plain[0] + 1e-12 and high >= plain[1] - 1e-12


def test_z_is_the_textbook_s():
    units = [Unit("a", 30, 50), Unit("b", 10, 50)]
    found = funnel(units)
    assert [p.z for p in found.units] == pytest.approx(
        [0.2 / sqrt(0.24 / 50), -0.2 / sqrt(0.24 / 50)]
    )


@pytest.mark.parametrize("count", [0, 20])
def test_all_alike_is_nothing_to_compare(count):
    found = funnel([Unit("a", count, 20), Unit("b", count, 20)])
    assert not found.outside("plain")
    assert "nothing to compare" in found.messages[0]


def test_one_unit_and_none():
    found = funnel([Unit("a", 3, 20)])
    assert found.tau == 0 and not found.outside("additive")
    assert funnel([]) is None and funnel([Unit("a", 0, 0)]) is None
