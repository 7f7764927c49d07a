"""A count that is not told is said as what the told rates leave open of it, and no narrower."""

from types import SimpleNamespace

import numpy as np
import pytest

from analysis.demo import make_demo
from analysis.presentation.tables.outcome_tables import Between, counted
from analysis.presentation.tables.table import Cell as Shown
from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.scope import Scope
from analysis.sharing.build import build
from analysis.sharing.protection.figures import fives_around
from analysis.sharing.protection.sums import Known
from analysis.sharing.request import ReportRequest
from analysis.sharing.sections.telling.printed import left_open
from analysis.store.queries.treatments.outcome_cells import Selection
from tests.attackers.auditor import faults, is_wrong
from tests.attackers.forms import count_range
from tests.attackers.truth import Truth

CELL = SimpleNamespace(by="clinic", value="A")


def test_a_range_that_says_next_to_nothing_is_left_out():
    """20 to 79 are 59 of 79."""
    told = _figures(recovered=Known(0.2, 0.3, 0.4, 20, 20, 79))
    assert left_open(told, CELL, "at_caseness") is None
    assert left_open(told, CELL, "recovered") == Between(0, 35, "at_caseness")


def _figures(counts=(), **known: Known):
    """Figures of which recovery, or reliable recovery, is told, and some counts."""
    pairs = {"recovered": "at_caseness", "reliably_recovered": "at_caseness"}
    spec = SimpleNamespace(per_week=0)
    return SimpleNamespace(
        found=SimpleNamespace(spec=spec, metrics=tuple(pairs)),
        metrics=lambda by: tuple(pairs),
        counts_of=lambda name: (name, pairs[name]),
        known=lambda cell, part, whole: known.get(part),
        count=lambda cell, name: dict(counts).get(name),
        sum_of=lambda cell, name, of="": None,
        whose=lambda cell, *names: "+".join(names),
    )


def test_a_range_is_what_share_and_size_leave_open():
    """20 to 40 % of 58 to 62 are 12 to 24; beside it 10 to 30 % of 40 to 59 leave 58 or 59."""
    told = _figures(recovered=Known(0.2, 0.3, 0.4 - 1e-6, 60, 58, 62))
    assert left_open(told, CELL, "recovered") == Between(10, 25, "at_caseness")
    assert left_open(told, CELL, "at_caseness") == Between(55, 65, "at_caseness")
    assert left_open(told, CELL, "measured") is None
    told = _figures(
        recovered=Known(0.2, 0.3, 0.4, 60, 58, 62),
        reliably_recovered=Known(0.1, 0.2, 0.3, 40, 40, 59),
    )
    assert left_open(told, CELL, "at_caseness") == Between(55, 60, "at_caseness")


def test_who_finished_lies_between_the_measured_and_all():
    """480 are 478 to 482, 500 are 498 to 502."""
    told = _figures({"measured": 480, "episodes": 500})
    everybody = SimpleNamespace(by="all", value="")
    assert left_open(told, everybody, "finished") == Between(475, 505, "episodes")
    assert left_open(_figures({"measured": 480}), everybody, "finished") is None
    assert left_open(told, CELL, "finished") is None


@pytest.mark.parametrize(
    ("low", "high", "fives"),
    [(12, 24.8, (10, 25)), (0, 7, (0, 10)), (40, 59, (40, 60)), (5, 5, (5, 5))],
)
def test_ends_in_fives_hold_all_between_them(low, high, fives):
    assert fives_around(low, high) == fives


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [(40, 60, "40 to 60"), (0, 10, "10 or fewer"), (1240, 1260, "1,240 to 1,260")],
)
def test_how_a_range_is_said_and_read(low, high, text):
    figures = SimpleNamespace(
        count=lambda cell, name: None,
        between=lambda cell, name: Between(low, high, "all||measured"),
    )
    assert counted(figures, CELL, "measured") == Shown(text, of="all||measured")
    assert count_range(text) == (low, high)


def test_a_wrong_range_is_found():
    rows, truth = np.arange(30) < 9, SimpleNamespace(patient=np.arange(30))
    assert not is_wrong((5, 15), rows, truth)
    assert is_wrong((10, 15), rows, truth) and is_wrong((7, 12), rows, truth)
    few = np.arange(30) < 6
    assert is_wrong((5, 10), few, truth) and not is_wrong((0, 10), few, truth)


def test_endings_and_few_are_told_as_ranges(store):
    """A year of a small service: what was '[c]' beside a told limit is its range."""
    make_demo(name="d", episodes=300, seed=5)
    chosen = Selection(periods=("2024 Q1", "2024 Q4"))
    question, sections = OutcomeQuestion("d", selection=chosen), ("outcomes", "access")
    asked = ReportRequest(Scope("d"), sections, question=question)
    document, truth = build(asked).document, Truth(question)
    assert faults(document, truth, chosen) == []
    tables = {table.caption: table.texts() for table in document.tables}
    ended = tables["How treatments ended"]
    assert any("to" in row["Rate"] or "under" in row["Rate"] for row in ended)
    for row in ended:
        if row["Treatments"] == "0":
            assert row["Rate"] == row["95 % interval"] == "–"
    service = tables["Outcomes of the service"]
    few = [row for row in service if row["Rate"].startswith("under")]
    assert few and all(count_range(row["Treatments"])[0] == 0 for row in few)
