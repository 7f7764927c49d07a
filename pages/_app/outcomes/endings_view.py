"""The parts of a page that say how treatments ended, and who is measured at all."""

import streamlit as st

from analysis.presentation.charts import outcomes as charts
from analysis.presentation.words import outcome_words as words
from analysis.presentation.words.rounding import NONE, count, percent
from analysis.questions.outcomes.rates import Cell, Outcomes
from pages._app.frame import cards


def endings(found: Outcomes, labels: dict[str, str], groups: tuple[Cell, ...]) -> None:
    """Planned or not, how many sessions, how long the wait; of all and of the chosen groups."""
    cards.section("Endings, sessions, waiting")
    everyone, n = found.all, found.all.counts
    ended = n["planned"] + n["unplanned"]
    cells = [
        ("Treatments", count(n["episodes"])),
        ("Still running", count(n["ongoing"])),
        ("Ended as planned", percent(n["planned"] / ended) if ended else NONE),
        ("Fewer than two sessions", count(n["too_short"])),
        ("Sessions, finished", _median(everyone.sessions)),
        (labels.get(found.spec.wait, "Wait"), _median(everyone.wait)),
    ]
    with st.grid(min_column_width=150, gap="small", key="endings"):
        for label, value in cells:
            st.metric(label, value)
    if everyone.wait.median is None:
        st.caption(
            "Waiting time: no variable of the treatment with the factor 'process' and a "
            "name or component with 'wait' says it."
        )
    shown = (everyone, *groups)
    if ended:
        cards.chart(
            lambda look: charts.endings_chart(shown, "Share of treatments", look),
            "Endings",
            _endings_text(shown),
            found.synthetic,
        )
    else:
        st.caption("Endings are not recorded in this dataset.")
    with st.expander("Table of endings, sessions and waiting"):
        rows = [_ending_row(c) for c in shown]
        cards.table(
            rows,
            "Endings, sessions, waiting",
            found.synthetic,
            [_ending_shown(c) for c in shown],
            numbers=("Treatments", "Planned", "Unplanned", "Ongoing"),
        )


def missing(found: Outcomes, labels: dict[str, str]) -> None:
    """Who has first and last scores, and how those without differ."""
    n = found.all.counts
    cards.section("Who is measured")
    pairs = [
        ("Ended treatments", n["finished"] + n["too_short"]),
        ("Of them with fewer sessions than a course", n["too_short"]),
        ("Finished treatments", n["finished"]),
        ("… with first and last score", n["measured"]),
        ("… with one score only", n["one_score"]),
        ("… without a score", n["no_score"]),
        ("With both, and a score in the last session", n["fresh"]),
    ]
    share = lambda k: percent(k / n["finished"], decimals=1) if n["finished"] else NONE  # noqa: E731
    shown = [
        {"Who": label, "Treatments": count(k), "Of finished": share(k) if i > 2 else NONE}
        for i, (label, k) in enumerate(pairs)
    ]
    cards.table(
        [dict(who=label, treatments=k) for label, k in pairs],
        "Who is measured",
        found.synthetic,
        shown,
        numbers=("Treatments", "Of finished"),
    )
    # Who left early has no last score: fewer sessions are no finding.
    told = [d for d in found.differences if d.difference is not None and d.variable != "sessions"]
    if not told:
        st.caption("Too few ended treatments lack a score to say how they differ.")
        return
    fewest = min(d.n_without for d in told)
    st.markdown("**How those without both scores differ**")
    st.caption(
        f"Ended treatments; in standard deviations, grey: usually negligible. Without both "
        f"scores: {count(fewest)} or more in each line."
    )
    cards.chart(
        lambda look: charts.differences_chart(tuple(told), labels, look),
        "How those without scores differ",
        _differences_text(told, labels),
        found.synthetic,
        [_difference_row(d) for d in found.differences],
    )


def _ending_row(cell: Cell) -> dict:
    names = ("episodes", "planned", "unplanned", "ongoing", "ending_unknown", "too_short")
    spreads = dict(
        sessions_mean=cell.sessions.mean,
        sessions_median=cell.sessions.median,
        wait_mean=cell.wait.mean,
        wait_median=cell.wait.median,
    )
    return dict(by=cell.by, value=cell.value) | {k: cell.counts[k] for k in names} | spreads


def _ending_shown(cell: Cell) -> dict:
    n = cell.counts
    share = lambda k: percent(n[k] / n["episodes"]) if n["episodes"] else NONE  # noqa: E731
    plain = lambda spread: NONE if spread.median is None else f"{spread.median:g}"  # noqa: E731
    return {
        "Group": "All" if cell.by == "all" else words.value_label(cell.value),
        "Treatments": count(n["episodes"]),
        "Planned": share("planned"),
        "Unplanned": share("unplanned"),
        "Ongoing": share("ongoing"),
        "Sessions (median)": plain(cell.sessions),
        "Wait (median)": plain(cell.wait),
    }


def _median(spread) -> str:
    return NONE if spread.median is None else f"{spread.median:g} (median)"


def _endings_text(cells) -> str:
    told = "; ".join(
        f"{'all' if c.by == 'all' else words.value_label(c.value)} "
        f"{percent(c.counts['planned'] / c.counts['episodes'])} planned"
        for c in cells
        if c.counts["episodes"]
    )
    return f"Stacked bars of endings: {told}."


def _difference_row(d) -> dict:
    return dict(
        variable=d.variable,
        level=d.level,
        n_with=d.n_with,
        n_without=d.n_without,
        mean_with=d.mean_with,
        mean_without=d.mean_without,
        difference=d.difference,
    )


def _differences_text(found, labels) -> str:
    large = [charts.difference_label(d, labels) for d in found if abs(d.difference) > charts.SMALL]
    told = ", ".join(large) or "none"
    return f"Dot plot of standardised differences; larger than {charts.SMALL:g}: {told}."
