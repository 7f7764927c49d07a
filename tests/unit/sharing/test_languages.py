"""A report of outcomes in Spanish: every word, the same figures, the same protection."""

import re

import pytest

from analysis.base.errors import RequestError
from analysis.base.languages import language
from analysis.measures.waiting import published_waits, standard
from analysis.questions.outcomes.benchmark import published
from analysis.questions.scope import Scope
from analysis.sharing.build import build
from analysis.sharing.export import admit
from analysis.sharing.plan import Plan, request_of
from analysis.sharing.request import of_kind
from analysis.sharing.writing.document import Document
from analysis.sharing.writing.translated import translated
from analysis.sharing.writing.writers import render
from tests.random_clinics import random_clinic

# What data and instruments are called stays as it is.
NAMES = {
    "CBT",
    "IPT",
    "PHQ-9",
    "Age",
    "In work",
    *(f"Site {letter}" for letter in "ABCD"),
    *(national.source for national in (*published(), *published_waits(), standard())),
    standard().label,
    "Days from referral to the first session",
}
TARGETS = (("recovery", 50), ("deterioration", 5))
DIGITS = re.compile(r"\d+")


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAPPORT_STORE", str(tmp_path_factory.mktemp("store")))
        names = [random_clinic(seed).name for seed in (3, 9)]
        yield [
            build(of_kind("outcomes", Scope(name), profile=profile, targets=TARGETS))
            for name in names
            for profile in ("share", "internal")
        ]


def texts(document: Document) -> list[str]:
    """Every text of a document but what the audit alone reads, in the order of reading."""
    found = [document.title, document.subtitle, *document.provenance, document.footer]
    for section in document.sections:
        found.append(section.heading)
        for block in section.blocks:
            found += _texts(block)
    return found


def _texts(part) -> list[str]:
    if isinstance(part, str):
        return [part]
    if isinstance(part, dict):
        return [t for key, inner in part.items() if key != "config" for t in _texts(inner)]
    if isinstance(part, (list, tuple)):
        return [text for inner in part for text in _texts(inner)]
    if hasattr(part, "__dataclass_fields__"):
        kept = [n for n in part.__dataclass_fields__ if n not in ("of", "format", "value")]
        return [text for name in kept for text in _texts(getattr(part, name))]
    return []


def test_no_sentence_stays_english(reports):
    for report in reports:
        spanish = language("es")
        translated(report.document, spanish)
        known = NAMES | {report.info.version, report.info.name}
        assert spanish.missing - known == set()


def test_the_figures_are_the_same_in_both(reports):
    for report in reports:
        both = texts(report.document), texts(translated(report.document, language("es")))
        assert len(both[0]) == len(both[1])
        for english, spanish in zip(*both, strict=True):
            # Numbers without their marks, which differ; a sentence may say them in another order.
            marks = english.replace(",", ""), spanish.replace("\u00a0", " ")
            assert sorted(DIGITS.findall(marks[0])) == sorted(DIGITS.findall(marks[1])), english


@pytest.mark.parametrize("kind", ("html", "pdf", "docx", "xlsx"))
def test_every_format_can_be_written(reports, kind):
    made = render(translated(reports[0].document, language("es")), kind)
    if kind == "html":
        page = made.decode()
        assert '<html lang="es">' in page and 'aria-label="Contenido"' in page
        assert "Recuperación" in page and "Recovery" not in page
        assert '"decimal":","' in page


def test_another_language_is_the_same_report_to_the_ledger(store):
    name = random_clinic(3).name
    admit(build(of_kind("outcomes", Scope(name))))
    english, spanish = (
        build(of_kind("outcomes", Scope(name), language=tag)).document for tag in ("en", "es")
    )
    assert spanish == translated(english, language("es"))


def test_the_sender_s_own_words_stay(store):
    name = random_clinic(3).name
    asked = of_kind("outcomes", Scope(name), language="es", title="Recovery", notes="Summary")
    document = build(asked).document
    assert (document.title, document.notes) == ("Recovery", ("Summary",))


def test_what_is_told_in_english_alone_is_refused(store):
    name = random_clinic(3).name
    with pytest.raises(RequestError, match=r"partition.*English alone"):
        of_kind("partition", Scope(name), language="es")
    with pytest.raises(RequestError, match="no language 'xx'"):
        request_of(Plan(name, language="xx"))
    assert request_of(Plan(name, language="es")).language == "es"
