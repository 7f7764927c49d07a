"""Bytes in: what is read, what is refused, and that the store is then as it was."""

import os
import stat

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.base.errors import ImportRefused, RapportError
from analysis.importing import doors as importing
from analysis.store.versions import catalogue
from tests.spec.landing import KEYS, PHQ, Landed, land

GOOD = "patient,session,phq9\np1,1,20\np1,2,15\n"
TABLE = [("p1", 1, 20.0), ("p1", 2, 15.0)]
SIMPLE = KEYS + PHQ


def sessions(landed):
    return landed.rows("SELECT episode, session, phq9 FROM session")


@pytest.mark.parametrize(
    "content",
    [
        GOOD,
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.encode("utf-16"),
        GOOD.replace(",", ";"),
        GOOD.replace(",", "\t"),
        GOOD.replace(",", "|"),
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\n", "\r"),
        GOOD.replace("\n", "\r\n", 1),
        GOOD.rstrip("\n"),
        GOOD + "\n\n",
        "\n" + GOOD,
        GOOD.replace("p1,2", "\n\np1,2"),
        GOOD.replace("p1", '"p1"'),
        GOOD.replace("patient", "\u00a0patient\u200b"),
        GOOD.replace("patient", "\uff50atient"),
    ],
)
def test_the_same_table_in_many_dresses(store, tmp_path, content):
    assert sessions(land(tmp_path, content, SIMPLE)) == TABLE


def test_both_readers_give_the_same(store, tmp_path):
    """A blank line sends the file to the careful reader; the version must not change."""
    rows = "".join(f"p{i % 7},{i // 7},{i % 28}\n" for i in range(500))
    fast = land(tmp_path / "1", "patient,session,phq9\n" + rows, SIMPLE).report
    slow = land(tmp_path / "2", "patient,session,phq9\n\n" + rows, SIMPLE).report
    assert (slow.version, slow.already_loaded) == (fast.version, True)


def test_windows_letters_are_asked_about(store, tmp_path):
    raw = "patient,session,phq9\nJosé,1,20\n".encode("cp1252")
    told = land(tmp_path, raw, SIMPLE)
    assert sessions(told) == [("José", 1, 20.0)] and told.warned('encoding = "cp1252"')
    assert told.warned("with the letters é") and not told.warned("José")
    landed = land(tmp_path, raw, '[[files]]\nencoding = "cp1252"\n' + SIMPLE)
    assert sessions(landed) == [("José", 1, 20.0)]


def test_title_lines_are_asked_about(store, tmp_path):
    text = "Export of the clinic\n\n" + GOOD
    assert land(tmp_path, text, SIMPLE).warned("skip = 2")
    assert sessions(land(tmp_path, text, "[[files]]\nskip = 2\n" + SIMPLE)) == TABLE


def test_a_newline_in_a_quoted_note(store, tmp_path):
    text = 'patient,session,phq9,note\np1,1,20,"two\nlines"\np1,x,15,\n'
    landed = land(tmp_path, text, SIMPLE)
    assert sessions(landed) == TABLE[:1]
    assert [q["row"] for q in landed.quarantine] == ["3"]  # as a spreadsheet counts


def test_rows_with_too_many_or_too_few_fields_are_quarantined(store, tmp_path):
    text = "patient,session,phq9\np1,1,20\np1,2,15,9\np1,3\np1,4,1\n"
    landed = land(tmp_path, text, SIMPLE)
    assert [(q["row"], q["value_kind"]) for q in landed.quarantine] == [("3", "row"), ("4", "row")]
    assert "4 fields" in landed.quarantine[0]["reason"]
    assert landed.report.files[0].rows_read == 4


def test_a_nul_byte_costs_its_row(store, tmp_path):
    landed = land(tmp_path, GOOD + "p\x00x,3,4\n", SIMPLE)
    assert sessions(landed) == TABLE and landed.quarantine[0]["value_kind"] == "damaged text"


