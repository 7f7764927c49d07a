"""What can be asked of a fitted formula on demand: tests, other intervals, groups, a rival."""

from dataclasses import replace

import streamlit as st

from analysis.presentation.charts import groups as charts
from analysis.presentation.tables.models import lab_tables
from analysis.presentation.words.rounding import count, estimate, p_value
from analysis.questions.lab.question import ModelQuestion
from pages._app.frame import asking, cached, cards, linked, tables
from pages._app.frame.block import Card, block
from pages._app.frame.menu import Picture
from pages._app.lab import meaning_view

ASKABLE = ("Meaning", "Tests", "Profile intervals", "Bootstrap", "Groups", "Shared part", "Compare")
OF_RESIDUALS = ("Meaning", "Tests", "Compare")  # where residuals are not independent and alike
OF_LOGITS = ("Profile intervals", "Bootstrap")
DRAWN = {"Outcomes from the fitted model": False, "Whole groups from the data (REML)": True}
ON_LOGITS = " Coefficients on the logit scale."
REPLICATES = (200, 1000, 5000, 10_000)


def more(question: ModelQuestion, fit, synthetic: bool) -> None:
    """One question at a time: each costs a calculation of its own."""
    answers = (meaning_view.meaning, _tests, _profile, _bootstrap, _groups, _shared, _compare)
    offered = OF_RESIDUALS if question.serial or question.spread else ASKABLE
    if question.logistic:  # its groups and its meaning stand on the page
        offered = OF_LOGITS if fit.random else OF_LOGITS[:1]
    with block("More to ask", synthetic, "Each is worked out when you choose it.") as card:
        asked = st.segmented_control(
            "Question", offered, key="asked", label_visibility="collapsed", bind="query-params"
        )
        # A session that came by a link to thousands of refits is asked first.
        linked_to = asked == "Bootstrap" and linked.came_with("asked", asked)
        ready = not linked_to or asking.may_start((question.key, asked), None)
        if asked and ready:
            answers[ASKABLE.index(asked)](question, fit, card)


def _tests(question: ModelQuestion, _fit, card: Card) -> None:
    if question.df == "none":
        st.info("Joint tests need degrees of freedom: choose Satterthwaite or Kenward–Roger above.")
        return
    found = _answer("model_tests", 160, "Testing each term", question.key)
    if found is None:
        return
    st.caption("Has the term any effect? F tests, type III, a category's levels together.")
    card.show(table=lab_tables.term_tests(found.terms))
    _sentences(found.terms.messages)
    if found.variances.tests:
        st.caption(
            "Do groups differ at all? A variance of zero lies on the edge of what is "
            "possible, so p is from a 50:50 mixture (Self & Liang 1987)."
        )
        tables.shown(lab_tables.variance_tests(found.variances))


def _profile(question: ModelQuestion, _fit, card: Card) -> None:
    asked = question.of_estimates
    asked = asked if question.logistic else replace(asked, method="ML")
    found = _answer("profile", 260, "Following the likelihood", asked)
    if found is None:
        return
    st.caption(
        "Every value that the likelihood does not speak against, from the ML fit: the right "
        "interval for a standard deviation, which can reach 0." + ON_LOGITS * question.logistic
    )
    card.show(table=lab_tables.intervals(found.tidy(), "Profile intervals"))
    _sentences(found.messages)


def _bootstrap(question: ModelQuestion, _fit, card: Card) -> None:
    left, middle, right = st.columns(3)
    kind = left.selectbox("Draw", tuple(DRAWN), key="drawn", bind="query-params")
    replicates = middle.selectbox(
        "Refits", REPLICATES, index=1, format_func=count, key="refits", bind="query-params"
    )
    seed = int(
        right.number_input(
            "Seed of the refits",
            1,
            10**6,
            1,
            key="refits_seed",
            **linked.number("refits_seed", "the seed of the refits", 1, 10**6),
        )
    )
    options = (replicates, seed, DRAWN[kind])
    found = _answer("bootstrap", 260, "Refitting what was drawn", question.of_estimates, *options)
    if found is None:
        return
    counts = [count(n) for n in (found.replicates, found.failed, found.singular)]
    st.caption(
        "Percentiles over {} refits; {} failed, {} were singular. With few groups the "
        "percentiles of a standard deviation between them lie too low: prefer its profile "
        "interval.".format(*counts)
    )
    card.show(table=lab_tables.intervals(found.tidy(), "Bootstrap intervals"))
    _sentences(found.messages)


