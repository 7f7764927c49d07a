"""Guards and words that stand once: formulas in spreadsheets, SQL text, joined words."""

import csv
import io

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.base.joining import capital, listed, named, plural
from analysis.base.spreadsheets import FORMULA, inert
from analysis.store.versions.naming import literal, quoted


@given(st.text())
def test_no_text_runs_as_a_formula(text):
    out = io.StringIO()
    csv.writer(out).writerow([inert(text)])
    assert not str(inert(text)).startswith(FORMULA)
    assert inert(text) in (text, "'" + text)


@pytest.mark.parametrize(
    ("cell", "written"), [("-5", "-5"), ("-5a", "'-5a"), ("=1", "'=1"), (5.0, 5.0), (None, None)]
)
def test_a_number_may_keep_its_sign(cell, written):
    assert inert(cell, but_numbers=True) == written


@settings(deadline=None)
@given(st.text(alphabet=st.characters(exclude_characters="\x00", exclude_categories=["Cs"])))
def test_sql_reads_back_what_was_quoted(text):
    with duckdb.connect() as connection:
        assert connection.execute(f"SELECT {literal(text)}").fetchone() == (text,)
        if text:
            described = connection.execute(f"SELECT 1 AS {quoted(text)}").description
            assert described[0][0] == text


def test_words_are_joined():
    assert [listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == [
        "a",
        "a and b",
        "a, b and c",
    ]
    assert named(["a", "b", "c", "d"]) == "'a', 'b', 'c' and 1 more"
    assert named(["a", "b", "c", "d"], most=0) == "'a', 'b', 'c' and 'd'" and named([]) == ""
    assert (plural("clinic", 1), plural("clinic", 0), capital("pHQ")) == (
        "clinic",
        "clinics",
        "PHQ",
    )
