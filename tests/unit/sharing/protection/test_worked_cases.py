"""Worked cases of disclosure control, each reckoned by hand."""

import pytest

from analysis.sharing.protection.figures import shared, statistic
from analysis.sharing.protection.shares import (
    open_sizes,
    stepped,
    told_bounds,
    told_rate,
    told_whole,
)
from analysis.sharing.protection.sums import (
    BETWEEN,
    FORTY,
    RANGES,
    Known,
    as_limits,
    as_rate,
    coarse_rate,
    few,
    known_rate,
    range_of,
    together,
)


def test_d9_a_rate_of_few_would_be_told_in_any_precision():
    """4 of 43: so no rate of 7 or fewer is told, only that it is one of those."""

    def parts(shown: float, places: int) -> set[int]:
        """The counts that a rate beside n = 45 (43 to 47 patients) leaves open."""
        return {k for n in range(43, 48) for k in range(n) if round(100 * k / n, places) == shown}

    assert parts(9.3, 1) == parts(9, 0) == {4}
    known = few(4, 43, True)
    assert known and known == few(0, 43, True) == few(7, 43, True)
    assert few(8, 43, True) is None and few(4, 12, True) is None


def test_d12_rounding_alone_does_not_hide_a_month():
    assert (shared(57), shared(58)) == (55, 60)  # the ledger refuses the second


def test_d16_a_mean_of_nine():
    assert statistic(7.4, 9) is None and statistic(7.4, 10) == 7.4


@pytest.mark.parametrize(
    ("part", "whole", "points"),
    [(8, 26, 30), (15, 24, 65), (9, 24, 40), (81, 263, 30), (101, 250, 40), (411, 1000, 41)],
)
def test_rates_go_in_steps_that_leave_four_treatments_open(part, whole, points):
    assert stepped(part, whole, whole) == points
    low, high = told_bounds(part, whole, whole)
    assert low <= part / whole < high and (high - low) * whole >= 1
    assert abs(points - 100 * part / whole) <= 2.5


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        ((159, True), (158, 162)),  # rates go in steps of two points from 160 as told on
        ((18, True, False, (20,)), (18, 19)),  # medians of everybody are told from 20 on
        ((150, True), (148, 152)),
        ((45, False), (40, 59)),
        ((45, False, True), (20, 59)),  # 60 are told as 40
        ((33, False, True), (20, 49)),
        ((170, False, True), (120, 199)),
        ((150, False, True), (120, 179)),
        ((33, False, True, (40,)), (20, 39)),
    ],
)
def test_what_a_printed_size_and_the_edges_leave_open(asked, left):
    assert open_sizes(*asked) == left


def test_a_rates_step_tells_no_more_of_its_size_than_the_number_beside_it():
    """158 to 162 treatments are printed as 160: in steps of five below 160 and of two from there on
    a rate of 36 % would say 160 to 162, and narrowed one patient's group down."""
    alike = [known_rate(round(0.36 * n), n, True) for n in range(158, 163)]
    assert {(k.low, k.middle, k.high, k.least, k.most) for k in alike} == {
        (0.35, 0.36, 0.37, 158, 162)
    }
    wide = [known_rate(round(0.36 * n), n, False, wide=True) for n in range(160, 200)]
    assert {k.middle for k in wide} == {0.35} and {k.n for k in wide} == {120}


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("whole", [20, 39, 40, 159, 160, 399, 400, 5000])
def test_a_rates_interval_holds_what_every_rate_of_its_step_would_say(whole, wide):
    part = whole // 3
    told = told_rate("x", part, whole, printed=False, wide=wide)
    shown, least, most = told_whole(whole, printed=False, wide=wide)
    assert not wide or (least <= whole - 10 and most >= whole + 10)
    assert shown == least <= whole <= most
    assert told.low < part / whole < told.high and told.count is None


def test_two_halves_told_to_two_and_a_half_points_make_a_year():
    halves = [known_rate(13, 26, True), known_rate(9, 24, True)]
    year = together(halves)
    assert year.low <= 22 / 50 <= year.high and (year.n, year.least, year.most) == (50, 46, 54)
    told = as_rate("x", year, "of")
    assert told is not None and told.share == 0.45 and told.of == "of"


def test_the_worst_of_unlike_weights():
    """Shares of 0 and 1, sizes 10 to 20 each: from 10 / 30 to 20 / 30."""
    none, every = Known(0, 0, 0, 15, 10, 20), Known(1, 1, 1, 15, 10, 20)
    found = together([none, every])
    assert found.low == pytest.approx(1 / 3) and found.high == pytest.approx(2 / 3)
    assert as_rate("x", found) is None


def test_limits_hold_whatever_is_in_them():
    known = few(2, 241, True)
    assert known is not None
    assert as_limits(known) and (as_limits(known).low, as_limits(known).high) == (0, 3)
    fifth = as_limits(coarse_rate(11, 53, True))
    assert fifth is not None and (fifth.low, fifth.high) == (20, 40)
    between = as_limits(coarse_rate(11, 53, True, form=BETWEEN))
    assert between is not None and (between.low, between.high) == (10, 30)
    forty = as_limits(coarse_rate(11, 53, True, form=FORTY))
    assert forty is not None and (forty.low, forty.high) == (0, 40)
    roughly = as_limits(few(2, 241, True, roughly=True))
    assert roughly is not None and (roughly.low, roughly.high) == (0, 20)
    assert as_limits(few(2, 30, True, roughly=True)).high == 40  # 7 of 28 are over a fifth
    assert as_limits(Known(0.1, 0.4, 0.7, 20, 18, 22)) is None


@pytest.mark.parametrize("form", RANGES)
def test_every_share_lies_in_its_range(form):
    wide = 0.4 if form == FORTY else 0.2
    for part in range(101):
        low, high = range_of(part / 100, form)
        assert low >= 0 and high <= 1 + 1e-9 and high - low == pytest.approx(wide)
        assert low - 1e-9 <= part / 100 <= high + 1e-9
        assert part == 100 or part / 100 < high - 1e-12
