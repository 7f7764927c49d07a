"""Clicks to a formula and back: what one writes the other reads, and nothing typed is lost."""

import re

import pytest

from analysis.base.errors import FormulaError
from analysis.measures.variables import Variable
from analysis.models.language.formula import parse_formula
from analysis.questions.lab.building import changes
from analysis.questions.lab.building.choice import Differing, Predictor, known
from analysis.questions.lab.building.read import read
from analysis.questions.lab.building.written import written

NAMES = known(
    [
        Variable("y", "Score", "session", factor="outcome"),
        Variable("x", "Alliance", "session", factor="alliance"),
        Variable("the bond", "Bond", "session", factor="alliance"),
        Variable("age", "Age", "episode"),
        Variable("gender", "Gender", "episode", "category"),
        Variable("years", "Years", "therapist"),
    ]
)
PARTS = "within(x) + patient(x) + therapist(x) + clinic(x)"


def tidy(factor: str) -> str:
    return re.sub(r"\s+", "", factor)


def same_model(one: str, other: str) -> bool:
    """Whether two formulas have the same outcome and terms, in whatever order."""

    def terms(text: str):
        parsed = parse_formula(text)
        fixed = {frozenset(map(tidy, t)) for t in parsed.fixed}
        random = {
            (frozenset(frozenset(map(tidy, t)) for t in r.terms), r.groups, r.correlated)
            for r in parsed.random
        }
        return tidy(parsed.response), fixed, random, set(parsed.offsets)

    return terms(one) == terms(other)


@pytest.mark.parametrize(
    "formula",
    [
        "y ~ 1 + (1 | patient)",
        f"y ~ session + {PARTS} + (session | patient) + (1 | therapist)",
        f"y ~ {PARTS} + session + ({PARTS}):session + (session + within(x) | patient)",
        "y ~ ns(session, df=3) + center(age) + poly(x, 2) + (1 | clinic)",
        "y ~ C(gender, Treatment('male'))*session + lag(x) + (1 | patient)",
        "I(ending == 'unplanned') ~ early(x) + age + (1 | therapist)",
        "last(y) ~ mean(x) + years",
        "last(y) ~ mean(x, 8) + early(`the bond`, 8) + age + (1 | therapist)",
        "last(y, therapist) ~ early(x, therapist) + mean(age, therapist) + years + (1 | clinic)",
        # Beyond the clicks: kept as it is written.
        "y ~ 0 + session + log(x) + x:age:session + offset(age) + (0 + session || patient)",
        "log(y) ~ within(x, gender) + ns(session, df=4) + (1 | therapist/patient)",
        "y ~ x + within(x) + within(x):session + (1 | patient) + (0 + x | patient)",
        "y ~ within(`the bond`) + `the bond` + (1 | patient)",
        "y ~ 0 + gender",
    ],
)
def test_what_is_read_is_written_again(formula):
    choice = read(formula, NAMES)
    again = written(choice)
    assert same_model(formula, again)
    assert written(read(again, NAMES)) == again  # the same words from then on


def test_other_terms_are_another_model():
    assert not same_model("y ~ x + (1 | patient)", "y ~ x + (x | patient)")
    assert not same_model("y ~ x", "y ~ x + offset(age)")
    assert same_model("y ~ x*age", "y ~ age + x + age:x")


def test_clicks_one_after_the_other():
    choice = changes.start("y")
    choice = changes.with_predictors(choice, ["x", "session"], NAMES)
    assert written(choice) == f"y ~ {PARTS} + session + (1 | patient)"
    choice = changes.with_together(choice, [("x", "session")])
    choice = changes.with_groups(choice, ["therapist", "patient"])
    choice = changes.with_slopes(choice, "patient", ["session"])
    assert written(choice) == (
        f"y ~ {PARTS} + session + ({PARTS}):session + (session | patient) + (1 | therapist)"
    )
    narrow = changes.with_way(choice, Predictor("x", "parts", ("within",)))
    assert "within(x):session" in written(narrow) and "patient(x)" not in written(narrow)
    # A predictor that goes takes its interactions and slopes with it.
    less = changes.with_predictors(choice, ["x"], NAMES)
    assert written(less) == f"y ~ {PARTS} + (1 | patient) + (1 | therapist)"


def test_slopes_are_offered_of_what_differs_within_a_group():
    choice = read(f"y ~ {PARTS} + age + years + session", NAMES)
    assert changes.slopes(choice, "patient", NAMES) == ["within(x)", "session"]
    assert "age" in changes.slopes(choice, "therapist", NAMES)
    assert "years" not in changes.slopes(choice, "therapist", NAMES)
    assert "years" in changes.slopes(choice, "clinic", NAMES)


def test_over_treatments_sessions_are_summed_up():
    choice = read(f"y ~ session + {PARTS} + age + (session | patient) + (1 | therapist)", NAMES)
    over = changes.with_rows(choice, "treatment", NAMES)
    assert written(over) == "last(y) ~ early(x) + age + (1 | therapist)"
    assert read(written(over), NAMES).rows == "treatment"
    back = changes.with_rows(over, "session", NAMES)
    assert written(back) == f"y ~ {PARTS} + age + (1 | patient) + (1 | therapist)"
    assert changes.ENDING in changes.outcomes("treatment", NAMES)
    landmark = changes.with_landmark(over, 8)
    assert written(landmark) == "last(y) ~ early(x, 8) + age + (1 | therapist)"
    # What is chosen later knows no more.
    later = changes.with_predictors(landmark, ["x", "age", "the bond"], NAMES)
    assert "early(`the bond`, 8)" in written(later)


def test_over_patients_and_therapists_treatments_are_averaged():
    choice = read(f"y ~ session + {PARTS} + age + gender + years + (1 | patient)", NAMES)
    over = changes.with_rows(choice, "therapist", NAMES)
    told = "last(y, therapist) ~ early(x, therapist) + mean(age, therapist) + years + (1 | clinic)"
    assert written(over) == told and read(told, NAMES).rows == "therapist"
    patients = changes.with_rows(over, "patient", NAMES)
    assert written(patients).startswith("last(y, patient) ~ early(x, patient) + mean(age, patient)")
    assert not changes.slopes(patients, "therapist", NAMES)
    assert changes.outcomes("patient", NAMES)[0] == "last(y, patient)"
    back = changes.with_rows(patients, "session", NAMES)
    assert back.rows == "session" and back.outcome == "y"
    assert changes.outcomes("session", NAMES)[0] == "y"


def test_a_group_that_only_the_formula_knows_stays():
    choice = read("y ~ x + (1 | age) + (1 | patient) + (1 | patient)", NAMES)
    assert choice.differing == (Differing("patient"),)
    assert choice.further_random == ("(1 | age)", "(1 | patient)")


def test_what_cannot_be_read_is_said():
    with pytest.raises(FormulaError):
        read("y ~ (", NAMES)


def test_a_level_of_one_unit_is_left_out_of_what_a_page_begins_with():
    """Nothing differs between the therapists of a practice with one."""
    alliance = [Variable("x", "Alliance", "session", factor="alliance")]
    alone = ("therapist", "clinic")
    begun = changes.example("y", "x", known(alliance, alone), alone)
    assert begun == "y ~ session + within(x) + patient(x) + (session | patient)"
