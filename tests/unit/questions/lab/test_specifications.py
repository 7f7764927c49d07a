"""Many specifications: each is the fit of its own formula; the null is a loop's; refusals."""

import numpy as np
import pytest

from analysis.base.errors import FormulaError, RequestError
from analysis.presentation.charts.lab.specification_curve import curve_text, specification_curve
from analysis.presentation.charts.theme import LIGHT
from analysis.presentation.tables.models.many_tables import specification_table
from analysis.presentation.words.models.many_words import specifications_sentence
from analysis.questions.lab.effects import fit_formula
from analysis.questions.lab.many.specifications import SpecificationQuestion, specifications


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    from analysis.demo import make_demo

    folder = tmp_path_factory.mktemp("store")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAPPORT_STORE", str(folder))
        make_demo(episodes=400)
        yield folder


def asked(**more) -> SpecificationQuestion:
    given = dict(outcomes=("phq9",), predictors=("wai_bond", "wai_task"), ways=("early", "mean"))
    given |= dict(covariates=("age", "gender"), adjust=("none", "before"), replicates=100)
    return SpecificationQuestion("demo", "", **(given | more))


def test_each_is_the_fit_of_its_formula_on_the_rows_of_all(store):
    question = asked()
    found = specifications(question)
    assert len(found.found) == question.count == 32
    assert len({s.formula for s in found.found}) == 32
    whole = (
        "last(phq9) ~ early(wai_bond) + mean(wai_bond) + early(wai_task) + mean(wai_task) + "
        "age + gender + early(phq9) + (1 | therapist)"
    )
    assert {s.rows for s in found.found} == {fit_formula(whole, "demo").rows}
    widest = max(found.found, key=lambda s: len(s.formula))
    own = fit_formula(widest.formula, "demo")
    if own.rows == widest.rows:
        term = next(f for f in own.fixed if f.term == widest.term)
        assert widest.raw == pytest.approx(term.estimate, rel=1e-6)
        scale = widest.estimate / widest.raw
        assert (widest.low / scale, widest.high / scale) == pytest.approx((term.low, term.high))
    estimates = [s.estimate for s in found.found]
    assert estimates == sorted(estimates) and found.median == np.median(estimates)
    assert found.agree == np.mean(np.array(estimates) < 0)


def test_numbers_equal_a_fit_where_no_row_is_missing(store):
    found = specifications(asked(ways=("early",), covariates=(), adjust=("none",), replicates=0))
    both = "last(phq9) ~ early(wai_bond) + early(wai_task) + (1 | therapist)"
    for s in found.found:
        own = fit_formula(s.formula, "demo")
        if own.rows == s.rows == fit_formula(both, "demo").rows:
            term = next(f for f in own.fixed if f.term == s.term)
            assert (s.raw, s.p) == (pytest.approx(term.estimate, rel=1e-7), pytest.approx(term.p))
    assert found.null_median is None and found.replicates == 0


def test_without_an_effect_the_null_is_not_rejected(store):
    """Age is drawn apart from the outcome: over predictors of noise p is not small."""
    nothing = specifications(asked(predictors=("homework",), replicates=300))
    strong = specifications(asked(replicates=300))
    assert strong.null_median == pytest.approx(1 / 301)
    assert nothing.null_median > strong.null_median


def test_the_same_seed_gives_the_same_draws(store):
    one, other = specifications(asked(seed=3)), specifications(asked(seed=3))
    assert one == other
    assert specifications(asked(seed=4)).found == one.found


def test_over_sessions(store):
    question = asked(rows="session", ways=("within", "patient"), adjust=("none", "time"))
    found = specifications(question)
    assert all("(1 | episode) + (1 | therapist)" in s.formula for s in found.found)
    assert any("+ session +" in s.formula for s in found.found)


def test_words_table_and_picture(store):
    found = specifications(asked())
    said = specifications_sentence(found)
    assert said.startswith("Of 32 specifications") and "Without an effect" in said
    labels = {"wai_bond": "Bond"}
    table = specification_table(found, labels)
    assert len(table.rows) == 32
    assert any("predictor: Bond" in row[0].text for row in table.rows)
    assert len(table.exact) == 32
    spec = specification_curve(found, labels, LIGHT).to_dict()
    assert spec["width"] == "container" and "Curve of 32" in curve_text(found)


@pytest.mark.parametrize(
    ("more", "error", "said"),
    [
        (dict(predictors=()), RequestError, "makes 0 specifications"),
        (dict(covariates=tuple(f"c{k}" for k in range(12))), RequestError, "specifications"),
        (dict(predictors=("nope", "age")), FormulaError, "nope"),
        (dict(predictors=("age", "wai_bond")), FormulaError, "sums up a treatment's sessions"),
    ],
)
def test_what_cannot_be_varied_is_said(store, more, error, said):
    with pytest.raises(error, match=said):
        specifications(asked(**more))