BAD = {
    "empty": (b"", "empty"),
    "only spaces": (b"  \n\n", "empty"),
    "header only": (b"patient,session,phq9\n", "no rows"),
    "no header": (b"1,1,20\n1,2,15\n", "no header"),
    "workbook": (b"PK\x03\x04" + b"x" * 50, "Excel"),
    "program": (b"MZ" + bytes(200), "program"),
    "old office": (b"\xd0\xcf\x11\xe0" + bytes(200), "Office"),
    "web page": (b"\n<!DOCTYPE html><html></html>", "web page"),
    "binary": (bytes(range(1, 32)) * 20, "binary"),
    "parquet cut off": (b"PAR1" + bytes(100), "Parquet"),
    "same names": (b"patient,session,phq9,phq9\np1,1,2,3\n", "column 3 'phq9' and column 4"),
    "names by case": (b"patient,session,PHQ9,phq9\np1,1,2,3\n", "column 3 'PHQ9'"),
    "every row too long": (b"patient,session,phq9\n1,p1,1,20\n2,p1,2,15\n", "No row has"),
    "open quote": (b'patient,session,phq9\np1,1,20\n"p1,2,15\np1,3,9\n', "line 3"),
    "quote in mid-field": (b'patient,session,phq9\n"p1"x,1,20\n', "line 2"),
    "endless field": (b"patient,session,phq9\np1,1," + b"9" * 1_100_000 + b"\n", "million"),
    "look-alike": ("patient,session,phq9,\u0440hq\np1,1,2,3\n".encode(), r"U\+0440"),
    "nothing kept": (b"patient,session,phq9\np1,x,2\n", "No session row"),
}


@pytest.mark.parametrize("kind", BAD)
def test_files_that_are_refused_leave_the_store_as_it_was(store, tmp_path, kind):
    land(tmp_path / "before", GOOD, SIMPLE)
    before = sorted(store.rglob("*"))
    content, told = BAD[kind]
    with pytest.raises(ImportRefused, match=told) as caught:
        land(tmp_path / "bad", content, SIMPLE)
    assert "data.csv" in str(caught.value) and caught.value.next_step
    assert sorted(store.rglob("*")) == before


def test_a_missing_file(store, tmp_path):
    with pytest.raises(ImportRefused, match="cannot be read"):
        importing.import_files("d", [tmp_path / "no.csv"], importing.Mapping.from_text(SIMPLE))


def parquet(path, query):
    with duckdb.connect() as c:
        c.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    return path.read_bytes()


def test_parquet(store, tmp_path):
    content = parquet(
        tmp_path / "p.parquet",
        "SELECT * FROM (VALUES (10008.0::DOUBLE, 1, 20.5, DATE '2024-01-01'), "
        "(10008.0, 2, NULL, NULL)) t(patient, session, phq9, day)",
    )
    landed = land(tmp_path, {"d.parquet": content}, KEYS + 'date = "day"\n' + PHQ)
    assert sessions(landed) == [("10008", 1, 20.5), ("10008", 2, None)]


def test_parquet_with_lists_is_refused(store, tmp_path):
    content = parquet(tmp_path / "p.parquet", "SELECT 1 AS patient, 1 AS session, [1] AS phq9")
    with pytest.raises(ImportRefused, match="lists"):
        land(tmp_path, {"d.parquet": content}, SIMPLE)


def test_parquet_and_csv_of_one_table_are_one_version(store, tmp_path):
    rows = "SELECT 'p' || i AS patient, 1 AS session, i % 28 AS phq9 FROM range(50) r(i)"
    content = parquet(tmp_path / "p.parquet", rows)
    text = "patient,session,phq9\n" + "".join(f"p{i},1,{i % 28}\n" for i in range(50))
    a = land(tmp_path, {"d.parquet": content}, SIMPLE).report
    b = land(tmp_path, text, SIMPLE).report
    assert a.version == b.version and b.already_loaded


def test_the_same_file_twice(store, tmp_path):
    first = land(tmp_path, GOOD, SIMPLE).report
    again = land(tmp_path, GOOD, SIMPLE).report
    assert (again.version, again.already_loaded) == (first.version, True)
    assert len(catalogue.versions("d")) == 1
    with pytest.raises(ImportRefused, match="the same"):
        land(tmp_path, {"a.csv": GOOD, "b.csv": GOOD}, SIMPLE)


