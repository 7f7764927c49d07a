"""A report of outcomes: every figure from shown counts, words for what cannot be shown."""

import re
from datetime import date

import pytest

from analysis.base.errors import ExportRefused, RequestError, StoreError
from analysis.presentation.words.outcome_words import METRIC_LABELS
from analysis.presentation.words.rounding import NBSP
from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.outcomes.rates import NO_WAIT, open_treatments, rate
from analysis.questions.scope import Scope
from analysis.questions.units.adjusted import LEAST_PATIENTS
from analysis.questions.units.funnel import Unit, funnel
from analysis.sharing.build import build
from analysis.sharing.export import export
from analysis.sharing.request import KINDS, SECTIONS, of_kind
from analysis.sharing.sections.outcomes_section import NOTHING
from analysis.sharing.sections.telling import selected
from analysis.sharing.writing.document import Chart, Paragraph, Table
from analysis.store.versions import catalogue
from tests.attackers.charts import chart_rows
from tests.attackers.funnel import FUNNEL
from tests.random_clinics import random_clinic, write_clinic


@pytest.fixture
def clinic(store):
    return random_clinic(3)


def report_of(name, **changes):
    return build(of_kind("outcomes", Scope(name), **changes))


def tables(report) -> dict[str, Table]:
    return {table.caption: table for table in report.document.tables}


def paragraphs(report) -> str:
    return " ".join(
        b.text for s in report.document.sections for b in s.blocks if isinstance(b, Paragraph)
    )


@pytest.mark.parametrize("seed", (3, 9, 13))
def test_told_rates_are_true_to_three_points(store, seed):
    name = random_clinic(seed).name
    exact, told = (tables(report_of(name, profile=p)) for p in ("internal", "share"))
    checked = 0
    for caption in ("Outcomes of the service", "Outcomes by period", "Outcomes by clinic"):
        truth = {next(iter(r.values())): r for r in _texts(exact, caption)}
        for row in _texts(told, caption):
            for column, text in row.items():
                if f"{NBSP}%" in text and "to" not in text and "under" not in text:
                    true = truth[next(iter(row.values()))][column]
                    assert abs(points(text) - points(true)) <= 3
                    checked += 1
    assert checked


def test_more_groups_than_can_be_gone_through_are_refused_with_the_way_on(clinic, monkeypatch):
    monkeypatch.setattr(selected, "MOST_GROUPS", 2)
    with pytest.raises(RequestError, match="2 groups of one kind") as refused:
        report_of(clinic.name)
    assert "leave the section out" in refused.value.next_step
    assert tables(report_of(clinic.name, profile="internal"))


def _texts(found: dict[str, Table], caption: str) -> list[dict[str, str]]:
    return found[caption].texts() if caption in found else []


def points(text: str) -> float:
    return float(text.split(NBSP)[0])


def test_the_sections_stand_in_order_and_each_says_something(clinic):
    report = report_of(clinic.name)
    headings = [s.heading for s in report.document.sections]
    assert headings == [SECTIONS[name] for name in KINDS["outcomes"]]
    assert all(s.blocks for s in report.document.sections)


def test_no_therapist_is_shown_and_no_clinic_of_one(store):
    _write_with_one_alone("four")
    report = report_of("four")
    names = {row[0].text for row in tables(report)["Outcomes by clinic"].rows}
    assert "Site A" not in names and len(names) == 2  # nor the smallest of the other three
    assert "single therapist" in paragraphs(report)
    inside = report_of("four", profile="internal")
    assert "Site A" in {row[0].text for row in tables(inside)["Outcomes by clinic"].rows}


def test_charts_hold_shown_figures_alone(clinic):
    report = report_of(clinic.name)
    charts = [b for s in report.document.sections for b in s.blocks if isinstance(b, Chart)]
    assert charts
    for chart in charts:
        rows = chart.spec.get("data", {}).get("values", [])
        for row in rows:
            for name in ("count", "n"):
                assert name not in row or row[name] % 5 == 0


def test_an_internal_funnel_is_the_pages(clinic):
    """The same clinics, limits and verdicts as page Clinics shows at first."""
    report = report_of(clinic.name, profile="internal")
    [chart] = [c for c in report.document.charts if c.caption.startswith(FUNNEL)]
    question = OutcomeQuestion(clinic.name)
    found = open_treatments(question).ask(question, ("clinic",))
    name = chart.caption.removeprefix(FUNNEL).capitalize()
    [metric] = [m for m, label in METRIC_LABELS.items() if label == name]
    large = [c for c in found.of("clinic") if c.value and c.patients["measured"] >= LEAST_PATIENTS]
    rates = {c.value: rate(c, metric) for c in large}
    page = funnel([Unit(name, r.count, r.n) for name, r in rates.items()])
    assert page is not None
    rows = chart_rows(chart.spec)
    assert {r["name"]: (r["n"], r["share"], r["signal"] != "") for r in rows if "name" in r} == {
        p.unit.label: (p.unit.n, round(p.share, 4), p.outside["additive"]) for p in page.units
    }
    assert [r["target"] for r in rows if "target" in r] == [round(page.target, 4)]
    assert chart.spec.get("width") == "container" and "as they are told" not in str(chart.notes)


def test_internal_figures_are_exact_and_marked(clinic):
    report = report_of(clinic.name, profile="internal")
    rows = {row[0].text: row for row in tables(report)["How complete the scores are"].rows}
    assert rows["All treatments"][1].text == f"{clinic.episodes}"
    assert report.document.marks and report.cells == ()


