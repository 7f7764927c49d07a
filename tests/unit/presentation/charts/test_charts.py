"""Charts: the right numbers in the right place, colours that can be told, words beside them."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analysis.presentation import palette
from analysis.presentation.charts import counts, effects, theme
from analysis.presentation.charts.partition import (
    partition,
    partition_levels,
    partition_parts,
    published,
)
from analysis.presentation.words.literature import pies
from analysis.questions.partition.result import Unexplained
from tests.sample_partition import sample
from tests.unit.presentation.charts.looks import BACKGROUND, LOOKS

P = sample()


@pytest.mark.parametrize("look", LOOKS)
def test_every_colour_reaches_three_to_one_on_its_background(look):
    """WCAG 2.2, 1.4.11: graphics that carry meaning need 3:1."""
    ground = BACKGROUND[look]
    for colour in (*palette.FACTOR_COLOURS.values(), look.outline):
        assert palette.contrast(colour, ground) >= 3
    for ink in (look.ink, look.muted):
        assert palette.contrast(ink, ground) >= 4.5  # text: 1.4.3


def test_contrast_is_that_of_wcag():
    assert palette.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert palette.contrast("#0072B2", "#ffffff") == pytest.approx(5.19, abs=0.005)


def test_the_four_factors_keep_their_colours():
    assert palette.FACTOR_COLOURS["alliance"] == "#0072B2"
    assert palette.FACTOR_COLOURS["technique"] == "#D55E00"
    assert palette.FACTOR_COLOURS["expectancy"] == "#CC79A7"
    assert palette.FACTOR_COLOURS["extra-therapeutic"] == "#009E73"
    assert len(set(palette.FACTOR_COLOURS.values())) == len(palette.FACTOR_COLOURS)


def values(spec: dict) -> list[dict]:
    """The rows that a chart's first layer draws; layers of one table share it further up."""
    return spec.get("data", spec["layer"][0].get("data"))["values"]


def test_the_bar_runs_from_0_to_1_without_gaps_in_the_partition_s_order():
    rows = values(partition.partition_bar(P).to_dict())
    assert rows[0]["start"] == 0
    assert rows[-1]["stop"] == pytest.approx(1)
    for left, right in zip(rows, rows[1:], strict=False):
        assert right["start"] == left["stop"]
    assert [r["key"] for r in rows] == [
        "adjusted",
        "alliance",
        "technique",
        "expectancy",
        "extra-therapeutic",
        "clinic",
        "therapist",
        "patient",
    ]


def test_every_part_of_the_bar_is_named_next_to_it():
    rows = values(partition.partition_bar(P).to_dict())
    assert [r["inside"] for r in rows if r["key"] == "patient"] == ["Patient 49\u00a0%"]
    assert [r["label"] for r in rows if "label" in r] == [
        "Alliance 8\u00a0%",
        "Technique 1.0\u00a0%",
        "Expectancy 3.0\u00a0%",
        "Extra-therapeutic 20\u00a0%",
        "Clinic 2.0\u00a0%",
        "Therapist 5.0\u00a0%",
    ]


def test_a_whisker_spans_where_the_part_could_end():
    alliance = next(
        r for r in values(partition.partition_bar(P).to_dict()) if r["key"] == "alliance"
    )
    assert (alliance["end_low"], alliance["end_high"]) == pytest.approx((0.12 + 0.06, 0.12 + 0.105))


def test_the_unexplained_is_outlined_grey_and_no_factor_is():
    rows = values(partition.partition_bar(P, theme.LIGHT).to_dict())
    for row in rows:
        grey = row["fill"] == theme.LIGHT.unexplained and row["stroke"] == theme.LIGHT.outline
        assert grey == (row["kind"] == "unexplained")


@given(st.lists(st.floats(-0.02, 0.5), min_size=4, max_size=4), st.floats(0.01, 0.6))
def test_shares_below_zero_or_above_one_never_break_the_bar(shares, rest):
    blocks = tuple(replace(b, share=s) for b, s in zip(P.blocks, shares, strict=True))
    p = replace(P, blocks=blocks, unexplained=(Unexplained("patient", rest),))
    rows = partition_parts.segments_of(p, theme.LIGHT)
    assert all(r["stop"] >= r["start"] >= 0 for r in rows)


@given(
    st.lists(st.floats(0, 0.08), min_size=4, max_size=4),
    st.floats(0, 0.4),
    st.floats(0.3, 0.9),
    st.floats(0.2, 3),
)
def test_no_leader_crosses_a_name(shares, rest, before, wide):
    """On a screen and in a file, wherever all names can stand on one side."""
    blocks = tuple(
        replace(b, share=s, low=s / (1 + wide), high=s * (1 + wide))
        for b, s in zip(P.blocks, shares, strict=True)
    )
    course = replace(P.adjusted_for, share=before)
    left = (Unexplained("clinic", rest / 8), Unexplained("patient", rest))
    rows = partition_parts.segments_of(
        replace(P, blocks=blocks, unexplained=left, adjusted_for=course), theme.LIGHT
    )
    named = [r for r in rows if "lane" in r]
    assert sorted(r["lane"] for r in named) == [8 + 16 * k for k in range(len(named))]
    assume(
        len({r["named_left"] for r in named}) == 1
        and all(r["end_low"] > 0.45 or not r["named_left"] for r in named)
    )
    for name in named:
        letters = (len(name["label"]) * 6.2 + 7) / 680
        from_, to = name["end_high"], name["end_high"] + letters
        if name["named_left"]:
            from_, to = name["end_low"] - letters, name["end_low"]
        assert from_ > -1e-9 and to < 1 + 1e-9  # sums of floats
        below = [r["leader"] for r in named if r["lane"] < name["lane"]]
        assert not [x for x in below if from_ < x < to]


