"""A fitted mixed model on a page: the question, the tables, the checks, the way back."""

import streamlit as st

from analysis.presentation.charts import effects as charts
from analysis.presentation.tables.models import lab_tables, model_tables
from analysis.presentation.words.models import model_words
from analysis.presentation.words.rounding import estimate
from analysis.questions.lab.building import changes
from analysis.questions.lab.building.choice import known
from analysis.questions.lab.question import DF_LABELS, FAMILIES, METHODS, ModelQuestion
from analysis.questions.scope import Scope
from pages._app.frame import cached, cards, linked, tables
from pages._app.frame.block import block
from pages._app.frame.menu import Picture
from pages._app.lab import way_back_view
from pages._app.lab.build import builder_view, residuals_view, ways_view

CURVES = ("poly(", "ns(", "bs(")
LONGEST = 2000  # characters of a formula that is typed


def question(scope: Scope, about: cached.About) -> ModelQuestion | None:
    """What the widgets ask of the scope's dataset; None without a formula."""
    with st.container(border=True, key="the model"):
        asked = _written(scope, about)
        builder_view.builder(scope, known(about.variables, about.alone), _example(about))
    return asked


def _written(scope: Scope, about: cached.About) -> ModelQuestion | None:
    """The formula and the options that no formula holds."""
    ways_view.hold()
    text, options = st.columns([3, 2], gap="medium")
    linked.text("formula", "the formula", LONGEST)
    formula = text.text_area(
        "Formula",
        _example(about),
        key="formula",
        bind="query-params",
        max_chars=LONGEST,
        height=126,
        help="lme4's language: outcome ~ predictors + (what varies | between whom)",
    )
    first, left = options.columns(2)
    middle, right = options.columns(2)
    linked.check("family", "the kind of outcome", FAMILIES.values())
    family = first.selectbox(
        "Outcome",
        list(FAMILIES),
        format_func=FAMILIES.__getitem__,
        key="family",
        bind="query-params",
        help="An outcome that happens or doesn't is 0 and 1, a text with two categories, or "
        "I(ending == 'unplanned')",
    )
    logistic = family == "binomial"
    method, df = ("REML", "satterthwaite") if logistic else _options(left, middle)
    weights = _weights(right, about, logistic)
    serial, spread, robust = ("", "", "")
    if not logistic:
        serial, spread, robust = residuals_view.choices(*st.columns(3), about)
    asked = (formula or "").strip()
    if not asked:
        return None
    return ModelQuestion(
        asked,
        scope.dataset,
        scope.version,
        family=family,
        method=method,
        df=df,
        weights=weights,
        store=scope.store,
        serial=serial,
        spread=spread,
        robust=robust,
    )


def answer(fit) -> str:
    """The result in one sentence."""
    return model_words.fit_answer(fit)


def fixed(fit, synthetic: bool) -> None:
    """Coefficients: forest plot and table."""
    with block("Effects", synthetic) as card:
        if any(call in f.term for f in fit.fixed for call in CURVES):
            st.caption(
                "A curve has several coefficients, which say little one by one: whether it has "
                "an effect is under *What it means*, *Tests*."
            )
        note = "Change in the outcome for one unit more, with 95 % intervals."
        drawn = forest(fit, "Points of the outcome", "Model effects")
        card.show(drawn, model_tables.coefficients(fit), note=note)


def forest(fit, unit: str, title: str) -> Picture | None:
    """The coefficients but the intercept with their intervals; None where there are none."""
    plotted = [
        dict(
            term=f.term,
            label=f.term,
            part="overall",
            factor="",
            estimate=f.estimate,
            low=f.low,
            high=f.high,
            shown=f"{estimate(f.estimate, f.se)} ({_interval(f)})",
        )
        for f in fit.fixed
        if f.term != "(Intercept)"
    ]
    if not plotted:
        return None
    return Picture(
        lambda look: charts.forest(plotted, unit, look), title, charts.forest_text(plotted)
    )


def random(fit, synthetic: bool) -> None:
    """Standard deviations between groups, their correlations, and the residual."""
    of_one = " The residual's is that of a row of weight 1." if fit.weights else ""
    note = f"Standard deviations in points of the outcome.{of_one}"
    groups(fit, synthetic, note)


def groups(fit, synthetic: bool, note: str) -> None:
    """Random effects with their correlations, where there are any."""
    correlated = model_tables.correlations(fit)
    with block("Differences between groups", synthetic, word="Mixed model") as card:
        card.show(table=model_tables.random_effects(fit))
        st.caption(cards.escape(note))
        tables.shown(correlated)
        residuals_view.shown(fit)


def checks(fit, synthetic: bool) -> None:
    """Rows, groups, criterion, R2, convergence, and every message of the engine."""
    with block("Checks", synthetic) as card:
        card.show(table=model_tables.checks(fit))


