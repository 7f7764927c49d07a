"""A partition in words: one sentence, a paragraph for everyone, one in the style of a journal.

Pure functions of a Partition: the same numbers as the picture and the table, said as association
and never as cause.
"""

from analysis.base.joining import capital, listed, plural
from analysis.base.sentence import Sentence, ended
from analysis.presentation.words.latent_words import corrected_sentence
from analysis.presentation.words.rounding import count, percent, percent_interval
from analysis.questions.partition.result import BlockShare, Partition

# Below some twenty clusters a cluster bootstrap and a therapist variance are unsteady
# (Cameron, Gelbach & Miller 2008, 10.1162/rest.90.3.414, find trouble from 5 to 30 clusters).
FEW_THERAPISTS = 20

UNITS = {"end": "treatments", "next": "sessions", "growth": "sessions"}
MOMENT = {
    "end": "at the end of treatment",
    "next": "at the next session",
    "growth": "over the course of treatment",
}
# What is adjusted for before the factors are asked: by the question.
ADJUSTED = {
    "end": "severity at intake",
    "next": "the score now and at intake",
    "growth": "severity at intake",
}
MODEL = {
    **dict.fromkeys(("end", "next"), "a linear mixed model with nested random effects"),
    "growth": "a linear growth model with random intercepts and slopes",
}
UNEXPLAINED = "are left unexplained by what was measured"
# Rows a predictor below which a regression is not to be trusted: Harrell 2015 (Regression Modeling
# Strategies, section 4.4) asks for 10 to 20.
ROWS_A_PREDICTOR = 10
PHRASES = {
    "alliance": "the alliance",
    "technique": "technique",
    "expectancy": "the patient's expectations",
    "extra-therapeutic": "what lies outside therapy",
    "practice": "the practices that build the alliance",
}
LEVEL_PHRASES = {
    "clinic": "between clinics",
    "therapist": "between therapists",
    "patient": "between patients",
    "treatment": "between treatments",
    "session": "from session to session",
}


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
    first, *rest = [_share_phrase(b) for b in ranked]
    parts = [first.replace(" with ", " go with ", 1), *rest]
    return (
        f"Of the differences in {_subject(p, outcome)}{_after(p)}, {listed(parts)}; "
        f"{percent(unexplained_share(p))} {UNEXPLAINED}.{_reserve(p)}"
    )


def ranked_blocks(p: Partition) -> list[BlockShare]:
    """The factors whose share can be told, the largest first."""
    return sorted((b for b in p.blocks if b.share is not None), key=lambda b: -(b.share or 0.0))


def _after(p: Partition) -> str:
    if p.landmark is None or not p.landmark.adjusted_for or p.question == "growth":
        return ""
    intake = len(p.landmark.adjusted_for) == 1 and "at intake" in p.landmark.adjusted_for[0]
    return "" if intake else f", given the course up to session {p.landmark.window[1]}"


def plain(p: Partition, outcome: str) -> str:
    """A paragraph for a reader without statistics."""
    return " ".join([paragraph(p, outcome), *caveats(p)])


def paragraph(p: Partition, outcome: str) -> str:
    """The same without what must be known before it is trusted."""
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


def caveats(p: Partition) -> tuple[str, ...]:
    """What a reader must know before trusting the numbers; empty where nothing is amiss.

    The sentences of the engine stand as they are; what it has said is not said twice.
    """
    said = " ".join(p.status.messages).lower()
    found = []
    if p.synthetic:
        found.append("The data are synthetic: made by a program, they say nothing about patients.")
    if not p.status.converged:
        found.append("The fit did not converge: do not use these numbers.")
    if p.status.singular and "singular" not in said:
        found.append(
            "The fit is singular: at least one level's variance is estimated as zero, which "
            "these data cannot tell from a small one."
        )
    therapists = p.groups.get("therapist")
    if therapists is not None and therapists < FEW_THERAPISTS:
        found.append(
            Sentence(
                "Only ",
                therapists,
                f" {plural('therapist', therapists)}: shares and intervals that rest on "
                "differences between therapists are unsteady.",
            )
        )
    if p.bootstrap.kind == "none" or p.bootstrap.replicates == 0:
        found.append("No intervals were asked for: nothing here tells how sure the shares are.")
    elif p.bootstrap.failed and "replicates" not in said:
        found.append(
            Sentence(
                f"{count(p.bootstrap.failed)} of {count(p.bootstrap.replicates)} bootstrap "
                "replicates failed and are left out of the intervals."
            )
        )
    return tuple(map(ended, (*found, *p.status.messages)))


def cautions(p: Partition) -> tuple[str, ...]:
    """What belongs at the top of a page: the caveats, but for what its badge says already."""
    found = [c for c in caveats(p) if not c.startswith("The data are synthetic")]
    below = [b for b in p.blocks if (b.share or 0.0) < 0]
    if below:
        names = listed([PHRASES.get(b.factor, b.factor) for b in below])
        found.insert(
            0,
            f"The share of {names} is below zero: it explains less than chance alone would. It has "
            "no width in the bar, whose other parts are drawn to make 100 % together.",
        )
    if _too_few(p):
        predictors = _predictors(p)
        found.insert(
            0,
            f"{count(p.rows)} {UNITS[p.question]} for {count(predictors)} predictors: fewer than "
            f"{ROWS_A_PREDICTOR} for each.",
        )
    return tuple(found)