def test_originals_and_quarantine_are_kept_private_until_deleted(store, tmp_path):
    landed = land(tmp_path, GOOD + "p1,x,3\n", SIMPLE)
    (original,) = (store / "d" / f"{landed.report.version}.originals").iterdir()
    assert original.read_text() == GOOD + "p1,x,3\n" and len(original.name) == 64
    if os.name == "posix":
        for path in (original, landed.report.quarantine_path):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
    catalogue.delete("d")
    assert not any(store.rglob("*.csv"))


def test_strange_file_names_are_only_shown_and_never_used(store, tmp_path):
    name = "[a]*?'\u202e" + "x" * 200 + ".csv"
    landed = land(tmp_path, {name: GOOD}, SIMPLE)
    shown = landed.report.files[0].file
    assert len(shown) <= 100 and "\u202e" not in shown and sessions(landed) == TABLE


def test_report_as_json(store, tmp_path):
    report = land(tmp_path, GOOD + "p1,x,3\n", SIMPLE).report
    told = report.to_json()
    assert (told["rows_read"], told["kept"], told["quarantined"]) == (3, 2, 1)
    assert told["files"] == [
        {
            "file": "data.csv",
            "table": "session",
            "rows_read": 3,
            "kept": 2,
            "quarantined": 1,
            "rows": 3,
            "cells": {"read": 9, "landed": 6, "refused": 3, "superseded": 0, "unused": 0},
        }
    ]
    assert told["tables"]["session"] == 2 and told["version"] == report.version


cell = st.one_of(
    st.sampled_from(["", "1", "2", "27", "28", "-1", "1,5", "NA", "x", '"', "p1", "inf", "\n"]),
    st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=4),
)


@st.composite
def messy(draw):
    """A small CSV that is mostly a table: ragged rows, stray quotes, odd cells, odd ends."""
    mark = draw(st.sampled_from(",;\t|"))
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    header = ["patient", "session", "phq9", *draw(st.lists(cell, max_size=2))]
    rows = draw(st.lists(st.lists(cell, min_size=2, max_size=5), max_size=12))
    tidy = draw(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 3), st.integers(0, 30))))
    lines = [header, *rows, *[[p, str(s), str(x)] + [""] * (len(header) - 3) for p, s, x in tidy]]
    return end.join(mark.join(line) for line in lines)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=messy())
def test_any_messy_file_is_refused_or_adds_up(store, tmp_path, text):
    path = tmp_path / "messy.csv"
    path.write_text(text, encoding="utf-8", newline="")
    try:
        report = importing.import_files("d", [path], importing.Mapping.from_text(SIMPLE))
    except ImportRefused as refusal:
        assert "could not be judged" not in str(refusal), str(refusal)
        return
    for file in report.files:  # baseline rows, if there are some, count as a file of their own
        assert file.rows_read == file.kept + file.quarantined
    assert Landed(report).rows("SELECT count(*) FROM session") == [(report.files[0].kept,)]
    listed = {q["row"] for q in Landed(report).quarantine}
    assert len(listed) == sum(file.quarantined for file in report.files)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(raw=st.binary(max_size=300))
def test_any_bytes_are_refused_in_words(store, tmp_path, raw):
    path = tmp_path / "bytes.csv"
    path.write_bytes(raw)
    with pytest.raises(RapportError):
        importing.import_files("d", [path], importing.Mapping.from_text(SIMPLE))


def test_the_childs_answer_is_the_same_and_its_limits_hold(store, tmp_path):
    path = tmp_path / "data.csv"
    path.write_text(GOOD)
    mapping = importing.Mapping.from_text(SIMPLE)
    report = importing.import_in_child("d", [path], mapping)
    assert report.files[0].kept == 2
    path.write_text("")
    with pytest.raises(ImportRefused, match="empty"):
        importing.import_in_child("d", [path], mapping)
    path.write_text(GOOD + "p1,3,4\n")
    with pytest.raises(ImportRefused, match="too much time"):
        importing.import_in_child("d", [path], mapping, seconds=0)
    assert len(catalogue.versions("d")) == 1
