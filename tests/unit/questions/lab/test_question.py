"""A ModelQuestion: its command and link ask the same again, its key tells equal answers apart."""

import shlex
from dataclasses import FrozenInstanceError, replace
from urllib.parse import parse_qs

import pytest

from analysis.application.cli import main
from analysis.base.errors import RequestError
from analysis.presentation.words.models.r_code import glmer_code
from analysis.questions.lab.answer import fit
from analysis.questions.lab.question import DF_LABELS, FAMILIES, ModelQuestion, checked_question
from tests.unit.models.nested import nested_table

LINEAR = ModelQuestion("y ~ x + (1 | p)", "demo", weights="w", df="kenward-roger", method="ML")
LOGISTIC = ModelQuestion("ending ~ `of age` + (1 | p)", "demo", family="binomial", quadrature=7)


def test_the_command_gives_the_same_numbers(tmp_path, capsys):
    file = tmp_path / "the rows.csv"
    nested_table(2).assign(w=2.0).to_csv(file, index=False)
    asked = replace(LINEAR, dataset=file)
    program, script, *words = shlex.split(asked.command())
    assert (program, script) == ("python", "dashboard.py")
    assert main(words) == 0
    printed = capsys.readouterr().out
    found = fit(asked)
    assert found.method == "ML" and found.df_method == "kenward-roger" and found.weights == "w"
    assert f"{found.criterion:,.4f}" in printed


def test_the_link_says_every_setting_as_the_page_shows_it():
    said = parse_qs(LINEAR.link()[1:])
    assert said == {
        "dataset": ["demo"],
        "formula": ["y ~ x + (1 | p)"],
        "family": [FAMILIES["gaussian"]],
        "method": ["ML"],
        "df": [DF_LABELS["kenward-roger"]],
        "weights": ["w"],
    }
    assert set(parse_qs(LOGISTIC.link()[1:])) == {"dataset", "formula", "family"}
    assert LOGISTIC.command().endswith("--family binomial --quadrature 7")


def test_questions_with_one_answer_have_one_key():
    assert replace(LOGISTIC, method="ML", df="none").key == LOGISTIC.key
    assert replace(LOGISTIC, quadrature=1).key != LOGISTIC.key
    assert replace(LINEAR, quadrature=7).key == LINEAR.key
    assert len({replace(LINEAR, df=df).key for df in DF_LABELS}) == 3
    assert len({replace(LINEAR, df=df).of_estimates for df in DF_LABELS}) == 1
    with pytest.raises(FrozenInstanceError):
        LINEAR.formula = "y ~ 1"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (dict(family="poisson"), "no family 'poisson'"),
        (dict(method="MLE"), "no method 'MLE'"),
        (dict(family="binomial"), "no --df kenward-roger"),
    ],
)
def test_options_that_a_model_does_not_have_are_refused(change, said):
    with pytest.raises(RequestError, match=said):
        checked_question(replace(LINEAR, **change))


def test_r_is_told_the_quadrature_and_the_event():
    code = glmer_code(LOGISTIC.formula, "ending == unplanned", 7)
    assert code == (
        "lme4::glmer(I(ending == 'unplanned') ~ `of age` + (1 | p), data = d, family = binomial, "
        "nAGQ = 7)"
    )
    assert glmer_code("y ~ x + (1 | g)", "y == 1").startswith("lme4::glmer(y ~ x + (1 | g), data")
