"""The command `report`: its files and JSON, and every refusal in words with exit status 2."""

import io
import json
import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from PIL import Image

from analysis.application import cli
from analysis.application.commands.reports import _due
from analysis.sharing.cover.logo import carried, logo_of
from analysis.sharing.plan import Plan, read_plan, written_plan
from tests.random_clinics import random_clinic


@pytest.fixture
def clinic(store):
    return random_clinic(2, "ourclinic")


def report(capsys, *options) -> tuple[int, str, str]:
    status = cli.main(["report", *map(str, options)])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_four_formats_and_their_json(clinic, tmp_path, capsys):
    options = (
        "ourclinic",
        "--kind",
        "outcomes",
        "--format",
        "html,pdf,xlsx,docx",
        "--out",
        tmp_path / "new" / "folder",
        "--title",
        "Our year",
        "--json",
    )
    status, out, err = report(capsys, *options)
    answer = json.loads(out)
    assert (status, err) == (0, "")
    assert [Path(f).suffix for f in answer["files"]] == [".html", ".pdf", ".xlsx", ".docx"]
    assert all(Path(f).stat().st_size > 1000 and "our-year" in f for f in answer["files"])
    assert answer["profile"] == "share" and answer["dataset"] == "ourclinic"
    assert answer["suppressed"] > 0 and len(answer["version"]) == 12
    assert report(capsys, *options)[0] == 0  # the same again


def test_internal_files_say_so_in_name_and_text(clinic, tmp_path, capsys):
    status, out, _ = report(capsys, "ourclinic", "--profile", "internal", "--out", tmp_path / "in")
    assert status == 0 and "not for sharing" in out
    [file] = (tmp_path / "in").iterdir()
    assert "internal" in file.name and "not for sharing" in file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("ourclinic", "--kind", "outcome"), "did you mean 'outcomes'"),
        (("ourclinic", "--format", "html,pfd"), "did you mean 'pdf'"),
        (("ourclinic", "--format", ","), "list of names"),
        (("ourclinic", "--profile", "public"), "Allowed: share, internal"),
        (("ourclinics",), "did you mean 'ourclinic'"),
        (("ourclinic", "--version", "000000000000"), "no such version"),
        (("ourclinic", "--outcome", "phq"), "did you mean 'phq9'"),
        (("ourclinic", "--title", "x" * 121), "up to 120"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(
    clinic, tmp_path, capsys, options, said
):
    out = tmp_path / "out"
    status, printed, err = report(capsys, *options, "--out", out)
    assert status == 2 and printed == "" and said in err and "Traceback" not in err
    assert not out.exists() and not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--from", "2025-Q5"), "no period"),
        (("--from", "2026", "--to", "2025"), "end before it begins"),
        (("--period", "month"), "no period 'month'"),
        (("--language", "xx"), "no language 'xx'"),
        (("--clinics", "Site Z"), "No treatment has the clinic 'Site Z'"),
        (("--model", "CBD"), "did you mean 'CBT'"),
        (("--sections", "outcome"), "did you mean 'outcomes'"),
        (("--definition", "mine"), "no definition"),
    ],
)
def test_a_selection_that_cannot_be_is_said(clinic, tmp_path, capsys, options, said):
    status, printed, err = report(capsys, "ourclinic", *options, "--out", tmp_path / "out")
    assert status == 2 and printed == "" and said in err
    assert not (tmp_path / "out").exists()


def test_a_plan_is_saved_and_what_it_owes_is_written_once(clinic, tmp_path, capsys):
    plan, out = tmp_path / "plan.toml", tmp_path / "out"
    said = report(capsys, "ourclinic", "--every", "quarter,year", "--out", out, "--save", plan)
    assert said[0] == 0 and 'every = ["quarter", "year"]' in plan.read_text()
    assert report(capsys, "ourclinic", "--out", out, "--save", plan)[0] == 2  # never overwritten
    assert report(capsys, "--plan", plan, "--due")[0] == 0
    files = sorted(p.name for p in out.iterdir())
    assert len(files) == 2 and any("quarter" in f for f in files)
    status, printed, _ = report(capsys, "--plan", plan, "--due")
    assert status == 0 and "Nothing is due" in printed
    assert sorted(p.name for p in out.iterdir()) == files


