"""The parts of a page that say how well patients do."""

from collections.abc import Iterable

import streamlit as st

from analysis.measures.variables import Variable
from analysis.presentation.charts import outcomes as charts
from analysis.presentation.charts import over_time as time_charts
from analysis.presentation.tables import outcome_tables, treatment_tables
from analysis.presentation.tables.outcome_tables import ExactFigures
from analysis.presentation.words import outcome_words as words
from analysis.questions.outcomes.benchmark import compare, published, same_definition
from analysis.questions.outcomes.rates import Cell, Outcomes, outer_thirds, rate
from analysis.questions.outcomes.trend import trend
from pages._app.frame import cached, cards
from pages._app.frame.block import block
from pages._app.frame.menu import Picture

LIMITS = (
    "Dashed: limits that the usual ups and downs stay within. Large diamonds: a period beyond "
    "them, or the eighth or later in a row on one side."
)
MOST_GROUPS = 30  # of a chart and table; the download has them all
# Groups of patients are offered variable by variable.
GROUPS = {k: v for k, v in words.BY_LABELS.items() if k not in ("ending", "equity")}


ELSE = (
    "England's published rates stand here where yours count alike: PHQ-9 and GAD-7 together, by "
    "the instruments' own definition, as shares of all finished treatments."
)


def rates(found: Outcomes, outcome: str, variables: Iterable[Variable]) -> None:
    """The rates with intervals; published ones beside them where they count alike."""
    measures = {rule.measure for rule in found.spec.rules}
    instruments = {v.instrument for v in variables if v.name in measures}
    national = next(
        (p for p in published() if same_definition(p, instruments, found.question)), None
    )
    rows = tuple((words.METRIC_LABELS[r.metric], r) for r in found.rates(found.all))
    beside = compare(found, national) if national else ()
    theirs = charts.comparison_rows(beside, national) if national else {}
    said = words.comparison_sentence(beside, national) if national else ""
    read = "Points: the rate. Lines: its 95 % interval."
    with block("Rates", found.synthetic, said, "Reliable change") as card:
        card.show(
            Picture(
                lambda look: charts.rates_chart(rows, look, **theirs),
                f"Outcome rates, {outcome}",
                charts.rates_text(rows),
            ),
            outcome_tables.overall(ExactFigures(found), f"Rates, {outcome}", national, beside),
            f"{words.CASE_MIX} {national.label}: {national.who}; {national.source}."
            if national
            else ELSE,
            f"{read} Diamonds: {national.label}." if national else read,
        )


def by_group(found: Outcomes, outcome: str, labels: dict[str, str]) -> tuple[Cell, ...]:
    """What became of the treatments of each period, clinic, model, severity, alliance, or group of
    patients; returns the groups that are shown. labels: of the variables."""
    own = {group.dimension: labels.get(group.name, group.name) for group in found.spec.groups}
    offered = GROUPS | own
    with block("By group", found.synthetic) as card:
        by = st.segmented_control(
            "Groups",
            list(offered),
            format_func=offered.__getitem__,
            default="period",
            key="by",
            required=True,
            bind="query-params",
            label_visibility="collapsed",
        )
        if by not in cached.ALWAYS_BY:
            found = cached.groups(found.version, found.question, by)
        cells = found.of(by)
        if not any(c.value and c.counts["measured"] for c in cells):
            st.info(_no_group(by))
            return ()
        shown = _largest(cells)
        if by == "alliance":
            _beside_alliance(found, cells)
        _show_groups(card, found, offered[by], shown, outcome)
    return shown


def _show_groups(card, found: Outcomes, label: str, shown: tuple, outcome: str) -> None:
    name = f"Outcomes by {label.lower()}"
    measured = sum(1 for c in found.of(shown[0].by) if c.counts["measured"])
    note = "Each bar is 100 % of a group's treatments with both scores."
    if len(shown) < measured:
        note += (
            f" The {MOST_GROUPS} groups with most treatments of {measured}, by name; the "
            "file has all."
        )
    picture = Picture(
        lambda look: charts.stacked_chart(shown, f"Share of treatments, {outcome}", look),
        name,
        charts.stacked_text(shown, label),
    )
    table = outcome_tables.by_group(ExactFigures(found), f"{name}, table", label, shown)
    card.show(picture if _has_categories(found) else None, table, note=note)


def over_time(found: Outcomes) -> None:
    """One rate with control limits."""
    with block("Is it getting better?", found.synthetic) as card:
        metric = st.segmented_control(
            "Rate",
            found.metrics,
            format_func=words.METRIC_LABELS.__getitem__,
            key="metric",
            default=found.metrics[0],
            required=True,
            bind="query-params",
            label_visibility="collapsed",
        )
        of = found.question.denominator
        pairs = [(c.value, rate(c, metric, of)) for c in found.of("period") if c.value]
        seen = trend(pairs)
        if seen is None:
            st.info("No treatment with both scores has a date: there is no period to follow.")
            return
        sentence = words.trend_sentence(seen)
        st.markdown(cards.escape(sentence))
        picture = Picture(
            lambda look: time_charts.trend_chart(seen, look),
            f"{words.METRIC_LABELS[metric]} over time",
            f"Line of the rate by period. {sentence}",
        )
        said = [LIMITS, *(f"{message}." for message in seen.messages)]
        card.show(picture, note=" ".join(said), rows=seen.tidy())


def effect_sizes(found: Outcomes, outcome: str) -> None:
    """How far scores moved, in standard deviations, raw and at equal severity."""
    with block("How far scores moved", found.synthetic, word="Effect size") as card:
        card.show(
            table=treatment_tables.effect_sizes(found, f"Effect sizes, {outcome}"),
            how=f"Change in {outcome} in standard deviations of everyone's first scores; above 0 "
            "is improvement. Adjusted: what the group would show at everyone's severity at intake.",
        )


def _beside_alliance(found: Outcomes, cells) -> None:
    metric = "reliable_recovery" if "reliable_recovery" in found.metrics else found.metrics[0]
    lower, upper = outer_thirds(cells)
    if lower and upper:
        of = found.question.denominator
        low, high = rate(lower, metric, of), rate(upper, metric, of)
        st.markdown(cards.escape(words.alliance_sentence(low, high)))
    first, last = found.spec.window
    st.caption(f"Thirds of the mean alliance rating in sessions {first} to {last}.")


def _largest(cells) -> tuple:
    """At most MOST_GROUPS cells with measured treatments, the largest, in their own order."""
    some = [c for c in cells if c.counts["measured"]]
    kept = sorted(some, key=lambda c: -c.counts["measured"])[:MOST_GROUPS]
    return tuple(c for c in some if c in kept)


def _has_categories(found: Outcomes) -> bool:
    return set(found.metrics) >= {"reliable_improvement", "reliable_recovery"}


def _no_group(by: str) -> str:
    if by == "alliance":
        return (
            "No treatment with both scores has an early alliance rating: no variable of the "
            "sessions has the factor 'alliance', or the early sessions are empty."
        )
    if by == "model":
        return "This dataset does not say which treatment model was used."
    return "No treatment with both scores belongs to such a group."
