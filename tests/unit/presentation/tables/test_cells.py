"""A cell is worth exactly what it shows: the text, the number and the format agree."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.presentation.tables import cells
from analysis.presentation.tables.table import Cell, Table, laid_out

NUMBERS = st.floats(-1e6, 1e6)


def written(cell: Cell) -> str:
    """The cell's number as a spreadsheet shows it by the cell's format, in our characters."""
    scale = 100 if cell.format.endswith("%") else 1
    form = cell.format.removesuffix("\\ %")
    places = len(form.split(".")[1]) if "." in form else 0
    text = f"{cell.value * scale:{',' if ',' in form else ''}.{places}f}"
    text = text.lstrip("-") if float(text.replace(",", "")) == 0 else text
    text = text.removeprefix("0") if form.startswith(".") else text
    return text.replace("-", "−") + ("\u00a0%" if scale == 100 else "")


@given(NUMBERS, st.integers(0, 4))
def test_a_number_is_worth_what_is_shown(value, places):
    for cell in (
        cells.number(value, decimals=places),
        cells.grouped(value, places),
        cells.share(value / 1e6, decimals=places),
    ):
        assert written(cell) == cell.text


@given(st.integers(0, 10**12))
def test_a_count_too(n):
    assert written(cells.count(n)) == cells.count(n).text


@given(st.floats(0, 1))
def test_a_p_value_too(p):
    cell = cells.p_value(p)
    assert cell.value is None if cell.text.startswith("<") else written(cell) == cell.text


@given(st.floats(1e-3, 1e6), st.integers(2, 6))
def test_significant_digits_too(value, digits):
    cell = cells.significant(value, digits)
    assert cell.value is None or written(cell) == cell.text


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (cells.count(1235), Cell("1,235", 1235, "#,##0")),
        (cells.share(0.0812, 0.05, 0.11), Cell("8\u00a0%", 0.08, "0\\ %")),
        (cells.share(0.0812, 0.075, 0.085), Cell("8.1\u00a0%", 0.081, "0.0\\ %")),
        (cells.number(-0.2113, 0.0312), Cell("−0.211", -0.211, "0.000")),
        (cells.interval(-0.27, -0.15, decimals=1), Cell("−0.3 to −0.1", (-0.3, -0.1))),
        (cells.share_interval(0.05, 0.11, 0), Cell("5 to 11\u00a0%", (0.05, 0.11))),
        (cells.p_value(0.0244), Cell(".024", 0.024, ".000")),
        (cells.p_value(1e-9), Cell("<.001")),
        (cells.p_value(0.999), Cell("1", 1.0, "0")),
        (cells.significant(29.07695, 4), Cell("29.08", 29.08, "0.00")),
        (cells.significant(0.0, 4), Cell("0", 0.0, "0")),
        (cells.significant(3e-9, 3), Cell("3e-09")),
        (cells.grouped(14217.0362, 2), Cell("14,217.04", 14217.04, "#,##0.00")),
        (cells.of(81, 1263), Cell("81 of 1,263")),
        (cells.text(None), Cell("–")),
    ],
)
def test_worked_cells(cell, expected):
    assert cell == expected


@pytest.mark.parametrize("missing", [None, math.nan, math.inf])
def test_what_is_missing_is_a_dash(missing):
    made = (cells.count, cells.share, cells.number, cells.p_value)
    assert {make(missing) for make in made} == {cells.NOTHING}
    assert cells.interval(missing, 1.0) == cells.share_interval(0.1, missing) == cells.NOTHING
    assert cells.significant(missing, 3) == cells.grouped(missing, 1) == cells.NOTHING


def test_more_digits_than_a_spreadsheet_keeps_stay_a_text():
    assert cells.number(123456789.123456, decimals=8).value is None


def test_a_column_is_one_of_numbers_where_any_cell_is():
    rows = [
        {"Who": Cell("a"), "n": Cell("[c]"), "p": Cell("<.001")},
        {"Who": Cell("b"), "n": cells.count(5), "p": Cell("<.001")},
    ]
    table = laid_out("T", rows, right=("p",))
    assert [c.numeric for c in table.columns] == [False, True, True]
    assert table.texts()[1] == {"Who": "b", "n": "5", "p": "<.001"}


def test_paper_gets_what_is_shown_alone():
    table = laid_out("T", [{"n": cells.share(0.461)}], ["first"], [{"n": 0.461}])
    paper = table.for_paper("On paper", ["second"])
    assert paper.exact == () and paper.notes == ("first", "second") and paper.caption == "On paper"
    assert "0.461" not in repr(paper)
    assert Table("T", (), ()).for_paper() == Table("T", (), ())
