"""The widgets that choose treatments and what counts as change; bound to the address bar."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from analysis.measures.change import rule_for
from analysis.measures.instruments import find_instrument
from analysis.questions.outcomes.question import (
    DEFINITIONS,
    DENOMINATORS,
    OutcomeQuestion,
    Selection,
    nhs_pair,
)
from analysis.questions.scope import Scope
from pages._app.frame import cached, contents, linked

BOUND: dict[str, Any] = dict(bind="query-params")
KEYS = (
    "measure",
    "period",
    "definition",
    "of",
    "population",
    "reliability",
    "sd",
    "cut_off",
    "from",
    "to",
    "clinics",
    "models",
    "severities",
)
KEPT = "report_filters"
COUNTS = "What counts as change, and of whom"
TOGETHER = "PHQ-9 and GAD-7 together"
PERIOD_LABELS = {"quarter": "Quarters", "year": "Years", "month": "Months"}


@dataclass(frozen=True, slots=True)
class Asked:
    """question: all of it. outcome: the measure's label. treatments: the open ones."""

    question: OutcomeQuestion
    outcome: str
    treatments: object


EARLY = (3, 5)  # sessions, where the question leaves them to the data: outcomes need no landmark


def outcome_widgets(chosen: Scope, about: cached.About) -> Asked:
    """Draws measure, definition and filters on the page and makes the question of them.

    The pages of a report share them: a widget's value is lost when its page is left, so the last
    ones are kept for the next page.
    """
    dataset, page = (chosen.dataset, chosen.version), _page()
    _restore(dataset, page)
    filters = st.grid(min_column_width=150, gap="small", key="filters")
    with filters:
        measure, period = _what(about)
    base = OutcomeQuestion(
        chosen.dataset,
        chosen.version,
        _names(measure, about),
        period=period,
        window=chosen.window or EARLY,
        store=chosen.store,
    )
    base, denominator = _how(base, about, measure)
    treatments = cached.treatments(chosen.version, base)
    with filters:
        selection = _which(treatments)
    question = replace(base, selection=selection, denominator=denominator)
    kept = {key: st.session_state[key] for key in KEYS if key in st.session_state}
    st.session_state[KEPT] = (dataset, page, kept)
    return Asked(question, _label(measure, about), treatments)


def link(question: OutcomeQuestion, outcome: str) -> str:
    """The query that opens the same view again: '?dataset=demo&measure=…'."""
    chosen = question.selection
    values = {
        "dataset": question.dataset,
        "version": question.version,
        "measure": outcome,
        "period": PERIOD_LABELS[question.period],
        "of": DENOMINATORS[question.denominator],
        "definition": DEFINITIONS[question.definition],
        "population": question.population,
        "reliability": question.reliability,
        "sd": question.sd,
        "cut_off": question.cut_off,
        "from": chosen.periods[0],
        "to": chosen.periods[1],
        "clinics": chosen.clinics,
        "models": chosen.models,
        "severities": chosen.severities,
    }
    return "?" + urlencode({k: v for k, v in values.items() if v}, doseq=True)


def _restore(dataset: tuple[str, str], page: str) -> None:
    """Another page's values, where they are of this dataset and the address says nothing."""
    of, left, kept = st.session_state.get(KEPT, (None, page, {}))
    if of == dataset and left != page and not any(key in st.query_params for key in KEYS):
        for key, value in kept.items():
            st.session_state[key] = value


def _page() -> str:
    return (st.context.url or "").partition("?")[0].rstrip("/").rpartition("/")[2]


def _what(about: cached.About) -> tuple[str, str]:
    names = [v.name for v in about.outcomes]
    names.sort(key=lambda name: name != about.main_outcome)
    if nhs_pair(about.variables):
        names = [TOGETHER, *names]
    linked.check("measure", "the measure", [_label(n, about) for n in names])
    linked.check("period", "periods by", PERIOD_LABELS.values())
    measure = st.selectbox(
        "Outcome measure",
        names,
        format_func=lambda n: _label(n, about),
        key="measure",
        help="Two measures together: improved on either, recovered on both, as NHS Talking "
        "Therapies counts."
        if TOGETHER in names
        else None,
        **BOUND,
    )
    period = st.selectbox(
        "Periods", list(PERIOD_LABELS), format_func=PERIOD_LABELS.__getitem__, key="period", **BOUND
    )
    return measure, period


