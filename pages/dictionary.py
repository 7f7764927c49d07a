"""Dictionary: every variable of the dataset, what it means and what its column holds."""

import pandas as pd
import streamlit as st

from analysis.measures.variables import FACTORS, UNITS
from analysis.presentation.words.rounding import count, percent
from pages._app.data.dictionary_view import described, table_rows
from pages._app.frame import cached, cards, sidebar

chosen = sidebar.current()
cards.title("Dictionary", synthetic=sidebar.is_synthetic())
if chosen is None:
    cards.needs_data("The dictionary lists a dataset's variables: it needs a dataset.")
    st.stop()
summaries = cached.variable_summaries(chosen.dataset, chosen.version)
cards.lead(described(summaries))
with st.container(horizontal=True, gap="medium"):
    factors = st.pills(
        "Factor",
        FACTORS,
        selection_mode="multi",
        format_func=str.capitalize,
        key="in_factor",
        bind="query-params",
    )
    units = st.pills(
        "Measured in each",
        UNITS,
        selection_mode="multi",
        format_func=str.capitalize,
        key="in_unit",
        bind="query-params",
    )
shown = [
    s
    for s in summaries
    if (not factors or s.variable.factor in factors) and (not units or s.variable.unit in units)
]
rows = table_rows(shown)
if not rows:
    st.info("No variable fits these filters.")
    st.stop()
wide = st.column_config.TextColumn(width="medium")
missing = st.column_config.ProgressColumn("Filled", format="percent", min_value=0, max_value=1)
st.dataframe(
    pd.DataFrame(rows),
    hide_index=True,
    height=min(36 * (len(rows) + 1) + 2, 900),
    column_config={"Filled": missing, "Label": wide},
    alt="Table of the variables",
)
cards.table_download(rows, f"Dictionary of {chosen.dataset}", sidebar.is_synthetic())
st.caption(
    f"{count(len(rows))} of {count(len(summaries))} variables. A category's values are "
    f"named only where at least five rows hold them. Filled: share of rows with a value; "
    f"{percent(0.5)} means every second one is missing."
)
