"""A partition in words: one sentence, a paragraph for everyone, one in the style of a journal.

Pure functions of a Partition: the same numbers as the picture and the table, said as association
and never as cause.
"""

from analysis.base.joining import capital, listed, plural
from analysis.presentation.words.partition.latent_words import corrected_sentence
from analysis.presentation.words.partition.partition_cautions import caveats, firmness, reserve
from analysis.presentation.words.partition.partition_phrases import (
    LEVEL_PHRASES,
    MOMENT,
    PHRASES,
    UNITS,
    adjusted_phrase,
    counted,
    ranked_blocks,
    subject,
    unexplained_share,
)
from analysis.presentation.words.rounding import count, percent, percent_interval
from analysis.questions.partition.result import BlockShare, LevelShare, Partition

MODEL = {
    **dict.fromkeys(("end", "next"), "a linear mixed model with nested random effects"),
    "growth": "a linear growth model with random intercepts and slopes",
}
UNEXPLAINED = "are left unexplained by what was measured"


def answer(p: Partition, outcome: str) -> str:
    """The result in one sentence. outcome: the label that the reader knows it by.

    'Of the differences in PHQ-9 at the end of treatment, 20 % (17 to 24 %) go with what lies
    outside therapy, 8 % (6 to 11 %) with the alliance …; 57 % are left unexplained by what was
    measured.'
    """
    if not p.blocks:
        return f"No factor of this dataset can be related to {outcome} yet."
    ranked = ranked_blocks(p)
    if not ranked:
        return f"What goes with {outcome} cannot be told: no factor varies here."
    if p.question == "next" and (within := within_patients(p)):
        return _next_answer(p, outcome, within)
    first, *rest = [_share_phrase(b) for b in ranked]
    parts = [first.replace(" with ", " go with ", 1), *rest]
    return (
        f"Of the differences in {subject(p, outcome)}{_after(p)}, {listed(parts)}; "
        f"{percent(unexplained_share(p))} {UNEXPLAINED}.{reserve(p)}"
    )


def within_patients(p: Partition) -> list[LevelShare]:
    """Of 'next', what each factor explains within patients, the largest first."""
    own = [v for v in p.levels if v.level == "session" and v.share is not None]
    return sorted(own, key=lambda v: -(v.share or 0.0))


def _next_answer(p: Partition, outcome: str, within: list[LevelShare]) -> str:
    first, *rest = [_share_phrase(v) for v in within]
    parts = [first.replace(" with ", " go with ", 1), *rest]
    return (
        f"Of the differences in {outcome} at the next session between a patient's own sessions, "
        f"{listed(parts)} at this one, given this session's score; what lies between patients or "
        f"therapists are means over the whole treatment and answers another question.{reserve(p)}"
    )


def _after(p: Partition) -> str:
    if p.landmark is None or not p.landmark.adjusted_for or p.question == "growth":
        return ""
    intake = len(p.landmark.adjusted_for) == 1 and "at intake" in p.landmark.adjusted_for[0]
    return "" if intake else f", given the course up to session {p.landmark.window[1]}"


def paragraph(p: Partition, outcome: str) -> str:
    """A paragraph for a reader without statistics."""
    sentences = [_rows_sentence(p, outcome)]
    if p.adjusted_for:
        sentences.append(
            f"{capital(adjusted_phrase(p))} already goes with "
            f"{percent(p.adjusted_for.share, p.adjusted_for.low, p.adjusted_for.high)} "
            f"of the differences; the other shares are what each factor adds to that."
        )
    sentences += [_block_sentence(b) for b in ranked_blocks(p)]
    sentences += [_untold_sentence(b) for b in p.blocks if b.share is None]
    sentences.append(_unexplained_sentence(p))
    sentences += [s for s in (corrected_sentence(p),) if s]
    sentences.append(
        "These are associations: a factor that goes with outcome need not be what brings it about."
    )
    return " ".join(sentences)


