"""The parts of the page Alliance: course, reliability, components, levels, what others found."""

import streamlit as st

from analysis.presentation.charts.alliance.intervals import intervals, intervals_text
from analysis.presentation.charts.alliance.lines import lines, lines_text
from analysis.presentation.charts.theme import axis_title
from analysis.presentation.tables.alliance import alliance_tables as tables
from analysis.presentation.words.alliance import alliance_words as words
from analysis.presentation.words.alliance.published import figures
from analysis.presentation.words.directions import across, upwards
from analysis.presentation.words.rounding import estimate
from analysis.questions.alliance.components.described import EVERYONE
from analysis.questions.alliance.components.levels import NEXT
from analysis.questions.alliance.components.result import AllianceAnswer, AllianceQuestion, Levels
from analysis.questions.alliance.measures import alliance_measures, outcomes
from analysis.questions.scope import Scope
from pages._app.alliance.choices import chosen_measure, into_report
from pages._app.frame import cached, cards
from pages._app.frame import tables as html
from pages._app.frame.block import block
from pages._app.frame.menu import Picture

PATIENTS = (1, 2, 4, 6, 8, 10, 15, 20, 30, 40, 60, 80, 100)
WIDEST = 4.0  # times the interval as observed, beyond which one with latent means is not drawn
OF_COURSE = ("Components", "How treatments ended")


def question(scope: Scope, about: cached.About) -> AllianceQuestion | None:
    """What the widgets ask; None where the dataset has no alliance or no outcome in sessions."""
    offered, targets = alliance_measures(about.variables), outcomes(about.variables)
    if not offered or not targets:
        return None
    first, second, _ = st.columns([3, 4, 4])
    outcome = chosen_measure(first, "Outcome", targets, "symptoms", about.main_outcome)
    picked = chosen_measure(second, "Alliance", offered, "alliance_measure")
    return AllianceQuestion(
        scope.dataset, outcome.key, picked.key, scope.version, store=scope.store
    )


def course(answer: AllianceAnswer, synthetic: bool) -> None:
    """Medians by session, with the middle half."""
    with block("By session", synthetic) as card:
        if not answer.course:
            st.text("No session has 20 ratings: there is no course to draw.")
            return
        kind = st.segmented_control(
            "Lines", OF_COURSE, key="course_lines", default=OF_COURSE[0], required=True,
            bind="query-params",
        )  # fmt: skip
        by_ending = kind == OF_COURSE[1]
        rows = [
            dict(
                x=p.session,
                kind=p.group if by_ending else words.short(answer, p.measure),
                value=p.median,
                low=p.lower if by_ending else None,
                high=p.upper if by_ending else None,
                shown=f"{p.median:.2f}",
            )
            for p in answer.course
            if (p.measure == answer.measure.key and p.group != EVERYONE)
            == by_ending and (by_ending or p.group == EVERYONE)
        ]  # fmt: skip
        card.show(
            Picture(
                lambda look: lines(rows, "Session", upwards("Alliance, median", "better"), look),
                f"Alliance by session, {kind.lower()}",
                lines_text(rows, "Median alliance by session"),
            ),
            tables.course(answer, "Alliance by session, table"),
            note="Later sessions are those of the patients who stayed. "
            + "Bands: the middle half of the treatments." * by_ending,
        )


def trust(answer: AllianceAnswer, synthetic: bool) -> None:
    """Reliability, spread and ceiling of each measure, and their correlations."""
    with block("How well it is measured", synthetic, words.reliability(answer)) as card:
        card.show(
            table=tables.described(answer, "How well the alliance is measured"),
            how="Between patients: the variance of what lies behind a patient's ratings, over that "
            "plus the variance of ratings about it divided by the number of sessions. Of change: "
            "the components as items of one scale (Shrout & Lane 2012; Cranford and others 2006).",
        )
        if answer.correlations:
            st.markdown("Do the components go together? Their correlations:")
            html.shown(tables.correlations(answer, "Correlations of the components"))


def components(answer: AllianceAnswer, synthetic: bool) -> None:
    """Effects apart and together, at each level."""
    if not answer.effects:
        return
    rows = []
    for e in answer.effects:
        label = f"{words.short(answer, e.component).capitalize()}, {e.level}"
        for kind, value, low, high in (
            ("apart", e.apart, e.apart_low, e.apart_high),
            ("together", e.together, e.together_low, e.together_high),
        ):
            shown = f"{value:.2f} ({low:.2f} to {high:.2f})".replace("-", "−")
            rows.append(
                dict(label=label, kind=kind, estimate=value, low=low, high=high, shown=shown)
            )
    points = axis_title(f"Points of {answer.outcome.label}", across(answer.outcome.higher_is))
    with block("Bond, goal and task apart and together", synthetic, words.components(answer)) as c:
        c.show(
            Picture(
                lambda look: intervals(rows, points, look),
                "Components apart and together",
                intervals_text(rows, "Effects of one standard deviation more"),
            ),
            tables.effects(answer, "Components apart and together, table"),
            lambda: _contrasts(answer),
            words.READ_PARTS,
        )


