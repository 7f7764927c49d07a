"""A fitted logistic mixed model on a page: odds ratios, groups, checks, the way back."""

import streamlit as st

from analysis.presentation.charts import effects as charts
from analysis.presentation.tables import lab_tables, model_tables
from analysis.presentation.words import partition_words
from analysis.presentation.words.r_code import glmer_code
from analysis.presentation.words.rounding import estimate
from analysis.questions.lab.question import ModelQuestion
from pages._app.frame import cards
from pages._app.lab import model_view


def logistic(fit, asked: ModelQuestion, synthetic: bool) -> None:
    """Everything the page says of one model."""
    cards.lead(partition_words.logistic_answer(fit))
    _odds(fit, synthetic)
    _chances(fit, synthetic)
    _groups(fit, synthetic)
    _checks(fit, synthetic)
    _how(fit, asked)


def _odds(fit, synthetic: bool) -> None:
    cards.section(
        "Effects",
        "Picture: change in the logit for one unit more; 0 is no effect. Table: the odds ratio, "
        "by which the odds are multiplied; 1 is no effect. 95 % intervals.",
    )
    plotted = [
        dict(
            term=f.term,
            label=f.term,
            part="overall",
            factor="",
            estimate=f.estimate,
            low=f.low,
            high=f.high,
            shown=f"{estimate(f.estimate, f.se)}",
        )
        for f in fit.fixed
        if f.term != "(Intercept)"
    ]
    if plotted:
        cards.chart(
            lambda look: charts.forest(plotted, "Logit (logarithm of the odds)", look),
            "Logistic effects",
            charts.forest_text(plotted),
            synthetic,
        )
    cards.table(model_tables.odds_ratios(fit), synthetic)


def _chances(fit, synthetic: bool) -> None:
    cards.section(
        "Chances",
        "Mean chance of the event over all rows if everyone had the value, all else as it is. In "
        "the population: averaged over the groups. At random effect 0: in a typical group.",
    )
    cards.table(model_tables.chances(fit), synthetic)


def _groups(fit, synthetic: bool) -> None:
    if not fit.random:
        return
    cards.section("Differences between groups", "Standard deviations on the logit scale.")
    cards.table(model_tables.random_effects(fit), synthetic)
    model_view.correlations(fit, synthetic)


def _checks(fit, synthetic: bool) -> None:
    cards.section("Checks")
    for sentence in fit.status.messages:
        st.markdown(f"- {cards.escape(sentence)}.")
    if fit.checks:
        found = lab_tables.diagnostics(fit.checks, "Logistic diagnostics")
        cards.table(found, synthetic)
    cards.table(model_tables.logistic_checks(fit), synthetic)


def _how(fit, asked: ModelQuestion) -> None:
    cards.section("How it was made")
    code = glmer_code(asked.formula, fit.event, asked.quadrature, asked.weights)
    model_view.way_back(asked, code, fit.seconds.total)