def _groups(question: ModelQuestion, _fit, card: Card) -> None:
    group_effects(_answer("predicted", 260, "Predicting each group", question.of_estimates), card)


def group_effects(found, card: Card, scale: str = "") -> None:
    """Each grouping's predicted effects (EffectsOfGroups), drawn without a name; scale: said of the
    axis where it is not the outcome's own."""
    for effects in found or ():
        st.markdown(f"**{cards.escape(effects.group)}: {cards.escape(effects.term)}**")
        if any(low < high for _, _, low, high in effects.quantiles):
            _caterpillar(effects, card, scale)
        else:
            st.text(
                "The data show no differences between these groups beyond chance: there is "
                "nothing to predict."
            )


def _caterpillar(effects, card: Card, scale: str) -> None:
    rows = effects.tidy()
    shown = "" if effects.groups == len(rows) else f" {count(len(rows))} of them are drawn."
    card.show(
        Picture(
            lambda look: charts.caterpillar(rows, f"Difference from the average{scale}", look),
            f"Groups of {effects.group}, {effects.term}",
            charts.caterpillar_text(effects.groups, effects.clear),
        ),
        note=f"{count(effects.groups)} groups, without names; the intervals of "
        f"{count(effects.clear)} exclude the average, and the others cannot be told from it."
        f"{shown}",
        rows=rows,
    )


def _shared(question: ModelQuestion, fit, card: Card) -> None:
    terms = [f.term for f in fit.fixed if f.term != "(Intercept)"]
    if len(terms) < 2:
        st.info("A shared part needs two predictors or more.")
        return
    left, right = st.columns(2)
    first = left.multiselect("First set", terms, terms[:1], key="first_set")
    second = right.multiselect("Second set", [t for t in terms if t not in first], key="second_set")
    if not first or not second:
        st.caption(
            "Choose terms for both sets: how much of what they explain is each one's own, "
            "and how much could be either's?"
        )
        return
    sets = (tuple(first), tuple(second))
    found = _answer("shared_part", 160, "Refitting without each set", question.of_estimates, *sets)
    if found is None:
        return
    st.caption(
        "Shares of the outcome's variance. Unique: lost without the set. Shared: explained "
        "by either; negative where each brings out the other."
    )
    card.show(table=lab_tables.shared_part(found))
    _sentences(found.messages)


def _compare(question: ModelQuestion, _fit, card: Card) -> None:
    other = st.text_input(
        "The other formula",
        key="rival",
        bind="query-params",
        max_chars=2000,
        placeholder=question.formula,
    )
    if not other or not other.strip():
        alike = " Residuals are as above in both." if question.serial or question.spread else ""
        st.caption(f"Both are fitted by ML to the rows that are complete for both.{alike}")
        return
    asked = question.of_estimates
    asked = asked if question.logistic else replace(asked, method="ML")
    found = _answer("compared", 160, "Comparing", asked, other.strip())
    if found is None:
        return
    st.markdown(cards.escape(_verdict(found)))
    card.show(table=lab_tables.comparison(found))
    _sentences(found.messages)


def _verdict(found) -> str:
    better = min((found.smaller, found.larger), key=lambda m: m.aic)
    size = "smaller" if better is found.smaller else "larger"
    said = f"By AIC the {size} model is preferred, on {count(found.rows)} rows."
    p = found.p if found.p_mixture is None else found.p_mixture
    if found.nested and p is not None:
        said += (
            f" Likelihood-ratio test: χ² {estimate(found.statistic, decimals=2)} with "
            f"{found.df} df, p {p_value(p)}"
        )
        said += ", by the 50:50 mixture." if found.p_mixture is not None else "."
    return said


def _answer(what: str, height: int, doing: str, question: ModelQuestion, *options):
    return cards.wait(
        cached.inference_job(what, question, *options),
        height,
        doing,
        retry=lambda: cached.inference_job.clear(what, question, *options),
    )


def _sentences(messages: tuple[str, ...]) -> None:
    for message in messages:
        st.caption(cards.escape(message) + ".")
