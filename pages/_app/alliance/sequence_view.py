"""The parts of the page Which comes first."""

import streamlit as st

from analysis.presentation.charts.alliance.intervals import intervals, intervals_text
from analysis.presentation.charts.alliance.lines import lines, lines_text
from analysis.presentation.tables.alliance import sequence_tables as tables
from analysis.presentation.words.alliance import sequence_words as words
from analysis.presentation.words.rounding import estimate
from analysis.questions.alliance.measures import alliance_measures, outcomes
from analysis.questions.alliance.sequence import SequenceAnswer, SequenceQuestion
from analysis.questions.scope import Scope
from pages._app.alliance.choices import chosen_measure, into_report
from pages._app.frame import cached, cards
from pages._app.frame.block import block
from pages._app.frame.menu import Picture

BY_THE_DATA = "By the data"
SESSIONS = (BY_THE_DATA, *(str(n) for n in range(3, 21)))


def question(scope: Scope, about: cached.About) -> SequenceQuestion | None:
    """What the widgets ask; None where the dataset has no alliance or no outcome in sessions."""
    symptoms, alliances = outcomes(about.variables), alliance_measures(about.variables)
    if not symptoms or not alliances:
        return None
    first, second, third, fourth = st.columns([3, 4, 3, 2])
    left = chosen_measure(first, "Symptoms", symptoms, "symptoms", about.main_outcome)
    right = chosen_measure(second, "Alliance", alliances, "alliance_measure")
    model = third.selectbox(
        "Model",
        list(words.MODELS),
        format_func=words.MODELS.__getitem__,
        key="panel",
        bind="query-params",
        help="Patients differ in their usual level; in the second model also in their own trend. "
        "The data want the second where its trends have p below .05.",
    )
    sessions = fourth.selectbox(
        "Sessions",
        SESSIONS,
        key="panel_sessions",
        bind="query-params",
        help="All there are, or the first 8 of longer treatments. Later sessions are those of the "
        "patients who stayed.",
    )
    return SequenceQuestion(
        scope.dataset,
        left.key,
        right.key,
        model,
        None if sessions == BY_THE_DATA else (1, int(sessions)),
        version=scope.version,
        store=scope.store,
    )


def lags(answer: SequenceAnswer, synthetic: bool, truth: dict) -> None:
    """The four lags in standard deviations within patients."""
    rows = [_lag_row(e, truth) for e in answer.fit.lags]
    note = words.READ
    if any(r["truth"] is not None for r in rows):
        note += " Upright strokes: the truth, known because the data are synthetic."
    with block("What a session goes with at the next", synthetic, word="Lag") as card:
        card.show(
            Picture(
                lambda look: intervals(rows, "Standard deviations within patients", look),
                "Lags",
                intervals_text(rows, "Lags with 95 % intervals"),
            )
            if rows[0]["estimate"] is not None
            else None,
            tables.lags(answer, "Lags, table"),
            answer.reason,
            note,
        )


def _lag_row(e, truth: dict) -> dict:
    ratio = e.standardised / e.estimate if e.standardised and e.estimate else None
    ends = [None if ratio is None or x is None else x * ratio for x in (e.low, e.high)]
    across = e.origin != e.target
    name = f"{e.origin.capitalize()} → {e.target}"
    shown = estimate(e.standardised, decimals=2)
    if None not in ends:
        shown += f" ({estimate(ends[0], decimals=2)} to {estimate(ends[1], decimals=2)})"
    return dict(
        label=name,
        kind="across" if across else "carried over",
        estimate=e.standardised,
        low=ends[0],
        high=ends[1],
        shown=shown,
        truth=truth.get(f"{e.origin} to {e.target}"),
    )


def later(answer: SequenceAnswer, synthetic: bool) -> None:
    """What follows after 1, 2, 4 sessions, and in the long run."""
    across = [e for e in answer.fit.response if e.origin != e.target]
    rows = [_later_row(answer, e) for e in across]
    with block("What follows later", synthetic) as card:
        card.show(
            Picture(
                lambda look: lines(rows, "Sessions later", "SDs of the target", look, True, 210),
                "What follows later",
                lines_text(rows, "Response to one SD more, in SDs of the target"),
            ),
            tables.later(answer, "What follows later, table"),
            note=words.LATER,
        )


def _later_row(answer: SequenceAnswer, e) -> dict:
    """In standard deviations within patients, so that both ways share an axis."""
    lag = answer.fit.lag(e.origin, e.target)
    unit = lag.standardised / lag.estimate if lag.standardised and lag.estimate else 1.0
    value, low, high = (None if v is None else v * unit for v in (e.estimate, e.low, e.high))
    kind = f"{e.origin.capitalize()} → {e.target}"
    shown = estimate(value, decimals=2)
    return dict(x=e.sessions, kind=kind, value=value, low=low, high=high, shown=shown)


def certainty(answer: SequenceAnswer, synthetic: bool) -> None:
    """How often the verdict would be right and wrong at this size."""
    if not answer.verdict.worlds:
        return
    with block("How far the verdict can be trusted", synthetic, words.chances(answer)) as card:
        card.show(
            table=tables.chances(answer, "How often each verdict is given"),
            how=words.chances_note(answer),
        )


def centred(answer: SequenceAnswer, synthetic: bool) -> None:
    """The usual model and its bias."""
    if not answer.centred:
        return
    rows = []
    for c in answer.centred:
        panel = answer.fit.lag(c.origin, c.target)
        across = c.origin != c.target
        name = f"{c.origin} → {c.target}"
        for kind, e in (("panel model", panel), ("centred model", c)):
            rows.append(
                dict(label=name.capitalize(), kind=kind, estimate=e.estimate, low=e.low,
                     high=e.high, shown=estimate(e.estimate, e.se), across=across)
            )  # fmt: skip
    drawn = [r for r in rows if not r["across"]]
    with block("The usual model beside it", synthetic, words.beside(answer)) as card:
        card.show(
            Picture(
                lambda look: intervals(drawn, "Carried over to the next session", look),
                "Centred and panel model",
                intervals_text(rows, "Lags of both models in points"),
            ),
            tables.beside(answer, "Centred and panel model, table"),
            words.CENTRED,
            "Drawn: what each measure carries over of itself, where the bias is largest. The table "
            "has the ways across.",
        )


def fit(answer: SequenceAnswer, synthetic: bool, command: str) -> None:
    """Which model answers, how well it fits, and the way back."""
    with block("Model and way back", synthetic, answer.reason) as card:
        card.show(table=tables.fits(answer, "Fit of both models"))
        cards.go_to("method", "Method: formulas, sources, limits", "functions")
        into_report(answer.source, "order")
        st.code(command, language=None, wrap_lines=True)
        st.text(
            f"Dataset {answer.source}, version {answer.version}; {answer.fit.patterns:,} patterns "
            f"of missing values; {answer.seconds:.2f} s."
        )