def test_cover_and_commentary_by_options_and_by_plan(clinic, tmp_path, capsys):
    words = ("--organisation", "Our Trust", "--confidentiality", "For the board")
    words += ("--comments", "outcomes=Two sites moved.", "--logo", tmp_path / "logo.png")
    plan = tmp_path / "plan.toml"
    assert report(capsys, "ourclinic", *words, "--save", plan)[0] == 0
    status, _, err = report(capsys, "--plan", plan, "--out", tmp_path / "out")
    assert status == 2 and "logo cannot be read" in err and not (tmp_path / "out").exists()
    Image.new("RGB", (30, 10)).save(tmp_path / "logo.png")
    assert report(capsys, "--plan", plan, "--out", tmp_path / "out")[0] == 0
    text = next((tmp_path / "out").iterdir()).read_text(encoding="utf-8")
    for said in ("Our Trust", "For the board", "Two sites moved.", "data:image/png", "Table 1. "):
        assert said in text
    for comment, said in (("no section", "which section"), ("clinic=x", "mean 'clinics'")):
        status, _, err = report(capsys, "ourclinic", "--comments", comment, "--out", tmp_path)
        assert status == 2 and said in err


def test_a_saved_plan_writes_two_quarters_year_to_date_and_the_year(clinic, tmp_path):
    """As the page saves it, the logo inside; `--due` on the days of a scheduler."""
    out = tmp_path / "out"
    Image.new("RGB", (30, 10)).save(buffer := io.BytesIO(), "PNG")
    plan = Plan(
        "ourclinic",
        sections=("summary",),
        formats=("html", "pdf", "docx", "xlsx"),
        out=str(out),
        organisation="Our Trust",
        logo=carried(logo_of(buffer.getvalue())),
    )
    for today, every in (
        (date(2025, 7, 5), ("quarter",)),
        (date(2025, 10, 5), ("quarter", "year-to-date")),
        (date(2026, 1, 5), ("year",)),
    ):
        (tmp_path / "plan.toml").write_text(written_plan(replace(plan, every=every)))
        asked = read_plan(tmp_path / "plan.toml")
        assert len(_due(asked, None, today)[0]["reports"]) == len(every)
        assert _due(asked, None, today)[1] == "Nothing is due."
    files = sorted(path.name for path in out.iterdir())
    assert len(files) == 16 and {name.split(".")[-1] for name in files} == set(plan.formats)
    told = ("quarter-2025-q2", "quarter-2025-q3", "year-to-date-2025-q3", "year-2025-q4")
    for name in told:
        [page] = [p for p in out.glob("*.html") if name in p.name.lower()]
        text = page.read_text(encoding="utf-8")
        assert "data:image/png" in text and "Our Trust" in text and ">Summary<" in text


def test_another_report_of_the_name_stays(clinic, tmp_path, capsys):
    for notes in ("one", "two", "two"):
        assert report(capsys, "ourclinic", "--notes", notes, "--out", tmp_path / "out")[0] == 0
    assert len(list((tmp_path / "out").iterdir())) == 2


def test_a_plan_that_cannot_be_read_is_said(clinic, tmp_path, capsys):
    for text, said in (("dataset = ", "cannot be read"), ("datset = 'x'", "mean 'dataset'")):
        (tmp_path / "p.toml").write_text(text)
        status, _, err = report(capsys, "--plan", tmp_path / "p.toml", "--out", tmp_path)
        assert status == 2 and said in err


def test_a_folder_that_cannot_be_written(clinic, tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    status, _, err = report(capsys, "ourclinic", "--out", tmp_path / "file" / "reports")
    assert status == 2 and "cannot be written" in err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_the_right_to_write(clinic, tmp_path, capsys):
    (tmp_path / "locked").mkdir(mode=0o500)
    status, _, err = report(capsys, "ourclinic", "--out", tmp_path / "locked")
    assert status == 2 and "cannot be written" in err


def test_too_near_an_earlier_report(clinic, tmp_path, capsys):
    assert report(capsys, "ourclinic", "--out", tmp_path / "may")[0] == 0
    random_clinic(2, "ourclinic", without_first=True)
    status, _, err = report(capsys, "ourclinic", "--out", tmp_path / "june")
    assert status == 2 and "1 to 7 patients set one of its figures apart" in err
    assert not (tmp_path / "june").exists()
    inside = report(capsys, "ourclinic", "--profile", "internal", "--out", tmp_path / "june")
    assert inside[0] == 0


def test_a_series_tells_clinics_by_the_year(clinic, tmp_path, capsys):
    plan = tmp_path / "board.toml"
    options = ("ourclinic", "--by-year", "clinic", "--every", "quarter,year", "--save", plan)
    assert report(capsys, *options)[0] == 0 and 'by_year = ["clinic"]' in plan.read_text()
    asked = ("--plan", plan, "--sections", "outcomes,clinics", "--from", "2025-Q1")
    for to, told in (("2025-Q1", False), ("2025-Q4", True)):
        out = tmp_path / to
        assert report(capsys, *asked, "--to", to, "--out", out)[0] == 0
        text = next(out.iterdir()).read_text(encoding="utf-8")
        assert ("Reports of longer periods alone" in text) != told
    status, _, err = report(capsys, *options[:2], "clinics", "--out", tmp_path / "no")
    assert status == 2 and "did you mean 'clinic'" in err
