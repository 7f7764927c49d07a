"""A fitted logistic mixed model on a page: odds ratios, groups, checks, the way back."""

import streamlit as st

from analysis.presentation.charts import effects as charts
from analysis.presentation.words import partition_words
from analysis.presentation.words.r_code import glmer_code
from analysis.presentation.words.rounding import count, estimate, p_value, percent
from analysis.questions.lab.question import ModelQuestion
from pages._app.frame import cards
from pages._app.lab import model_view
from pages._app.lab.examination_view import GRADES


def logistic(fit, asked: ModelQuestion, synthetic: bool) -> None:
    """Everything the page says of one model."""
    cards.lead(partition_words.logistic_answer(fit))
    _odds(fit, synthetic)
    _chances(fit, synthetic)
    _groups(fit, synthetic)
    _checks(fit, synthetic)
    _how(fit, asked)


def _odds(fit, synthetic: bool) -> None:
    cards.section(
        "Effects",
        "Picture: change in the logit for one unit more; 0 is no effect. Table: the odds ratio, "
        "by which the odds are multiplied; 1 is no effect. 95 % intervals.",
    )
    plotted = [
        dict(
            term=f.term,
            label=f.term,
            part="overall",
            factor="",
            estimate=f.estimate,
            low=f.low,
            high=f.high,
            shown=f"{estimate(f.estimate, f.se)}",
        )
        for f in fit.fixed
        if f.term != "(Intercept)"
    ]
    if plotted:
        cards.chart(
            lambda look: charts.forest(plotted, "Logit (logarithm of the odds)", look),
            "Logistic effects",
            charts.forest_text(plotted),
            synthetic,
        )
    shown = [
        {
            "Term": f.term,
            "Odds ratio": _figure(r["odds_ratio"]),
            "95 % interval": f"{_figure(r['low'])} to {_figure(r['high'])}",
            "Logit": estimate(f.estimate, f.se),
            "SE": estimate(f.se, f.se),
            "z": estimate(f.statistic, decimals=2),
            "p": p_value(f.p),
        }
        for f, r in zip(fit.fixed, fit.odds_ratios(), strict=True)
    ]
    cards.table(
        fit.odds_ratios(), "Odds ratios", synthetic, shown, numbers=("Odds ratio", "Logit", "SE")
    )


def _chances(fit, synthetic: bool) -> None:
    cards.section(
        "Chances",
        "Mean chance of the event over all rows if everyone had the value, all else as it is. In "
        "the population: averaged over the groups. At random effect 0: in a typical group.",
    )
    rows = [
        {
            "variable": "",
            "value": "as observed",
            "population": fit.chances.population,
            "random_effect_0": fit.chances.typical,
        }
    ] + [
        {
            "variable": c.variable,
            "value": c.value,
            "population": c.population,
            "random_effect_0": c.typical,
        }
        for c in fit.chances_at
    ]
    shown = [
        {
            "Predictor": r["variable"],
            "Value": r["value"],
            "In the population": percent(r["population"], decimals=1),
            "At random effect 0": percent(r["random_effect_0"], decimals=1),
        }
        for r in rows
    ]
    numbers = ("In the population", "At random effect 0")
    cards.table(rows, "Mean chances", synthetic, shown, numbers=numbers)


def _groups(fit, synthetic: bool) -> None:
    if not fit.random:
        return
    cards.section("Differences between groups", "Standard deviations on the logit scale.")
    rows = [dict(group=r.group, term=r.term, sd=r.sd, variance=r.sd**2) for r in fit.random]
    shown = [
        {
            "Group": r["group"],
            "Term": r["term"],
            "SD": _figure(r["sd"]),
            "Variance": _figure(r["variance"]),
        }
        for r in rows
    ]
    cards.table(rows, "Random effects", synthetic, shown, numbers=("SD", "Variance"))
    model_view.correlations(fit, synthetic)


def _checks(fit, synthetic: bool) -> None:
    cards.section("Checks")
    for sentence in fit.status.messages:
        st.markdown(f"- {cards.escape(sentence)}.")
    _verdicts(fit, synthetic)
    pairs = [
        ("Counts as 1", fit.event),
        ("How often it happens", f"{count(fit.events)} of {count(fit.trials)}"),
        ("Mean chance, in the population", percent(fit.chances.population, decimals=1)),
        ("Mean chance, at random effect 0", percent(fit.chances.typical, decimals=1)),
        ("Rows left out for a missing value", count(fit.rows_dropped)),
        *((f"Groups: {name}", count(n)) for name, n in fit.groups.items()),
        ("−2 log-likelihood", f"{fit.criterion:,.4f}"),
        ("AIC", f"{fit.aic:,.2f}"),
        ("Marginal R², latent scale", percent(fit.r2_marginal, decimals=1)),
        ("Conditional R², latent scale", percent(fit.r2_conditional, decimals=1)),
        ("Converged", "yes" if fit.status.converged else "no"),
        ("Singular", "yes" if fit.status.singular else "no"),
    ]
    rows = [dict(check=name, result=value) for name, value in pairs]
    cards.table(rows, "Logistic checks", synthetic, [{"Check": n, "Result": v} for n, v in pairs])


def _verdicts(fit, synthetic: bool) -> None:
    found = fit.checks.tidy() if fit.checks else []
    shown = [
        {"Check": r["check"], "Grade": GRADES[r["grade"]], "Verdict": r["sentence"]} for r in found
    ]
    if found:
        cards.table(found, "Logistic diagnostics", synthetic, shown)


def _how(fit, asked: ModelQuestion) -> None:
    cards.section("How it was made")
    code = glmer_code(asked.formula, fit.event, asked.quadrature, asked.weights)
    model_view.way_back(asked, code, fit.seconds.total)


def _figure(value: float) -> str:
    return f"{value:.3g}" if value else "0"
