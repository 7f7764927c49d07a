"""What a report notes as told is what its tables print: a later one adds up nothing else."""

import json

from analysis.demo import make_demo
from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.scope import Scope
from analysis.sharing.build import build
from analysis.sharing.request import KINDS, ReportRequest
from analysis.store.queries.treatments.outcome_cells import Selection

FIVE = ("C001", "C002", "C004", "C006", "C008")


def test_one_clinic_that_is_not_set_beside_others_is_not_noted(store):
    """Its 13 treatments (15 as told) stood in no table, and made 35 of a later report's 32."""
    make_demo(name="d", episodes=400, seed=8100)
    chosen = Selection(periods=("2022 Q3", "2022 Q3"), clinics=FIVE)
    asked = OutcomeQuestion("d", selection=chosen)
    report = build(ReportRequest(Scope("d"), KINDS["outcomes"], question=asked))
    captions = [table.caption for table in report.document.tables]
    assert "Outcomes by treatment model" in captions and "Outcomes by clinic" not in captions
    noted = {one["key"][0] for one in json.loads(report.told[1])["told"]}
    assert "model" in noted and "clinic" not in noted


def test_treatments_without_early_ratings_have_no_row_and_are_not_noted(store):
    """20 of 840, noted with a mean that no table prints."""
    make_demo(name="d", episodes=900, seed=5)
    report = build(ReportRequest(Scope("d"), KINDS["outcomes"]))
    keys = [one["key"] for one in json.loads(report.told[1])["told"]]
    assert ["alliance", "lower third", "measured"] in keys
    assert not [key for key in keys if key[:2] == ["alliance", ""]]
