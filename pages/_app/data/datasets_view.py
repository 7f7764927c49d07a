"""The list of datasets; one dataset's versions: which is current, whether they are sound, their
end."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from analysis.base.background import work
from analysis.base.errors import RapportError
from analysis.presentation.tables.data import data_tables
from analysis.questions import datasets
from pages._app.frame import cached, cards, door, tables
from pages._app.frame.block import block

BESIDE = (
    "The original files kept beside it and the list of rows that were set aside go, too. "
    "This cannot be undone."
)


def damage(found) -> list[str]:
    """One sentence for each file that cannot be read."""
    return [
        f"{info.name}: the file {info.path.name} cannot be read, as {info.problem}. "
        + ("It was the current version; an older one is shown. " if info.current else "")
        + "Import the original files again, then delete it."
        for info in found
        if info.problem
    ]


def listing(found) -> None:
    """One row a dataset, with its download."""
    with block("In the store", synthetic=False) as card:
        card.show(table=data_tables.datasets(found))


def versions(name: str) -> None:
    """Every version of one dataset, and what can be done with it."""
    found = cached.versions(name)
    if refused := st.session_state.pop("not deleted", None):
        cards.problem(refused)
    current = next((i.version for i in found if i.current), "")
    with block(f"Versions of {name}", synthetic=False) as card:
        card.show(table=data_tables.versions(found))
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            others = [i for i in found if not i.current]
            if others:
                _one_version(name, others)
            if st.button("Check that all are as written", icon=":material/verified:"):
                st.session_state["integrity"] = (
                    name,
                    work.submit(datasets.check, name, door.store(), progress=False),
                )
            if st.button("Delete the dataset…", icon=":material/delete:"):
                what = f"the dataset {name}, all its versions"
                _confirm(what, partial(datasets.delete, name, door.store()))
        _checked(name)
        st.caption(
            f"Pages and commands without a version use the current one, {current}: the one that "
            "was imported or chosen last."
        )


def _one_version(name: str, others) -> None:
    version = st.selectbox(
        "Another version", [i.version for i in others], width=180, key=f"version of {name}"
    )
    damaged = any(i.problem for i in others if i.version == version)
    if st.button("Make it current", icon=":material/history:", disabled=damaged) and version:
        datasets.use(name, version, door.store())
        st.rerun()
    if st.button("Delete this version…", icon=":material/delete:") and version:
        what = f"version {version} of {name}"
        _confirm(what, partial(datasets.delete_version, name, version, door.store()))


def _checked(name: str) -> None:
    of, job = st.session_state.get("integrity", ("", None))
    if of == name and job is not None:
        found = cards.wait(job, 60, "Reading every version again")
        if found is not None:
            tables.shown(data_tables.integrity(found))


def _confirm(what: str, delete: Callable[[], None]) -> None:
    """Asks once more, naming what will be gone; nothing happens by Cancel, Escape or a click
    beside it."""

    def deleted() -> None:
        st.session_state.pop("integrity", None)
        try:
            delete()
        except RapportError as error:
            st.session_state["not deleted"] = error

    def ask() -> None:
        st.write(f"{cards.escape(what[0].upper() + what[1:])}: {BESIDE}")
        with st.container(horizontal=True, gap="small"):
            if st.button("Cancel", key="keep"):
                st.rerun()
            if st.button("Delete for good", type="primary", key="yes", on_click=deleted):
                st.rerun()

    st.dialog(f"Delete {cards.escape(what)}?")(ask)()
