"""How an outcome report was made: definitions, denominators, sources, and the way back."""

import streamlit as st

from analysis.presentation.words import outcome_words as words
from pages._app.frame import cards
from pages._app.frame.block import block
from pages._app.outcomes import outcome_scope

CONTENT = "Definitions, denominators, sources, and a link to this view"


def how(found, asked, about) -> None:
    """What counts as what, in sentences with their sources."""
    sentences = [
        *(words.rule_sentence(rule, about.label(rule.measure)) for rule in found.spec.rules),
        words.together_sentence(len(found.spec.rules)),
        f"A finished treatment has ended and had at least {found.spec.least_sessions} sessions.",
        words.denominator_sentence(found.question),
        "Recovery: a case at first and no longer at last. Reliable recovery: recovery and "
        "reliable improvement. Intervals: Wilson's, treatments taken as independent.",
        *(f"{m}." for m in found.messages),
    ]
    with block("How it was made", found.synthetic), st.expander(CONTENT, key="more: method"):
        for sentence in filter(None, sentences):
            st.markdown(f"- {cards.escape(sentence)}")
        cards.go_to("method", "Method: formulas, sources, limits", "functions")
        st.caption("A link to this view")
        st.code(outcome_scope.link(found.question, asked.outcome), language=None, wrap_lines=True)
        st.text(f"Dataset {found.dataset}, version {found.version}; {found.seconds:.2f} s.")
