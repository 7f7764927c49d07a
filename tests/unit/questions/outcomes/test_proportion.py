"""Wilson's interval against statsmodels and at its ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from analysis.questions.outcomes.proportion import Rate, wilson


def test_the_worked_number():
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_statsmodels_agrees(pair):
    count, n = pair
    low, high = wilson(count, n)
    # The same formula in another order of operations.
    assert (low, high) == pytest.approx(
        proportion_confint(count, n, method="wilson"), rel=1e-9, abs=1e-12
    )
    assert 0 <= low <= count / n <= high <= 1


def test_of_nobody_there_is_no_rate():
    nothing = Rate("recovery", 0, 0)
    assert (nothing.share, nothing.low, nothing.high) == (None, None, None)
