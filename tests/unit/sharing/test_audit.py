"""The last look at a document: it lets pass what says whose it is, and nothing else."""

import dataclasses
from datetime import date

import pytest

from analysis.base.errors import ExportRefused
from analysis.presentation.tables.table import Cell, Column, Table
from analysis.sharing.audit import audit, rows_of
from analysis.sharing.writing.document import Chart, Document, KeyFigure, KeyFigures, Paragraph
from analysis.sharing.writing.document import Section as Part

OF = "clinic|North 7|improved+measured"
SETS = {"clinic|North 7|improved": 12, "clinic|North 7|measured": 40, "all||few": 7}


def document(*blocks, **more) -> Document:
    return Document("Report 9", date(2026, 11, 28), (Part("Outcomes", blocks, **more),))


def table(*cells: Cell, notes=()) -> Table:
    columns = (Column("Clinic"), *(Column("x" * (i + 1)) for i in range(len(cells))))
    return Table("Rates", columns, ((Cell("North 7"), *cells),), notes)


RATE = Cell("45 % (40–50)", of=OF)
SAID = Paragraph("North 7 improved 45 %, 95 % interval 40 to 50.")


def test_what_says_whose_it_is_passes():
    chart = Chart("a", "45 of North 7", {"data": {"values": [{"x": 0.45, "y": 0.9}]}}, ("x", "y"))
    chart = dataclasses.replace(chart, derived=("y",))
    audit(document(table(RATE), SAID, chart), SETS)


@pytest.mark.parametrize(
    "blocks",
    [
        (table(Cell("45 %")),),
        (table(Cell("45 %", of="clinic|South|improved")),),
        (table(Cell("45 %", of="all||few")),),
        (table(RATE), Paragraph("Of 13 patients.")),
        (table(RATE, notes=("Median: 6.",)),),
        (KeyFigures((KeyFigure("Treatments", Cell("100")),)),),
        (KeyFigures((KeyFigure("Treatments", Cell("[c]"), "13 to 17"),)),),
        (table(RATE), Chart("a", "b", {"data": {"values": [{"x": 0.449}]}}, ("x",))),
        (table(RATE), Chart("a", "b", {"datasets": {"d": [{"x": "4 of 9"}]}}, ("x",))),
        (table(RATE), Chart("a", "alone 3", {}, ())),
    ],
    ids=["no set", "another", "few", "sentence", "note", "key", "its note", "row", "text", "alt"],
)
def test_a_number_without_its_set_is_refused(blocks):
    with pytest.raises(ExportRefused, match="does not say whose it is"):
        audit(document(*blocks), SETS)


def test_fixed_sentences_and_sets_of_a_whole_section_pass():
    audit(
        document(Paragraph("Fewer than 10 are hidden."), fixed=("Fewer than 10 are hidden.",)), {}
    )
    audit(document(Paragraph("It explains 31 %."), of="model|all rows"), {"model|all rows": 50})


@pytest.mark.parametrize("clinic", ["7", "4", "40", "5"])
def test_a_clinic_that_is_called_by_a_number(clinic):
    """Its name is no part of a figure ('40 %' was read as a clinic 4 and a 0), and no excuse for
    a count in a sentence."""
    named = dataclasses.replace(table(RATE), rows=((Cell(clinic), RATE),))
    spec = {"data": {"values": [{"x": 0.45, "who": clinic}]}}
    chart = Chart("a", f"Rates: {clinic} 45 %", spec, ("x", "who"))
    audit(document(named, Paragraph("They improved 45 %, interval 40 to 50."), chart), SETS)
    fixed = (f"clinic {clinic}",)
    audit(document(named, Paragraph(f"Only clinic {clinic} lies apart."), fixed=fixed), SETS)
    if clinic not in RATE.text:
        with pytest.raises(ExportRefused):
            audit(document(named, Paragraph(f"Of them {clinic} patients left.")), SETS)


def test_hidden_figures_and_names_are_no_figures():
    audit(
        document(table(Cell("[c]"), Cell("–"), RATE), Paragraph("Clinic B12 is apart.")),
        SETS,
        ["B12"],
    )


def test_every_row_of_a_chart_is_looked_at():
    spec = {"layer": [{"data": {"values": [{"a": 1}]}}], "datasets": {"x": [{"b": 2}]}}
    assert list(rows_of(spec)) == [{"a": 1}, {"b": 2}]
