"""Control limits: the worked numbers, a p-chart by chance alone, signals that are due."""

import numpy as np
import pytest

from analysis.questions.outcomes.proportion import Rate
from analysis.questions.outcomes.trend import trend


def of(*pairs):
    return trend((f"{2000 + i}", Rate("recovery", c, n)) for i, (c, n) in enumerate(pairs))


def test_the_worked_number():
    found = of((40, 100), (60, 100), (40, 100), (60, 100))
    assert found.centre == 0.5
    assert found.sigma_z == pytest.approx(4 / 1.128)  # every z moves by 4
    assert {(p.lower, p.upper) for p in found.points} == {(0, 1)}
    assert "provisional" in found.messages[0]


def test_steady_periods_have_a_p_charts_limits():
    found = of(*[(50, 100)] * 9, (200, 400))
    assert found.sigma_z == 1
    for point in found.points:
        half = 3 * (found.centre * (1 - found.centre) / point.rate.n) ** 0.5 * found.sigma_z
        assert point.upper - found.centre == pytest.approx(half)


def test_chance_alone_gives_hardly_a_signal():
    rng = np.random.default_rng(5)
    found = of(*[(int(rng.binomial(n, 0.4)), int(n)) for n in rng.integers(80, 300, 200)])
    assert found.sigma_z < 1.15
    assert sum(p.signal == "outside" for p in found.points) <= 2


def test_periods_that_differ_beyond_chance_widen_the_limits():
    rng = np.random.default_rng(6)
    rates = 0.4 + 0.06 * rng.standard_normal(200)
    found = of(*[(int(rng.binomial(1000, p)), 1000) for p in rates])
    # SD 0.06 against a binomial 0.0155: sqrt(1 + 15) in theory.
    assert found.sigma_z == pytest.approx(4.0, rel=0.15)
    assert sum(p.signal == "outside" for p in found.points) <= 2


def test_a_jump_and_a_shift_are_signals():
    jump = of(*[(40 + i % 2, 100) for i in range(11)], (90, 100))
    assert [p.signal for p in jump.points][-1] == "outside"
    shift = of(*[(300 + i % 2, 1000) for i in range(9)], *[(310 + i % 2, 1000) for i in range(9)])
    assert [p.signal for p in shift.points] == [""] * 7 + ["run"] * 2 + [""] * 7 + ["run"] * 2


def test_nobody_treated_and_one_period():
    assert of((0, 0)) is None and of() is None
    (point,) = of((3, 10), (0, 0)).points
    assert point.signal == ""
    assert {p.signal for p in of((0, 10), (0, 20)).points} == {""}
