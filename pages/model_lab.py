"""Model lab: any mixed model by its formula, with its checks and a second witness."""

import streamlit as st

from analysis.mixed.fit import DF_METHODS, METHODS
from pages._app import cached, cards, model_view, scope

cards.title("Model lab", synthetic=scope.is_synthetic())
chosen = scope.current_dataset()
if chosen is None:
    cards.needs_data("This page needs a dataset: it fits any linear mixed model to it.")
    st.stop()
formula = model_view.formula_input(cached.about(chosen.name, chosen.version))
left, right = st.columns(2)
method = left.selectbox("Method", METHODS, key="method", bind="query-params",
                        help="REML for estimates; ML to compare models with other predictors")  # fmt: skip
df = right.selectbox("Degrees of freedom", DF_METHODS, key="df", bind="query-params")
if not formula:
    cards.lead("Write a model in lme4's formula language, or start from an example above.")
    model_view.language()
    st.stop()
asked = (chosen.name, chosen.version, formula, method, df)
fit = cards.wait(cached.fit_job(*asked), 300, "Fitting the model",
                 retry=lambda: cached.fit_job.clear(*asked))  # fmt: skip
if fit is None:
    model_view.language()
    st.stop()
cards.lead(model_view.answer(fit))
model_view.effects(fit, chosen.synthetic)
model_view.random(fit, chosen.synthetic)
model_view.checks(fit, chosen.synthetic)
model_view.how(fit, chosen)
