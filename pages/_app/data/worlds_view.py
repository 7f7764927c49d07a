"""Further synthetic datasets, each made by a button."""

from functools import partial

import streamlit as st

from analysis.base.background import work
from pages._app.frame import cards, door

WORLDS = {
    "both-ways": "symptoms and alliance move each other; levels, raters and practices differ",
    "ruptures": "alliances break and mend; patients' trends differ",
}


def make_worlds(there: set[str]) -> None:
    """A button for each further world that is not there yet."""
    for world, about in WORLDS.items():
        if f"demo-{world}" in there:
            continue
        key = f"world {world}"
        with st.container(horizontal=True, vertical_alignment="center"):
            if st.button(f"Make demo-{world}", icon=":material/science:", key=f"make {key}"):
                from analysis.demo.worlds.make import make_world

                st.session_state[key] = work.submit(
                    partial(make_world, world, store=door.store()), progress=False
                )
            st.caption(cards.escape(about[0].upper() + about[1:] + "."))
        job = st.session_state.get(key)
        if job and cards.wait(job, 60, "Making the dataset") is not None:
            del st.session_state[key]
            st.rerun()
