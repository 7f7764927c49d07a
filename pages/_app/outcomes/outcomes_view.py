"""The parts of a page that say how well patients do."""

import streamlit as st

from analysis.presentation.charts import outcomes as charts
from analysis.presentation.words import outcome_words as words
from analysis.presentation.words.rounding import NONE, count, estimate, percent, percent_interval
from analysis.questions.outcomes.benchmark import compare, published
from analysis.questions.outcomes.effect_sizes import pre_post, severity_adjusted
from analysis.questions.outcomes.rates import Cell, Outcomes, outer_thirds, rate
from analysis.questions.outcomes.trend import trend
from pages._app.frame import cached, cards

MOST_GROUPS = 30  # of a chart and table; the download has them all
GROUPS = {k: v for k, v in words.BY_LABELS.items() if k != "ending"}


def rates(found: Outcomes, outcome: str) -> None:
    """The rates with intervals, and the published ones beside them."""
    national = published()[0]
    cards.section(
        "Rates", f"Points: the rate. Lines: its 95 % interval. Diamonds: {national.label}."
    )
    rows = tuple((words.METRIC_LABELS[r.metric], r) for r in found.rates(found.all))
    beside = compare(found, national)
    cards.chart(
        lambda look: charts.rates_chart(rows, look, **charts.comparison_rows(beside, national)),
        f"Outcome rates, {outcome}",
        charts.rates_text(rows),
        found.synthetic,
    )
    theirs = {c.own.metric: c for c in beside}
    shown = [
        {
            "Rate": label,
            "Treatments": f"{count(r.count)} of {count(r.n)}",
            "Patients": f"{count(r.patients)} of {count(r.of_patients)}",
            "Share": percent(r.share, r.low, r.high),
            "95 % interval": percent_interval(r.low, r.high),
            national.label: percent(theirs[r.metric].published.share, decimals=1)
            if r.metric in theirs
            else NONE,
        }
        for label, r in rows
    ]
    everyone = [row for row in found.tidy() if row["by"] == "all"]
    cards.table(
        everyone,
        f"Rates, {outcome}",
        found.synthetic,
        shown,
        numbers=("Treatments", "Patients", "Share", "95 % interval"),
    )
    said = words.comparison_sentence(beside, national)
    st.markdown(cards.escape(f"{said} {words.CASE_MIX} {national.label}: {national.who}."))


def by_group(found: Outcomes, outcome: str) -> tuple[Cell, ...]:
    """What became of the treatments of each period, clinic, model, severity or alliance; returns
    the groups that are shown."""
    cards.section("By group", "Each bar is 100 % of a group's treatments with both scores.")
    by = st.segmented_control(
        "Groups",
        list(GROUPS),
        format_func=GROUPS.get,
        default="period",
        key="by",
        required=True,
        bind="query-params",
    )
    if by not in cached.ALWAYS_BY:
        found = cached.groups(found.version, found.question, by)
    cells = found.of(by)
    if not any(c.value and c.counts["measured"] for c in cells):
        st.info(_no_group(by))
        return ()
    shown = _largest(cells)
    measured = sum(1 for c in cells if c.counts["measured"])
    if len(shown) < measured:
        st.caption(
            f"The {MOST_GROUPS} groups with most treatments of {measured}, by name; the "
            "download has all."
        )
    name = f"Outcomes by {GROUPS[by].lower()}"
    if _has_categories(found):
        cards.chart(
            lambda look: charts.stacked_chart(shown, f"Share of treatments, {outcome}", look),
            name,
            charts.stacked_text(shown, GROUPS[by]),
            found.synthetic,
        )
    _group_table(found, by, shown, name)
    if by == "alliance":
        _beside_alliance(found, cells)
    return shown


