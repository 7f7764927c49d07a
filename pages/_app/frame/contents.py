"""The top of a page: its title, the question's header line, the answer, and 'On this page'."""

import re
from typing import Any

import streamlit as st

FEWEST = 4  # blocks from which a list of them helps
PARTS = ("head", "chips", "facts", "lead", "cautions", "links")
KEY = "top of the page"
SHOWN = "page that was drawn last"


def begin(page: str, late: tuple[str, ...] = ()) -> None:
    """Keeps a place for each part of the page's top: title, chips, answer, links.

    page: its address; drawn again, what stood in a place stays until the new is there or the run
    ends without it, so that nothing below moves up and down again. late: what of header, lead,
    cautions and links comes after the cards' frames; its room is kept. A container without
    anything in it is not drawn, so there is an empty element in each.
    """
    first = st.session_state.get(SHOWN) != page
    st.session_state[SHOWN] = page
    top: dict[str, Any] = {"titles": [], "head": st.container()}
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key=_key("header", late)
    ):
        top["facts"] = _place(st.container(width="content", gap=None), first)
        top["chips"] = st.container(horizontal=True, width="content", gap="small")
    top["lead"] = _place(st.container(key=_key("lead", late), gap=None), first)
    top["cautions"] = st.container(key=_key("cautions", late))
    top["cautions"].empty()
    top["links"] = _place(st.container(key=_key("links", late), gap=None), first)
    st.session_state[KEY] = top


def _key(part: str, late: tuple[str, ...]) -> str:
    return f"{part}-kept" if part in late else part


def _place(container, first: bool):
    container.empty()
    return container.empty() if first else container


def place(part: str):
    """The container of one of PARTS in this run."""
    return st.session_state[KEY][part]


def listed(title: str) -> str:
    """Notes a heading and gives the anchor that it is reached by."""
    anchor = slug(title)
    found = st.session_state[KEY]["titles"]
    if (title, anchor) not in found:
        found.append((title, anchor))
    return anchor


def name_files(*parts: str) -> None:
    """What the names of this run's files begin with: a dataset, a model."""
    st.session_state[KEY]["files"] = parts


def of() -> tuple[str, ...]:
    """What `name_files` said in this run."""
    return st.session_state[KEY].get("files", ())


def unlist() -> None:
    """No links on this page: its cards lie behind tabs, where none leads."""
    st.session_state[KEY]["titles"].clear()


def draw_links() -> None:
    """The links, where there are enough of them; last, when every heading is known."""
    found = st.session_state[KEY]["titles"]
    if len(found) >= FEWEST:
        links = " · ".join(f"[{_plain(title)}](#{anchor})" for title, anchor in found)
        place("links").markdown(f"On this page: {links}")


def slug(title: str) -> str:
    """'Shares of the outcome's variance' -> 'shares-of-the-outcome-s-variance'."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "part"


def unique(title: str) -> str:
    """The slug with a number that no other part of this run has."""
    found = st.session_state[KEY]
    found["parts"] = found.get("parts", 0) + 1
    return f"{slug(title)}-{found['parts']}"


def _plain(title: str) -> str:
    """A heading can hold a label of the data: nothing in it may act in Markdown."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~$:&@/])", r"\\\1", title)
