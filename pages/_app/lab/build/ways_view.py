"""How each predictor of the builder enters, and what a click writes: the formula that is kept."""

import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace

import streamlit as st

from analysis.base.errors import FormulaError
from analysis.questions.lab.building import changes
from analysis.questions.lab.building.choice import WAYS, Choice, Known, Predictor
from analysis.questions.lab.building.read import read
from analysis.questions.lab.building.written import written
from analysis.questions.scope import Scope
from pages._app.frame import cached

FORMULA, FAMILY = "formula", "family"
CLICKED, REPLACED = "formula by clicks", "formulas that clicks replaced"
ECHO = 5.0  # seconds for which a replaced formula is taken for an echo, and not for typed anew
HELD = 30.0  # seconds after a click in which no address is newer than it
PARTS = {
    "within": "within patients",
    "patient": "between patients",
    "therapist": "between therapists",
    "clinic": "between clinics",
}


def way(choice: Choice, predictor: Predictor, names: Mapping[str, Known], scope: Scope) -> None:
    """How one predictor enters: as parts, centred, bent; a category's first level."""
    name = names[predictor.variable]
    if name.kind == "category":
        _base(choice, predictor, names, scope)
        return
    key = shown(f"build way {name.name}", predictor.way)
    ways = name.ways_over(choice.rows)
    ways = ways if predictor.way in ways else (predictor.way, *ways)

    def change() -> None:
        way = st.session_state[key]
        parts = name.parts if way == "parts" else ()
        write(changes.with_way(current(choice, names), Predictor(name.name, way, parts)))

    changed = if_clicked(key, predictor.way, change)
    st.selectbox(name.label, ways, format_func=WAYS.__getitem__, key=key, on_change=changed)
    if predictor.way == "parts":
        _parts(choice, predictor, names)


def _parts(choice: Choice, predictor: Predictor, names: Mapping[str, Known]) -> None:
    name = names[predictor.variable]
    key = shown(f"build parts {name.name}", list(predictor.parts))

    def change() -> None:
        picked = st.session_state[key] or []
        parts = tuple(p for p in name.parts if p in picked)
        write(
            changes.with_way(
                current(choice, names), replace(predictor, parts=parts or predictor.parts)
            )
        )

    st.pills(
        f"Parts of {name.label}",
        name.parts,
        selection_mode="multi",
        format_func=PARTS.__getitem__,
        key=key,
        on_change=if_clicked(key, list(predictor.parts), change),
        label_visibility="collapsed",
    )


def _base(choice: Choice, predictor: Predictor, names: Mapping[str, Known], scope: Scope) -> None:
    name = names[predictor.variable]
    key = shown(f"build base {name.name}", predictor.base)
    summaries = cached.variable_summaries(scope.dataset, scope.version)
    options = ["", *(v for s in summaries if s.variable.name == name.name for v, _ in s.top)]
    options += [] if predictor.base in options else [predictor.base]

    def change() -> None:
        write(
            changes.with_way(
                current(choice, names), replace(predictor, base=st.session_state[key] or "")
            )
        )

    st.selectbox(
        f"{name.label}: compared with",
        options,
        format_func=lambda v: v or "The first level",
        key=key,
        on_change=if_clicked(key, predictor.base, change),
    )


def current(choice: Choice, names: Mapping[str, Known]) -> Choice:
    """What the formula says at the moment of a click; `choice` is what it said when the widget was
    drawn, and a quick second click comes before the first one's run has ended."""
    hold()
    try:
        return read(st.session_state.get(FORMULA) or written(choice), names)
    except FormulaError:
        return choice


def write(choice: Choice) -> None:
    """A click's new formula; an ending happens or doesn't, a score is a number."""
    before, now = st.session_state.get(FORMULA), time.monotonic()
    st.session_state[FORMULA] = st.session_state[CLICKED] = written(choice)
    young = {f: t for f, t in st.session_state.get(REPLACED, {}).items() if now - t < ECHO}
    replaced = young | {before: now}
    replaced.pop(st.session_state[FORMULA], None)
    st.session_state[REPLACED] = replaced
    happens = "ending" in choice.outcome
    if happens != (st.session_state.get(FAMILY) == "binomial"):
        st.session_state[FAMILY] = "binomial" if happens else "gaussian"


def hold() -> None:
    """Keeps a click from being undone: a browser that has not yet heard of its formula sends the
    one before it along with whatever is clicked next; and a run that the server starts itself, when
    a fit is done, would take the formula from an address that is older than the click (Streamlit
    leaves a bound widget alone where the run has set it)."""
    formula, replaced = st.session_state.get(FORMULA), st.session_state.get(REPLACED, {})
    ages = {f: time.monotonic() - t for f, t in replaced.items()}
    if ages and min(ages.values()) < HELD:
        echo = ages.get(formula, HELD) < ECHO
        st.session_state[FORMULA] = st.session_state[CLICKED] if echo else formula


def if_clicked(key: str, value, change: Callable[..., None]) -> Callable[..., None]:
    """`change` for a widget that shows `value`: a browser sends the state of widgets along that are
    gone by now, and one that says what it showed was not clicked."""

    def changed(*given) -> None:
        if _comparable(st.session_state.get(key)) != _comparable(value):
            change(*given)

    return changed


def _comparable(value):
    return sorted(map(str, value)) if isinstance(value, list | tuple) else value


def shown(key: str, value) -> str:
    """The key of a widget that shows what the formula says: another one for each formula. With one
    key for all, a browser that has not yet heard of a change sends the old state back with the next
    click, and undoes it."""
    formula = st.session_state.get(FORMULA) or ""
    own = f"{key} {zlib.crc32(formula.encode()):08x}"
    st.session_state[own] = value
    return own
