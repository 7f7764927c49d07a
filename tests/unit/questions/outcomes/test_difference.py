"""Newcombe's interval of a difference, to his own figures."""

import pytest

from analysis.questions.outcomes.difference import difference
from analysis.questions.outcomes.proportion import Rate


@pytest.mark.parametrize(
    ("after", "before", "wanted"),
    [  # Newcombe 1998, table II, method 10
        ((56, 70), (48, 80), (0.2, 0.0524, 0.3339)),
        ((9, 10), (3, 10), (0.6, 0.1705, 0.8090)),
        ((10, 10), (0, 20), (1.0, 0.6791, 1.0)),
    ],
)
def test_newcombes_own_figures(after, before, wanted):
    found = difference(Rate("x", *after), Rate("x", *before))
    assert found == pytest.approx(wanted, abs=5e-5)


def test_nobody_differs_from_nobody():
    assert difference(Rate("x", 0, 0), Rate("x", 1, 2)) is None
