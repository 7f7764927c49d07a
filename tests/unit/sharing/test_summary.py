"""What a board takes away: three sentences of told figures."""

import pytest

from analysis.base.errors import RequestError
from analysis.presentation.tables.table import Table
from analysis.questions.outcomes.proportion import reading
from analysis.questions.scope import Scope
from analysis.sharing.build import build
from analysis.sharing.plan import Plan, request_of
from analysis.sharing.request import of_kind
from analysis.sharing.sections.targets import DOWN
from analysis.sharing.writing.document import KeyFigures, Paragraph
from tests.random_clinics import random_clinic
from tests.unit.sharing.test_attacks import imported


def test_the_last_period_is_compared_with_the_one_shown_before(monkeypatch, tmp_path):
    monkeypatch.setenv("RAPPORT_STORE", str(tmp_path))
    imported("gap", "gap.csv", "gap.toml")
    targets = (("reliable_improvement", 1), ("recovery", 99), ("deterioration", 0))
    asked = of_kind("outcomes", Scope("gap"), targets=targets)
    section = build(asked).document.sections[0]
    texts = [b.text for b in section.blocks if isinstance(b, Paragraph)]
    assert section.heading == "Summary" and any(isinstance(b, KeyFigures) for b in section.blocks)
    [change] = [t for t in texts if "not clearly other than" in t]
    # 9 of 24 in 2025 Q2, 13 of 24 in 2025 Q1.
    assert change.startswith(
        "Reliable improvement in 2025 Q2 was not clearly other than in 2025 Q1"
    )
    assert "(−15 points, 95 % interval" in change
    assert any("finished treatments" in t for t in texts) or len(texts) == 2
    [table] = [b for b in section.blocks if isinstance(b, Table)]
    rows = {row["Outcome"]: row for row in table.texts()}
    assert rows["Reliable improvement"]["Verdict"] == "met"
    for row in rows.values():  # what is not told at all is not judged
        assert row["Rate"] != "[c]" or row["Verdict"] == "cannot be told"


@pytest.mark.parametrize(
    ("metric", "points", "ends", "said"),
    [
        ("recovery", 50, (50, 58), "met"),
        ("recovery", 50, (47, 58), "cannot be told"),
        ("recovery", 50, (40, 49), "not met"),
        ("deterioration", 5, (0, 5), "met"),
        ("deterioration", 5, (3, 6), "cannot be told"),
        ("deterioration", 5, (6, 9), "not met"),
    ],
)
def test_a_target_is_judged_by_the_interval(metric, points, ends, said):
    assert reading(points, *ends, metric in DOWN) == said


def test_a_target_that_is_none_is_refused(store):
    random_clinic(2, "ourclinic")
    for given, said in (("recovry=50", "mean 'recovery'"), ("recovery=500", "no rate")):
        with pytest.raises(RequestError, match=said):
            request_of(Plan("ourclinic", targets=(given,)))
    with pytest.raises(RequestError, match="whole number of per cent"):
        request_of(Plan("ourclinic", targets=("recovery",)))
