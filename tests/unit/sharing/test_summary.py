"""What a board takes away: three sentences of told figures."""

import pytest

from analysis.base.errors import RequestError
from analysis.base.languages import language
from analysis.presentation.tables.outcome_tables import Bound
from analysis.presentation.tables.table import Table
from analysis.questions.outcomes.proportion import Rate, reading
from analysis.questions.scope import Scope
from analysis.sharing.build import build
from analysis.sharing.plan import Plan, request_of
from analysis.sharing.protection.sums import BETWEEN, FIFTH, FORTY, ROUGH_LIMITS, range_of
from analysis.sharing.request import of_kind
from analysis.sharing.sections.method_section import rules
from analysis.sharing.sections.summary_section import _completeness
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


def said(section) -> list[str]:
    return [block.text for block in section.blocks if isinstance(block, Paragraph)]


@pytest.mark.parametrize(
    ("tag", "sentence"),
    [
        ("en", "No finished treatment is in this selection: the data have finished treatments"),
        ("es", "No hay ningún tratamiento finalizado en esta selección: los datos tienen"),
    ],
)
@pytest.mark.parametrize("profile", ["share", "internal"])
def test_an_empty_year_is_one_sentence_with_the_ends_of_the_data(store, tag, sentence, profile):
    name = random_clinic(3).name
    plan = Plan(name, first="2031", last="2031", language=tag, profile=profile)
    first, *rest = build(request_of(plan)).document.sections
    [text] = said(first)
    quarter = "Q1" if tag == "en" else "T1"
    assert text.startswith(sentence) and f"2025 {quarter}" in text and len(first.blocks) == 1
    assert len(rest) == 1  # how this was made


def test_why_no_change_is_told_is_the_reason_and_the_way_on(store):
    name = random_clinic(9, treatments=200).name

    def change(first: str, last: str) -> str:
        plan = Plan(name, sections=("change",), first=first, last=last)
        [text] = said(build(request_of(plan)).document.sections[0])
        return text

    assert "no first or no last period" in change("", "2025-Q3")
    assert "the data begin in 2025 Q1" in change("2025-Q1", "2025-Q2")
    missing = change("2025-Q3", "2025-Q3")
    assert "tells of 2025 Q2" in missing and "share one, then make this one again" in missing
    plan = Plan(name, sections=("summary",), first="2025-Q3", last="2025-Q3")
    texts = said(build(request_of(plan)).document.sections[0])
    assert any("no earlier report tells of 2025 Q2 in the same way" in text for text in texts)


def test_the_report_s_own_rules_name_each_rougher_form():
    for text, to, under in (
        (" ".join(rules("share")), "to", "under"),
        (language("es").of(rules("share")[2]), "a", "menos del"),
    ):
        plain = text.replace("\u00a0", " ")
        for form in (FIFTH, BETWEEN, FORTY):
            low, high = (round(100 * end) for end in range_of(0.27, form))
            assert f"{low} {to} {high} %" in plain, form
        assert all(f"{under} {round(100 * end)} %" in plain for end in ROUGH_LIMITS)


def test_nobody_is_left_over_where_all_have_both_scores():
    """'100 % …; of the others the outcome is not known' spoke of nobody."""
    assert "of the others" not in _completeness(Rate("measured", 300, 300), None)[0]
    assert "of the others" in _completeness(Rate("measured", 291, 300), None)[0]
    assert "for over 97\u00a0% of" in _completeness(None, Bound(97, 100, 94, 100))[0]
    assert _completeness(None, None) == ("", [])
