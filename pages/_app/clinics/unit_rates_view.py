"""Rates of clinics and therapists on a page: in a funnel, and at equal case-mix."""

import streamlit as st

from analysis.presentation.charts import clinics as charts
from analysis.presentation.tables import unit_tables
from analysis.presentation.words import clinic_words as words
from analysis.presentation.words.outcome_words import METRIC_LABELS
from analysis.presentation.words.rounding import count
from analysis.questions.outcomes.rates import rate
from analysis.questions.units.funnel import KINDS, Unit, funnel
from analysis.questions.units.names import shown_names
from pages._app.clinics.clinics_view import LEVELS
from pages._app.frame import cached, cards, door
from pages._app.frame.block import block
from pages._app.frame.menu import Picture

AT_ONCE = 200_000  # treatments; a logistic model of more waits for a click


def rates(asked, level: str, fewest: int, case_mix: tuple[str, ...], found) -> None:
    """One rate of each unit: crude in a funnel, and at equal case-mix."""
    if not found.metrics:
        st.info("Nobody says what counts as a reliable change in this measure: there is no rate.")
        return
    metric = st.segmented_control(
        "Rate",
        found.metrics,
        format_func=METRIC_LABELS.__getitem__,
        key="metric",
        default=found.metrics[0],
        required=True,
        bind="query-params",
    )
    cells = [c for c in found.of(level) if c.value and c.patients["measured"] >= fewest]
    named = door.settings().therapist_names
    names = shown_names(level, asked.treatments.values(level), found.version, named)
    pairs = [(names[c.value], rate(c, metric, asked.question.denominator)) for c in cells]
    if not any(r.n for _, r in pairs):
        st.info(f"No {words.UNITS[level][0]} has {fewest} patients with both scores.")
        return
    key = (found.version, asked.question, level, metric, case_mix, fewest, named)
    with st.grid(min_column_width=cards.HALF, gap="small", key="rates side by side"):
        _funnel(pairs, metric, level, found.synthetic)
        if len(pairs) > 1:
            _adjusted_rates(key, found)


def _funnel(pairs, metric: str, level: str, synthetic: bool) -> None:
    seen = funnel([Unit(name, r.count, r.n) for name, r in pairs])
    if seen is None:
        return
    with block("Unadjusted rates in a funnel", synthetic, word="Funnel") as card:
        kind = st.segmented_control(
            "Limits",
            list(KINDS),
            format_func=KINDS.__getitem__,
            key="limits",
            default="additive",
            required=True,
            bind="query-params",
        )
        st.markdown(cards.escape(words.funnel_sentence(seen, kind, level)))
        for message in seen.messages:
            st.markdown(f"- {cards.escape(message)}.")
        name = f"{LEVELS[level]}, {METRIC_LABELS[metric].lower()}"
        outside = {p.unit.label for p in seen.outside(kind)}
        card.show(
            Picture(
                lambda look: charts.funnel_chart(seen, kind, METRIC_LABELS[metric], look),
                name,
                charts.funnel_text(seen, kind),
            ),
            unit_tables.crude_rates(pairs, seen, outside, level, metric, f"{name}, table"),
            words.FUNNEL_NOTE[kind],
            "Each point is one unit; the more treatments, the narrower the limits: solid 99.8 %, "
            "dashed 95 %, dotted chance alone.",
        )


def _adjusted_rates(key: tuple, of) -> None:
    with block("Rates at equal case-mix", of.synthetic) as card:
        # A dozen evaluations, each a few passes over all rows: two seconds at that many.
        if of.all.counts["measured"] > AT_ONCE and not st.toggle(
            "Fit the model (it takes a while)", key="adjust_rates"
        ):
            return
        found = cards.wait(
            cached.adjusted_rates_job(*key),
            320,
            "Fitting the logistic model",
            retry=lambda: cached.adjusted_rates_job.clear(*key),
        )
        if found is not None:
            _at_equal_case_mix(card, found)


def _at_equal_case_mix(card, found) -> None:
    label = METRIC_LABELS[found.metric]
    st.markdown(cards.escape(words.answer(found, label.lower())))
    for message in found.messages:
        st.markdown(f"- {cards.escape(message)}.")
    if not found.units or found.sd == 0:
        return
    name = f"{LEVELS[found.level]}, {label.lower()} at equal case-mix"
    card.show(
        Picture(
            lambda look: charts.rates_caterpillar(found, label, look),
            name,
            charts.caterpillar_text(found),
        ),
        unit_tables.adjusted_rates(found, f"{name}, table"),
        lambda: _model(found),
        "What everyone in this selection would show with the unit's predicted effect, from a "
        "logistic mixed model with the case-mix above. Dashed: an average unit.",
    )


def _model(found) -> None:
    st.code(found.formula, language=None, wrap_lines=True)
    st.text(
        f"{count(found.rows)} treatments; {count(found.rows_dropped)} left out for a "
        f"missing value of the case-mix; {found.seconds:.1f} s."
    )
