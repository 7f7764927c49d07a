"""The parts of the page Building the alliance: slopes, paths, groups, one unit, others' figures."""

import streamlit as st

from analysis.presentation.charts.alliance.intervals import intervals, intervals_text
from analysis.presentation.charts.theme import axis_title
from analysis.presentation.tables.alliance import practice_tables as tables
from analysis.presentation.words.alliance import practice_words as words
from analysis.presentation.words.directions import across
from analysis.presentation.words.rounding import estimate
from analysis.questions.alliance.building.result import Here, PracticesAnswer, PracticesQuestion
from analysis.questions.alliance.measures import alliance_measures, outcomes, practices
from analysis.questions.scope import Scope
from analysis.questions.units.names import shown_names
from pages._app.alliance.choices import chosen_measure, into_report
from pages._app.frame import cached, cards, door
from pages._app.frame.block import block
from pages._app.frame.menu import Picture

PER_PRACTICE = axis_title("Points of alliance a point of the practice", across("better"))
LEVELS = {"clinic": "Clinics", "therapist": "Therapists"}


def question(scope: Scope, about: cached.About) -> PracticesQuestion | None:
    """What the widgets ask; None where the dataset lacks practices, an alliance or an outcome."""
    offered, targets = alliance_measures(about.variables), outcomes(about.variables)
    if not offered or not targets or not practices(about.variables):
        return None
    first, second, _ = st.columns([3, 4, 4])
    outcome = chosen_measure(first, "Outcome", targets, "symptoms", about.main_outcome)
    picked = chosen_measure(second, "Alliance", offered, "alliance_measure")
    return PracticesQuestion(
        scope.dataset, outcome.key, picked.key, version=scope.version, store=scope.store
    )


def slopes(answer: PracticesAnswer, synthetic: bool, truth: dict) -> None:
    """Each practice and the alliance of the same session, within patients."""
    rows = []
    for p in answer.practices:
        known = truth.get(p.measure.key, {}).get("to_alliance")
        kinds = [("alliance as chosen", p.slope), (f"as the {p.other_rater} rated it", p.other)]
        for kind, s in kinds:
            if s is None:
                continue
            shown = f"{s.estimate:.2f} ({s.low:.2f} to {s.high:.2f})".replace("-", "−")
            rows.append(
                dict(label=p.measure.label, kind=kind, estimate=s.estimate, low=s.low,
                     high=s.high, shown=shown,
                     truth=known if kind == "alliance as chosen" else None)
            )  # fmt: skip
    if not rows:
        return
    said = " ".join(s for s in (words.raters(answer), words.hidden_cause(answer)) if s)
    title = "Practices and the alliance of the same session"
    note = words.READ_SLOPES
    if truth:
        note += " Upright strokes: the truth, known because the data are synthetic."
    with block(title, synthetic, said, "Robustness value") as card:
        card.show(
            Picture(
                lambda look: intervals(rows, PER_PRACTICE, look),
                "Practices and alliance",
                intervals_text(rows, "Slopes within patients"),
            ),
            tables.slopes(answer, "Practices and alliance, table"),
            note=note,
        )


def paths(answer: PracticesAnswer, synthetic: bool, truth: dict) -> None:
    """From each practice through the alliance to the next session's outcome; some seconds each."""
    title = "Through the alliance to the outcome"
    with block(title, synthetic, word="Indirect effect") as card:
        job = cached.paths_job(answer.question)
        found = cards.wait(job, 260, retry=lambda: cached.paths_job.clear(answer.question))
        if found is None:
            return
        said = [words.paths(answer, found), words.e_values(found)]
        st.markdown(cards.escape(" ".join(s for s in said if s)))
        labels = {p.measure.key: p.measure.label for p in answer.practices}
        points = axis_title(f"Points of {answer.outcome.label}", across(answer.outcome.higher_is))
        rows = [
            dict(
                label=labels[f.practice],
                kind="indirect",
                estimate=f.within.indirect.estimate,
                low=f.within.indirect.low,
                high=f.within.indirect.high,
                shown=estimate(f.within.indirect.estimate, decimals=2),
                truth=truth.get(f.practice, {}).get("indirect"),
            )
            for f in found
            if f.within is not None
        ]
        card.show(
            Picture(
                lambda look: intervals(rows, points, look),
                "Through the alliance",
                intervals_text(rows, "Indirect effects within patients"),
            )
            if rows
            else None,
            tables.paths(answer, found, "Through the alliance, table"),
            words.HOW_PATHS,
            words.READ_PATHS,
        )


