"""Tables on a page: a hostile label stays a text, numbers have heads, intervals a bar."""

from analysis.presentation.tables import cells as made
from analysis.presentation.tables.table import Cell, laid_out
from pages._app.frame.tables import as_html
from tests.app.open_page import Cells
from tests.sample_document import HOSTILE


def test_a_hostile_label_stays_a_text_in_every_place():
    for label in HOSTILE:
        table = laid_out(label, [{"Who": Cell(label), label: Cell(label)}])
        page = as_html(table)
        reader = Cells()
        reader.feed(page)
        assert reader.rows[1][0] == reader.rows[1][1] == label
        assert reader.tags <= {
            *("div", "table", "caption", "thead", "tbody", "tr", "th", "td", "span", "i", "b")
        }


def test_intervals_of_a_column_share_one_scale_and_numbers_stand_to_the_right():
    rows = [
        {"Part": Cell(name), "Share": made.share(low), "95 % interval": made.share_interval(low, 1)}
        for name, low in (("a", 0.5), ("b", -1.0))
    ]
    page = as_html(laid_out("T", rows))
    assert 'left:75.0%;width:25.0%"></i><b style="left:50.0%">' in page
    assert 'left:0.0%;width:100.0%"></i>' in page
    assert page.count('<td class="n">') == 2 and page.count('<td class="n i">') == 2
    assert page.count('<th scope="row" class="t">') == 2


def test_a_column_without_intervals_has_no_bar_and_long_texts_may_break():
    page = as_html(laid_out("T", [{"Check": Cell("a"), "Verdict": Cell("word " * 9)}]))
    assert 'class="bar"' not in page and 'class="t w"' in page
