"""Glossary: the words that pages use, each in one plain sentence."""

import streamlit as st

from analysis.presentation.sketches.sketch import WIDTH, sketch
from analysis.presentation.words.glossary import glossary
from pages._app.frame import cards, contents

terms = glossary()
cards.title("Glossary")
cards.lead(f"{len(terms)} words that Rapport uses, each in one plain sentence.")
asked = st.text_input(
    "Find a word", key="word", bind="query-params", placeholder="alliance, interval, recovery, …"
)
words = (asked or "").strip().lower()
shown = [t for t in terms if words in f"{t.name} {t.sentence}".lower()]
if not shown:
    st.info("No word of the glossary has that in it.")
for term in shown:
    drawn, said, seen = st.columns([1, 5, 2], gap="medium", vertical_alignment="center")
    drawn.image(sketch(term.picture, cards.look()), width=WIDTH, alt="")
    said.markdown(f"**{cards.escape(term.name)}**: {cards.escape(term.sentence)}")
    with seen.container(gap=None, key=f"seen {contents.slug(term.name)}"):
        for page, label in term.pages():
            cards.go_to(page, label, width="content")
