"""A year in play: it tells what the real reports then tell, and leaves no trace."""

import pytest

from analysis.application import cli
from analysis.base.errors import RequestError
from analysis.questions.scope import Scope
from analysis.sharing.build import build
from analysis.sharing.export import admit
from analysis.sharing.periods_asked import before, periods_of_year, span
from analysis.sharing.plan import Plan, request_of
from analysis.sharing.request import ReportRequest
from analysis.sharing.series import grain, saying
from analysis.sharing.series.rehearsal import Rehearsal, Rehearsed, rehearse, with_periods
from tests.random_clinics import random_clinic

EVERY = ("quarter", "year")


@pytest.fixture
def asked(store):
    random_clinic(2, "ourclinic")
    return request_of(Plan("ourclinic", sections=("outcomes", "clinics"), by_year=("clinic",)))


def kept(store) -> dict[str, bytes]:
    files = (p for p in store.rglob("*") if p.is_file() and ".scratch" not in p.parts)
    return {str(p): p.read_bytes() for p in files}


def test_a_year_in_play_tells_what_the_reports_then_tell(asked, store):
    admit(build(with_periods(asked, "2024 Q4", "2024 Q4")))  # an earlier report counts
    before = kept(store)
    found = rehearse(asked, EVERY, "2025")
    assert kept(store) == before
    assert not [p for p in (store / ".scratch").glob("rehearsal*") if p.is_dir()]
    assert [one.kind for one in found.reports].count("year") == 1
    for one in found.reports:
        report = build(with_periods(asked, one.first, one.last))
        assert dict(report.kinds) == dict(one.kinds)
        admit(report)
    told, every = found.reports[-1].told()
    assert 0 < told <= every
    clinics = [one.told("clinic")[1] > 0 for one in found.reports]
    assert clinics == [False] * (len(clinics) - 1) + [True]


def test_the_finest_grain_that_none_tells_better_is_proposed(monkeypatch):
    told = {"clinic": {1: 0.5, 2: 0.6, 4: 0.9}, "model": {1: 0.8, 2: 0.84, 4: 0.7}}

    def played(request, every, year, progress):
        [quarters] = {n for _, n in request.grains}
        kinds = {}
        for name, of in told.items():
            kinds |= {(name, "rate"): round(100 * of[quarters]), (name, "limit"): 0}
            kinds[name, "hidden"] = 100 - kinds[name, "rate"]
        return Rehearsal(year, (Rehearsed("year", "", "", kinds),))

    monkeypatch.setattr(grain, "rehearse", played)
    request = ReportRequest(Scope("ourclinic"))
    found = grain.propose(request, EVERY, ("clinic", "model", "severity"), "2025")
    assert found.grains == {"clinic": 4, "model": 1}  # no group of a severity was large enough
    assert (found.by_half, found.by_year) == ((), ("clinic",))
    said = saying.proposal_sentence(found, options=True)
    assert "--by-year clinic." in said and "--by-half" not in said
    assert "50\u00a0% by the quarter, 60\u00a0% by the half, 90\u00a0% by the year" in said


def test_what_was_played_is_not_played_again(monkeypatch):
    asked = []

    def played(request, every, year, progress):
        asked.append({n for _, n in request.grains})
        return Rehearsal(year, ())

    monkeypatch.setattr(grain, "rehearse", played)
    request, names = ReportRequest(Scope("ourclinic")), ("clinic", "model")
    for grains, again in (((), [2, 4]), ((("clinic", 4), ("model", 4)), [1, 2])):
        asked.clear()
        before = Rehearsal("2025", (), grains)
        assert grain.propose(request, EVERY, names, "2025", played=before).grains == {}
        assert asked == [{n} for n in again]
    asked.clear()
    grain.propose(request, EVERY, names, "2025", played=Rehearsal("2025", (), (("clinic", 2),)))
    assert asked == [{1}, {2}, {4}]


def test_the_periods_of_a_year_stand_in_their_order():
    found = periods_of_year(("year-to-date", "rolling", "quarter", "year"), "2025")
    assert found[:3] == [
        ("quarter", "2025 Q1", "2025 Q1"),
        ("rolling", "2024 Q2", "2025 Q1"),
        ("quarter", "2025 Q2", "2025 Q2"),
    ]
    assert found[-1] == ("year", "2025 Q1", "2025 Q4")
    with pytest.raises(RequestError, match="did you mean 'quarter'"):
        periods_of_year(("quarters",), "2025")


def test_the_period_before_has_the_same_length():
    assert before("2024 Q3", "2024 Q4") == ("2024 Q1", "2024 Q2")
    assert before("2024 Q1", "2024 Q1") == ("2023 Q4", "2023 Q4")
    assert before("2024", "2024") == ("2023", "2023")
    assert before("", "2024 Q4") is None
    spans = [span("2024 Q3", "2024 Q3"), span("2024 Q1", "2024 Q4"), span("2023 Q4", "2024 Q1")]
    assert spans == ["2024 Q3", "2024", "2023 Q4 to 2024 Q1"]


def test_a_refused_report_is_named_and_not_counted():
    one = Rehearsed("quarter", "2025 Q1", "2025 Q1", {("all", "rate"): 3}, "Too near.")
    found = Rehearsal("2025", (one,))
    assert sum(found.kinds.values()) == 0
    table = saying.rehearsal_table(found)
    assert table.texts()[0]["Told"] == "refused" and "Too near." in table.notes[-1]


def test_the_command_writes_nothing(asked, store, capsys):
    before = kept(store)
    options = ["report", "ourclinic", "--sections", "outcomes", "--preview", "--json"]
    assert cli.main([*options, "--from", "2025", "--to", "2025"]) == 0
    assert '"hidden"' in capsys.readouterr().out and kept(store) == before
