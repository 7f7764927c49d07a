"""Widgets in the sidebar and the Scope that they make; the address bar holds their values.

Each widget is bound to the address by its key: a link opens the same view, a value that is not
among the options is dropped by Streamlit, and what it lets through is brought in order here.
"""

import shlex
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from analysis.questions.scope import ADJUST, DEFAULT_FACTORS, QUESTIONS, USUAL_RESAMPLES, Scope
from pages._app.frame import cached, cards, contents, door, linked

NO_OUTCOME = (
    "This dataset has no outcome: no number rated in sessions has the factor 'outcome'. Import it "
    "again and name one."
)
ASKABLE = tuple(QUESTIONS)
FACTORS = ("alliance", "practice", "technique", "expectancy", "extra-therapeutic")
RESAMPLES = (0, 50, 100, 200, 500, 1000, 2000)
LAST_SESSION = 20
NEXT = {"The next number": None, "Within 2 weeks": 2.0, "Within 4 weeks": 4.0}
SHORT_ADJUST = {
    "landmark": "The course until then",
    "intake": "Severity at intake alone",
    "none": "Nothing",
}
BY_THE_DATA = "Early sessions follow the data"
KEPT: dict[str, Any] = dict(persist_state="session")
BOUND: dict[str, Any] = KEPT | dict(bind="query-params")


def scope_widgets(counts: bool = True) -> Scope | None:
    """Draws the choice of dataset and keeps the Scope for the page; None where there is none.

    counts: whether question and model count on this page; then a chip of its header line opens
    their widgets. Elsewhere they stay as they were chosen.
    """
    readable = [info for info in cached.datasets() if not info.problem]
    if not readable:
        st.session_state["scope"] = None
        return None
    with st.sidebar:
        info = _dataset(readable)
    if counts:
        with contents.place("chips").popover(
            "Question and model", icon=":material/tune:", key="question and model"
        ):
            chosen = _question_widgets(info)
    else:
        chosen = _remembered(info)
    st.session_state["scope"] = chosen
    return chosen


def _dataset(readable):
    """The dataset and, where it has several, the version that is asked."""
    names = [i.name for i in readable]
    linked.check("dataset", "the dataset", names)
    linked.begin_with("dataset", names)
    # Without a default of its own the widget leaves no dataset out of the address, the first
    # neither: a link still opens the same one when another name comes before it.
    dataset = st.selectbox("Dataset", names, index=None, key="dataset", **BOUND)
    info = next((i for i in readable if i.name == dataset), readable[0])
    found = [i for i in cached.versions(info.name) if not i.problem]
    linked.check("version", f"the version of {info.name}", [i.version for i in found])
    if len(found) > 1:
        version = st.selectbox(
            "Version",
            ["", *(i.version for i in found)],
            format_func=_or_current,
            key="version",
            **BOUND,
        )
        info = next((i for i in found if i.version == version), info)
        st.caption(f"Written {info.created[:16].replace('T', ' ')} UTC")
    if info.synthetic:
        st.badge("Synthetic data", color="orange")
    if not info.current:
        damaged = all(not i.current for i in found)
        st.badge(
            "The current one is damaged" if damaged else "Not the current version", color="orange"
        )
    return info


def _or_current(version: str) -> str:
    return version or "The current one"


def current() -> Scope | None:
    """The Scope of this run, as the router drew it."""
    return st.session_state.get("scope")


def is_synthetic() -> bool:
    """Whether the dataset of this run is made, not measured."""
    scope = current()
    return scope is not None and cached.about(scope.dataset, scope.version).synthetic


def answerable(scope: Scope, about) -> bool:
    """Whether the scope can be asked at all; where not, says what is missing."""
    if not about.outcomes:
        st.info(NO_OUTCOME)
    elif not scope.factors:
        st.info(
            "No factor is chosen, or this dataset has none. Choose at least one under "
            "'Question and model' at the top."
        )
    else:
        return True
    return False


def summary(scope: Scope, outcome: str, counted: str = "") -> None:
    """The header line: what was asked, and how much stands behind the answer."""
    adjusted = ADJUST[scope.adjust].lower()
    if scope.question == "next":
        adjusted = "adjusted for the score now" + " and at intake" * (scope.adjust != "none")
    parts = [QUESTIONS[scope.question], outcome, adjusted]
    if scope.question != "next" and scope.window:
        parts.append(f"early sessions {scope.window[0]} to {scope.window[1]}")
    parts += [counted] if counted else []
    cards.facts(" · ".join([*parts, f"{scope.bootstrap} resamples"]))


def link(scope: Scope) -> str:
    """The query that reproduces the view, with defaults spelled out: '?dataset=demo&…'."""
    labels = _outcome_labels(cached.about(scope.dataset, scope.version))
    values = {
        "dataset": scope.dataset,
        "version": scope.version,
        "question": QUESTIONS[scope.question],
        "outcome": labels.get(scope.outcome, scope.outcome),
        "adjust": SHORT_ADJUST[scope.adjust],
        "factors": [f.capitalize() for f in scope.factors],
        **({"window": scope.window, "early": False} if scope.window else {}),
        **dict([("next", n) for n, weeks in NEXT.items() if weeks and weeks == scope.within]),
        "bootstrap": scope.bootstrap,
        "seed": scope.seed,
    }
    return "?" + urlencode(values, doseq=True)


