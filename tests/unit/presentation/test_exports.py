"""Downloads: full precision, no live formulas, text in every picture, synthetic data named."""

import copy
import csv
import io
import math
import re

import pandas as pd
import pytest
import vl_convert
from hypothesis import given
from hypothesis import strategies as st

from analysis.presentation import exports
from analysis.presentation.charts.partition import partition as charts
from analysis.presentation.charts.theme import DARK, LIGHT, PAPER
from analysis.presentation.words import literature
from tests.sample_partition import sample


def read(data: bytes, skip: int = 0) -> list[dict]:
    lines = data.decode("utf-8-sig").splitlines(keepends=True)[skip:]
    return list(csv.DictReader(io.StringIO("".join(lines))))


def test_a_table_keeps_full_precision_and_empty_cells():
    data = exports.table_csv([{"a": 0.1234567890123456, "b": None}, {"a": math.nan, "b": "Vîslă"}])
    first, second = read(data)
    assert float(first["a"]) == 0.1234567890123456
    assert (first["b"], second["a"], second["b"]) == ("", "", "Vîslă")


def test_a_table_says_what_it_is_in_a_column_and_a_name():
    """No line of its own: read.csv takes the first line for the names."""
    data = exports.table_csv([{"a": 1, "mark": 2}], synthetic=True, internal=True)
    [row] = read(data)
    assert list(row) == ["a", "mark", "mark_"] and (row["a"], row["mark"]) == ("1", "2")
    assert "Synthetic data" in row["mark_"] and "not for sharing" in row["mark_"]
    assert list(pd.read_csv(io.BytesIO(data)).columns) == ["a", "mark", "mark_"]
    assert read(exports.table_csv([{"a": 1}])) == [{"a": "1"}]
    name = exports.file_name("rapport", "What explains (demo)", ending="csv", synthetic=True)
    assert name == "synthetic_rapport_what-explains-demo.csv"


@given(st.text(min_size=1))
def test_no_text_cell_starts_as_a_formula(text):
    cell = exports._cell(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert cell in (text, "'" + text)


@given(st.text())
def test_a_file_name_is_always_plain(text):
    name = exports.file_name("rapport", text, ending="png")
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-.")
    assert name.count(".") == 1


def test_no_rows_is_an_empty_file():
    assert exports.table_csv([]) == b""


@pytest.fixture(scope="module")
def figure() -> dict:
    return charts.partition_figure(sample(), PAPER, "What explains PHQ-9").to_dict()


def test_an_svg_has_its_words(figure):
    svg = exports.chart_svg(figure).decode()
    for word in ("What explains PHQ-9", "Alliance", "Extra-therapeutic", "Left unexplained"):
        assert word in svg


@pytest.mark.parametrize("font", ["sans-serif", "No Such Font 9"])
def test_a_png_has_letters(figure, font):
    """vl-convert drops the text of an unknown font in silence: whatever family a chart asks for,
    its picture must differ from the same picture without a letter."""
    spec = copy.deepcopy(figure)
    spec["config"] |= {"font": font, "text": spec["config"]["text"] | {"font": font}}
    png = exports.chart_png(spec, scale=1)
    assert png.startswith(b"\x89PNG")
    bare = re.sub("<text.*?</text>", "", exports.chart_svg(spec).decode())
    assert len(png) > 1.3 * len(vl_convert.svg_to_png(bare, scale=1))


def test_paper_asks_for_no_font_of_its_own():
    assert PAPER.font == "sans-serif"
    assert "Source Sans" in LIGHT.font
    assert "Source Sans" in DARK.font


def test_published_figures_are_those_that_were_read():
    assert [p.id for p in literature.pies()] == ["lambert-1992", "norcross-2004"]
    lambert = literature.pies()[0]
    assert sorted(s.share for s in lambert.slices) == [0.15, 0.15, 0.30, 0.40]
    assert "" not in {s.factor for s in lambert.slices}  # it has no unexplained slice
    alliance = next(e for e in literature.effects() if e.factor == "alliance")
    assert (alliance.r, alliance.low, alliance.high, alliance.k) == (0.278, 0.256, 0.299, 295)
    assert alliance.variance == pytest.approx(0.077, abs=5e-4)  # the source's 7.7 %
    unread = {"Goal consensus", "Collaboration", "Positive regard", "Congruence", "Rupture repair"}
    assert not unread & {e.what for e in literature.effects()}


def test_a_figure_from_recall_never_shows(tmp_path, monkeypatch):
    (tmp_path / "effects.toml").write_text(
        '[[effect]]\nfactor = "practice"\nwhat = "Regard"\nsource = "?"\ndoi = ""\n'
        'checked = "recall"\n'
    )
    monkeypatch.setattr(literature, "FOLDER", tmp_path)
    assert literature.effects.__wrapped__() == ()
