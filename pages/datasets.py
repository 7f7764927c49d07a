"""Datasets: what is in the store, its versions, where it came from, and the way to delete it."""

import streamlit as st

from analysis.presentation.words.rounding import count
from pages._app.data import datasets_view, worlds_view
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
cards.cautions(datasets_view.damage(found))
datasets_view.listing(found)
names = sorted({info.name for info in found})
name = st.selectbox("Dataset", names, width=280, key="of_dataset") if len(names) > 1 else names[0]
if name:
    datasets_view.versions(name)
if not any(info.synthetic for info in good):
    cards.section("Demo", "Synthetic data with known truth, to try everything out.")
    cards.make_demo()
elif not set(worlds_view.WORLDS) <= {n.removeprefix("demo-") for n in names}:
    cards.section("Further synthetic datasets", "Each has a truth that the first demo has not.")
    worlds_view.make_worlds(set(names))