def _how(base: OutcomeQuestion, about, measure: str) -> tuple[OutcomeQuestion, str]:
    """The definition of change and of the rates' denominator."""
    variable = next((v for v in about.outcomes if v.name == measure), None)
    known = variable is None or rule_for(variable).reliable_change is not None
    chips = contents.place("chips")
    with (
        chips.popover(COUNTS, icon=":material/tune:", key="what counts")
        if known
        else st.expander(COUNTS, True, key="more: counts")
    ):
        linked.check("definition", "the definition", DEFINITIONS.values())
        linked.check("of", "shares of", DENOMINATORS.values())
        left, right = st.columns(2)
        definition = left.selectbox(
            "Definition",
            list(DEFINITIONS),
            index=0 if known else 1,
            format_func=DEFINITIONS.__getitem__,
            key="definition",
            disabled=variable is None,
            **BOUND,
        )
        denominator = right.selectbox(
            "Rates are shares of",
            list(DENOMINATORS),
            format_func=DENOMINATORS.__getitem__,
            key="of",
            **BOUND,
        )
        if definition != "own" or variable is None:
            return replace(base, population=_population(variable)), denominator
        first, second, third = st.columns(3)
        reliability = first.number_input(
            "Reliability of the measure",
            0.0,
            0.999,
            None,
            0.01,
            key="reliability",
            placeholder="0 to 1",
            help="From its manual, in a sample like yours.",
            **linked.number("reliability", "a reliability of", 0, 0.999),
        )
        sd = second.number_input(
            "Standard deviation",
            min_value=0.0,
            max_value=1e6,
            value=0.0,
            key="sd",
            help="Of scores at intake; 0 takes this dataset's own.",
            **linked.number("sd", "a standard deviation of", 0, 1e6),
        )
        cut = third.number_input(
            "Clinical cut-off",
            min_value=-1e6,
            max_value=1e6,
            value=None,
            key="cut_off",
            help="Empty takes the instrument's; without one, recovery is not defined.",
            **linked.number("cut_off", "a cut-off of", -1e6, 1e6),
        )
        return replace(
            base, definition="own", reliability=reliability, sd=sd or None, cut_off=cut
        ), denominator


def _population(variable) -> str:
    """Whose cut-off counts, where the instrument has several ('adults', 'adolescents')."""
    instrument = find_instrument(variable.instrument) if variable else None
    known = [t.population for t in instrument.caseness if t.population] if instrument else []
    if len(known) < 2:
        return ""
    linked.check("population", "the cut-off for", known)
    return st.selectbox("Cut-off for", known, key="population", **BOUND)


def _which(treatments) -> Selection:
    """The filters; an empty one lets everything through."""
    periods = treatments.values("period")
    clinics, models = treatments.values("clinic"), treatments.values("model")
    for key, what, offered in (
        ("from", "the period", periods),
        ("to", "the period", periods),
        ("clinics", "the clinic", clinics),
        ("models", "the treatment model", models),
        ("severities", "the severity", treatments.severities()),
    ):
        linked.check(key, what, offered)
    first = st.selectbox("From", ("", *periods), key="from", format_func=_or("the start"), **BOUND)
    last = st.selectbox("To", ("", *periods), key="to", format_func=_or("the end"), **BOUND)
    of_clinics = st.multiselect("Clinics", clinics, key="clinics", placeholder="All", **BOUND)
    of_models = st.multiselect("Treatment models", models, key="models", placeholder="All", **BOUND)
    severities = st.multiselect(
        "Severity at intake", treatments.severities(), key="severities", placeholder="All", **BOUND
    )
    if first and last and first > last:
        first, last = last, first
    return Selection(
        tuple(of_clinics), tuple(of_models), tuple(severities), (first or "", last or "")
    )


def _names(measure: str, about) -> tuple[str, ...]:
    return nhs_pair(about.variables) if measure == TOGETHER else (measure,)


def _label(measure: str, about) -> str:
    return measure if measure == TOGETHER else about.label(measure)


def _or(word: str):
    return lambda value: value or word