def groups(answer: PracticesAnswer, synthetic: bool) -> None:
    """Whether slopes differ by severity and treatment model."""
    told = [(p, m) for p in answer.practices for m in p.moderation]
    if not told:
        return
    differ = [words.moderation(p, m) for p, m in told if m.p < 0.05]
    said = " ".join(differ) or (
        f"None of {len(told)} comparisons by severity or treatment model shows a difference beyond "
        "chance."
    )
    with block("For whom?", synthetic, said) as card:
        card.show(
            table=tables.moderation(answer, "Slopes by group of patients"),
            how="Each group's slope by its own least squares with errors by patient; the test that "
            "they are all alike is Wald's. With many comparisons one in twenty differs by chance.",
        )


def here(answer: PracticesAnswer, synthetic: bool) -> None:
    """One therapist or clinic: which practice goes with a better alliance with its patients."""
    by_level = {
        level: sorted({h.unit for p in answer.practices for h in p.here if h.level == level})
        for level in LEVELS
    }
    offered = [level for level, units in by_level.items() if units]
    if not offered:
        return
    with block("Here: one clinic or therapist", synthetic) as card:
        left, right = st.columns([2, 3], vertical_alignment="bottom")
        level = left.segmented_control(
            "Compare", offered, format_func=LEVELS.__getitem__, key="here_level",
            default=offered[0], required=True, bind="query-params",
        )  # fmt: skip
        names = shown_names(level, by_level[level], answer.version, door.settings().therapist_names)
        order = sorted(names, key=lambda key: _natural(names[key]))
        unit = right.selectbox("Which", order, format_func=names.__getitem__, key="here_unit")
        if unit is None:
            return
        found = tuple(
            (p.measure.label, h)
            for p in answer.practices
            for h in p.here
            if (h.level, h.unit) == (level, unit)
        )
        st.markdown(cards.escape(words.here(found, names[unit])))
        rows = [_here_row(label, h) for label, h in found]
        card.show(
            Picture(
                lambda look: intervals(rows, PER_PRACTICE, look),
                f"Practices, {names[unit]}",
                intervals_text(rows, "Shrunken slopes"),
            ),
            tables.here(found, f"Practices, {names[unit]}, table"),
            note=words.READ_HERE,
        )


def _natural(name: str) -> tuple[str, int]:
    head, _, tail = name.rpartition(" ")
    return (head, int(tail)) if tail.isdigit() else (name, 0)


def _here_row(label: str, h: Here) -> dict:
    shown = f"{estimate(h.shrunken, decimals=2)}"
    return dict(label=label, kind="here", estimate=h.shrunken, low=h.low, high=h.high, shown=shown)


def elsewhere(answer: PracticesAnswer, synthetic: bool) -> None:
    """The meta-analytic figure of each practice."""
    with block("What others found", synthetic) as card:
        card.show(table=tables.published(answer, "Meta-analyses of practices and outcome"))


def way_back(answer: PracticesAnswer, synthetic: bool) -> None:
    """The command and the data."""
    with block("How it was made", synthetic):
        cards.go_to("method", "Method: formulas, sources, limits", "functions")
        into_report(answer.question.dataset, "practices")
        st.code(words.command(answer.question), language=None, wrap_lines=True)
        asked = answer.question
        st.text(f"Dataset {asked.dataset}, version {answer.version}; {answer.seconds:.2f} s.")
