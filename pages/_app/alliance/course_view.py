"""The parts of the page From the first contact: ruptures, phases, the effect, the response."""

import shlex

import streamlit as st

from analysis.presentation.charts.alliance.intervals import intervals, intervals_text
from analysis.presentation.charts.alliance.lines import lines, lines_text
from analysis.presentation.charts.theme import axis_title
from analysis.presentation.tables.alliance import course_tables as tables
from analysis.presentation.words.alliance import course_words as words
from analysis.presentation.words.alliance.published import figures
from analysis.presentation.words.directions import upwards
from analysis.presentation.words.rounding import estimate, percent
from analysis.questions.alliance.course.result import CourseAnswer, CourseQuestion
from analysis.questions.alliance.course.ruptures import OWN
from analysis.questions.alliance.measures import alliance_measures, outcomes
from analysis.questions.scope import Scope
from pages._app.alliance.choices import chosen_measure, into_report
from pages._app.frame import cached, cards
from pages._app.frame.block import block
from pages._app.frame.menu import Picture

RATES = {"1 % of courses": 0.01, "5 % of courses": 0.05, "10 %": 0.10, "20 %": 0.20}


def question(scope: Scope, about: cached.About) -> CourseQuestion | None:
    """What the widgets ask; None where the dataset has no alliance or no outcome in sessions."""
    offered, targets = alliance_measures(about.variables), outcomes(about.variables)
    if not offered or not targets:
        return None
    first, second, third = st.columns([3, 4, 3])
    outcome = chosen_measure(first, "Outcome", targets, "symptoms", about.main_outcome)
    picked = chosen_measure(second, "Alliance", offered, "alliance_measure")
    rate = third.selectbox(
        "False alarms allowed",
        list(RATES),
        index=1,
        key="false_alarms",
        bind="query-params",
        help="Of all courses without a rupture, so many are flagged all the same. Fewer false "
        "alarms find fewer ruptures.",
    )
    return CourseQuestion(
        scope.dataset, outcome.key, picked.key, RATES[rate], scope.version, store=scope.store
    )


def ruptures(answer: CourseAnswer, synthetic: bool, truth: dict) -> None:
    """Rules beside each other, and what followed."""
    r = answer.ruptures
    if r is None:
        return
    rows = [
        dict(
            label=rule.rule,
            kind=f"{rule.sessions} sessions",
            estimate=100 * rule.false_alarms,
            low=None,
            high=None,
            shown=percent(rule.false_alarms, decimals=1),
        )
        for rule in r.rules
    ]
    flagged = axis_title("Courses flagged though nothing broke, %", "← better")
    with block("Ruptures: rules and their false alarms", synthetic, word="Rupture") as card:
        said = [f.false_alarms for f in r.rules if f.rule == OWN]
        st.markdown(
            cards.escape(
                f"In courses without a rupture the rule used here flags "
                f"{' and '.join(percent(s, decimals=1) for s in said)} of them."
            )
        )
        card.show(
            Picture(
                lambda look: intervals(rows, flagged, look),
                "False alarms of rupture rules",
                intervals_text(rows, "Share of simulated courses without a rupture flagged"),
            ),
            tables.rules(r, "Rupture rules"),
            words.HOW_RUPTURES,
            words.READ_RULES,
        )
    with block(
        "Repaired, and what followed", synthetic, words.repairs(r, answer.outcome.label)
    ) as c:
        if truth:
            st.caption(
                f"The truth of these synthetic data: {truth['ruptures']:,} ruptures in "
                f"{truth['courses']:,} courses."
            )
        c.show(table=tables.followed(r, "What followed ruptures"))
        for f in figures("repair"):
            st.caption(cards.escape(f"{f.what}: {f.figure} ({f.source})."))


def phases(answer: CourseAnswer, synthetic: bool) -> None:
    """Early, middle and late alliance."""
    rows = [
        dict(
            label=f"{p.name.capitalize()} (sessions {p.sessions[0]} to {p.sessions[1]})",
            kind="r",
            estimate=p.r,
            low=p.low,
            high=p.high,
            shown=estimate(p.r, decimals=2),
        )
        for p in answer.phases
        if p.r is not None
    ]
    if not rows:
        return
    title = axis_title("r with the change until the end", "better →")
    with block("Early, middle, late", synthetic) as card:
        card.show(
            Picture(
                lambda look: intervals(rows, title, look),
                "Early, middle and late alliance",
                intervals_text(rows, "Correlation of alliance with the change until the end"),
            ),
            tables.phases(answer, "Early, middle and late alliance, table"),
            note="Late alliance holds what has already changed; the literature rates it early.",
        )


def effect(answer: CourseAnswer, synthetic: bool) -> None:
    """The within-patient effect by session."""
    found = answer.over_time
    if found is None or not found.points:
        return
    rows = [
        dict(x=p.session, kind="effect", value=p.estimate, low=p.low, high=p.high,
             shown=estimate(p.estimate, decimals=2))
        for p in found.points
    ]  # fmt: skip
    points = upwards(f"Points of {answer.outcome.label}", answer.outcome.higher_is)
    with block("When the alliance works", synthetic, words.effect(found)) as card:
        card.show(
            Picture(
                lambda look: lines(rows, "Session", points, look, True),
                "Effect over the course",
                lines_text(rows, "Effect of one point of alliance on the next score"),
            ),
            tables.effect(found, "Effect over the course, table"),
            note=words.READ_EFFECT,
        )


def response(answer: CourseAnswer, synthetic: bool) -> None:
    """Early response, good-enough level, sessions until reliable change."""
    found = answer.response
    if found is None or not found.attended:
        return
    rows = []
    for a in found.attended:
        for kind, value in (
            ("improved at their end, by sessions attended", a.improved),
            ("changed by then, had all stayed", a.by_then),
        ):
            rows.append(
                dict(x=a.sessions, kind=kind, value=100 * value, low=None, high=None,
                     shown=percent(value, decimals=0))
            )  # fmt: skip
    title = "Early response and enough sessions"
    with block(title, synthetic, words.response(found, answer.outcome.label)) as card:
        card.show(
            Picture(
                lambda look: lines(rows, "Sessions", "Treatments, % (↑ better)", look, True),
                "Sessions and reliable change",
                lines_text(rows, "Share improved by sessions"),
            ),
            tables.response(found, "Sessions and reliable change, table"),
            note=words.READ_RESPONSE,
        )


def way_back(answer: CourseAnswer, synthetic: bool) -> None:
    """The command and the data."""
    asked = answer.question
    with block("How it was made", synthetic):
        cards.go_to("method", "Method: formulas, sources, limits", "functions")
        into_report(asked.dataset, "ruptures")
        command = (
            f"python dashboard.py ruptures {shlex.quote(asked.dataset)} --outcome "
            f"{shlex.quote(asked.outcome)} --alliance {shlex.quote(asked.alliance)} "
            f"--false-alarms {asked.rate:g} --version {asked.version}"
        )
        st.code(command, language=None, wrap_lines=True)
        st.text(f"Dataset {asked.dataset}, version {answer.version}; {answer.seconds:.2f} s.")
