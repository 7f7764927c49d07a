"""Several admitted reports together against integer programmes, and a director's year.

`benchmarks/shared_reports.py` does the same over many more.
"""

import numpy as np
import pytest

from analysis.demo import make_demo
from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.scope import Scope
from analysis.sharing.build import build
from analysis.sharing.export import admit
from analysis.sharing.request import KINDS, ReportRequest
from analysis.store.queries.treatments.outcome_cells import Selection
from tests.report_attacker import Truth, narrowed


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


def test_overlapping_reports_leave_every_small_set_open(service):
    """Two; longer series are the benchmarks' (shared_reports, shared_series): minutes each."""
    clinics = sorted(set(service.of["clinic"]))
    reports = [
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