def fit_answer(fit) -> str:
    """A fitted model in one sentence."""
    groups = listed([f"{n:,} groups of {g}" for g, n in fit.groups.items()])
    over = f"Over {fit.rows:,} rows" + (f" in {groups}" if fit.groups else "")
    fixed = f"the predictors explain {percent(fit.r2_marginal)} of the outcome's variance"
    if not fit.groups:
        return f"{over}, {fixed}."
    return f"{over}, {fixed}; with the differences between groups {percent(fit.r2_conditional)}."


def logistic_answer(fit) -> str:
    """A logistic model in one sentence: how often, and how much of it is explained."""
    groups = listed([f"{n:,} groups of {g}" for g, n in fit.groups.items()])
    over = f"Over {fit.rows:,} rows" + (f" in {groups}" if fit.groups else "")
    often = f"{fit.event.replace(' == ', ' is ')} in {percent(fit.events / fit.trials)}"
    fixed = f"the predictors explain {percent(fit.r2_marginal)} of the variance behind it"
    if not fit.groups:
        return f"{over}, {often}; {fixed}."
    together = percent(fit.r2_conditional)
    return f"{over}, {often}; {fixed}, with the differences between groups {together}."


def counted(p: Partition) -> str:
    """The rows and the groups around them. Worked: '2,671 treatments of 2,578 patients, 150
    therapists and 20 clinics'."""
    rows = f"{count(p.rows)} {UNITS[p.question]}"
    own = UNITS[p.question].rstrip("s")
    found = [f"{count(n)} {plural(g, n)}" for g, n in p.groups.items() if g != own]
    return f"{rows} of {listed(found)}" if found else rows


def unexplained_share(p: Partition) -> float:
    """The sum of what no predictor explains, 0..1, over all levels."""
    return sum(u.share for u in p.unexplained)


def describe_bar(p: Partition, outcome: str) -> str:
    """The text alternative of the stacked bar: every part with its share, in the bar's order."""
    parts = []
    if p.adjusted_for:
        parts.append(f"{adjusted_phrase(p)} {percent(p.adjusted_for.share)}")
    parts += [f"{b.factor} {_with_interval(b)}" for b in p.blocks]
    parts += [f"unexplained {LEVEL_PHRASES[u.level]} {percent(u.share)}" for u in p.unexplained]
    return (
        f"Stacked bar of 100 % of the variance of {_subject(p, outcome)}: " + ", ".join(parts) + "."
    )


def adjusted_phrase(p: Partition) -> str:
    """What is adjusted for, as it stands in a sentence."""
    found = p.landmark
    if found and len(found.adjusted_for) > 0 and "at intake" not in found.adjusted_for[0]:
        return f"the course up to session {found.window[1]}"
    return ADJUSTED[p.question]


def whole(p: Partition) -> str:
    """What the shares are shares of, in words."""
    if p.question == "growth":
        return "the differences in change"
    return "the outcome's variance"


def _reserve(p: Partition) -> str:
    """What a headline may not be read without; no count, which a shared report may not tell."""
    if _too_few(p):
        return " So little data stands behind so many predictors that the shares are unsteady."
    if any((b.share or 0.0) < 0 for b in p.blocks):
        return " A share below zero cannot be told from nothing."
    return ""


def _too_few(p: Partition) -> bool:
    return p.rows < ROWS_A_PREDICTOR * _predictors(p)


def _predictors(p: Partition) -> int:
    return sum(f.term != "(Intercept)" for f in p.fit.fixed)


def _subject(p: Partition, outcome: str) -> str:
    if p.question == "growth":
        return f"how fast {outcome} changes {MOMENT[p.question]}"
    return f"{outcome} {MOMENT[p.question]}"


def _variance(p: Partition) -> str:
    return "the variance of patients' slopes" if p.question == "growth" else "outcome variance"


def _share_phrase(b: BlockShare) -> str:
    return f"{_with_interval(b)} with {PHRASES.get(b.factor, b.factor)}"


def _with_interval(b: BlockShare) -> str:
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
        f"{_subject(p, outcome)}; this is what those differences go with."
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


def firmness(replicates: int) -> float:
    """Monte-Carlo standard error of an interval's end over the interval's width, of normal draws:
    sqrt(p (1 - p) / B) / phi(z) at p = .025, over 3.92 standard deviations. Worked: 200 -> .048,
    1,000 -> .022."""
    return (0.025 * 0.975 / max(replicates, 1)) ** 0.5 / 0.0584 / 3.92


def _drawn(kind: str) -> str:
    return "simulated from the fitted model" if kind == "parametric" else f"bootstrap, {kind}"


def _r2(share: float | None) -> str:
    if share is None:
        return "–"
    text = f"{share:.3f}".replace("-0.", "−.")
    return text[1:] if text.startswith("0.") else text


def _bracket(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" [{_r2(low)}, {_r2(high)}]"
