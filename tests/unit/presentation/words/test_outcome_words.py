"""Outcomes in words: complete sentences that say what was counted and what is missing."""

import pytest

from analysis.measures.change import ChangeRule
from analysis.presentation.words import outcome_words as words
from analysis.questions.outcomes.benchmark import Comparison, published
from analysis.questions.outcomes.proportion import Rate
from analysis.questions.outcomes.trend import trend


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (
            ChangeRule("x", 6, 10, origin="PHQ-9"),
            "X: a change of at least 6 points is reliable and 10 or more counts as a case (PHQ-9).",
        ),
        (ChangeRule("x", 6.2153, None), "X: a change of at least 6.22 points is reliable."),
        (ChangeRule("x", None, 25, "below"), "X: below 25 counts as a case."),
        (ChangeRule("x"), "X: no numbers are known."),
    ],
)
def test_a_rule_in_points(rule, said):
    assert words.rule_sentence(rule, "X") == said


def test_what_is_apart_and_what_is_not():
    pair = lambda m, c: Comparison(Rate(m, c, 100), Rate(m, 50, 100))  # noqa: E731
    rows = (pair("recovery", 90), pair("deterioration", 52), pair("no_reliable_change", 45))
    assert words.comparison_sentence(rows, published()[0]) == (
        "Recovery lies outside what chance allows around England 2024-25; reliable deterioration "
        "and no reliable change cannot be told from it."
    )


def test_a_steady_rate_and_a_jump():
    of = lambda *counts: trend(  # noqa: E731
        [(str(2000 + i), Rate("recovery", c, 100)) for i, c in enumerate(counts)]
    )
    assert words.trend_sentence(of(40, 42, 39)).startswith("Recovery: no period stands out")
    assert "2011 lies beyond the limits" in words.trend_sentence(of(*[40, 41] * 5, 40, 90))
