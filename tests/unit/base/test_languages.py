"""Phrases and their languages: fields, numbers, plurals, and what a table must hold."""

import ast
import copy
import pickle
import re
from pathlib import Path

import pytest

from analysis.base.errors import RequestError
from analysis.base.languages import ENGLISH, codes, language
from analysis.base.phrase import Phrase, joined, listing, numbered, stopped

ROOT = Path(__file__).resolve().parents[3]
FIELD = re.compile(r"\{\w*\}")
OTHERS = [code for code in codes() if code != ENGLISH]


def test_a_phrase_is_its_english_text_and_survives_copies():
    made = Phrase("{n} of {whole}", n=3, whole=1200)
    assert made == "3 of 1,200" and isinstance(made, str)
    for twin in (copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
        assert (twin, twin.pattern, twin.fields) == (made, made.pattern, made.fields)


def test_a_name_with_braces_stays_a_name():
    assert language("es").of(Phrase("Clinics: {names}", names="{n} of")) == "Centros: {n} of"


@pytest.mark.parametrize(
    ("english", "spanish"),
    (
        (numbered(1, "{n} figure hidden", "{n} figures hidden"), "1 cifra oculta"),
        (numbered(2, "{n} figure hidden", "{n} figures hidden"), "2 cifras ocultas"),
        (Phrase("{n} of {whole}", n=3, whole=12345), "3 de 12\u00a0345"),
        (Phrase("{low} to {high}\u00a0%", low="−0.5", high="1,200.25"), "−0,5 a 1200,25\u00a0%"),
        (listing(["2024 Q1", "2024 Q3", "2025 Q2"]), "2024 T1, 2024 T3 y 2025 T2"),
        (stopped(joined(["Recovery", "recovery"], "; ")), "Recuperación; recuperación."),
        ("<.001", "<0,001"),
        ("4.3\u00a0%", "4,3\u00a0%"),
        ("2026-11-28", "2026-11-28"),
        ("0.2.0", "0.2.0"),
        ("[c]", "[c]"),
        ("Clinic 1.5", "Clinic 1.5"),
    ),
)
def test_words_numbers_and_periods_of_spanish(english, spanish):
    assert language("es").of(english) == spanish


def test_english_is_english():
    assert language("en").of("1,200.5 and 2024 Q1") == "1,200.5 and 2024 Q1"


def test_an_unknown_language_is_refused_with_what_there_is():
    with pytest.raises(RequestError, match=r"no language 'xx'.*en \(English\), es \(español\)"):
        language("xx")


def test_what_a_table_lacks_is_kept():
    found = language("es")
    assert found.of("Nobody wrote this") == "Nobody wrote this"
    assert found.missing == {"Nobody wrote this"} and not language("es").missing


@pytest.mark.parametrize("code", OTHERS)
def test_every_phrase_keeps_its_fields_and_its_figures(code):
    for english, other in language(code).phrases.items():
        assert sorted(FIELD.findall(english)) == sorted(FIELD.findall(other)), english
        assert sorted(re.findall(r"\d+", english)) == sorted(re.findall(r"\d+", other)), english
        assert english.endswith(".") == other.endswith("."), english


@pytest.mark.parametrize("code", OTHERS)
def test_every_pattern_of_the_program_is_in_the_table(code):
    found, table = set(), language(code).phrases
    for path in (ROOT / "analysis").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in (
                "Phrase",
                "numbered",
            ):
                found |= {a.value for a in node.args if isinstance(a, ast.Constant)} - {1}
    worded = {p for p in found if isinstance(p, str) and re.search("[a-z]{2}", FIELD.sub("", p))}
    assert len(worded) > 30
    assert sorted(p for p in worded if p not in table) == []