def test_shares_without_intervals_have_no_line():
    bare = replace(P, blocks=tuple(replace(b, low=None, high=None) for b in P.blocks))
    rows = values(partition.shares_chart(bare).to_dict())
    assert [r["has_interval"] for r in rows if r["kind"] == "factor"] == [False] * 4
    assert all(r["interval"] == "–" for r in rows if r["kind"] == "factor")


def test_the_truth_shows_only_where_it_is_known():
    with_truth = partition.shares_chart(P).to_dict()["layer"]
    without = partition.shares_chart(replace(P, truth=None)).to_dict()["layer"]
    assert len(with_truth) == len(without) + 1
    assert {r["truth"] for r in with_truth[-1]["data"]["values"]} == set(P.truth.values())


def test_levels_are_each_their_own_hundred_percent():
    rows = values(partition_levels.levels_chart(P).to_dict())
    for level in ("Therapist", "Patient"):
        own = [r for r in rows if r["level"] == level]
        assert own[-1]["name"] == "Rest"
        assert own[-1]["stop"] == pytest.approx(1)
    assert not [r for r in rows if r["level"] == "Clinic"]  # nothing is known of it


def test_a_published_pie_is_a_pie_and_no_bar():
    for pie in pies():
        spec = published.pie_chart(pie).to_dict()
        assert spec["mark"]["type"] == "arc"
        rows = spec["data"]["values"]
        assert sum(r["share"] for r in rows) == pytest.approx(1)
        assert "judgement" in published.pie_text(pie)


def test_the_forest_says_in_words_which_intervals_exclude_zero():
    rows = [
        dict(
            label="Bond",
            part="within therapists",
            factor="alliance",
            estimate=-1,
            low=-2,
            high=-0.5,
            shown="",
        ),
        dict(
            label="Bond",
            part="between therapists",
            factor="alliance",
            estimate=1,
            low=-2,
            high=4,
            shown="",
        ),
        dict(label="Age", part="overall", factor="", estimate=1, low=0.5, high=4, shown=""),
    ]
    assert effects.forest_text(rows) == (
        "Forest plot of 3 effects; intervals that exclude zero: Bond (within therapists), "
        "Age (overall)."
    )
    within, between, _ = values(effects.forest(rows, "Points").to_dict())
    assert within["colour"] == between["colour"] == palette.FACTOR_COLOURS["alliance"]
    assert within["fill_colour"] != between["fill_colour"]  # told apart without colour, too


def test_the_histogram_has_one_bar_a_length():
    spec = counts.sessions_histogram({3: 10, 1: 4}).to_dict()
    assert spec["data"]["values"] == [dict(sessions=1, episodes=4), dict(sessions=3, episodes=10)]


def test_a_chart_carries_only_what_it_draws():
    """An interactive chart hands its rows to the reader: no row may hold more than is shown."""
    allowed = {
        "kind",
        "key",
        "name",
        "share",
        "low",
        "high",
        "has_interval",
        "shown",
        "number",
        "interval",
        "fill",
        "stroke",
        "ink",
        "start",
        "stop",
        "middle",
        "bottom",
        "top",
        "centre",
        "inside",
        "lane",
        "leader",
        "end_low",
        "end_high",
        "label",
        "named_left",
    }
    for row in values(partition.partition_bar(P).to_dict()):
        assert set(row) <= allowed


def test_every_chart_holds_to_its_schema():
    """The pages send specs unchecked, as checking at each view costs more than building."""
    forest_row = dict(
        label="Bond",
        part="within therapists",
        factor="alliance",
        estimate=-1.0,
        low=-2.0,
        high=-0.5,
        shown="",
    )
    for look in LOOKS:
        for chart in (
            partition.partition_bar(P, look),
            partition.shares_chart(P, look),
            partition_levels.levels_chart(P, look),
            partition.partition_figure(P, look, "Title"),
            effects.forest([forest_row], "Points", look),
            published.pie_chart(pies()[0], look),
            counts.sessions_histogram({3: 10}, look),
        ):
            assert chart.to_dict(validate=True)["$schema"]


def test_channels_are_objects():
    """Of a mere text Altair makes a channel by way of its whole schema: 2 ms each, a third of the
    time of a page's run."""
    for file in Path(partition.__file__).parents[1].rglob("*.py"):
        texts = r'\b(x2?|y2?|text|detail|[xy]Offset|color|fill|stroke)="\w+:[QNOT]"'
        assert not re.findall(texts, file.read_text(encoding="utf-8")), file.name
