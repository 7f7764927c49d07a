"""Outcome charts: valid, with the right numbers, told without colour, and in words."""

import pytest

from analysis.presentation import palette
from analysis.presentation.charts import differences, over_time
from analysis.presentation.charts import outcomes as charts
from analysis.presentation.words.outcome_words import METRIC_LABELS, directed
from analysis.questions.outcomes.benchmark import Comparison, published, rates_of
from analysis.questions.outcomes.proportion import Rate
from analysis.questions.outcomes.rates import Cell, Difference
from analysis.questions.outcomes.trend import trend
from tests.unit.presentation.charts.looks import BACKGROUND, LOOKS

COUNTS = dict(
    episodes=12,
    planned=6,
    unplanned=4,
    ongoing=2,
    ending_unknown=0,
    measured=10,
    reliably_recovered=4,
    improved_only=2,
    unchanged=3,
    deteriorated=1,
)
CELLS = tuple(
    Cell("clinic", name, counts, {}, (), None, None)
    for name, counts in (("North", COUNTS), ("", COUNTS), ("Empty", dict.fromkeys(COUNTS, 0)))
)
TREND = trend(
    [(f"20{i}", Rate("recovery", 40 + i, 100)) for i in range(10, 19)]
    + [("2019", Rate("recovery", 95, 100))]
)
DIFFERENCES = (
    Difference("age", "", 90, 10, 40.0, 35.0, -0.5),
    Difference("gender", "female", 90, 10, 0.6, 0.61, 0.02),
)


def rows_of(chart) -> list[dict]:
    spec = chart.to_dict()
    return spec.get("data", spec["layer"][0].get("data"))["values"]


@pytest.mark.parametrize("look", LOOKS)
def test_every_chart_is_valid_in_every_look(look):
    (national,) = published()
    rates = tuple((METRIC_LABELS[r.metric], r) for r in rates_of(national.counts))
    beside = tuple(Comparison(r, r) for _, r in rates)
    built = (
        charts.rates_chart(rates, look, **charts.comparison_rows(beside, national)),
        charts.stacked_chart(CELLS, "Share", look),
        charts.endings_chart(CELLS, "Share", look),
        over_time.trend_chart(TREND, look),
        differences.differences_chart(DIFFERENCES, {}, look),
    )
    for chart in built:
        assert chart.to_dict()["width"] == "container"


@pytest.mark.parametrize("look", LOOKS)
def test_colours_can_be_seen_and_numbers_read(look):
    for colour in (*palette.CATEGORY_COLOURS.values(), *palette.ENDING_COLOURS.values()):
        if colour:
            assert palette.contrast(colour, BACKGROUND[look]) >= 3
    for row in rows_of(charts.stacked_chart(CELLS, "Share", look)):
        if row["inside"]:
            assert palette.contrast(row["ink"], row["fill"]) >= 4.5


def test_a_bar_runs_from_0_to_1_and_nobody_s_bar_is_left_out():
    rows = rows_of(charts.stacked_chart(CELLS, "Share"))
    assert {r["group"] for r in rows} == {"North", "not recorded"}
    north = [r for r in rows if r["group"] == "North"]
    assert [r["name"] for r in north] == list(charts.CATEGORY_LABELS.values())
    assert north[0]["start"] == 0 and north[-1]["stop"] == pytest.approx(1)
    assert north[0]["of"] == "4 of 10"


def test_a_signal_has_a_shape_of_its_own():
    spec = over_time.trend_chart(TREND).to_dict()
    assert any(layer["mark"].get("shape") == "diamond" for layer in spec["layer"])
    told = [r["told"] for r in rows_of(over_time.trend_chart(TREND))]
    assert told[-1] == "beyond the limits"


def test_words_stand_for_the_pictures():
    assert "North 40 %" in charts.stacked_text(CELLS, "Clinic").replace("\u00a0", " ")
    rate = Rate("recovery", 1, 4)
    assert "Recovery 25 %" in charts.rates_text((("Recovery", rate),)).replace("\u00a0", " ")


def test_no_rate_s_name_is_cut_where_letters_are_wide():
    """Of DejaVu's letters of 13 pixels one is 7.6 wide on average; 190 pixels cut the longest."""
    longest = max(len(directed(label)) for label in METRIC_LABELS.values())
    assert 7.6 * longest <= charts.WIDEST_LABEL
