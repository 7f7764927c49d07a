"""Numbers as shown: what the interval bears, and nothing that is not a number."""

from types import SimpleNamespace

import pytest

from analysis.presentation.words import rounding as r


@pytest.mark.parametrize(
    ("share", "low", "high", "shown"),
    [
        (0.0812, 0.05, 0.11, "8\u00a0%"),
        (0.0812, 0.075, 0.085, "8.1\u00a0%"),
        (0.0812, None, None, "8\u00a0%"),
        (-0.0004, -0.01, 0.01, "0.0\u00a0%"),
        (-0.0044, -0.01, 0.01, "\u22120.4\u00a0%"),
        (None, None, None, "–"),
        (float("nan"), 0.0, 1.0, "–"),
        (float("inf"), 0.0, 1.0, "–"),
    ],
)
def test_a_share_has_the_decimals_that_its_interval_bears(share, low, high, shown):
    assert r.percent(share, low, high) == shown


def test_an_interval_is_a_range_or_a_dash():
    assert r.percent_interval(-0.002, 0.021) == "\u22120.2 to 2.1\u00a0%"
    assert r.percent_interval(0.05, 0.11) == "5 to 11\u00a0%"
    assert r.percent_interval(None, 0.1) == "–"


def test_a_column_takes_the_decimals_of_its_narrowest_interval():
    wide, narrow = SimpleNamespace(low=0.1, high=0.3), SimpleNamespace(low=0.1, high=0.12)
    none = SimpleNamespace(low=None, high=None)
    assert [r.common_decimals(c) for c in ([wide], [wide, narrow], [none], [])] == [0, 1, 1, 1]


@pytest.mark.parametrize(
    ("value", "se", "shown"),
    [
        (-0.2113, 0.0312, "\u22120.211"),
        (18.26743, 0.41, "18.27"),
        (1234.5, 120.0, "1234"),
        (0.5, None, "0.500"),
        (None, 0.1, "–"),
        (float("nan"), 0.1, "–"),
        (0.5, 0.0, "0.500"),
    ],
)
def test_a_coefficient_shows_two_digits_of_its_standard_error(value, se, shown):
    assert r.estimate(value, se) == shown


@pytest.mark.parametrize(
    ("p", "shown"), [(1e-9, "<.001"), (0.0236, ".024"), (0.31, ".31"), (0.999, "1"), (None, "–")]
)
def test_p_is_printed_as_in_journals(p, shown):
    assert r.p_value(p) == shown


def test_counts_and_sizes():
    assert (r.count(12345), r.count(None)) == ("12,345", "–")
    assert (r.size(512), r.size(3_200_000)) == ("512\u00a0bytes", "3.2\u00a0MB")


def test_one_is_said_in_the_singular():
    assert [r.counted(n, "clinic") for n in (0, 1, 1200)] == [
        "0 clinics",
        "1 clinic",
        "1,200 clinics",
    ]
