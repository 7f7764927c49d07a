"""Which means go where all told together say too much of few: the least missed."""

from types import SimpleNamespace

import numpy as np

from analysis.sharing.protection.leverage import shown_too_much
from analysis.sharing.sections.telling.beside.apart import _lone

WHO = np.arange(240)
EVERY = SimpleNamespace(patient=WHO)
ONE, TWO = (WHO % 2 == 0) & (WHO % 8 > 0), WHO % 2 == 1  # 90 and 120; of 30 it is not known


def _mean(by: str, value: str, rows: np.ndarray):
    return SimpleNamespace(by=by, value=value), rows


def _span(low: int, high: int) -> np.ndarray:
    return np.isin(WHO, range(low, high))


def test_the_smaller_group_goes_where_few_are_left_and_everybodys_mean_stays():
    """A quarter of 60 of whom 7 or 8 are in no group."""
    here = _span(0, 60)
    new = [_mean("all", "", here), _mean("of work", "no", ONE & here)]
    new.append(_mean("of work", "yes", TWO & here))
    assert [cell.value for cell in _lone([], new, EVERY, set())] == ["no"]


def test_groups_that_leave_enough_stay():
    new = [_mean("all", "", WHO >= 0), _mean("of work", "no", ONE), _mean("of work", "yes", TWO)]
    assert _lone([], new, EVERY, set()) == []


def test_everybodys_mean_goes_where_nothing_else_is_new():
    """All but seven had been told."""
    new = [_mean("all", "", _span(0, 60))]
    assert [cell.by for cell in _lone([_span(0, 53)], new, EVERY, set())] == ["all"]


def test_what_is_left_says_too_much_of_nobody():
    rng = np.random.default_rng(3)
    before = [_span(60 * q, 60 * q + 60) for q in range(4)]
    clinic = rng.integers(0, 12, len(WHO))
    new = [_mean("clinic", str(c), clinic == c) for c in range(12)]
    gone = {cell.value for cell in _lone(before, new, EVERY, set())}
    kept = [rows for cell, rows in new if cell.value not in gone]
    assert kept and not shown_too_much([*before, *kept], WHO, 10).any()
    assert shown_too_much([*before, *(rows for _, rows in new)], WHO, 10).any() == bool(gone)


def test_a_group_that_was_not_told_before_goes_first():
    """The second quarter lacks the group that the first one lacks, though another is smaller."""
    here, first = _span(60, 120), [_span(0, 60), ONE & _span(0, 60)]
    new = [_mean("all", "", here), _mean("of work", "no", ONE & here)]
    new.append(_mean("of work", "yes", TWO & here))
    assert [cell.value for cell in _lone(first, new, EVERY, {"no"})] == ["yes"]
