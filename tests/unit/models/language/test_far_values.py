"""Whether values may be far is told from few rows, and never denied where some are."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.models.language.expressions import Distribution
from analysis.models.language.far_values import far_values, may_be_far

NUMBER = st.integers(-1200, 1200) | st.sampled_from([99, -9, 999, 5, 6, 7, 8])


@settings(max_examples=400, deadline=None)
@given(st.lists(NUMBER, min_size=1, max_size=60), st.integers(1, 60))
def test_what_is_far_was_thought_possible(rows, few):
    values, counts = np.unique(np.array(rows, dtype=float), return_counts=True)
    if far_values(Distribution(values, counts)):
        assert may_be_far(values[0], values[-1], np.array(rows[:few], dtype=float))


def test_scores_without_a_code_need_no_count():
    some = np.tile(np.arange(28.0), 4)
    assert not may_be_far(0, 27, some)
    assert may_be_far(0, 99, some)
    assert may_be_far(0, 27, some[:6])  # too few different ones to tell
