"""Waits within the standard in a report: true, protected, and a sentence where there are none."""

import re
from datetime import date

import numpy as np
import pytest

from analysis.measures.variables import Variable
from analysis.presentation.tables import wait_tables
from analysis.presentation.words.wait_words import NONE_KNOWN
from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.scope import Scope
from analysis.sharing import sources
from analysis.sharing.build import build
from analysis.sharing.request import of_kind
from analysis.sharing.sections.board.access_section import UNKNOWN_WAIT
from analysis.sharing.sections.board.wait_blocks import TOO_FEW
from analysis.sharing.sections.telling.figures import Figures
from analysis.sharing.writing.document import Paragraph
from analysis.sharing.writing.writers import render
from analysis.store.queries.treatments.outcome_cells import EVERYTHING
from tests.attackers.programmes import narrowed
from tests.attackers.truth import WAIT_FLAGS, Truth
from tests.random_clinics import write_clinic

DAYS = ("wait_days", "Days from referral to the first session")
PERIODS = {"Outcomes by period": "period"}
FORMATS = ("html", "pdf", "xlsx", "docx")


def service(waits: list, named: tuple[str, str] | None = DAYS) -> str:
    """One treatment a wait, of six therapists, in two quarters, by six points better or not."""
    staff = [(f"t{n}", f"Site {'AB'[n % 2]}") for n in range(6)]
    own = [[wait] if named else [] for wait in waits]
    episodes = [
        (f"e{n}", f"p{n}", f"t{n % 6}", date(2025, 1, 1), None, "planned", "CBT", 1.0, 40.0, *wait)
        for n, wait in enumerate(own)
    ]
    sessions = [
        (f"e{n}", s, date(2025, 2 + 3 * (n % 2), s), 1.0, 18.0 - s * (n % 3) * 4, 4.0)
        for n in range(len(waits))
        for s in (1, 2)
    ]
    wait = Variable(*(named or DAYS), "episode", factor="process", component="waiting")
    write_clinic("service", ["Site A", "Site B"], staff, episodes, sessions, wait)
    return "service"


def report(profile: str = "share", **asked):
    return build(of_kind("outcomes", Scope("service"), profile=profile, **asked))


def rows(found, caption: str) -> list[dict[str, str]]:
    return [row for t in found.document.tables if t.caption == caption for row in t.texts()]


def said(found) -> str:
    blocks = [b for s in found.document.sections for b in s.blocks]
    return " ".join(b.text for b in blocks if isinstance(b, Paragraph))


def test_exact_waits_are_those_of_finished_treatments_with_a_known_wait(store):
    """42 days are 6 weeks, 43 are not; below 0 and missing are not known."""
    service([42.0] * 50 + [43.0] * 20 + [127.0] * 10 + [-1.0] * 12 + [None] * 8)
    inside = report("internal")
    six, eighteen = rows(inside, wait_tables.CAPTION)
    assert (six["Rate"], eighteen["Rate"]) == ("62\u00a0%", "88\u00a0%")  # 50 and 70 of 80
    assert (six["Standard"], six["Reading"]) == ("at least 75\u00a0%", "not met")
    assert six["England, April 2025"] == "90.3\u00a0%"
    assert [r["Number"] for r in rows(inside, "Of how many the wait is known")] == ["100", "20"]
    assert "half of the patients had 42 days or less" in said(inside)
    shared = report()
    assert [r["Rate"] for r in rows(shared, wait_tables.CAPTION)] == ["60\u00a0%", "over 80\u00a0%"]
    assert [r["Number"] for r in rows(shared, "Of how many the wait is known")] == ["100", "20"]


def test_few_without_a_known_wait_are_hidden_and_few_who_waited_long_are_told_as_few(store):
    service([10.0] * 90 + [200.0] * 3 + [None] * 4)
    shared = report()
    assert rows(shared, "Of how many the wait is known")[1]["Number"] == "[c]"
    _, eighteen = rows(shared, wait_tables.CAPTION)
    assert re.fullmatch(r"over \d\d\u00a0%", eighteen["Rate"])


def test_waits_of_nothing_are_not_told_as_everybody(store):
    service([0.0] * 90)
    assert {r["Rate"] for r in rows(report("internal"), wait_tables.CAPTION)} == {"100\u00a0%"}
    told = {r["Rate"] for r in rows(report(), wait_tables.CAPTION)}
    assert len(told) == 1 and told.pop().startswith("over ")


@pytest.mark.parametrize(
    ("waits", "named", "sentence"),
    [
        ([-3.0] * 60, DAYS, NONE_KNOWN),
        ([3.0] * 60, ("wait", "Time on the list"), "'Time on the list' counts weeks or days"),
        ([None] * 60, None, UNKNOWN_WAIT),
        ([3.0] * 12, DAYS, TOO_FEW),
    ],
    ids=["referred after the first session", "no unit", "no wait", "twelve patients"],
)
def test_a_sentence_stands_in_place_of_a_table(store, waits, named, sentence):
    service(waits, named)
    found = report()
    assert sentence in said(found)
    assert not rows(found, wait_tables.CAPTION)
    for kind in FORMATS:
        assert render(found.document, kind)


def test_an_attacker_reads_waits_and_finds_what_is_not_hidden(store, monkeypatch):
    """Three of sixty began within six weeks: 5 % of them, told, would leave two to four."""
    service([3.0] * 3 + [60.0] * 57)
    truth = Truth(OutcomeQuestion("service"))

    def found() -> list:
        one, rng = (report().document, EVERYTHING), np.random.default_rng(0)
        return narrowed([one], truth, 20, rng, PERIODS, WAIT_FLAGS)

    assert rows(report(), wait_tables.CAPTION)[0]["Rate"] == "[c]" and found() == []
    bare = lambda found, by, asked, sets=None: Figures(found, asked, frozenset())  # noqa: E731
    monkeypatch.setattr(sources, "protect_outcomes", bare)
    monkeypatch.setattr(sources, "open_together", lambda figures, *others: figures)
    monkeypatch.setattr("analysis.sharing.build.audit", lambda *document: None)
    assert rows(report(), wait_tables.CAPTION)[0]["Rate"] == "5\u00a0%" and found()


def test_published_waits_stand_beside_waits_from_the_referral_alone(store):
    service([10.0] * 60 + [80.0] * 40, ("wait_days", "Days on the list"))
    table = rows(report(), wait_tables.CAPTION)
    assert table and "England, April 2025" not in table[0]
    assert "need not begin with the referral" in said(report())
