"""One card as a Word document: marked as internal, with what the page shows and no digit more."""

import io
from datetime import date

import docx

from analysis.presentation.charts.partition import partition as charts
from analysis.presentation.charts.theme import PAPER
from analysis.presentation.tables import partition_tables
from analysis.sharing.excerpt import word_excerpt
from tests.sample_partition import sample


def test_a_card_in_word_has_the_shown_table_and_says_that_it_is_internal():
    p = sample()
    table = partition_tables.shares(p)
    assert table.exact
    figure = ("Shares", "Bars.", charts.shares_chart(p, PAPER).to_dict())
    made = word_excerpt("Shares", figure, table, True, date(2026, 11, 28))
    file = docx.Document(io.BytesIO(made))
    read = [[cell.text for cell in row.cells] for row in file.tables[0].rows]
    assert read[1:] == [[cell.text for cell in row] for row in table.rows]
    said = "\n".join(p.text for p in file.paragraphs)
    assert "not for sharing" in said and "Synthetic data" in said
    assert len(file.inline_shapes) == 1


def test_a_table_alone_and_a_picture_alone_are_documents_too():
    p, day = sample(), date(2026, 11, 28)
    assert word_excerpt("T", None, partition_tables.levels(p), False, day)
    figure = ("Shares", "Bars.", charts.shares_chart(p, PAPER).to_dict())
    assert word_excerpt("T", figure, None, False, day)
