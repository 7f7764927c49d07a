"""Shapley shares: the definition by orders of entry, and its axioms."""

from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.questions.partition.shapley import shapley, subsets


def by_orders(values: dict, blocks: int) -> np.ndarray:
    """Mean over all orders of what a block adds when it enters."""
    gains = []
    for order in permutations(range(blocks)):
        gain = np.zeros(blocks)
        for place, b in enumerate(order):
            before = tuple(sorted(order[:place]))
            gain[b] = values[tuple(sorted((*before, b)))] - values[before]
        gains.append(gain)
    return np.mean(gains, axis=0)


@st.composite
def games(draw, most=5):
    blocks = draw(st.integers(0, most))
    number = st.floats(-10, 10, allow_nan=False).map(lambda v: np.float64(round(v, 6)))
    return {s: draw(number) for s in subsets(blocks)}, blocks


def test_worked_number():
    values = {(): 0.0, (0,): 0.10, (1,): 0.06, (0, 1): 0.12}
    assert shapley(values, 2) == pytest.approx([0.08, 0.04], abs=1e-15)


def test_subsets_are_all_and_each_once():
    found = subsets(4)
    assert found == [c for size in range(5) for c in combinations(range(4), size)]
    assert len(set(found)) == 16 and found[0] == ()
    assert subsets(0) == [()]


@settings(max_examples=60, deadline=None)
@given(games())
def test_the_mean_over_orders(game):
    values, blocks = game
    if blocks:
        # Sums of at most 16 numbers of size 10.
        assert shapley(values, blocks) == pytest.approx(by_orders(values, blocks), abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(games())
def test_shares_add_up(game):
    values, blocks = game
    total = values[tuple(range(blocks))] - values[()]
    assert float(np.sum(shapley(values, blocks))) == pytest.approx(total, abs=1e-12)


def test_equal_blocks_share_equally_and_an_idle_one_gets_nothing():
    # Block 2 adds nothing to any subset; 0 and 1 are interchangeable.
    worth = {0: 0.0, 1: 0.3, 2: 0.4}
    values = {s: np.float64(worth[len(set(s) - {2})]) for s in subsets(3)}
    assert shapley(values, 3) == pytest.approx([0.2, 0.2, 0.0], abs=1e-15)


def test_arrays_are_shared_out_entry_by_entry():
    rng = np.random.default_rng(1)
    values = {s: rng.normal(size=(4, 2)) for s in subsets(3)}
    shares = shapley(values, 3)
    assert shares.shape == (3, 4, 2)
    one = shapley({s: v[2, 1] for s, v in values.items()}, 3)
    assert shares[:, 2, 1] == pytest.approx(one, abs=1e-15)
