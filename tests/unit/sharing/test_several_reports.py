"""Several admitted reports together against integer programmes, and a director's year.

`benchmarks/shared_reports.py` does the same over many more.
"""

import numpy as np
import pytest

from analysis.base.errors import ExportRefused
from analysis.demo import make_demo
from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.scope import Scope
from analysis.sharing.build import build
from analysis.sharing.export import admit
from analysis.sharing.request import KINDS, ReportRequest
from analysis.store.queries.treatments.outcome_cells import Selection
from tests.report_attacker import Truth, narrowed

SERIES = [
    ("2023 Q1", "2023 Q1"),
    ("2023 Q2", "2023 Q2"),
    ("2023 Q1", "2023 Q2"),
    ("2023 Q1", "2023 Q4"),
    ("2023 Q2", "2024 Q1"),
    ("", "2023 Q4"),
]


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAPPORT_STORE", str(tmp_path_factory.mktemp("store")))
        make_demo(name="service", episodes=900, seed=5)
        yield Truth(OutcomeQuestion("service"))


def shared(**selection):
    chosen = Selection(**selection)
    question = OutcomeQuestion("service", selection=chosen)
    report = build(ReportRequest(Scope("service"), KINDS["outcomes"], question=question))
    admit(report)
    return report.document, chosen


def test_three_overlapping_reports_leave_every_small_set_open(service):
    clinics = sorted(set(service.of["clinic"]))
    reports = [
        shared(clinics=tuple(clinics)),
        shared(clinics=tuple(c for i, c in enumerate(clinics) if i % 3)),
        shared(periods=("2023 Q1", "2023 Q4")),
    ]
    assert narrowed(reports, service, 6, np.random.default_rng(0)) == []


def test_the_attacker_finds_what_is_not_hidden(service):
    """The tool of the test above, on a report whose figures nobody hid: exact, as told."""
    question = OutcomeQuestion("service")
    report = build(
        ReportRequest(Scope("service"), KINDS["outcomes"], "internal", question=question)
    )
    assert narrowed([(report.document, Selection())], service, 8, np.random.default_rng(0))


def test_a_year_of_reports_is_written(service):
    """Quarters, year to date, the year, rolling twelve months, all so far: near cells are hidden,
    no file is refused, and of the cells of 20 or more nineteen in twenty are shown."""
    shown = hidden = 0
    for periods in SERIES:
        try:
            document, chosen = shared(periods=periods)
        except ExportRefused as refused:
            raise AssertionError(periods) from refused
        here = service.selected(chosen) & service.flags["measured"]
        for table, by in (("Outcomes by period", "period"), ("Outcomes by clinic", "clinic")):
            for row in next((t.texts() for t in document.tables if t.caption == table), ()):
                group = here & (service.of[by] == next(iter(row.values())))
                if group.sum() >= 20:
                    hidden += row["With both scores"] == "[c]"
                    shown += row["With both scores"] != "[c]"
    assert shown > 20 and hidden <= 0.05 * (shown + hidden)