def how(fit, asked: ModelQuestion) -> None:
    """The way back, and the second witness."""
    synthetic = cached.about(str(asked.dataset), asked.version).synthetic
    with block("How it was made", synthetic):
        way_back_view.way_back(fit, asked, synthetic)
        if fit.residuals is None:
            with st.expander("Check with statsmodels", key="more: witness"):
                _witness(fit, asked)


def _options(left, right) -> tuple[str, str]:
    linked.check("method", "the method", METHODS)
    linked.check("df", "the degrees of freedom", DF_LABELS.values())
    method = left.selectbox(
        "Method",
        METHODS,
        key="method",
        bind="query-params",
        help="REML for estimates; ML to compare models whose predictors differ",
    )
    df = right.selectbox(
        "Degrees of freedom",
        list(DF_LABELS),
        format_func=DF_LABELS.__getitem__,
        key="df",
        bind="query-params",
        help="Satterthwaite as lmerTest, Kenward–Roger as pbkrtest",
    )
    return method, df


def _weights(place, about: cached.About, trials: bool) -> str:
    of_trials = "The number of trials behind each row; the outcome may then be a share of them"
    of_rows = "Prior weights as in lme4: a row's residual variance is sigma² over its weight"
    offered = [v.name for v in about.variables if v.kind == "number"]
    linked.check("weights", "the weights", offered)
    chosen = place.selectbox(
        "Weights",
        offered,
        index=None,
        placeholder="None: all rows alike",
        key="weights",
        bind="query-params",
        help=of_trials if trials else of_rows,
    )
    return chosen or ""


def language(about: cached.About) -> None:
    """What a formula can say, and which names the dataset has."""
    with st.expander(
        "The formula language and this dataset's variables", key="more: language of formulas"
    ):
        st.markdown(
            "- `y ~ a + b`: predictors; `a:b` their interaction, `a*b` both; `I(x**2)`, `log(x)`\n"
            "- A curve instead of a line: `poly(t, 2)`, a parabola; `ns(t, df=3)`, a natural "
            "spline, its knots where the data lie (`ns(t, knots=c(4, 8))`: where you say); "
            "`bs(t, df=4)`; all as in R, in `( | )` too. A curve is judged by its joint test, not "
            "by single coefficients\n"
            "- `scale(x)`: in standard deviations from the mean; `offset(x)`: added as it is, "
            "without a coefficient\n"
            "- `within(x)`, `patient(x)`, `therapist(x)`, `clinic(x)`: x less its patient's mean, "
            "the patient's less the therapist's, and so on outwards; they add up to x and answer "
            "different questions. `within(x, g)` and `between(x, g)` for any group; `lag(x)`: the "
            "session before\n"
            "- `early(x)` (mean of sessions 3 to 5), `mean(x)`, `last(x)`: one value of each "
            "treatment, so that an outcome of the treatment (`ending`) counts it once; "
            "`mean(x, 8)`: of sessions up to a landmark, 8, that the treatment reached; "
            "`mean(x, therapist)`: the mean of that over a therapist's treatments, whose rows a "
            "model of nothing finer is over\n"
            "- `(1 | therapist)`: therapists differ; `(1 + t | patient)`: patients differ in level "
            "and in the slope of t; `||`: without the correlation\n"
            "- `(1 | clinic/therapist)`: therapists within clinics; `(1 | patient) + "
            "(1 | therapist)`: crossed where patients change therapist\n"
            "- `I(ending == 'unplanned') ~ …`: whether it happens, with the outcome set to that\n"
            "- `0 +` drops the intercept; `C(g, Treatment('base'))` chooses a base; names that "
            "aren't plain stand in backticks"
        )
        st.caption(
            "Groups: clinic, therapist, patient, episode. Time: session, "
            "weeks_since_intake. Ending: ending, 'planned' or 'unplanned', missing while a "
            "treatment is ongoing"
        )
        tables.shown(lab_tables.variables(about.variables))


def _witness(fit, asked: ModelQuestion) -> None:
    st.write(
        "Fits the same model to the same rows with statsmodels' MixedLM, a second program "
        "that shares no code with this one."
    )
    if st.button("Fit with statsmodels"):
        st.session_state["model_witness"] = asked
    if st.session_state.get("model_witness") != asked:
        return
    second = cards.wait(
        cached.model_witness_job(asked.of_estimates),
        200,
        "Fitting with statsmodels",
        retry=lambda: cached.model_witness_job.clear(asked.of_estimates),
    )
    if second is not None:
        cards.compare(fit, second)


def _example(about: cached.About) -> str:
    outcome = about.main_outcome or next((v.name for v in about.outcomes), "")
    if not outcome:
        return ""
    alliance = next(
        (v.name for v in about.variables if v.factor == "alliance" and v.unit == "session"), ""
    )
    names = known(about.variables, about.alone)
    return changes.example(outcome, alliance, names, about.alone)


def _interval(f) -> str:
    return f"{estimate(f.low, f.se)} to {estimate(f.high, f.se)}"
