"""A model by clicks, beside its formula: the formula is what is kept, and the clicks follow it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from analysis.base.errors import FormulaError
from analysis.presentation.words.models.term_words import term_words
from analysis.questions.lab.building import changes
from analysis.questions.lab.building.choice import (
    GROUPS,
    LAST_LANDMARK,
    OF_TREATMENTS,
    ROLES,
    Choice,
    Known,
)
from analysis.questions.lab.building.read import read
from analysis.questions.scope import Scope
from pages._app.lab.build.ways_view import FORMULA, current, if_clicked, shown, way, write

ROWS = {
    "session": "Sessions",
    "treatment": "Treatments",
    "patient": "Patients",
    "therapist": "Therapists",
}
# Who can differ over such rows, from this place in GROUPS on.
FIRST_GROUP = {"session": 0, "treatment": 1, "patient": 1, "therapist": 2}
NARROW = 300  # pixels of a role's pills
MOST_PILLS = 14  # variables of a role that are shown at once; more are searched for in a list


def builder(scope: Scope, names: Mapping[str, Known], fresh: str) -> None:
    """The clicks for the formula in st.session_state. fresh: a formula to begin with anew."""
    try:
        choice = read(st.session_state.get(FORMULA) or fresh, names)
    except FormulaError:
        st.caption("The formula cannot be read yet, so there is nothing to click on.")
        _anew(fresh, names)
        return
    with st.container(key="build by clicks", gap="small"):
        first, second, third = st.columns([5, 4, 3], vertical_alignment="bottom")
        _rows(first, choice, names)
        _outcome(second, choice, names)
        with third:
            _anew(fresh, names)
        _predictors(choice, names)
        if any(p.way in OF_TREATMENTS and not p.over for p in choice.predictors):
            _landmark(choice, names)
        with st.grid(min_column_width=NARROW, gap="small", key="build ways"):
            for predictor in choice.predictors:
                with st.container():
                    way(choice, predictor, names, scope)
        _together(choice, names)
        _differing(choice, names)
        _further(choice, names)


def _rows(place, choice: Choice, names: Mapping[str, Known]) -> None:
    key = shown("build rows", choice.rows)

    def change() -> None:
        write(
            changes.with_rows(current(choice, names), st.session_state[key] or choice.rows, names)
        )

    place.segmented_control(
        "A row is one of the",
        tuple(ROWS),
        format_func=ROWS.__getitem__,
        key=key,
        on_change=if_clicked(key, choice.rows, change),
        help="Over treatments, each session variable becomes one value of the treatment: its early "
        "mean, its mean or its last; over patients and therapists the mean of that over their "
        "treatments. Over sessions, an outcome of the treatment would count once a session.",
    )


def _outcome(place, choice: Choice, names: Mapping[str, Known]) -> None:
    options = changes.outcomes(choice.rows, names)
    options = options if choice.outcome in options else [choice.outcome, *options]

    key = shown("build outcome", choice.outcome)

    def change() -> None:
        write(replace(current(choice, names), outcome=st.session_state[key]))

    place.selectbox(
        "Outcome",
        options,
        format_func=lambda text: _told(text, names),
        key=key,
        on_change=if_clicked(key, choice.outcome, change),
    )


def _anew(fresh: str, names: Mapping[str, Known]) -> None:
    def change() -> None:
        outcome = read(fresh, names).outcome.strip("`") if fresh else ""
        if outcome:
            write(changes.start(outcome))

    st.button("Outcome alone", icon=":material/restart_alt:", on_click=change, key="build anew")


def _predictors(choice: Choice, names: Mapping[str, Known]) -> None:
    own = choice.outcome.strip("`")
    offered = [k for k in names.values() if k.name != own]
    if choice.rows != "session":
        offered = [k for k in offered if k.role != "time" and k.ways_over(choice.rows)]
    chosen = [p.variable for p in choice.predictors]
    roles = [r for r in ROLES if any(k.role == r for k in offered)]

    def change(role: str, key: str) -> None:
        picked = st.session_state[key] or []
        now = current(choice, names)
        there = [p.variable for p in now.predictors]
        kept = [v for v in there if names[v].role != role or v in picked]
        fresh = [v for v in picked if v not in there]
        write(changes.with_predictors(now, [*kept, *fresh], names))

    roles_of = st.grid(min_column_width=NARROW, gap="small", key="build roles")
    for role in roles:
        members = [k.name for k in offered if k.role == role]
        those = [v for v in chosen if v in members]
        key = shown(f"build role {role or 'other'}", those)
        changed = if_clicked(key, those, change)
        asked: dict[str, Any] = dict(key=key, on_change=changed, args=(role, key))
        label = ROLES[role]
        place = roles_of.container()
        if len(members) > MOST_PILLS:
            place.multiselect(label, members, format_func=lambda v: names[v].label, **asked)
        else:
            place.pills(
                label,
                members,
                selection_mode="multi",
                format_func=lambda v: names[v].label,
                **asked,
            )


def _landmark(choice: Choice, names: Mapping[str, Known]) -> None:
    key = shown("build landmark", choice.landmark)

    def change() -> None:
        write(changes.with_landmark(current(choice, names), int(st.session_state[key] or 0)))

    st.number_input(
        "Landmark: predictors know sessions up to (0: all)",
        0,
        LAST_LANDMARK,
        key=key,
        on_change=if_clicked(key, choice.landmark, change),
        width=300,
        help="Early means are of the three sessions up to it, means and last values of all up to "
        "it. Treatments that ended before it are left out: their last value would tell of the end.",
    )


def _together(choice: Choice, names: Mapping[str, Known]) -> None:
    options = changes.pairs(choice)
    if not options:
        return

    key = shown("build together", list(choice.together))

    def change() -> None:
        write(changes.with_together(current(choice, names), st.session_state[key] or []))

    asked: dict[str, Any] = dict(
        format_func=lambda pair: " × ".join(names[v].label for v in pair),
        key=key,
        on_change=if_clicked(key, list(choice.together), change),
    )
    label = "Interactions: the effect of one depends on the other"
    if len(options) > MOST_PILLS:
        st.multiselect(label, options, **asked)
    else:
        st.pills(label, options, selection_mode="multi", **asked)


def _differing(choice: Choice, names: Mapping[str, Known]) -> None:
    groups = GROUPS[FIRST_GROUP[choice.rows] :]

    those = [d.group for d in choice.differing if d.group in groups]
    key = shown("build groups", those)

    def change() -> None:
        write(changes.with_groups(current(choice, names), st.session_state[key] or []))

    st.pills(
        "Who differs: a random intercept for each",
        groups,
        selection_mode="multi",
        format_func=lambda g: f"{g.capitalize()}s",
        key=key,
        on_change=if_clicked(key, those, change),
    )
    with st.grid(min_column_width=NARROW, gap="small", key="build slopes"):
        _slopes(choice, names)


def _slopes(choice: Choice, names: Mapping[str, Known]) -> None:
    for differing in choice.differing:
        options = changes.slopes(choice, differing.group, names)
        chosen = [s for s in differing.slopes if s in options]
        key = shown(f"build slopes {differing.group}", chosen)

        def slopes(group: str = differing.group, key: str = key) -> None:
            write(changes.with_slopes(current(choice, names), group, st.session_state[key] or []))

        if options:
            st.container().pills(
                f"{differing.group.capitalize()}s differ in the effect of",
                options,
                selection_mode="multi",
                format_func=lambda term: _told(term, names),
                key=key,
                on_change=if_clicked(key, chosen, slopes),
            )


def _further(choice: Choice, names: Mapping[str, Known]) -> None:
    kept = [*choice.further, *choice.further_random]
    if not kept:
        return

    key = shown("build further", kept)

    def change() -> None:
        stay, now = st.session_state[key] or [], current(choice, names)
        write(
            replace(
                now,
                further=tuple(t for t in now.further if t in stay),
                further_random=tuple(t for t in now.further_random if t in stay),
            )
        )

    st.pills(
        "Only in the formula",
        kept,
        selection_mode="multi",
        key=key,
        on_change=if_clicked(key, kept, change),
        help="Terms that no click makes are kept as they are written; a click takes one out.",
    )


def _told(term: str, names: Mapping[str, Known]) -> str:
    return term_words(term, {n: k.label for n, k in names.items()})
