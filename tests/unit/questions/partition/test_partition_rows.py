"""Whose rows a partition is of: patients treated twice, whose rating, change over sessions."""

import numpy as np
import pandas as pd
import pytest

from analysis.base.errors import ModelError
from analysis.measures.variables import Variable
from analysis.questions.partition.answer import partition
from analysis.questions.scope import Scope
from tests.unit.questions.datasets import VARIABLES, r_tables, write


@pytest.mark.parametrize("question", ["end", "next", "growth"])
def test_a_patient_with_several_treatments_is_counted_once(store, question):
    tables = r_tables()
    pairs = tables["episode"].assign(patient=np.arange(len(tables["episode"])) // 2)
    write("twice", tables | {"episode": pairs.astype({"patient": str})})
    answer = partition(Scope("twice", question=question, bootstrap=0))
    treatments, patients = answer.groups["treatment"], answer.groups["patient"]
    assert treatments / 2 <= patients < treatments
    assert "patient" not in {u.level for u in answer.unexplained}
    assert "treatment" in {u.level for u in answer.unexplained}
    again = f"{treatments - patients} of {treatments} treatments are a patient's second"
    assert any(again in m for m in answer.status.messages)


def test_of_the_alliance_the_patients_ratings_where_there_are(store):
    tables = r_tables()
    session = tables["session"].assign(bond_t=tables["session"]["bond"] + 1)
    therapists = Variable("bond_t", "Bond", "session", factor="alliance", rater="therapist")
    write("two", tables | {"session": session}, (*VARIABLES, therapists))
    found = partition(Scope("two", bootstrap=0, factors=("alliance",)))
    assert found.blocks[0].variables == ("bond",)
    own = VARIABLES[1]
    only = tuple(v for v in VARIABLES if v is not own)
    write("one", tables | {"session": session}, (*only, therapists))
    found = partition(Scope("one", bootstrap=0, factors=("alliance",)))
    assert found.blocks[0].variables == ("bond_t",)


def test_growth_needs_patients_with_several_scores(store):
    tables = r_tables()
    write("once", tables | {"session": tables["session"].query("session == 3")})
    with pytest.raises(ModelError) as refused:
        partition(
            Scope(
                "once",
                question="growth",
                adjust="none",
                bootstrap=0,
                window=(1, 2),
                factors=("expectancy",),
            )
        )
    assert "several scores" in refused.value.allowed


def test_the_shares_of_change_that_were_planted(store):
    """Slopes of 500 patients made of three parts of known variance, .30, .10 and .60 of it."""
    rng, n = np.random.default_rng(8), 500
    tables = {"clinic": pd.DataFrame({"clinic": ["k"]})}
    tables["therapist"] = pd.DataFrame({"therapist": [f"t{i:02d}" for i in range(50)]}).assign(
        clinic="k", competence=0.0
    )
    own = rng.normal(size=(n, 3))
    slope = -1 + own @ np.sqrt([0.30, 0.10, 0.60])
    start = 15 + 2 * rng.normal(size=n) + own[:, 0]
    times = np.arange(1, 9)
    score = start[:, None] + slope[:, None] * (times - 1) + rng.normal(size=(n, 8))
    names = [f"e{i:03d}" for i in range(n)]
    tables["episode"] = pd.DataFrame({"episode": names, "patient": names}).assign(
        therapist=np.repeat(tables["therapist"]["therapist"], 10).to_numpy(),
        expectation=own[:, 0],
        support=own[:, 1],
        employed=rng.choice(["yes", "no"], n),
    )
    tables["session"] = pd.DataFrame(
        {"episode": np.repeat(names, 8), "session": np.tile(times, n), "phq9": score.ravel()}
    ).assign(bond=rng.normal(size=8 * n), homework=0.0)
    write("planted", tables)
    factors = ("alliance", "expectancy", "extra-therapeutic")
    answer = partition(
        Scope("planted", question="growth", adjust="none", factors=factors, window=(1, 1))
    )
    found = {b.factor: b for b in answer.blocks}
    truth = {"alliance": 0.0, "expectancy": 0.30, "extra-therapeutic": 0.10}
    for factor, share in truth.items():
        assert found[factor].low <= share < found[factor].high
        # A slope's share has a standard error of some .03 with 500 patients.
        assert found[factor].share == pytest.approx(share, abs=0.07)
    assert {u.level: u.share for u in answer.unexplained}["patient"] > 0.5
    assert answer.truth is None and answer.groups["session"] == 7 * n
