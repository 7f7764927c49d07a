"""The instruments' files: read, valid, and with the facts that others rely on."""

import pytest

from analysis.base.errors import RequestError
from analysis.measures.instruments import instruments, read_instrument


def test_every_file_is_read_and_known_by_its_id():
    assert {"phq9", "gad7", "oq45", "core_om", "wai_sr", "ors", "srs"} <= set(instruments())
    for identity, instrument in instruments().items():
        assert instrument.id == identity
        assert instrument.name and instrument.factor in ("outcome", "alliance")


def test_totals_follow_from_items_where_the_total_is_their_sum():
    for i in instruments().values():
        if i.scoring == "sum" and i.total_range:
            assert i.total_range == (i.items * i.item_range[0], i.items * i.item_range[1])


def test_core_om_parts_cover_all_items_once():
    parts = [n for s in instruments()["core_om"].subscales for n in s.items]
    assert sorted(parts) == list(range(1, 35))


def test_what_is_not_checked_says_what_is_left_out():
    for i in instruments().values():
        assert i.checked is not bool(i.left_out)


def test_no_item_wording_is_shipped():
    # The longest text of a file is a licence or a source; an item's sentence would be a question.
    for i in instruments().values():
        assert "?" not in repr(i)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id = 'x'", "missing"),
        ("id = ", "cannot be read"),
        (
            "id='x'\nname='X'\nitems=2\nitem_range=[0,3]\nscoring='sum'\nfactor='outcome'\n"
            "reversed=[3]",
            "item number",
        ),
        ("id='x'\nname='X'\nitems=2\nitem_range=[3,0]\nscoring='sum'\nfactor='outcome'", "range"),
        ("id='x'\nname='X'\nitems=2\nitem_range=[0,3]\nscoring='best'\nfactor='outcome'", "scori"),
        ("id='y'\nname='X'\nitems=2\nitem_range=[0,3]\nscoring='sum'\nfactor='outcome'", "id"),
    ],
)
def test_a_faulty_file_is_refused_with_its_name(tmp_path, text, told):
    path = tmp_path / "x.toml"
    path.write_text(text)
    with pytest.raises(RequestError, match=told) as caught:
        read_instrument(path)
    assert "x.toml" in str(caught.value)
