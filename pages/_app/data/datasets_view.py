"""The list of datasets and the dialog before one is deleted."""

import streamlit as st

from analysis.presentation.tables import data_tables
from analysis.questions import datasets
from pages._app.frame import cards, door
from pages._app.frame.block import block


def listing(found) -> None:
    """One row a dataset, with its download."""
    with block("In the store", synthetic=False) as card:
        card.show(table=data_tables.datasets(found))


@st.dialog("Delete this dataset?")
def confirm_delete(name: str) -> None:
    """Deletes only after a second, plain yes."""
    st.text(name)
    st.write(
        "All its versions, the original files kept beside them and the lists of refused "
        "rows are deleted. This cannot be undone."
    )
    if st.button("Delete for good", type="primary", on_click=_delete, args=(name,)):
        st.rerun()


def _delete(name: str) -> None:
    with cards.calm():
        datasets.delete(name, door.store())
