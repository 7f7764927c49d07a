"""Caterpillar and funnel: valid, told by shape, in words, and nobody's key in them."""

import pytest

from analysis.presentation.charts import clinics as charts
from analysis.presentation.words import clinic_words as words
from analysis.questions.units.adjusted import Adjusted, UnitScore
from analysis.questions.units.adjusted_rates import AdjustedRates, UnitRate
from analysis.questions.units.funnel import KINDS, Unit, funnel
from tests.attackers.charts import chart_rows
from tests.unit.presentation.charts.looks import LOOKS


def adjusted(*effects, level="clinic", too_small=0) -> Adjusted:
    units = tuple(
        UnitScore(f"key{i}", f"Unit {i}", 40, 38, 16.0, 11.0, e, 0.5, e - 1, e + 1)
        for i, e in enumerate(sorted(effects))
    )
    return Adjusted(
        level,
        "phq9",
        ("first score",),
        "y ~ x + (1 | clinic) + (1 | therapist)",
        400,
        3,
        0.8,
        0.05,
        units,
        10,
        too_small,
        (),
        0.1,
    )


FUNNEL = funnel([Unit(f"Unit {i}", 20 + i % 3, 50) for i in range(15)] + [Unit("Odd", 190, 200)])


@pytest.mark.parametrize("look", LOOKS)
def test_every_chart_is_valid_in_every_look(look):
    many = adjusted(*(i / 50 for i in range(-60, 60)))
    built = [charts.caterpillar(found, "points", look) for found in (adjusted(-2, 0, 2), many)]
    built += [charts.funnel_chart(FUNNEL, kind, "Recovery", look) for kind in KINDS]
    assert all(chart.to_dict()["width"] == "container" for chart in built)


def test_readings_have_their_own_shapes_and_keys_stay_out():
    spec = charts.caterpillar(adjusted(-2, 0, 2), "points").to_dict()
    scale = spec["layer"][2]["encoding"]["shape"]["scale"]
    assert scale["domain"] == [
        "better than average",
        "cannot be told from average",
        "below average",
    ]
    assert scale["range"] == ["triangle-up", "circle", "diamond"]
    assert "key0" not in str(spec)


def test_a_funnel_names_the_few_that_lie_outside():
    rows = chart_rows(charts.funnel_chart(FUNNEL, "plain", "Recovery").to_dict())
    assert {r["label"] for r in rows if r.get("label")} == {"Odd"}
    assert {r["signal"] for r in rows if r.get("name") == "Odd"} == {"outside"}
    assert "Odd" in charts.funnel_text(FUNNEL, "plain")


def test_a_funnels_lines_are_its_limits_and_its_points_carry_none():
    spec = charts.funnel_chart(FUNNEL, "additive", "Recovery").to_dict()
    *curves, target = (layer["data"]["values"] for layer in spec["layer"][:4])
    assert target == [{"target": FUNNEL.target}]
    for (kind, level), rows in zip(
        [("additive", 0.95), ("additive", 0.998), ("plain", 0.998)], curves, strict=True
    ):
        assert rows
        for row in rows:
            assert row["limit"] == FUNNEL.limits(row["at"], kind, level)[row["end"]]
    points = [row for row in chart_rows(spec) if "share" in row]
    assert points and not {*charts.OF_LIMITS} & {name for row in points for name in row}


@pytest.mark.parametrize(
    ("effects", "said"),
    [
        ((0, 0.5), "none of 2 clinics can be told from average in PHQ-9."),
        ((0,), "the one clinic shown cannot be told from average in PHQ-9."),
        (
            (-2, 0, 2),
            "1 of 3 clinics cannot be told from average in PHQ-9; 1 does better and 1 does worse.",
        ),
        ((-2, -3, 0), "1 of 3 clinics cannot be told from average in PHQ-9; 2 do worse."),
        ((-2, 0), "1 of 2 clinics cannot be told from average in PHQ-9; 1 does worse."),
        ((2, 3, 0), "1 of 3 clinics cannot be told from average in PHQ-9; 2 do better."),
    ],
)
def test_the_answer_in_a_sentence(effects, said):
    assert words.answer(adjusted(*effects), "PHQ-9") == f"At equal case-mix, {said}"


def test_who_is_not_shown_is_said():
    assert words.answer(adjusted(), "PHQ-9").startswith("No clinic has 10 patients")
    found = words.spread(adjusted(0, level="therapist", too_small=1), "PHQ-9")
    assert "within their clinic" in found
    assert "1 therapist with fewer than 10 patients are in the model" not in found
    assert "1 therapist with fewer than 10 patients is in the model and not shown" in found


def test_the_funnel_in_a_sentence():
    said = words.funnel_sentence(FUNNEL, "additive", "clinic").replace("\u00a0", " ")
    assert "of 16 clinics lie" in said and "chance alone it would be 1" in said


def test_rates_at_equal_case_mix_are_drawn_around_the_average_unit():
    units = tuple(
        UnitRate(f"key{i}", f"Unit {i}", 10, 40, 38, r, r - 0.1, r + 0.1, reading)
        for i, (r, reading) in enumerate([(0.2, "worse"), (0.4, "average")])
    )
    found = AdjustedRates(
        "clinic", "recovery", ("first score",), "y ~ x", 400, 3, 0.35, 0.4, units, 10, 0, (), 0.1
    )
    spec = charts.rates_caterpillar(found, "Recovery").to_dict()
    assert spec["layer"][0]["data"]["values"] == [{"centre": 0.35}]
    assert "key0" not in str(spec)
    assert spec["data"]["values"][0]["shown"] == "20\u00a0% (10 to 30\u00a0%)"
    assert words.answer(found, "recovery").endswith("average in recovery; 1 does worse.")
