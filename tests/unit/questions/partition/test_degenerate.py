"""Datasets that hold too little: a sentence or a refusal, never a traceback, never a NaN."""

import math

import numpy as np
import pandas as pd
import pytest

from analysis.application.printing.as_json import partition_json
from analysis.base.errors import ModelError, RapportError
from analysis.measures.variables import Variable
from analysis.questions.partition.answer import partition
from analysis.questions.partition.result import Partition
from analysis.questions.scope import DEFAULT_FACTORS, Scope
from tests.unit.questions.datasets import VARIABLES, r_tables, write

pytestmark = pytest.mark.filterwarnings("error")  # a library's warning is nothing for a reader


TWO = ("alliance", "extra-therapeutic")  # 4 subsets instead of 16: what fails, fails in them


def not_numbers(value, path="") -> list[str]:
    """Where in an answer a float is not finite."""
    if isinstance(value, dict):
        return [p for k, v in value.items() for p in not_numbers(v, f"{path}/{k}")]
    if isinstance(value, (list, tuple)):
        return [p for i, v in enumerate(value) for p in not_numbers(v, f"{path}/{i}")]
    return [path] if isinstance(value, float) and not math.isfinite(value) else []


def asked(tables, variables=VARIABLES, **scope) -> Partition:
    """The partition of `tables`, checked as every answer is."""
    write("x", tables, variables)
    usual = {"bootstrap": 0, "factors": TWO, "adjust": "intake", "window": (3, 5)}
    answer = partition(Scope("x", **(usual | scope)))
    assert not_numbers(partition_json(answer)) == []
    adjusted = answer.adjusted_for.share if answer.adjusted_for else 0.0
    parts = [*answer.blocks, *answer.unexplained]
    assert adjusted + sum(p.share or 0.0 for p in parts) == pytest.approx(1, abs=1e-9)
    assert answer.status.converged
    return answer


def said(answer: Partition) -> str:
    return "\n".join(answer.status.messages)


def changed(tables, unit: str, **columns):
    return tables | {unit: tables[unit].assign(**columns)}


def first(tables, episodes: int, of_therapist: int = 1000):
    chosen = tables["episode"].groupby("therapist").head(of_therapist).head(episodes)
    session = tables["session"]
    return tables | {
        "episode": chosen,
        "session": session[session["episode"].isin(chosen["episode"])],
    }


QUESTIONS = pytest.mark.parametrize("question", ["end", "next", "growth"])


@QUESTIONS
def test_one_clinic(store, question):
    answer = asked(changed(r_tables(), "therapist", clinic="k01"), question=question)
    assert "1 clinic only" in said(answer)
    assert "clinic" not in [u.level for u in answer.unexplained]


@QUESTIONS
def test_one_therapist(store, question):
    tables = changed(r_tables(), "episode", therapist="t001")
    answer = asked(tables, question=question, bootstrap=12)
    assert "1 therapist only" in said(answer) and "1 clinic only" in said(answer)
    # Too few of every outer unit: the fit is simulated, patients are not drawn inside it.
    assert answer.bootstrap.kind == ("cluster: patient" if question == "next" else "parametric")
    left = [u.level for u in answer.unexplained]
    assert left == (["patient", "session"] if question == "next" else ["patient"])


@QUESTIONS
def test_one_episode_a_therapist(store, question):
    tables = r_tables()
    episode = tables["episode"]
    own = episode.assign(therapist="own " + episode["episode"])
    clinics = [f"k{i % 10 + 1:02d}" for i in range(len(own))]
    therapist = pd.DataFrame({"therapist": own["therapist"], "clinic": clinics, "competence": 3.0})
    therapist["competence"] += np.arange(len(own)) % 5
    answer = asked(tables | {"episode": own, "therapist": therapist}, question=question)
    assert "No therapist has more than one patient" in said(answer)
    assert "therapist" not in [u.level for u in answer.unexplained]


@QUESTIONS
def test_one_therapist_a_clinic(store, question):
    tables = r_tables()
    clinics = "of " + tables["therapist"]["therapist"]
    tables = changed(tables, "therapist", clinic=clinics) | {
        "clinic": pd.DataFrame({"clinic": clinics})
    }
    answer = asked(tables, question=question)
    assert "No clinic has more than one therapist" in said(answer)


@pytest.mark.parametrize(
    ("question", "episodes", "of_therapist", "adjust"),
    [
        ("end", 60, 1000, "intake"),
        ("end", 42, 1, "none"),
        ("next", 30, 1, "intake"),
        ("next", 30, 1000, "none"),
        ("growth", 30, 1000, "none"),
    ],
)
def test_very_few_rows(store, question, episodes, of_therapist, adjust):
    """Just above ten rows a predictor."""
    tables = first(r_tables(), episodes, of_therapist)
    answer = asked(tables, question=question, adjust=adjust, bootstrap=12)
    failed = answer.bootstrap.failed
    assert (f"{failed} of 12 bootstrap replicates" in said(answer)) == (failed > 0)
    assert all((b.low is None) == (b.high is None) for b in answer.blocks)


