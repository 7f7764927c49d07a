"""Models of the alliance and of the signals as parts of a report for sharing."""

import re

import pytest

from analysis.demo import make_demo
from analysis.demo.worlds.make import make_world
from analysis.models.prognosis.discrimination import AtShare
from analysis.presentation.tables.table import Table
from analysis.questions.progress.accuracy import OFFERED, Accuracy
from analysis.questions.scope import Scope
from analysis.sharing.build import build
from analysis.sharing.request import KINDS, ReportRequest, of_kind
from analysis.sharing.sections.models.alliance_sections import OF_A_PART
from analysis.sharing.sections.models.told_signals import may_stand, may_tell
from analysis.sharing.writing.document import Paragraph
from tests.attackers.models import read_models


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """402 treatments of a world in which alliance and symptoms move each other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAPPORT_STORE", str(tmp_path_factory.mktemp("store")))
        make_world("both-ways", "shared", 402, 3)
        yield "shared"


@pytest.fixture(scope="module")
def shared(world):
    return build(of_kind("alliance", Scope(world))).document


def test_each_question_of_the_alliance_is_a_section(shared):
    headings = [s.heading for s in shared.sections]
    assert headings == [
        "Which comes first",
        "The alliance within and between",
        "Two people, one alliance",
        "Ruptures and repairs",
        "Building the alliance",
        "How this was made",
    ]
    assert shared.title == "The alliance: shared"
    tables = [b for s in shared.sections for b in s.blocks if isinstance(b, Table)]
    assert len(tables) >= 6 and all(t.rows for t in tables)
    said = _texts(shared)
    assert said.startswith("Both: alliance goes with later symptoms")


def test_a_shared_one_tells_no_exact_count_and_no_part_of_the_patients(shared):
    """402 patients stand behind it: 400 where it is said."""
    said = _texts(shared)
    assert not re.search(r"\b40[12]\b", said)
    columns = {
        c.name for s in shared.sections for b in s.blocks if isinstance(b, Table) for c in b.columns
    }
    assert not columns & set(OF_A_PART)
    assert not any("treatments" in n or "sessions rated" in n for n in _notes(shared))
    for section in shared.sections:
        read_models(section)


def test_an_internal_one_has_all_figures(world):
    request = ReportRequest(Scope(world), ("ruptures", "levels"), "internal")
    found = build(request).document
    columns = {
        c.name for s in found.sections for b in s.blocks if isinstance(b, Table) for c in b.columns
    }
    assert set(OF_A_PART) - {"Rated in"} <= columns


def test_too_few_patients_get_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("RAPPORT_STORE", str(tmp_path))
    make_demo("tiny", 50, 1)
    sections = tuple(n for n in KINDS["alliance"] if n != "method") + ("signals",)
    found = build(ReportRequest(Scope("tiny"), sections)).document
    assert all(isinstance(b, Paragraph) for s in found.sections for b in s.blocks)


def test_signals_tell_how_well_they_work(world):
    found = build(of_kind("signals", Scope(world))).document
    read_models(found.sections[0])
    heading = found.sections[0].heading
    assert heading == "How well the signals work"


@pytest.mark.parametrize(
    ("n", "events", "hit", "may"),
    [
        (300, 60, 20, True),
        (300, 60, 6, False),  # six of those flagged: a small corner
        (300, 60, 41, False),  # four flagged to whom it did not come
        (300, 30, 20, False),  # a share of thirty in whole per cents tells how many
        (200, 60, 15, False),  # thirty flagged
    ],
)
def test_a_signal_is_told_where_no_corner_is_small(n, events, hit, may):
    flagged = round(0.15 * n)
    at = AtShare(0.15, 0.5, flagged, hit, hit / events, None, hit / flagged)
    assert may_tell(Accuracy("x", 4, OFFERED, n, events, 0.7, 0.6, flagging=at)) is may


def test_a_signal_without_figures_is_not_told():
    assert not may_tell(Accuracy("x", 4, OFFERED, 500, 100))


@pytest.mark.parametrize(("other", "told"), [(300, 2), (304, 1), (293, 1), (308, 2)])
def test_signals_whose_treatments_few_set_apart_do_not_stand_beside_each_other(other, told):
    at = AtShare(0.15, 0.5, 45, 20, 20 / 60, None, 20 / 45)
    every = [Accuracy("x", 4, OFFERED, n, 60, 0.7, 0.6, flagging=at) for n in (300, other)]
    assert len(may_stand(every)) == told


def _texts(document) -> str:
    out = []
    for s in document.sections[:-1]:
        for b in s.blocks:
            if isinstance(b, Paragraph):
                out.append(b.text)
            elif isinstance(b, Table):
                out += [c.text for row in b.rows for c in row] + list(b.notes)
    return " ".join(out)


def _columns(document) -> set[str]:
    tables = [b for s in document.sections for b in s.blocks if isinstance(b, Table)]
    return {column.name for table in tables for column in table.columns}


def _notes(document) -> list[str]:
    return [n for s in document.sections for b in s.blocks if isinstance(b, Table) for n in b.notes]
