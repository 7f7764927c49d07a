"""Several admitted reports together against integer programmes, and a director's year.

`benchmarks/shared_reports.py` does the same over many more.
"""

import json
import os
import re
import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.demo import make_demo
from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.scope import Scope
from analysis.questions.units.adjusted import READING_WORDS, adjusted_scores
from analysis.sharing import build as building
from analysis.sharing import sources
from analysis.sharing.build import build
from analysis.sharing.export import admit
from analysis.sharing.request import KINDS, ReportRequest
from analysis.sharing.sections import section
from analysis.sharing.sections.telling.figures import Figures
from analysis.sharing.writing.document import KeyFigures
from analysis.store.queries.treatments.outcome_cells import Selection
from tests.attackers.medians import Values, medians_said, sided
from tests.attackers.programmes import narrowed
from tests.attackers.truth import COLUMNS, TABLES, Truth


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAPPORT_STORE", str(tmp_path_factory.mktemp("store")))
        make_demo(name="service", episodes=900, seed=5)
        yield Truth(OutcomeQuestion("service"))


@pytest.fixture
def clean_service(service):
    """The same where nothing was shared yet."""
    store = Path(os.environ["RAPPORT_STORE"])
    for name in ("service/shared.ledger", ".shared-service.json"):
        (store / name).unlink(missing_ok=True)
    return service


def shared(sections=KINDS["outcomes"], **selection):
    chosen = Selection(**selection)
    question = OutcomeQuestion("service", selection=chosen)
    report = build(ReportRequest(Scope("service"), sections, question=question))
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
    groups = {"Outcomes by period": "period"} | service.groups
    assert narrowed(reports, service, 3, np.random.default_rng(0), groups) == []


def rates(document, caption: str) -> dict[str, dict[str, str]]:
    [table] = [t for t in document.tables if t.caption == caption]
    return {next(iter(row.values())): row for row in table.texts()}


def test_a_half_year_is_the_sum_of_its_quarters_as_told(clean_service):
    ends = [("2023 Q1", "2023 Q1"), ("2023 Q2", "2023 Q2"), ("2023 Q1", "2023 Q2")]
    told = [shared(periods=one) for one in ends]
    first, second, half = (rates(document, "Outcomes of the service") for document, _ in told)
    for metric, row in half.items():
        parts = [one[metric]["Of"] for one in (first, second)]
        if "[c]" not in parts:
            assert int(row["Of"]) == sum(map(int, parts))
    assert sum("\u00a0%" in row["Rate"] for row in half.values()) >= 3
    told_change_is_of_the_two_files([document for document, _ in told])
    assert narrowed(told, clean_service, 2, np.random.default_rng(0)) == []


def told_change_is_of_the_two_files(documents) -> None:
    """What the second quarter says of the first is what the first says itself."""
    metric, title = "Reliable improvement", "Outcomes by treatment model"
    change = rates(documents[1], f"{metric} by group: 2023 Q1 and 2023 Q2")
    assert change
    for name, row in change.items():
        if name.startswith("Treatment model: "):
            model = name.removeprefix("Treatment model: ")
            own = [rates(one, title)[model][metric].split(" (")[0] for one in documents[:2]]
            assert [row["Before"], row["Now"]] == own
            points = int(row["Difference in points"].split(" ")[0].replace("−", "-"))
            assert points == int(own[1].split("\u00a0")[0]) - int(own[0].split("\u00a0")[0])
    assert not [t for t in documents[0].tables if " by group: " in t.caption]


def test_equal_case_mix_is_the_pages_and_as_coarse_as_effect_sizes(clean_service):
    page = {u.name: u for u in adjusted_scores(OutcomeQuestion("service")).units}
    asked = ReportRequest(Scope("service"), ("clinics",))
    shared_one = build(asked).document
    inside = build(replace(asked, profile="internal")).document
    told = rates(shared_one, "Clinics at equal case-mix, figures")
    exact = rates(inside, "Clinics at equal case-mix, figures")
    assert len(told) >= 2 and set(exact) == set(page)
    for name, row in told.items():
        assert row["Reading"] == exact[name]["Reading"] == READING_WORDS[page[name].reading]
        # A fiftieth of a standard deviation of about 4.5 points, up to the next 1, 2 or 5.
        assert abs(float(row["Effect"].replace("−", "-")) - page[name].effect) <= 0.05 + 1e-9
    captions = {t.caption for t in (*shared_one.tables, *inside.tables)}
    assert "Therapists at equal case-mix, figures" in captions
    assert "Therapist" not in repr(shared_one)


def test_a_sum_errs_by_three_points_and_a_half_at_most(clean_service):
    for ends in (("2022 Q3", "2022 Q3"), ("2022 Q4", "2022 Q4"), ("2022 Q3", "2022 Q4")):
        document, chosen = shared(("outcomes",), periods=ends)
    here = clean_service.selected(chosen)
    checked = 0
    for metric, row in rates(document, "Outcomes of the service").items():
        shown = re.fullmatch(r"(\d+)\u00a0%", row["Rate"])
        if shown:
            part, whole = (here & clean_service.flags[name] for name in COLUMNS[metric])
            assert abs(int(shown[1]) - 100 * part.sum() / whole.sum()) <= 3.5
            checked += 1
    assert checked >= 2


