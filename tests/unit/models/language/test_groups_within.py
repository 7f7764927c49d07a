"""Which group lies in which."""

import numpy as np

from analysis.models.language.moments import is_nested, outer_of


def test_the_outer_group_of_each_inner_one():
    inner, outer = np.array([0, 0, 1, 2]), np.array([1, 1, 0, 1])
    assert outer_of(inner, outer).tolist() == [1, 0, 1]
    assert is_nested(inner, outer) and not is_nested(outer, inner)


def test_without_units_there_are_no_groups():
    assert outer_of(np.array([], dtype=int), np.array([], dtype=int)).tolist() == []