def test_a_new_version_with_one_patient_more_is_refused(store, tmp_path):
    first = random_clinic(3, "service")
    export(report_of("service"), ["html"], tmp_path)
    random_clinic(3, "service", without_first=True)
    assert len(catalogue.versions("service")) == 2
    with pytest.raises(ExportRefused) as refused:
        export(report_of("service"), ["html"], tmp_path / "later")
    assert "1 to 7 patients" in str(refused.value)
    assert not any(text in str(refused.value) for text in first.texts)
    assert not (tmp_path / "later").exists()


def test_the_ledger_goes_with_the_dataset(clinic, tmp_path):
    export(report_of(clinic.name), ["html"], tmp_path)
    folder = catalogue.find(clinic.name).path.parent
    assert (folder / "shared.ledger").exists()
    catalogue.delete(clinic.name)
    assert not folder.exists()


@pytest.mark.parametrize(
    ("sessions", "said"),
    [(0, "There is nothing to count"), (1, "No finished treatment"), (5, "too few")],
)
def test_where_nothing_can_be_shown_the_report_says_so(store, sessions, said):
    """One patient: without sessions, without a last score, with both."""
    scores = [("e", n + 1, date(2025, 1, n + 1), 1.0, 20.0 - n, 4.0) for n in range(sessions)]
    episode = ("e", "p", "t", date(2025, 1, 1), None, "planned", "CBT", 1.0, 40.0)
    write_clinic("one", ["Site A"], [("t", "Site A")], [episode] if sessions else [], scores)
    text = paragraphs(report_of("one")).lower()
    assert said.lower() in text or "no treatment" in text
    assert not re.search(r"\bnan\b", repr(report_of("one").document))
    for sentence in (NOTHING, NO_WAIT):
        assert text.count(sentence.lower()) <= 1, "said in one section, not in each"


def test_a_rare_category_is_not_named_and_no_share_is_told_as_a_mean(store):
    """One patient of 200 has a treatment model of her own; few are in work (0 or 1)."""
    scores = [
        (f"e{n}", s, date(2025, 2, s), 1.0, 18.0 - s - n % 9, 4.0)
        for n in range(200)
        for s in range(1, 2 if n % 5 == 1 else 3)
    ]
    arms = ["Rare method", *["CBT", "IPT"] * 100]
    episodes = [
        (
            f"e{n}",
            f"p{n}",
            f"t{n // 2 % 6}",
            date(2025, 1, 1),
            None,
            "planned",
            arms[n],
            float(n % 50 == 0),
            20.0 + n % 40,
        )
        for n in range(200)
    ]
    staff = [(f"t{n}", f"Site {'AB'[n % 2]}") for n in range(6)]
    write_clinic("rare", ["Site A", "Site B"], staff, episodes, scores)
    shared, inside = (repr(report_of("rare", profile=p).document) for p in ("share", "internal"))
    assert "Rare method" not in shared and "not named" in shared
    assert "Rare method" in inside
    assert "those without" not in shared and "those without both" in inside
    assert "In work" not in shared


def _service(name: str, treatments: int, scores: tuple[float | None, float]) -> None:
    """Treatments of four therapists with the same two scores, of which the first may be missing."""
    about = (date(2025, 1, 1), None, "planned", "CBT", 1.0, 40.0)
    episodes = [(f"e{n}", f"p{n}", f"t{n % 4}", *about) for n in range(treatments)]
    sessions = [
        (f"e{n}", k + 1, date(2025, 2, k + 1), 1.0, score if score is None else score - n % 5, 4.0)
        for n in range(treatments)
        for k, score in enumerate(scores)
    ]
    write_clinic(name, ["Site A"], [(f"t{n}", "Site A") for n in range(4)], episodes, sessions)


def test_where_nobody_has_both_scores_one_section_says_so(store):
    _service("nobody", 60, (None, 12.0))
    sections = report_of("nobody").document.sections
    assert [s.heading for s in sections] == [SECTIONS[n] for n in ("summary", "access", "method")]
    text = paragraphs(report_of("nobody"))
    assert text.count("No finished treatment has both a first and a last score.") == 1
    assert "too few" not in text.lower()


def test_of_twelve_patients_a_sentence_stands_for_a_table_of_signs(store):
    _service("twelve", 12, (18.0, 14.0))
    report = report_of("twelve")
    assert "too few stand behind each rate" in paragraphs(report).lower()
    assert "Outcomes of the service" not in tables(report)


def test_an_unknown_dataset_is_refused():
    with pytest.raises(StoreError):
        report_of("nowhere")


def _write_with_one_alone(name: str) -> None:
    """Four clinics, one of them with a single therapist."""
    staff = [("A1", "Site A"), *((f"{c}{i}", f"Site {c}") for c in "BCD" for i in (1, 2, 3))]
    episodes, sessions = [], []
    for number in range(400):
        therapist = staff[number % len(staff)][0]
        about = (date(2025, 1, 1), None, "planned", "CBT", 1.0, 40.0)
        episodes.append((f"e{number}", f"p{number}", therapist, *about))
        for session, score in ((1, 18.0), (2, 18.0 - number % 13)):
            sessions.append((f"e{number}", session, date(2025, 2, session), 1.0, score, 4.0))
    write_clinic(name, ["Site A", "Site B", "Site C", "Site D"], staff, episodes, sessions)
