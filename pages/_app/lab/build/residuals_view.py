"""What residuals may be instead of independent and alike: chosen, and what was found of it."""

import streamlit as st

from analysis.presentation.tables.models import model_tables
from analysis.presentation.words.models import residual_words
from pages._app.frame import cached, cards, linked, tables

ROBUST = ("patient", "therapist", "clinic", "none")
TIMES = ("session", "weeks_since_intake")


def choices(left, middle, right, about: cached.About) -> tuple[str, str, str]:
    """The time along which residuals follow each other, the category by which they spread, and the
    group for whose likeness the standard errors allow; '' each for none."""
    categories = [v.name for v in about.variables if v.kind == "category"]
    linked.check("serial", "residuals that follow each other over", TIMES)
    linked.check("spread", "residuals that spread by", categories)
    linked.check("robust", "robust errors by", ROBUST)
    serial = left.selectbox(
        "Residuals follow each other over",
        TIMES,
        index=None,
        placeholder="No: independent",
        key="serial",
        bind="query-params",
        help="Sessions of one treatment that lie closer are more alike than the model says: AR(1) "
        "over whole numbers of sessions or weeks, continuous-time AR(1) elsewhere (nlme's corAR1 "
        "and corCAR1)",
    )
    spread = middle.selectbox(
        "Residuals spread by",
        categories,
        index=None,
        placeholder="No: all alike",
        key="spread",
        bind="query-params",
        help="A residual standard deviation for each level of a category (nlme's varIdent)",
    )
    robust = right.selectbox(
        "Robust errors by",
        ROBUST,
        index=None,
        placeholder="The model's own",
        key="robust",
        bind="query-params",
        help="Standard errors that allow for rows of one group being alike in whatever way (CR2, "
        "clubSandwich's). Without a random term they are by patient or therapist unless you say "
        "'none'",
    )
    return serial or "", spread or "", robust or ""


def shown(fit) -> None:
    """The structure that was found, where one was asked for."""
    found = getattr(fit, "residuals", None)
    if found is None:
        return
    tables.shown(model_tables.residuals(fit))
    st.caption(cards.escape(residual_words.better(found)))