def journal(p: Partition, outcome: str) -> str:
    """A paragraph in the style of a journal's results section."""
    adjusted = (
        f", adjusted for {listed(list(p.adjusted_for.variables))} "
        f"(R² = {_r2(p.adjusted_for.share)})"
        if p.adjusted_for
        else ""
    )
    shares = "; ".join(f"{b.factor}, {_r2(b.share)}{_bracket(b.low, b.high)}" for b in p.blocks)
    rest = "; ".join(f"{u.level}, {_r2(u.share)}{_bracket(u.low, u.high)}" for u in p.unexplained)
    return (
        f"{_data_phrase(p)} {outcome} {MOMENT[p.question]} was modelled in {counted(p)} "
        f"with {MODEL[p.question]} "
        f"(REML){adjusted}. The proportions of {_variance(p)} associated with each block "
        f"of predictors, averaged over all orders of entry (general dominance) and corrected "
        f"for chance, were: {shares}. Unexplained variance by level: {rest}. "
        + " ".join([_interval_sentence(p), *caveats(p)])
    ).strip()


def describe_bar(p: Partition, outcome: str) -> str:
    """The text alternative of the stacked bar: every part with its share, in the bar's order."""
    parts = []
    if p.adjusted_for:
        parts.append(f"{adjusted_phrase(p)} {percent(p.adjusted_for.share)}")
    parts += [f"{b.factor} {_with_interval(b)}" for b in p.blocks]
    parts += [f"unexplained {LEVEL_PHRASES[u.level]} {percent(u.share)}" for u in p.unexplained]
    return (
        f"Stacked bar of 100 % of the variance of {subject(p, outcome)}: " + ", ".join(parts) + "."
    )


def _variance(p: Partition) -> str:
    return "the variance of patients' slopes" if p.question == "growth" else "outcome variance"


def _share_phrase(b: BlockShare | LevelShare) -> str:
    return f"{_with_interval(b)} with {PHRASES.get(b.factor, b.factor)}"


def _with_interval(b: BlockShare | LevelShare) -> str:
    interval = percent_interval(b.low, b.high)
    shown = percent(b.share, b.low, b.high)
    return shown if interval == "–" else f"{shown} ({interval})"


def _rows_sentence(p: Partition, outcome: str) -> str:
    therapists = p.groups.get("therapist")
    whom = f" of {count(p.groups['patient'])} patients" if "treatment" in p.groups else ""
    whom += f" with {count(therapists)} {plural('therapist', therapists)}" if therapists else ""
    made = "synthetic " if p.synthetic else ""
    return (
        f"Across {count(p.rows)} {made}{UNITS[p.question]}{whom}, patients differ in "
        f"{subject(p, outcome)}; this is what those differences go with."
    )


def _data_phrase(p: Partition) -> str:
    return "In these synthetic data," if p.synthetic else "In these data,"


def _block_sentence(b: BlockShare) -> str:
    phrase = capital(PHRASES.get(b.factor, b.factor))
    if b.low is not None and b.low <= 0:
        return (
            f"{phrase}: {_with_interval(b)}; the interval reaches zero, so these data cannot "
            "tell it from nothing."
        )
    return f"{phrase}: {_with_interval(b)}."


def _untold_sentence(b: BlockShare) -> str:
    phrase = capital(PHRASES.get(b.factor, b.factor))
    return f"{phrase}: cannot be told, because it does not vary at a level that the model has."


def _unexplained_sentence(p: Partition) -> str:
    parts = [f"{percent(u.share, u.low, u.high)} {LEVEL_PHRASES[u.level]}" for u in p.unexplained]
    return f"{percent(unexplained_share(p))} remain unexplained: {listed(parts)}."


def _interval_sentence(p: Partition) -> str:
    if p.bootstrap.kind == "none" or p.bootstrap.replicates == 0:
        return ""
    return (
        f"Brackets give 95 % intervals ({_drawn(p.bootstrap.kind)}, "
        f"{count(p.bootstrap.replicates)} replicates, seed {p.bootstrap.seed}; their ends are firm "
        f"to about {firmness(p.bootstrap.replicates):.0%} of an interval's width)."
    )


def _drawn(kind: str) -> str:
    return "simulated from the fitted model" if kind == "parametric" else f"bootstrap, {kind}"


def _r2(share: float | None) -> str:
    if share is None:
        return "–"
    text = f"{share:.3f}".replace("-0.", "−.")
    return text[1:] if text.startswith("0.") else text


def _bracket(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" [{_r2(low)}, {_r2(high)}]"
