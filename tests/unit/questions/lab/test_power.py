"""Power by simulation: its level without an effect, a known power, refusals."""

import pytest
from scipy import stats

from analysis.application.cli import main
from analysis.base.errors import RequestError
from analysis.presentation.charts.lab.power_curve import power_curve, power_text
from analysis.presentation.charts.theme import LIGHT
from analysis.presentation.tables.models.many_tables import power_table
from analysis.presentation.words.models.many_words import power_sentence
from analysis.questions.lab.many.power import PowerQuestion, power


@pytest.mark.parametrize("what", ["effect", "difference", "lag"])
def test_without_an_effect_one_in_twenty_is_found(what):
    plan = PowerQuestion(what, 0.0, therapists=10, sessions=5, values=(6,), studies=150)
    (point,) = power(plan).points
    # 99.9 % of binomial(150, .05): 1 to 17.
    low, high = stats.binom.ppf([0.0005, 0.9995], 150, 0.05)
    assert low <= point.power * point.fitted <= high
    assert point.low < 0.05 < point.high or point.fitted == 150


def test_the_power_of_a_t_test_that_is_known():
    """Within patients x is centred, so the slope's variance is sigma^2 / sum of x^2: a t test."""
    plan = PowerQuestion("effect", 0.15, therapists=10, sessions=6, values=(5,), studies=150)
    (point,) = power(plan).points
    rows = 10 * 5
    squares = rows * 5  # expected sum of squares of 6 centred standard normals is 5
    ncp, df = 0.15 * squares**0.5, rows * 5 - 1
    known = 1 - stats.nct.cdf(stats.t.ppf(0.975, df), df, ncp)
    # Four standard errors of 150 draws.
    assert point.power == pytest.approx(known, abs=4 * (known * (1 - known) / 150) ** 0.5)
    assert point.rows == 300


def test_more_patients_and_larger_shares_are_found_more_often():
    found = power(PowerQuestion("difference", 0.3, values=(3, 30), studies=30))
    assert found.points[0].power < found.points[1].power
    shares = power(PowerQuestion("share", vary="size", values=(0.02, 0.3), studies=30))
    assert shares.points[0].power < shares.points[1].power
    again = power(PowerQuestion("share", vary="size", values=(0.02, 0.3), studies=30))
    assert again == shares


def test_words_table_and_picture():
    found = power(PowerQuestion(values=(2, 40), studies=40))
    assert "four of five studies" in power_sentence(found)
    assert "None of these plans" in power_sentence(
        power(PowerQuestion(size=0.001, values=(2, 3), studies=20))
    )
    assert [c.text for c in power_table(found).rows[1]][:2] == ["40", "6,400"]
    assert power_curve(found, "Patients", LIGHT).to_dict()["width"] == "container"
    assert power_text(found).startswith("Power over patients")


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (dict(values=()), "too many, or none"),
        (dict(what="luck"), "nothing called 'luck'"),
        (dict(values=(1,)), "cannot be drawn"),
        (dict(patient_share=0.99, therapist_share=0.02), "leave nothing"),
        (dict(what="share", size=0.7), "cannot be drawn"),
        (dict(values=(10**6,)), "cannot be drawn"),
        (dict(studies=3), "studies are too many"),
        (dict(size=99.0), "up to 5"),
    ],
)
def test_what_cannot_be_planned_is_said(plan, said):
    with pytest.raises(RequestError, match=said):
        power(PowerQuestion(**({"studies": 20} | plan)))


def test_observed_power_is_refused_with_the_reason(capsys):
    assert main(["power", "--observed"]) == 2
    assert "the p value once more" in capsys.readouterr().err