def command(scope: Scope) -> str:
    """The command that prints the same answer."""
    words = [
        "python dashboard.py partition",
        scope.dataset,
        f"--version {scope.version}",
        f"--question {scope.question}",
        f"--outcome {shlex.quote(scope.outcome)}",
        f"--adjust {scope.adjust}",
        f"--factors {' '.join(scope.factors)}",
        *([f"--window {scope.window[0]} {scope.window[1]}"] if scope.window else []),
        *([f"--within {scope.within:g}"] if scope.within else []),
        f"--bootstrap {scope.bootstrap}",
        f"--seed {scope.seed}",
    ]
    return " ".join(words)


def _question_widgets(info) -> Scope:
    about = cached.about(info.name, info.version)
    labels = _outcome_labels(about)
    names = sorted(labels, key=lambda name: name != about.main_outcome)
    linked.check("question", "the question", QUESTIONS.values())
    question = st.selectbox(
        "Question", ASKABLE, format_func=QUESTIONS.__getitem__, key="question", **BOUND
    )
    linked.check("outcome", "the outcome", labels.values())
    outcome = st.selectbox("Outcome", names, format_func=labels.__getitem__, key="outcome", **BOUND)
    linked.check("adjust", "adjustment for", SHORT_ADJUST.values())
    adjust = st.selectbox(
        "Adjusted for",
        tuple(ADJUST),
        format_func=SHORT_ADJUST.__getitem__,
        key="adjust",
        **BOUND,
        help="The course until the early sessions end: success is change after the alliance was "
        "rated. Severity at intake alone: what changed before that counts as success, too. "
        "Nothing: the shares say what goes with the score as it is.",
    )
    present = [f for f in FACTORS if any(v.factor == f for v in about.variables)]
    linked.check("factors", "the factor", [f.capitalize() for f in present])
    factors = st.pills(
        "Factors",
        present,
        selection_mode="multi",
        key="factors",
        format_func=str.capitalize,
        default=[f for f in DEFAULT_FACTORS if f in present],
        **BOUND,
    )
    follows = st.toggle(
        BY_THE_DATA,
        True,
        key="early",
        disabled=question == "next",
        help="The widest early sessions that at least 70 % of the treatments outlive.",
        **BOUND,
    )
    window_bound = linked.number("window", "early sessions", 1, LAST_SESSION)
    window = st.slider(
        "Early sessions",
        1,
        LAST_SESSION,
        (3, 5),
        key="window",
        disabled=question == "next" or follows,
        help="Ratings made in each session enter as their mean over these.",
        **(KEPT | window_bound),
    )
    following = "The next number"
    if question == "next":
        linked.check("next", "the next session", NEXT)
        following = st.selectbox(
            "Next session",
            tuple(NEXT),
            key="next",
            help="The session after this one counts if it has the next number, or if it lies "
            "within so many weeks. What follows later is left out and counted.",
            **BOUND,
        )
    linked.check("bootstrap", "resamples", map(str, RESAMPLES))
    bootstrap = st.selectbox(
        "Resamples for intervals",
        RESAMPLES,
        index=RESAMPLES.index(USUAL_RESAMPLES),
        key="bootstrap",
        **BOUND,
    )
    seed_bound = KEPT | linked.number("seed", "the seed", 1, 10**6)
    seed = st.number_input("Seed", 1, 10**6, 1, key="seed", **seed_bound)
    return Scope(
        info.name,
        info.version,
        question,
        outcome or "",
        adjust,
        tuple(f for f in FACTORS if f in factors),
        None if follows else _ends(window),
        bootstrap=bootstrap,
        seed=int(seed),
        store=door.store(),
        within=NEXT[following],
    )


def _remembered(info) -> Scope:
    """The Scope as the widgets left it, on a page that does not show them."""
    about = cached.about(info.name, info.version)
    kept = st.session_state.get
    names = [v.name for v in about.outcomes]
    outcome = kept("outcome") if kept("outcome") in names else about.main_outcome
    present = [f for f in FACTORS if any(v.factor == f for v in about.variables)]
    chosen = kept("factors", DEFAULT_FACTORS)
    return Scope(
        info.name,
        info.version,
        kept("question", "end"),
        outcome or "",
        kept("adjust", "landmark"),
        tuple(f for f in present if f in chosen),
        None if kept("early", True) else _ends(kept("window", (3, 5))),
        bootstrap=kept("bootstrap", USUAL_RESAMPLES),
        seed=int(kept("seed", 1)),
        store=door.store(),
        within=NEXT.get(kept("next", "")) if kept("question", "end") == "next" else None,
    )


def _outcome_labels(about) -> dict[str, str]:
    """Name -> label of each outcome; a label that two share is told apart by the name."""
    labels = [v.label for v in about.outcomes]
    return {
        v.name: v.label if labels.count(v.label) == 1 else f"{v.label} ({v.name})"
        for v in about.outcomes
    }


def _ends(window) -> tuple[int, int]:
    return min(window), max(window)
