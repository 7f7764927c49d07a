"""One block of a page, one card: title, sentence, picture; the table and the how behind tabs, and
everything that can be taken away behind one menu."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from analysis.presentation.tables.table import Table
from analysis.presentation.words.glossary import explanation
from pages._app.frame import cards, contents, menu, tables

How = str | Callable[[], None]


@dataclass(slots=True)
class Card:
    """A card that is being drawn. title: its heading. place: of its menu, beside the title."""

    title: str
    synthetic: bool
    place: DeltaGenerator = field(repr=False)
    shown: int = 0

    def show(
        self,
        picture: menu.Picture | None = None,
        table: Table | None = None,
        how: How = "",
        note: str = "",
        rows=None,
    ) -> None:
        """The picture, its table and what to know of it, as tabs where there is more than one.

        note: how to read the picture, in a line below it. how: what stands behind the tab 'How':
        a text, or what draws it. rows: what the file of numbers holds where no table is shown.
        """
        parts = {
            "Picture": picture and (lambda: _picture(picture, note)),
            "Table": table and table.rows and (lambda: _table(table)),
            "How": how and (lambda: _how(how)),
        }
        shown = {name: draw for name, draw in parts.items() if draw}
        if len(shown) == 1:
            next(iter(shown.values()))()
        elif shown:
            tabs = st.tabs(list(shown), key=f"tabs {contents.slug(self.title)}")
            for tab, draw in zip(tabs, shown.values(), strict=True):
                with tab:
                    draw()
        with self.place:
            menu.downloads(self._name(picture), self.synthetic, picture, table, rows)

    def _name(self, picture: menu.Picture | None) -> str:
        """What the menu is called: a card of several pictures has one for each."""
        self.shown += 1
        return self.title if self.shown == 1 or picture is None else picture.name

    def take(self, table: Table, picture: menu.Picture | None = None, rows=None) -> None:
        """The menu alone, of a card that lays itself out. rows: what the file of numbers holds
        in place of the table's own."""
        with self.place:
            menu.downloads(self.title, self.synthetic, picture, table, rows)


@contextmanager
def block(title: str, synthetic: bool, sentence: str = "", word: str = "") -> Iterator[Card]:
    """A card under a heading that 'On this page' lists. sentence: its answer in words. word: one of
    the glossary, explained beside the heading."""
    said = f"**{word}**: {explanation(word)} More words in the Glossary." if word else None
    with st.container(border=True, gap="small", key=f"card {contents.slug(title)}"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
            st.header(cards.escape(title), anchor=contents.listed(title), help=said)
            place = st.container(width="content")
        if sentence:
            st.markdown(cards.escape(sentence))
        yield Card(title, synthetic, place)


def _picture(picture: menu.Picture, note: str) -> None:
    cards.picture(picture.build, picture.alt, f"chart {contents.slug(picture.name)}")
    if note:
        st.caption(cards.escape(note))


def _table(table: Table) -> None:
    tables.shown(table)
    for note in table.notes:
        st.caption(cards.escape(note))


def _how(how: How) -> None:
    if callable(how):
        how()
    else:
        st.markdown(cards.escape(how))
