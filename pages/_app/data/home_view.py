"""The front of Home: what Rapport is, and three doors."""

import streamlit as st

from pages._app.frame import cards

WHAT_IT_IS = (
    "Rapport tells you what goes with the success of psychotherapy in your own data, and how sure "
    "that is. Nothing leaves this computer."
)
DOORS = (
    ("outcomes", "Look at outcomes", "monitoring", "How many get better, and how that changes."),
    (
        "explains",
        "Explore what explains them",
        "stacked_bar_chart",
        "How much goes with the alliance, technique, expectations, and what lies outside therapy.",
    ),
    ("import", "Bring my own file", "upload", "A row a session is enough, as exported."),
)


def doors() -> None:
    """The three ways in, side by side."""
    for place, (page, label, icon, sentence) in zip(st.columns(3), DOORS, strict=True):
        with place.container(border=True, gap="xsmall", height="stretch", key=f"door {page}"):
            cards.go_to(page, label, icon)
            st.caption(sentence)
