"""Dictionary: every variable of the dataset, what it means and what its column holds."""

import streamlit as st

from analysis.measures.variables import FACTORS, UNITS
from analysis.presentation.tables.data.dictionary_tables import dictionary
from analysis.presentation.words.rounding import count, percent
from pages._app.data.dictionary_view import described
from pages._app.frame import cached, cards, sidebar
from pages._app.frame.block import block

chosen = sidebar.current()
cards.title("Dictionary", synthetic=sidebar.is_synthetic())
if chosen is None:
    cards.needs_data("The dictionary lists a dataset's variables: it needs a dataset.")
    st.stop()
summaries = cached.variable_summaries(chosen.dataset, chosen.version)
cards.lead(described(summaries))
with st.container(gap="small"):
    factors = st.pills(
        "Factor",
        FACTORS,
        selection_mode="multi",
        wrap=True,
        format_func=str.capitalize,
        key="in_factor",
        bind="query-params",
    )
    units = st.pills(
        "Measured in each",
        UNITS,
        selection_mode="multi",
        wrap=True,
        format_func=str.capitalize,
        key="in_unit",
        bind="query-params",
    )
shown = [
    s
    for s in summaries
    if (not factors or s.variable.factor in factors) and (not units or s.variable.unit in units)
]
if not shown:
    st.info("No variable fits these filters.")
    st.stop()
with block("Variables", sidebar.is_synthetic()) as card:
    card.show(table=dictionary(shown, f"Dictionary of {chosen.dataset}"))
    st.caption(
        f"{count(len(shown))} of {count(len(summaries))} variables. The file to save has each "
        "one's component, rater, description and most frequent values; a category's values are "
        "named only where at least five rows hold them. Filled: share of rows with a value; "
        f"{percent(0.5)} means every second one is missing."
    )
