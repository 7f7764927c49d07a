"""The effect over the course: patients' trends are not in it, and a real one is."""

import numpy as np
import pytest

from analysis.questions.alliance.course.phases import over_time
from analysis.questions.alliance.measures import Measure
from analysis.questions.alliance.treatments import Treatments


def made(rng, effect: np.ndarray, trends: float, n: int = 800, t: int = 10) -> Treatments:
    """Alliance and symptoms with own levels and trends (correlated -.7), swings in each, and
    `effect` (t,) of a session's swing of alliance on the next session's symptoms."""
    both = np.linalg.cholesky([[1.0, -0.7], [-0.7, 1.0]])
    level = rng.normal(size=(n, 2)) @ both.T
    trend = trends * rng.normal(size=(n, 2)) @ both.T
    swings = rng.normal(0, 1, (n, t, 2))
    swings[:, 1:, 1] += effect[:-1] * swings[:, :-1, 0]
    values = level[:, None] + trend[:, None] * np.arange(t)[None, :, None] + swings
    none = np.zeros(n, dtype=int)
    return Treatments("d", "v", ("a", "s"), values, none, none, none.astype(object), (), {}, {})


def asked(rows):
    return over_time(rows, Measure("a", "a"), Measure("s", "s"))


@pytest.mark.parametrize("seed", range(3))
def test_trends_of_patients_are_no_effect(seed):
    found = asked(made(np.random.default_rng(seed), np.zeros(10), 0.15))
    assert all(abs(p.estimate) < 0.12 for p in found.points)  # centred: -.3 at both ends
    assert found.p > 0.001


def test_an_effect_is_found_with_its_size_where_it_is():
    grows = np.linspace(0.0, -0.6, 10)
    found = asked(made(np.random.default_rng(4), grows, 0.0))
    assert found.p < 1e-4
    for point in found.points:
        assert point.low - 0.05 < grows[point.session - 1] < point.high + 0.05


def test_few_courses_have_none():
    assert asked(made(np.random.default_rng(1), np.zeros(10), 0.0, n=20)) is None
