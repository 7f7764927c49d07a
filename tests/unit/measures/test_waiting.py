"""Which variable says how long patients waited, in which unit, and the standard."""

import pytest

from analysis.measures.variables import Variable
from analysis.measures.waiting import from_referral, is_wait, per_week, published_waits, standard


def wait(name: str, label: str = "") -> Variable:
    return Variable(name, label, "episode", factor="process", component="waiting")


@pytest.mark.parametrize(
    ("name", "label", "units"),
    [
        ("wait_weeks", "", 1.0),
        ("waited", "Days from referral to the first session", 7.0),
        ("wait", "Wartezeit in Tagen", 7.0),
        ("wait", "Wartezeit in Wochen", 1.0),
        ("wait", "Semanas de espera", 1.0),
        ("wait_months", "Months waited", 0.0),
        ("wait", "Weeks and days", 0.0),
        ("wait", "Time since yesterday", 0.0),
        ("wait", "", 0.0),
    ],
)
def test_the_unit_is_what_the_words_say(name, label, units):
    assert per_week(wait(name, label)) == units


def test_a_wait_is_a_number_of_the_treatment_called_so():
    assert is_wait(wait("weeks"))
    assert not is_wait(Variable("wait", "", "session", factor="process"))
    assert not is_wait(Variable("wait", "", "episode", factor="outcome"))
    assert from_referral(wait("wait", "Weeks from referral")) and not from_referral(wait("wait"))


def test_the_standard_and_what_is_published_beside_it():
    assert [(w.weeks, w.percent, w.over) for w in standard().within] == [
        (6, 75, "over_6_weeks"),
        (18, 95, "over_18_weeks"),
    ]
    [england] = published_waits()
    assert england.percent(6) == 90.3 and england.percent(7) is None
