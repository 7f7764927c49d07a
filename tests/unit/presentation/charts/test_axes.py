"""Axes: six ticks at most, long names in two lines, and where better lies."""

import json
import re

import pytest
import vl_convert
from hypothesis import given
from hypothesis import strategies as st

from analysis.presentation.charts import effects
from analysis.presentation.charts.alliance.intervals import intervals
from analysis.presentation.charts.alliance.lines import lines
from analysis.presentation.charts.theme import (
    DARK,
    LIGHT,
    PAPER,
    axis_title,
    columns,
    redrawn,
    wrapped,
)
from analysis.presentation.words.directions import across, upwards

LONG = "Explaining how therapy will evolve over the next so many sessions"


def drawn(chart) -> str:
    spec = chart.to_dict()
    spec["width"] = 700
    return vl_convert.vegalite_to_svg(spec)


def ticks(svg: str) -> list[int]:
    """How many labels each axis has, in the order of the picture."""
    groups = re.findall(r'role-axis-label"[^>]*>(.*?)</g>', svg, re.DOTALL)
    return [len(re.findall("<text", group)) for group in groups]


def rows_between(low: float, high: float, kinds=("a",)) -> list[dict]:
    return [
        dict(x=x, kind=kind, value=value, low=low, high=high, shown="")
        for kind in kinds
        for x, value in enumerate((low, (low + high) / 2, high), start=1)
    ]


@pytest.mark.parametrize("high", [1.0, 1.2, 3.0, 6.3, 7.9, 9.9, 12.0, 13.1, 24.0, 31.0, 1600.0])
def test_an_axis_has_six_ticks_at_most(high):
    svg = drawn(lines(rows_between(-0.03 * high, high), "Session", "Points", PAPER, True))
    assert max(ticks(svg)) <= 6
    assert min(ticks(svg)) >= 2
    row = dict(label="x", kind="k", estimate=high / 2, low=0.1, high=high, shown="")
    assert max(ticks(drawn(intervals([row], "Points", PAPER)))) <= 6


def test_bands_do_not_take_the_legend_away():
    svg = drawn(lines(rows_between(0, 1, ("there", "back again")), "Session", "Points", PAPER))
    assert "role-legend" in svg
    assert ">back again<" in svg


@given(st.text(min_size=26, max_size=90))
def test_whatever_a_label_holds_it_stays_a_text(label):
    """A label of a dataset must not become part of the chart's program."""
    found = wrapped([label, "short"])
    broken = json.loads(
        re.fullmatch(r"(.*)\[datum.value\] \|\| datum.value", found["labelExpr"])[1]
    )
    assert list(broken) == [label]
    assert len(broken[label]) <= 2
    assert "".join("".join(broken[label]).split()) == "".join(label.split())


def test_a_long_label_is_drawn_in_two_lines():
    row = dict(label=LONG, part="overall", factor="", estimate=1, low=0, high=2, shown="")
    svg = drawn(effects.forest([row], "Points", PAPER))
    assert f">{LONG}<" not in svg
    assert sum(f">{line}" in svg for line in ("Explaining", "over the", "the next")) >= 1


def test_where_better_lies_is_said():
    assert axis_title("Points of PHQ-9", across("worse")) == [
        "Points of PHQ-9",
        "← better · worse →",
    ]
    assert axis_title("Points of a scale", across("")) == "Points of a scale"
    assert upwards("WAI", "better") == "WAI (↑ better)"
    assert upwards("Score", "") == "Score"


def test_a_legend_has_two_columns_where_a_phone_has_room():
    assert columns(["apart", "together"]) == 2
    assert columns(["alliance as chosen", "as the therapist rated it"]) == 1


@pytest.mark.parametrize("look", [LIGHT, DARK, PAPER])
def test_a_chart_of_paper_is_redrawn_as_another_look_draws_it(look):
    """On a dark page a chart made for paper stood as a white sheet with dark letters."""
    rows = [dict(label="x", kind="k", estimate=1.0, low=0.1, high=2.0, shown="")]
    made = {one: intervals(rows, "Points", one).to_dict() for one in (PAPER, look)}
    assert redrawn(made[PAPER], look) == made[look]