def test_a_count_that_goes_takes_no_rate_with_it_and_one_period_has_no_table(clean_service):
    """Recovery was `[c]` beside everybody, and 35 % in the one row of the table of periods."""
    document, _ = shared(("outcomes",), periods=("2022 Q4", "2022 Q4"))
    told = rates(document, "Outcomes of the service")
    assert (told["Recovery"]["Rate"], told["Recovery"]["Of"]) == ("35\u00a0%", "80 to 100")
    assert told["Reliable recovery"]["Rate"] == "20 to 40\u00a0%"
    assert "Outcomes by period" not in {t.caption for t in document.tables}


def test_what_a_quarter_hid_is_told_of_a_longer_period_as_a_range(clean_service):
    """A quarter's fifth or hidden rate leaves a sum too wide for a rate: its limits are told."""
    ranges = 0
    for ends in (("2022 Q1", "2022 Q2"), ("2022 Q3", "2022 Q4"), ("2022 Q1", "2022 Q4")):
        document, chosen = shared(("outcomes",), periods=ends)
        here = clean_service.selected(chosen)
        for metric, row in rates(document, "Outcomes by treatment model").items():
            for name, (part, whole) in COLUMNS.items():
                limits = re.match(r"(\d+) to (\d+)\u00a0%", row.get(name, ""))
                if limits:
                    own = here & (clean_service.of["model"] == metric) & clean_service.flags[whole]
                    true = 100 * (own & clean_service.flags[part]).sum() / own.sum()
                    assert int(limits[1]) <= true <= int(limits[2])
                    ranges += 1
    assert ranges


def test_an_exact_report_has_no_sign_of_hiding(service):
    """Where nobody began as a case there is no rate of recovery: nothing there, nothing hidden."""
    question = OutcomeQuestion("service")
    asked = ReportRequest(Scope("service"), KINDS["outcomes"], "internal", question=question)
    report = build(asked)
    cells = [cell.text for t in report.document.tables for row in t.rows for cell in row]
    assert report.hidden == 0 and "[c]" not in cells and "–" in cells


def test_the_attacker_finds_what_is_not_hidden(clean_service, monkeypatch):
    """The tool of the test above, on a report in which no figure is hidden and no count rounded."""
    monkeypatch.setattr(sources, "open_together", lambda figures, *_: figures)
    monkeypatch.setattr(
        sources, "protect_outcomes", lambda found, by, asked, *_: Figures(found, asked, frozenset())
    )
    monkeypatch.setattr(section, "shared", lambda count: count)
    monkeypatch.setattr(building, "audit", lambda *_: None)
    question = OutcomeQuestion("service")
    report = build(ReportRequest(Scope("service"), KINDS["outcomes"], question=question))
    told, rng = [(report.document, Selection())], np.random.default_rng(0)
    assert narrowed(told, clean_service, 40, rng, TABLES, ("measured", "at_caseness"))


def test_a_median_with_few_left_over_is_not_told(clean_service):
    """Two halves of the clinics without a small one, then all: half of each and half of all have so
    many sessions, so half of the small clinic's few patients have."""
    clinics = clean_service.of["clinic"]
    names, sizes = np.unique(
        clinics[clean_service.flags["finished"]].astype(str), return_counts=True
    )
    small = names[np.argmin(sizes)]
    assert sizes.min() < 20
    rest, values = sorted(set(names) - {small}), Values(OutcomeQuestion("service"))
    chosen = [{"clinics": tuple(rest[k::2])} for k in (0, 1)]
    reports = [shared(("access",), **one) for one in (*chosen, {})]
    said = [medians_said(d, clean_service, values, s) for d, s in reports]
    everybody = [max((int(m.rows.sum()) for m in own), default=0) for own in said]
    assert everybody[0] > 200 < everybody[1] and everybody[2] < 200
    assert sided([m for own in said for m in own], clean_service, values) == []


def test_an_effect_size_that_was_told_otherwise_is_not_told_anew(clean_service):
    """A corrected score: what changes in a mean of the very same patients is the correction."""

    def told() -> list[str]:
        [section] = shared(("outcomes",))[0].sections
        keys = [f for b in section.blocks if isinstance(b, KeyFigures) for f in b.figures]
        return [f.value.text for f in keys if f.label.startswith("Effect size")]

    first = told()
    assert told() == first and re.fullmatch(r"\d\.\d\d", first[0])
    with sqlite3.connect(Path(os.environ["RAPPORT_STORE"]) / "service/shared.ledger") as ledger:
        for row, body in ledger.execute("SELECT rowid, body FROM told").fetchall():
            content = json.loads(body)
            for one in (b for b in content["told"] if b["kind"] == "effect"):
                one["shown"] += 1
            of_row = (json.dumps(content), row)
            ledger.execute("UPDATE told SET body = ? WHERE rowid = ?", of_row)
    assert told() in ([], ["[c]"])
