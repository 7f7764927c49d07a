"""Datasets: what is in the store, where it came from, and the way to delete it."""

import streamlit as st

from analysis.presentation.words.rounding import count
from pages._app.data import datasets_view
from pages._app.frame import cached, cards

found = cached.datasets()
good = [info for info in found if not info.problem]
cards.title("Datasets")
if not found:
    cards.needs_data("No dataset is here yet.")
    st.stop()
damaged = len(found) - len(good)
cards.lead(
    f"{count(len(good))} {'dataset' if len(good) == 1 else 'datasets'} on this computer"
    + (
        f", and {count(damaged)} damaged {'file' if damaged == 1 else 'files'}."
        if damaged
        else ". A dataset never changes once it is written: importing again makes a new version."
    )
)
datasets_view.listing(found)
for info in found:
    if info.problem:
        st.text(
            f"{info.name}: the file {info.path.name} cannot be read, as {info.problem}. "
            "Import the original files again, then delete it."
        )
with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
    name = st.selectbox(
        "Dataset to delete", sorted({i.name for i in found}), width=280, key="to_delete"
    )
    if st.button("Delete…", icon=":material/delete:") and name:
        datasets_view.confirm_delete(name)
if not any(info.synthetic for info in good):
    cards.section("Demo", "Synthetic data with known truth, to try everything out.")
    cards.make_demo()