def over_time(found: Outcomes) -> None:
    """One rate with control limits."""
    cards.section(
        "Is it getting better?",
        "Dashed: limits that the usual ups and downs stay "
        "within. Large diamonds: a period beyond them, or the eighth or later in a row "
        "on one side.",
    )
    metric = st.segmented_control(
        "Rate",
        found.metrics,
        format_func=words.METRIC_LABELS.get,
        key="metric",
        default=found.metrics[0],
        required=True,
        bind="query-params",
    )
    of = found.question.denominator
    pairs = [(c.value, rate(c, metric, of)) for c in found.of("period") if c.value]
    seen = trend(pairs)
    if seen is None:
        st.info("No treatment with both scores has a date: there is no period to follow.")
        return
    sentence = words.trend_sentence(seen)
    st.markdown(cards.escape(sentence))
    cards.chart(
        lambda look: charts.trend_chart(seen, look),
        f"{words.METRIC_LABELS[metric]} over time",
        f"Line of the rate by period. {sentence}",
        found.synthetic,
        seen.tidy(),
    )
    for message in seen.messages:
        st.caption(f"{cards.escape(message)}.")


def effect_sizes(found: Outcomes, outcome: str) -> None:
    """How far scores moved, in standard deviations, raw and at equal severity."""
    rule = found.spec.rules[0]
    cards.section(
        "How far scores moved",
        f"Change in {outcome} in standard deviations of everyone's first scores; above 0 is "
        "improvement. Adjusted: what the group would show at everyone's severity at intake.",
    )
    rows, shown = [], []
    groups = (c for c in (*found.of("model"), *found.of("severity")) if c.value)
    for cell in (found.all, *groups):
        raw = pre_post(cell.scores[0], rule.sign, found.all.scores[0])
        equal = severity_adjusted(cell, found.all, rule.sign)
        s = cell.scores[0]
        label = "All" if cell.by == "all" else words.value_label(cell.value)
        group = "" if cell.by == "all" else words.BY_LABELS[cell.by]
        rows.append(
            dict(
                by=cell.by,
                value=cell.value,
                n=raw.n,
                mean_first=s.mean_first,
                mean_last=s.mean_last,
                sd_first=s.sd_first,
                d=raw.d,
                low=raw.low,
                high=raw.high,
                adjusted=equal.d,
                adjusted_low=equal.low,
                adjusted_high=equal.high,
            )
        )
        shown.append(
            {
                "Group": f"{group}: {label}" if group else label,
                "Treatments": count(raw.n),
                "First": estimate(s.mean_first, decimals=1),
                "Last": estimate(s.mean_last, decimals=1),
                "Effect size": _effect(raw),
                "Adjusted": _effect(equal),
            }
        )
    cards.table(
        rows,
        f"Effect sizes, {outcome}",
        found.synthetic,
        shown,
        numbers=("Treatments", "First", "Last"),
    )


def _beside_alliance(found: Outcomes, cells) -> None:
    metric = "reliable_recovery" if "reliable_recovery" in found.metrics else found.metrics[0]
    ends = outer_thirds(cells)
    if all(ends):
        low, high = (rate(c, metric, found.question.denominator) for c in ends)
        st.markdown(cards.escape(words.alliance_sentence(low, high)))
    first, last = found.spec.window
    st.caption(f"Thirds of the mean alliance rating in sessions {first} to {last}.")


def _group_table(found: Outcomes, by: str, cells, name: str) -> None:
    everything = [row for row in found.tidy() if row["by"] == by]
    shown = [
        {words.BY_LABELS[by]: words.value_label(c.value), "Treatments": count(c.counts["measured"])}
        | {words.METRIC_LABELS[r.metric]: words.rate_shown(r) for r in found.rates(c)}
        for c in cells
    ]
    cards.table(everything, f"{name}, table", found.synthetic, shown, numbers=("Treatments",))


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


def _effect(size) -> str:
    if size.d is None:
        return NONE
    low, high = (estimate(v, decimals=2) for v in (size.low, size.high))
    return f"{estimate(size.d, decimals=2)} ({low} to {high})"
