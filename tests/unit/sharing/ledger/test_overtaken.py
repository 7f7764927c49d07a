"""A report that was made before another was shared is not written: it was not judged beside it."""

import pytest

from analysis.base.errors import ExportRefused
from analysis.demo import make_demo
from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.scope import Scope
from analysis.sharing.build import build
from analysis.sharing.export import admit
from analysis.sharing.ledger.overtaken import made_beside
from analysis.sharing.request import KINDS, ReportRequest
from analysis.store.queries.treatments.outcome_cells import Selection


def report(*periods: str):
    asked = OutcomeQuestion("d", selection=Selection(periods=periods or ("", "")))
    return build(ReportRequest(Scope("d"), KINDS["outcomes"], question=asked))


def test_two_previews_and_then_both_files(store):
    """Seen on the page: the year's preview was kept while its quarter was shared, and its files
    were made of it."""
    make_demo(name="d", episodes=300)
    quarter, year = report("2023 Q1", "2023 Q1"), report("2023 Q1", "2023 Q4")
    folder = year.info.path.parent
    before = made_beside(folder)
    admit(quarter)
    admit(quarter)  # the same again is no other
    assert made_beside(folder) != before  # so the page makes its preview anew
    with pytest.raises(ExportRefused, match="something else was shared since it was made"):
        admit(year)
    admit(report("2023 Q1", "2023 Q4"))
