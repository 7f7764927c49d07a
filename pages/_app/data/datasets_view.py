"""The list of datasets and the dialog before one is deleted."""

import streamlit as st

from analysis.presentation.words.rounding import count, size
from analysis.questions import datasets
from pages._app.frame import cards

UNITS = ("clinic", "therapist", "patient", "episode", "session")


def listing(found) -> None:
    """One row a dataset, with its download."""
    rows = [
        dict(
            name=i.name,
            version=i.version,
            synthetic=i.synthetic,
            created=i.created,
            **{u: i.counts.get(u) for u in UNITS},
            bytes=i.size_bytes,
            problem=i.problem,
        )
        for i in found
    ]
    shown = [
        {
            "Name": i.name,
            "Data": _kind(i),
            "Version": i.version,
            **{f"{u.capitalize()}s": count(i.counts.get(u)) for u in UNITS},
            "Created": str(i.created)[:16].replace("T", " "),
            "Size": size(i.size_bytes),
        }
        for i in found
    ]
    numbers = (*(f"{u.capitalize()}s" for u in UNITS), "Size")
    cards.table(rows, "Datasets", synthetic=False, shown=shown, numbers=numbers)


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
        datasets.delete(name)


def _kind(info) -> str:
    return "damaged" if info.problem else "synthetic" if info.synthetic else "real"
