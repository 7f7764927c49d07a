"""The glossary: forty words or more, each in one plain sentence, seen on pages that there are."""

import re
from pathlib import Path

from analysis.presentation.words.glossary import PAGES, glossary

SCRIPTS = Path(__file__).resolve().parents[4] / "pages"


def test_each_word_has_one_plain_sentence():
    terms = glossary()
    assert len(terms) >= 40 and len({t.anchor for t in terms}) == len(terms)
    for term in terms:
        assert re.fullmatch(r"[A-Z][^.;]*\.", term.sentence), term.name
        assert len(term.sentence.split()) <= 26, term.name


def test_each_is_seen_on_a_page_that_there_is():
    assert all((SCRIPTS / f"{page}.py").exists() for page in PAGES)
    assert all(term.seen for term in glossary())
