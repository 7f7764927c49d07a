"""What the alliance's pages share: which measure is meant, and what is said where none is rated."""

from typing import TypeVar

import streamlit as st

from analysis.questions.alliance.measures import Measure
from analysis.sharing.request import SECTIONS
from pages._app.frame import cards

Asked = TypeVar("Asked")


def chosen_measure(
    place, label: str, offered: tuple[Measure, ...], key: str, usual: str = "", help: str = ""
) -> Measure:
    """One of the measures, by label; bound to the address."""
    keys = [m.key for m in offered]
    labels = {m.key: m.label for m in offered}
    picked = place.selectbox(
        label,
        keys,
        index=keys.index(usual) if usual in keys else 0,
        format_func=labels.__getitem__,
        key=key,
        bind="query-params",
        help=help or None,
    )
    return next(m for m in offered if m.key == picked)


def into_report(dataset: str, *sections: str) -> None:
    """A link to the page Share with these sections (keys of SECTIONS) chosen."""
    chosen = [("sections", SECTIONS[name]) for name in (*sections, "method")]
    cards.go_to(
        "share", "Into a report to share", "ios_share", query_params=[("dataset", dataset), *chosen]
    )


def asked_or_stop(asked: Asked | None) -> Asked:
    """What a page's widgets ask; where nothing can be asked, that is said and the page ends."""
    if asked is None:
        cards.lead(
            "This page needs an alliance and an outcome, both numbers rated in sessions; this "
            "dataset lacks one. The page Dictionary lists what there is."
        )
        st.stop()
    return asked
