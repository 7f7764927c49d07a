"""How a page begins: its title, and what it needs before it can say anything."""

import streamlit as st

from analysis.questions.scope import Scope
from pages._app.frame import cached, cards, sidebar


def begin(title: str, needs: str, outcome: bool = False) -> tuple[Scope, cached.About]:
    """The Scope of the run and what is known of its dataset, below the page's title.

    Without a dataset the run ends here with what the page `needs`; without an outcome too, where
    the page asks about one.
    """
    chosen = sidebar.current()
    cards.title(title, synthetic=sidebar.is_synthetic())
    if chosen is None:
        cards.needs_data(needs)
        st.stop()
    about = cached.about(chosen.dataset, chosen.version)
    if outcome and not about.outcomes:
        cards.lead(sidebar.NO_OUTCOME)
        st.stop()
    return chosen, about
