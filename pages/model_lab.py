"""Model lab: any mixed model by its formula, with its checks and a second witness."""

from functools import partial

import streamlit as st

from analysis.questions.lab.building.choice import known
from pages._app.frame import cached, cards, contents, prologue
from pages._app.lab import (
    examination_view,
    inference_view,
    logistic_view,
    many_view,
    model_view,
    study_view,
    way_back_view,
)

PARTS = ("What was found", "What it means", "Is it right?", "Compare", "Way back")

chosen, about = prologue.begin(
    "Model lab", "This page needs a dataset: it fits any mixed model to it."
)
asked = model_view.question(chosen, about)
if asked is None:
    cards.lead("Write a model in lme4's formula language.")
    model_view.language(about)
    st.stop()
way_back_view.name_files(asked)
fit = cards.wait(
    cached.fit_job(asked.key),
    300,
    "Fitting the model",
    retry=partial(cached.fit_job.clear, asked.key),
)
found, means, right, others, back = st.tabs(PARTS, key="parts of the lab")
if fit is not None and asked.logistic:
    logistic_view.logistic(fit, asked, about.synthetic, (found, means, right, back))
elif fit is not None:
    cards.lead(model_view.answer(fit))
    cards.cautions(f"{message}." for message in fit.status.messages)
    with found:
        model_view.fixed(fit, about.synthetic)
        model_view.random(fit, about.synthetic)
        model_view.checks(fit, about.synthetic)
    with means:
        inference_view.more(asked, fit, about.synthetic)
    with right:
        examination_view.examination(asked, about.synthetic)
    with back:
        model_view.how(fit, asked)
with others:
    study_view.study(asked if fit is not None else None, chosen, about.synthetic)
    many_view.many(chosen, known(about.variables, about.alone), about.main_outcome, about.synthetic)
model_view.language(about)
contents.unlist()