def _contrasts(answer: AllianceAnswer) -> None:
    html.shown(tables.contrasts(answer, "Differences of the components' effects, together"))
    st.caption(
        "Least squares with errors by patient (within) and by therapist (between); the variance "
        "that a component adds is what is lost without it, the rest is shared."
    )


def levels(answer: AllianceAnswer, synthetic: bool, truth: dict) -> None:
    """The effect within patients, between patients, therapists, clinics."""
    with st.grid(min_column_width=cards.HALF, gap="small", key="levels side by side"):
        for number, found in enumerate(answer.levels):
            note = "" if number else words.READ_LEVELS
            _level(answer, found, truth.get(found.target, {}), note, synthetic)


def _level(answer: AllianceAnswer, found: Levels, known: dict, note: str, synthetic: bool) -> None:
    points = axis_title(
        f"Points of {answer.outcome.label} a point of alliance", across(answer.outcome.higher_is)
    )
    rows, undrawn = [], []
    for name, e in zip(found.names, found.effects, strict=True):
        for kind, value, low, high in (
            ("as observed", e.naive, e.naive_low, e.naive_high),
            ("with latent means", e.corrected, e.low, e.high),
        ):
            if value is None:
                continue
            if kind != "as observed" and _dwarfs(e):
                undrawn.append(name)
                continue
            shown = estimate(value, decimals=2)
            if low is not None and high is not None:
                shown += f" ({estimate(low, decimals=2)} to {estimate(high, decimals=2)})"
            rows.append(
                dict(label=name.capitalize(), kind=kind, estimate=value, low=low, high=high,
                     shown=shown, truth=known.get(name) if kind != "as observed" else None)
            )  # fmt: skip
    if known:
        note += " Upright strokes: the truth, known because the data are synthetic."
    if undrawn:
        note += f" Too unsure to be drawn with latent means (in the table): {', '.join(undrawn)}."
    title = f"At each level: {found.target}"
    lag = answer.lag if found.target == NEXT else None
    said = words.levels(answer, found) + (f" {words.beside(lag)}" if lag else "")
    with block(title, synthetic, said, "Contextual effect") as card:
        card.show(
            Picture(
                lambda look: intervals(rows, points, look),
                f"Levels, {found.target}",
                intervals_text(rows, f"Effects on the {found.target} at each level"),
            ),
            tables.levels(found, f"Levels, {found.target}, table", lag),
            words.HOW_LEVELS,
            note.strip(),
        )


def _dwarfs(e) -> bool:
    """Whether the latent figure's interval is so wide that it would leave the others no room."""
    if e.low is None or e.high is None or e.naive_low is None or e.naive_high is None:
        return False
    return e.high - e.low > WIDEST * (e.naive_high - e.naive_low)


def elsewhere(answer: AllianceAnswer, synthetic: bool) -> None:
    """What others found."""
    e = answer.early
    here = ""
    if e is not None:
        here = f"r {e.r:.2f} [{e.low:.2f}, {e.high:.2f}], {e.treatments:,} treatments, "
        here += f"alliance at sessions {e.window[0]} to {e.window[1]}"
        if e.beyond is not None and e.beyond_low is not None and e.beyond_high is not None:
            here += f"; with the scores of those sessions held r {e.beyond:.2f} "
            here += f"[{e.beyond_low:.2f}, {e.beyond_high:.2f}]"
    with block("Beside what others found", synthetic) as card:
        card.show(table=tables.published(figures("alliance"), here, "What others found"))


def needed(answer: AllianceAnswer, synthetic: bool) -> None:
    """How many patients a therapist it takes."""
    n = answer.needed
    with block("How many it would take", synthetic, words.needed(answer), "Reliability") as card:
        if n is None or not n.between_therapists:
            return
        rows = []
        for sessions in (1, 4, 8):
            for j in PATIENTS:
                value = n.known(j, sessions)
                kind = f"{sessions} session{'s' * (sessions > 1)} each"
                rows.append(
                    dict(x=j, kind=kind, value=value, low=None, high=None, shown=f"{value:.2f}")
                )
        card.show(
            Picture(
                lambda look: lines(
                    rows,
                    "Patients a therapist",
                    axis_title("Reliability of mean alliance", "(↑ better)"),
                    look,
                    True,
                ),
                "Reliability of therapists' mean alliance",
                lines_text(rows, "Reliability of therapists' mean alliance"),
            ),
            note="What a therapist's mean alliance can be trusted for, by patients rated and "
            "sessions each. Below .7 differences between therapists are mostly chance.",
        )


def way_back(answer: AllianceAnswer, synthetic: bool) -> None:
    """The command and the data."""
    with block("How it was made", synthetic):
        cards.go_to("method", "Method: formulas, sources, limits", "functions")
        into_report(answer.question.dataset, "levels", "raters")
        st.code(words.command(answer.question), language=None, wrap_lines=True)
        st.text(
            f"Dataset {answer.question.dataset}, version {answer.version}; {answer.seconds:.2f} s."
        )
