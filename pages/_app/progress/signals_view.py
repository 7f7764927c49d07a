"""How good the signals are here: what no vendor prints."""

from functools import partial

import streamlit as st

from analysis.presentation.charts import courses as charts
from analysis.presentation.tables import progress_tables as tables
from analysis.presentation.words import progress_words as words
from analysis.questions.progress.accuracy import Accuracy
from analysis.questions.progress.answer import Progress
from analysis.questions.progress.question import ProgressQuestion
from pages._app.frame import cached, cards
from pages._app.frame.block import block
from pages._app.frame.menu import Picture


def how_good(found: Progress) -> None:
    """Each signal at the headline landmark, and one of them by when it is judged."""
    with block("How good the signals are here", found.synthetic, word="Signal") as card:
        for figures in _headline(found):
            st.markdown(cards.escape(words.signal_sentence(figures, found.axis)))
        signal = _chosen(found, "how_good")
        picture = signal and Picture(
            partial(charts.auc_chart, found, signal),
            f"{words.SIGNAL_LABELS[signal]}, by when it is judged",
            "Lines of AUC by landmark: the signal, and early change alone.",
        )
        card.show(
            picture or None,
            tables.signals(found),
            note="1: ranks every pair rightly. 0.5: chance. All on treatments that took no part.",
        )


def calibration(found: Progress) -> None:
    """Do chances mean what they say, and is acting on them worth it."""
    told = [a for a in _headline(found) if a.curve]
    if not told:
        return
    with block("Do the chances mean what they say?", found.synthetic) as card:
        figures = _one(told, "calibrated")
        st.markdown(cards.escape(words.calibration_sentence(figures)))
        name = words.SIGNAL_LABELS[figures.signal]
        card.show(
            Picture(
                partial(charts.calibration_chart, figures),
                f"Calibration, {name.lower()}",
                charts.calibration_text(figures),
            ),
            note="Dots: tenths of the treatments left out. Dashed: chances that come true.",
        )
    with block("Is it worth acting on?", found.synthetic) as card:
        card.show(
            Picture(
                partial(charts.benefit_chart, figures),
                f"Net benefit, {name.lower()}",
                "Lines of net benefit by threshold: signal, early change alone, everybody.",
            ),
            note="Right flags, less wrong ones weighed by the odds of the chance from which one "
            "acts (decision curve). Above 0 and above 'everybody': worth acting on.",
        )


def everybody(found: Progress) -> None:
    """By clinic, period, age and sex: the same signal for everybody, and still this year."""
    told = [a for a in _headline(found) if a.groups]
    if not told:
        return
    with block("For everybody, everywhere, and still?", found.synthetic) as card:
        figures = _one(told, "everybody")
        sets = list(dict.fromkeys(g.by for g in figures.groups))
        by = st.segmented_control(
            "By",
            sets,
            default=sets[0],
            format_func=lambda s: tables.BY_LABELS.get(str(s), str(s).capitalize()),
            key="everybody_by",
            required=True,
            label_visibility="collapsed",
        )
        card.show(
            table=tables.by_group(found, figures, by),
            how="Expected: the mean chance said; came: how many it came to. Where the two differ "
            "by more than chance, the signal misleads in that group.",
        )


def bands(found: Progress) -> None:
    """How often the bands held."""
    with block("How often the bands held", found.synthetic, words.coverage_sentence(found)) as card:
        card.show(table=tables.coverage(found))


def elsewhere(found: Progress, question: ProgressQuestion) -> None:
    """In clinics and years that took no part: the hardest test, and the slowest."""
    with block("In a clinic or a year that took no part", found.synthetic) as card:
        left_out = cards.wait(cached.elsewhere_job(found.version, question), 160)
        if left_out:
            card.show(table=tables.elsewhere(left_out))
        elif left_out is not None:
            st.info("There is one clinic and one year: nothing can be left out whole.")


def _headline(found: Progress) -> list[Accuracy]:
    return [a for a in found.accuracy if a.landmark == found.landmark]


def _chosen(found: Progress, key: str) -> str:
    told = [a for a in _headline(found) if a.auc is not None]
    return _one(told, key).signal if told else ""


def _one(told: list[Accuracy], key: str) -> Accuracy:
    names = [a.signal for a in told]
    chosen = st.segmented_control(
        "Signal",
        names,
        default=names[0],
        format_func=words.SIGNAL_LABELS.__getitem__,
        key=key,
        required=True,
        label_visibility="collapsed",
    )
    return next(a for a in told if a.signal == chosen)
