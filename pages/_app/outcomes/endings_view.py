"""The parts of a page that say how treatments ended, and who is measured at all."""

import streamlit as st

from analysis.measures.waiting import TIMED, UNTIMED
from analysis.presentation.charts import differences, over_time
from analysis.presentation.charts import outcomes as charts
from analysis.presentation.tables import treatment_tables, wait_tables
from analysis.presentation.tables.outcome_tables import ExactFigures
from analysis.presentation.words import outcome_words as words
from analysis.presentation.words import wait_words
from analysis.presentation.words.rounding import NONE, count, percent
from analysis.questions.outcomes.rates import Cell, Outcomes
from analysis.questions.outcomes.waits import national_waits, standards, within
from pages._app.frame import cards, tables
from pages._app.frame.block import block
from pages._app.frame.menu import Picture


def endings(found: Outcomes, labels: dict[str, str], groups: tuple[Cell, ...]) -> None:
    """Planned or not, how many sessions, how long the wait; of all and of the chosen groups."""
    everyone, n = found.all, found.all.counts
    ended = n["planned"] + n["unplanned"]
    shown = (everyone, *groups)
    picture = Picture(
        lambda look: charts.endings_chart(shown, "Share of treatments", look),
        "Endings",
        _endings_text(shown),
    )
    with block("Endings, sessions, waiting", found.synthetic, word="Planned ending") as card:
        _figures(found, labels, n, ended)
        if everyone.wait.median is None:
            st.caption(
                "Waiting time: no variable of the treatment with the factor 'process' and a "
                "name or component with 'wait' says it."
            )
        if not ended:
            st.caption("Endings are not recorded in this dataset.")
        card.show(picture if ended else None, treatment_tables.endings(shown))


def _figures(found: Outcomes, labels: dict[str, str], n, ended: int) -> None:
    cells = [
        ("Treatments", count(n["episodes"])),
        ("Still running", count(n["ongoing"])),
        ("Ended as planned", percent(n["planned"] / ended) if ended else NONE),
        ("Fewer than two sessions", count(n["too_short"])),
        ("Sessions, finished", _median(found.all.sessions)),
        (labels.get(found.spec.wait, "Wait"), _median(found.all.wait)),
    ]
    with st.grid(min_column_width=145, gap="small", key="endings"):
        for label, value in cells:
            st.metric(label, value)


def waits(found: Outcomes, labels: dict[str, str]) -> None:
    """How many began within the standard; nothing where no variable says how long they waited."""
    if not found.spec.wait:
        return
    label = labels.get(found.spec.wait, found.spec.wait)
    with block(wait_tables.CAPTION, found.synthetic) as card:
        if why := wait_words.why_none(found, label):
            st.caption(cards.escape(why))
            return
        st.markdown(cards.escape(wait_words.answer(found)))
        n = found.all.counts
        st.caption(
            cards.escape(
                f"{wait_words.counted(found.spec, label)} Not known: {count(n[UNTIMED])} of "
                f"{count(n['finished'])}. {wait_words.source()}"
            )
        )
        figures, groups = ExactFigures(found), tuple(c for c in found.of("period") if c.value)
        table = wait_tables.waits(figures, national=national_waits(found))
        card.show(_wait_picture(found, groups), table, note=wait_words.DOTTED)


def _wait_picture(found: Outcomes, groups: tuple[Cell, ...]) -> Picture | None:
    one = standards(found.spec)[0]
    rates = {c.value: within(c, one) for c in groups if c.counts[TIMED]}
    if len(rates) < 2:
        return None
    name = wait_words.named(one)
    told = "; ".join(f"{period} {words.rate_shown(rate)}" for period, rate in rates.items())
    return Picture(
        lambda look: over_time.share_chart(rates, name, look, one.percent),
        name,
        f"Shares with a first session so soon: {told}.",
    )


def missing(found: Outcomes, labels: dict[str, str]) -> None:
    """Who has first and last scores, and how those without differ."""
    table = treatment_tables.measured(found)
    # Who left early has no last score: fewer sessions are no finding.
    told = [d for d in found.differences if d.difference is not None and d.variable != "sessions"]
    with block("Who is measured", found.synthetic) as card:
        if not told:
            card.show(table=table)
            st.caption("Too few ended treatments lack a score to say how they differ.")
            return
        how_many, apart = st.tabs(
            ["How many", "How those without both scores differ"], key="tabs endings"
        )
        with how_many:
            tables.shown(table)
        with apart:
            drawn = _apart(tuple(told), labels)
            cards.picture(drawn.build, drawn.alt, "chart of differences")
            st.caption(
                "Ended treatments; in standard deviations, grey: usually negligible. Without both "
                f"scores: {count(min(d.n_without for d in told))} or more in each line."
            )
        card.take(table, drawn, treatment_tables.differences(found))


def _apart(told: tuple, labels: dict[str, str]) -> Picture:
    return Picture(
        lambda look: differences.differences_chart(told, labels, look),
        "How those without scores differ",
        _differences_text(told, labels),
    )


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


def _differences_text(found, labels) -> str:
    large = [d for d in found if abs(d.difference) > differences.SMALL]
    told = ", ".join(differences.difference_label(d, labels) for d in large) or "none"
    return f"Dot plot of standardised differences; larger than {differences.SMALL:g}: {told}."