@QUESTIONS
@pytest.mark.parametrize("episodes", [0, 1, 2])
def test_too_few_rows_are_refused(store, question, episodes):
    tables = first(r_tables(), episodes)
    write("x", tables)
    with pytest.raises(ModelError, match="rows have") as refused:
        partition(Scope("x", question=question))
    assert "10 complete rows for each of" in refused.value.allowed or "after" in str(refused.value)


@QUESTIONS
def test_what_a_constant_predictor_explains_cannot_be_told(store, question):
    tables = changed(r_tables(), "episode", expectation=3.0)
    factors = ("alliance", "expectancy")
    answer = asked(tables, question=question, bootstrap=12, factors=factors)
    assert "'expectation" in said(answer) and "left out" in said(answer)
    block = answer.blocks[1]
    assert (block.share, block.low, block.alone, block.last) == (None, None, None, None)


@QUESTIONS
def test_an_alliance_that_never_varies_is_refused(store, question):
    write("x", changed(r_tables(), "session", bond=3.0))
    with pytest.raises(ModelError, match="alliance is the same") as refused:
        partition(Scope("x", question=question))
    assert "--factors technique expectancy" in refused.value.next_step


@QUESTIONS
def test_predictors_that_are_all_constant(store, question):
    tables = changed(r_tables(), "session", bond=3.0, homework=1.0)
    tables = changed(tables, "episode", expectation=1.0, support=2.0, employed="yes")
    tables = changed(tables, "therapist", competence=1.0)
    answer = asked(tables, question=question, factors=DEFAULT_FACTORS[1:])
    assert [b.share for b in answer.blocks] == [None] * 3


@QUESTIONS
def test_two_predictors_that_are_the_same(store, question):
    tables = r_tables()
    tables = changed(tables, "episode", support=tables["episode"]["expectation"])
    answer = asked(tables, question=question, factors=("expectancy", "extra-therapeutic"))
    assert "'support" in said(answer)


@QUESTIONS
def test_a_category_that_one_patient_has(store, question):
    """Most replicates do not draw it: its column is empty there, and nothing fails."""
    tables = r_tables()
    employed = tables["episode"]["employed"].copy()
    employed.iloc[7] = "maybe"
    answer = asked(changed(tables, "episode", employed=employed), question=question, bootstrap=60)
    assert answer.bootstrap.failed == 0
    extra = answer.blocks[1]
    assert extra.low <= extra.share < extra.high


def test_categories_with_quotes_in_them(store):
    tables = r_tables()
    plain = asked(tables)
    odd = tables["episode"]["employed"].map({"no": 'it\'s "x"', "yes": "z'; DROP"})
    answer = asked(changed(tables, "episode", employed=odd))
    assert [b.share for b in answer.blocks] == pytest.approx(
        [b.share for b in plain.blocks], abs=1e-9
    )


@pytest.mark.parametrize("question", ["end", "next", "growth"])
def test_a_category_of_the_sessions_is_left_out_and_named(store, question):
    tables = r_tables()
    tables["session"] = tables["session"].assign(way=lambda t: np.where(t.index % 2, "a", "b"))
    way = Variable("way", "Way", "session", "category", factor="extra-therapeutic")
    answer = asked(tables, (*VARIABLES, way), question=question)
    assert "'Way' is left out" in said(answer)


def test_a_factor_that_the_dataset_lacks_is_named(store):
    variables = tuple(v for v in VARIABLES if v.factor != "expectancy")
    answer = asked(r_tables(), variables, factors=DEFAULT_FACTORS)
    assert [b.factor for b in answer.blocks] == ["alliance", "technique", "extra-therapeutic"]
    assert "no variable of the factor 'expectancy'" in said(answer)


@pytest.mark.parametrize(
    ("question", "unit", "columns", "what"),
    [
        ("end", "session", {"phq9": 5.0}, "is the same in all"),
        ("next", "session", {"phq9": 5.0}, "is the same in all"),
        ("end", "session", {"phq9": np.nan}, "Only 0 rows"),
        ("next", "session", {"bond": np.nan}, "Only 0 rows"),
        ("end", "episode", {"support": np.nan, "employed": None}, "Only 0 rows"),
        ("end", "episode", {"employed": [f"v{i % 20}" for i in range(260)]}, "20 categories"),
        ("next", "session", {"bond": np.inf}, "too large"),
        ("growth", "session", {"phq9": 5.0}, "is the same in all"),
        ("growth", "session", {"bond": np.nan}, "Only 0 rows"),
    ],
    ids=str,
)
def test_refused_with_a_reason(store, question, unit, columns, what):
    write("x", changed(r_tables(), unit, **columns))
    with pytest.raises(ModelError, match=what) as refused:
        partition(Scope("x", question=question))
    assert refused.value.next_step


def test_a_dataset_without_outcome_or_predictors(store):
    write("x", r_tables(), VARIABLES[1:])
    with pytest.raises(RapportError, match="no outcome"):
        partition(Scope("x"))
    write("y", r_tables(), VARIABLES[:1])
    with pytest.raises(RapportError, match="None of the chosen factors"):
        partition(Scope("y"))


def test_an_outcome_that_a_predictor_repeats(store):
    """The end's outcome is the last score; its copy at that session would be it exactly."""
    tables = r_tables()
    answer = asked(changed(tables, "session", bond=tables["session"]["phq9"]))
    assert 0 < answer.blocks[0].share < 1
