"""Many models at once on a page: the specification curve, and power by simulation."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from analysis.presentation.charts.lab.power_curve import power_curve, power_text
from analysis.presentation.charts.lab.specification_curve import curve_text, specification_curve
from analysis.presentation.tables.models.many_tables import power_table, specification_table
from analysis.presentation.words.models.many_words import (
    ADJUSTED,
    AXES,
    WAYS,
    power_sentence,
    specifications_sentence,
)
from analysis.questions.lab.building.choice import Known
from analysis.questions.lab.many.power import OBSERVED, WHAT, PowerQuestion
from analysis.questions.lab.many.specifications import MOST, SpecificationQuestion
from analysis.questions.scope import Scope
from pages._app.frame import cached, cards
from pages._app.frame.block import block
from pages._app.frame.menu import Picture

ROWS = {"treatment": "Treatments", "session": "Sessions"}
OF_ROWS = {"treatment": ("early", "mean", "last"), "session": ("within", "patient", "therapist")}
CURVE, PLAN = "specifications asked", "plan asked"
WHOLE = 200  # studies at each point


def many(scope: Scope, names: Mapping[str, Known], outcome: str, synthetic: bool) -> None:
    """Two blocks; nothing is worked out before its button is pressed."""
    _specifications(scope, names, outcome, synthetic)
    _power(synthetic)


def _specifications(scope: Scope, names, outcome: str, synthetic: bool) -> None:
    sentence = "The same question in every way that one could defend: how much do they agree?"
    with block("Many specifications at once", synthetic, sentence) as card:
        asked = _asked(scope, names, outcome)
        n = asked.count
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if st.button(
                f"Work out {n:,} specifications",
                disabled=not 2 <= n <= MOST,
                icon=":material/play_arrow:",
                key="work out specifications",
            ):
                st.session_state[CURVE] = asked
            if not 2 <= n <= MOST:
                st.caption(f"2 to {MOST:,} can be worked out; choose more to vary, or less.")
        if st.session_state.get(CURVE) != asked:
            return
        found = cards.wait(
            cached.specifications_job(asked),
            420,
            retry=lambda: cached.specifications_job.clear(asked),
        )
        if found is None:
            return
        labels = {n: k.label for n, k in names.items()}
        st.markdown(cards.escape(specifications_sentence(found)))
        card.show(
            Picture(
                lambda look: specification_curve(found, labels, look),
                "Specification curve",
                curve_text(found),
            ),
            specification_table(found, labels),
            "All specifications are of the rows that are complete for every one of them. Samples "
            "without an effect: whole therapists with their patients are drawn again, each "
            "specification's own estimate taken off (Simonsohn, Simmons & Nelson 2020).",
            "In the order of their estimates; coloured: the 95 % interval excludes zero.",
        )
        for message in found.messages:
            st.caption(cards.escape(message) + ".")


def _asked(scope: Scope, names: Mapping[str, Known], outcome: str) -> SpecificationQuestion:
    of_sessions = [k for k in names.values() if k.unit == "session" and k.role != "time"]
    outcomes = [k.name for k in of_sessions if k.role == "outcome"]
    predictors = [k.name for k in of_sessions if k.role != "outcome"]
    fixed = [k.name for k in names.values() if k.unit != "session"]

    def label(name: str) -> str:
        return names[name].label

    rows = (
        st.segmented_control(
            "A row is one of the",
            list(ROWS),
            default="treatment",
            format_func=ROWS.__getitem__,
            key="many rows",
        )
        or "treatment"
    )
    left, right = st.columns(2)
    chosen: dict[str, Any] = dict(format_func=label)
    first = [p for p in predictors if names[p].role == "alliance"][:4]
    y = left.multiselect(
        "Outcomes", outcomes, [o for o in outcomes if o == outcome], key="many outcomes", **chosen
    )
    x = right.multiselect("Predictors", predictors, first, key="many predictors", **chosen)
    ways = left.multiselect(
        "Ways of the predictor",
        OF_ROWS[rows],
        OF_ROWS[rows][:2],
        format_func=WAYS.__getitem__,
        key=f"many ways {rows}",
    )
    kinds = [k for k in ADJUSTED if k != "time" or rows == "session"]
    adjust = right.multiselect(
        "Adjusted for",
        kinds,
        kinds[:2],
        format_func=ADJUSTED.__getitem__,
        key=f"many adjusted {rows}",
    )
    usual = [f for f in fixed if names[f].role == "extra-therapeutic"][:3]
    covariates = st.multiselect(
        "Covariates, each in or out", fixed, usual, key="many covariates", **chosen
    )
    return SpecificationQuestion(
        scope.dataset,
        scope.version,
        tuple(y),
        tuple(x),
        tuple(ways),
        tuple(covariates),
        tuple(adjust),
        rows,
        store=scope.store,
    )


def _power(synthetic: bool) -> None:
    sentence = "How large must a study be? Studies are drawn, fitted and tested by the engine."
    with block("Power of a planned study", synthetic, sentence) as card:
        asked = _plan()
        if st.button("Work out the power", icon=":material/play_arrow:", key="work out power"):
            st.session_state[PLAN] = asked
        st.caption(cards.escape(f"Of a finished study none is given. {OBSERVED}."))
        if st.session_state.get(PLAN) != asked:
            return
        found = cards.wait(
            cached.power_job(asked), 300, retry=lambda: cached.power_job.clear(asked)
        )
        if found is None:
            return
        st.markdown(cards.escape(power_sentence(found)))
        card.show(
            Picture(
                lambda look: power_curve(found, AXES[asked.vary], look),
                "Power curve",
                power_text(found),
            ),
            power_table(found),
            f"{asked.studies} studies at each point; lines are the simulation's own uncertainty.",
            "The dashed line is at 80 %.",
        )


def _plan() -> PowerQuestion:
    usual = PowerQuestion()
    first, second, third = st.columns(3)
    what = first.selectbox("To find", list(WHAT), format_func=WHAT.__getitem__, key="plan what")
    size = second.number_input(
        "Size (SDs; a share as .05)", -5.0, 5.0, 0.05 if what == "share" else 0.1, key="plan size"
    )
    vary = third.selectbox("Varied", list(AXES), format_func=AXES.__getitem__, key="plan vary")
    columns = st.columns(5)
    kept: dict[str, Any] = {}
    for place, name in zip(columns, ("therapists", "patients", "sessions"), strict=False):
        usually = getattr(usual, name)
        kept[name] = place.number_input(AXES[name], 2, 100_000, usually, key=f"of {name}")
    for place, name, said in zip(
        columns[3:],
        ("patient_share", "therapist_share"),
        ("Patients' share", "Therapists' share"),
        strict=True,
    ):
        kept[name] = place.number_input(said, 0.0, 0.95, getattr(usual, name), key=name)
    about = size if vary == "size" else kept[vary]
    steps = (0.25, 0.5, 1.0, 1.5, 2.0)
    values = [about * s if vary == "size" else max(2, round(about * s)) for s in steps]
    values = tuple(dict.fromkeys(float(v) for v in values))
    st.caption(f"{AXES[vary]}: {', '.join(f'{v:g}' for v in values)}; {WHOLE} studies at each.")
    return PowerQuestion(what, float(size), **kept, vary=vary, values=values)
