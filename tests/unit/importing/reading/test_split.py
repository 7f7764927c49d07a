"""Ragged text without quotes is cut at its delimiters: the careful reader's rows."""

import pytest

from analysis.importing.findings.quarantine import Ledger
from analysis.importing.reading import read
from analysis.importing.reading.file_mapping import FileMapping
from analysis.store.versions.hardened import memory_connection

TEXTS = {
    "too long and too short": "a,b,c\n1,2,3\n1,2\n4,5,6\n7,8,9,10\n,,\n",
    "empty lines": "a,b,c\n\n1,2,3\n\n4,5\n6,7,8\n\n",
    "spaces and tabs": "a;b;c\n 1 ;\t;3\nx\n;;\nü;é;ß",
    "carriage returns": "a\tb\r\n1\t2\r\n3\r\n4\t5\t6\r\n7\t8\r\n",
    "with a mark": "\ufeffa|b\n1|2\n3\n4|5\n",
}


def staged(path):
    with memory_connection("1GB") as connection:
        ledger = Ledger(connection)
        found = read.stage(connection, path, path.name, 0, FileMapping(path.name), ledger)
        rows = connection.execute(f"SELECT * FROM {found.table} ORDER BY line").fetchall()
        return rows, found.read, ledger.rows([path.name])


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_cut_lines_are_what_the_careful_reader_gives(tmp_path, monkeypatch, text):
    path = tmp_path / "ragged.csv"
    path.write_text(text, encoding="utf-8", newline="")
    split, answers = read._split, []
    monkeypatch.setattr(read, "_split", lambda *given: answers.append(split(*given)) or answers[-1])
    cut = staged(path)
    monkeypatch.setattr(read, "_split", lambda *given: None)
    assert cut == staged(path)
    assert answers in ([cut[1]], [None]) and cut[2]  # None: lines are empty; rows are ragged
    assert answers == [cut[1]] or "\n\n" in text
