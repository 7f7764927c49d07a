"""Told means together show of no few patients more than a mean of ten shows of its own."""

import numpy as np
import pytest

from analysis.sharing.protection.leverage import MOST, leverages, shown_too_much

N = 120
WHO = np.arange(N)


def _sets(*spans: tuple[int, int]) -> list[np.ndarray]:
    return [np.isin(WHO, range(low, high)) for low, high in spans]


def test_leverage_is_what_regression_calls_it():
    """Against the hat matrix of the told sets, with two that repeat and one that is a sum."""
    rng = np.random.default_rng(1)
    sets = [rng.random(N) < 0.4 for _ in range(6)]
    sets += [sets[0], sets[1] & ~sets[0], sets[0] & sets[1], sets[1]]
    basis = np.linalg.svd(np.stack(sets).astype(float), full_matrices=False)
    kept = basis.Vh[basis.S > 1e-9]
    np.testing.assert_allclose(leverages(sets), (kept**2).sum(axis=0), atol=1e-6)  # the ridge's


@pytest.mark.parametrize(
    ("sets", "most", "too_much"),
    [
        (_sets((0, 10)), 1 / 10, 0),  # a mean of ten
        (_sets((0, 9)), 1 / 9, 9),  # of nine
        (_sets((0, 100), (0, 93)), 1 / 7, 7),  # seven are left when one is subtracted
        (_sets((0, 60), (60, 120), (0, 30), (30, 120)), 1 / 30, 0),
        (_sets((0, 100), (90, 120)), None, 0),  # ten in both: neither alone nor to be subtracted
        (_sets((0, 100), (95, 115)), None, 0),  # five in both, of twenty
        (_sets((0, 100), (95, 105)), None, 10),  # five in both, of ten, and the other five
    ],
)
def test_worked_sets(sets, most, too_much):
    found = leverages(sets)
    if most:
        assert found.max() == pytest.approx(most, abs=1e-6)
    assert shown_too_much(sets, WHO, 10).sum() == too_much


def test_halves_and_quarters_leave_the_one_of_whom_a_group_is_not_known():
    """Everybody by the quarter, two groups by the half and by the year: whom no group holds is left
    alone in the second half. Each pair of sets leaves ten and more."""
    quarters = _sets((0, 30), (30, 60), (60, 90), (90, 120))
    one, two = WHO % 2 == 0, WHO % 2 == 1
    unknown = np.isin(WHO, [*range(20), 100])
    year = [own & ~unknown for own in (one, two)]
    sets = [*quarters, *year, *(own & (WHO < 60) for own in year)]
    assert leverages(sets)[100] == pytest.approx(1, abs=1e-4)
    assert shown_too_much(sets, WHO, 10)[100]
    assert leverages(sets[:5])[100] < MOST
