"""Files appear complete or not at all; what cannot be written is said in words."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.base.errors import RequestError
from analysis.sharing.build import _period
from analysis.sharing.writing import writers
from analysis.sharing.writing.writers import FORMATS, render, report_name, write
from tests.sample_document import report

REPORT = report(charts=1, tables=1)


def test_every_format_is_written_once_under_a_plain_name(tmp_path):
    folder = tmp_path / "new" / "folder"
    paths = write(REPORT, [*FORMATS, *FORMATS], folder)
    assert {p.name for p in folder.iterdir()} == {p.name for p in paths}
    assert [p.suffix for p in paths] == [f".{kind}" for kind in FORMATS]
    assert [p.read_bytes() for p in paths] == [render(REPORT, kind) for kind in FORMATS]
    assert {p.stem for p in paths} == {"synthetic_2026-11-24_outcomes-of-the-service"}


def test_what_is_not_for_sharing_says_so_in_its_name():
    internal = replace(REPORT, profile="internal", synthetic=False)
    assert report_name(internal, "html", "../../etc/board").startswith("etc-board_internal.")


def test_a_report_of_periods_has_them_in_its_name():
    """Four quarters in one folder were four files of one name, told apart by (1), (2) and (3)."""
    name = report_name(replace(REPORT, period="2026 Q1 2026 Q2"), "pdf")
    assert name == "synthetic_2026-11-24_outcomes-of-the-service_2026-q1-2026-q2.pdf"


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_document_gives_the_same_bytes(kind):
    assert render(REPORT, kind) == render(replace(REPORT), kind)


def test_an_unknown_format_is_named_with_what_there_is(tmp_path):
    with pytest.raises(RequestError, match=r"no report format 'htm'.*did you mean 'html'"):
        write(REPORT, ["htm"], tmp_path)
    with pytest.raises(RequestError, match="No format was chosen"):
        write(REPORT, [], tmp_path)


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RequestError, match="cannot be written"):
        write(REPORT, ["html"], tmp_path / "file")


def test_a_full_disk_leaves_the_earlier_report_and_no_rest(tmp_path, monkeypatch):
    (path,) = write(REPORT, ["html"], tmp_path)
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writers.os, "replace", full)
    with pytest.raises(RequestError, match="No space left"):
        write(replace(REPORT, subtitle="new"), ["html"], tmp_path)
    assert os.listdir(tmp_path) == [path.name]
    assert path.read_bytes() == before


def test_nothing_is_written_unless_every_format_can_be(tmp_path):
    with pytest.raises(RequestError):
        write(replace(REPORT, sections=()), ["html"], tmp_path)
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("kind", ["html", "pdf", "docx", "xlsx"])
def test_a_report_of_8_charts_and_10_tables_can_be_mailed(kind):
    """How long it takes is measured by benchmarks/report_speed.py."""
    assert len(render(report(charts=8, tables=10), kind)) < 1_500_000


def test_a_disk_that_is_full_at_the_second_file_leaves_none(tmp_path, monkeypatch):
    wrote = Path.write_bytes

    def short(path: Path, content: bytes) -> int:
        if ".pdf." in path.name:
            raise OSError(28, "No space left on device")
        return wrote(path, content)

    monkeypatch.setattr(Path, "write_bytes", short)
    with pytest.raises(RequestError, match="No space left"):
        write(REPORT, ["html", "pdf"], tmp_path)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("", "", ""),
        ("2024 Q2", "2024 Q2", "2024 Q2"),
        ("2024 Q1", "2024 Q4", "2024"),
        ("2024 Q1", "2024 Q2", "2024 Q1 to 2024 Q2"),
        ("2024 Q3", "", "from 2024 Q3"),
    ],
)
def test_a_period_is_named_as_people_name_it(first, last, said):
    assert _period(first, last) == said
