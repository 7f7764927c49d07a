"""Method: each number's formula, source and limits, from docs/method.md."""

from pathlib import Path

import streamlit as st

from pages._app.frame import cards, contents, heights

METHOD = Path(__file__).resolve().parents[1] / "docs" / "method.md"

cards.title("Method")
cards.lead("How each number is made, where its formula comes from, and what it cannot tell.")
opening, *parts = METHOD.read_text(encoding="utf-8").split("\n## ")
_, text = opening.split("\n", 1)
with st.container(key=heights.key(heights.of_text(text), "opening")):
    st.markdown(text, anchors=False)
for part in parts:
    heading, text = part.split("\n", 1)
    st.header(heading, anchor=contents.listed(heading))
    with st.container(key=heights.key(heights.of_text(text), contents.slug(heading))):
        st.markdown(text, anchors=False)
