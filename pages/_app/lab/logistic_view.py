"""A fitted logistic mixed model on a page: odds ratios, groups, checks, the way back."""

import streamlit as st

from analysis.presentation.tables.models import lab_tables, model_tables
from analysis.presentation.words.models import model_words
from analysis.questions.lab.inference import without_names
from analysis.questions.lab.question import ModelQuestion
from pages._app.frame import cards, tables
from pages._app.frame.block import block
from pages._app.lab import inference_view, meaning_view, model_view, way_back_view

LATENT = (
    "Shares of the variance behind the outcome, on the latent scale (Rights & Sterba 2019; "
    "Nakagawa & Schielzeth 2013)."
)


def logistic(fit, asked: ModelQuestion, synthetic: bool, places) -> None:
    """Everything the page says of one model. places: where what was found, what it means, whether
    it is right and the way back belong."""
    found, means, right, back = places
    cards.lead(model_words.logistic_answer(fit))
    cards.cautions(f"{message}." for message in fit.status.messages)
    with found:
        _odds(fit, synthetic)
        if fit.random:
            model_view.groups(fit, synthetic, "Standard deviations on the logit scale.")
    with means:
        with block("What it means", synthetic) as card:
            meaning_view.meaning(asked, fit, card)
        _chances(fit, synthetic)
        _average_effects(fit, synthetic)
        if fit.random:
            _group_effects(fit, synthetic)
        inference_view.more(asked, fit, synthetic)
    with right:
        _checks(fit, synthetic)
        _shares(fit, synthetic)
    with back:
        _how(fit, asked, synthetic)


def _odds(fit, synthetic: bool) -> None:
    with block("Effects", synthetic) as card:
        card.show(
            model_view.forest(fit, "Logit (logarithm of the odds)", "Logistic effects"),
            model_tables.odds_ratios(fit),
            "The odds ratio: by which the odds are multiplied for one unit more; 1 is no effect.",
            "Change in the logit for one unit more; 0 is no effect. 95 % intervals.",
        )


def _chances(fit, synthetic: bool) -> None:
    with block("Chances", synthetic) as card:
        card.show(
            table=model_tables.chances(fit),
            how="Mean chance of the event over all rows if everyone had the value, all else as it "
            "is. In the population: averaged over the groups. At random effect 0: in a typical "
            "group.",
        )


def _average_effects(fit, synthetic: bool) -> None:
    if not fit.margins:
        return
    with block("Average effects on the chance", synthetic) as card:
        card.show(
            table=model_tables.average_effects(fit),
            how="The mean change of the chance over all rows, for one unit more or for a level in "
            "place of its base (average marginal effect). In the population: chances averaged over "
            "the groups first. Standard errors by the delta method, the variances between groups "
            "as fitted.",
        )


def _group_effects(fit, synthetic: bool) -> None:
    with block("Predicted effects of groups", synthetic) as card:
        st.caption(
            "Intervals count the estimation of coefficients and variances; none is wider than the "
            "groups differ."
        )
        inference_view.group_effects(without_names(fit.predicted), card, ", logit")


def _checks(fit, synthetic: bool) -> None:
    with block("Checks", synthetic) as card:
        if fit.checks:
            tables.shown(lab_tables.diagnostics(fit.checks, "Logistic diagnostics"))
        card.show(table=model_tables.logistic_checks(fit))


def _shares(fit, synthetic: bool) -> None:
    with block("Where the variance lies", synthetic, LATENT, "R²") as card:
        card.show(table=lab_tables.variance_shares(fit.variance_shares(), "R2 on the latent scale"))


def _how(fit, asked: ModelQuestion, synthetic: bool) -> None:
    with block("How it was made", synthetic):
        way_back_view.way_back(fit, asked, synthetic)
