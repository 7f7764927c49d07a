"""Tables of one fitted mixed model, linear or logistic."""

from dataclasses import asdict

from analysis.models.logistic.result import LogisticFit
from analysis.models.result import Fit
from analysis.presentation.tables import cells
from analysis.presentation.tables.table import Cell, Table, laid_out, pairs_of
from analysis.presentation.words.models.residual_words import correlation_of
from analysis.presentation.words.rounding import count

LINEAR, LOGIT = 4, 3  # digits of a standard deviation: as lme4 prints it, as a logit bears it


def coefficients(fit: Fit, df_decimals: int = 1) -> Table:
    """One row a fixed effect: Term, Estimate, SE, df, t or z, p, 95 % interval."""
    statistic = "t" if any(f.df for f in fit.fixed) else "z"
    rows = [
        {
            "Term": cells.text(f.term),
            "Estimate": cells.number(f.estimate, f.se),
            "SE": cells.number(f.se, f.se),
            "df": cells.grouped(f.df, df_decimals),
            statistic: cells.number(f.statistic, decimals=2),
            "p": cells.p_value(f.p),
            "95 % interval": cells.interval(f.low, f.high, f.se),
        }
        for f in fit.fixed
    ]
    return laid_out("Coefficients", rows, exact=fit.tidy(), right=("df", "p"))


def random_effects(fit: Fit | LogisticFit) -> Table:
    """Standard deviations between groups, and the residual's where there is one."""
    digits = LOGIT if isinstance(fit, LogisticFit) else LINEAR
    found = [(r.group, r.term, r.sd) for r in fit.random]
    if fit.sigma is not None:
        found.append(("residual", "", fit.sigma))
    rows = [
        {
            "Group": cells.text(group),
            "Term": cells.text(term),
            "SD": cells.significant(sd, digits),
            "Variance": cells.significant(sd**2, digits),
        }
        for group, term, sd in found
    ]
    exact = [dict(group=group, term=term, sd=sd, variance=sd**2) for group, term, sd in found]
    return laid_out("Random effects", rows, exact=exact)


def residuals(fit: Fit) -> Table:
    """What residuals are instead of independent and alike; no row where they are."""
    found, rows, exact = fit.residuals, [], []
    if found is None:
        return laid_out("Residuals", rows)
    for s in found.sds:
        row = {
            "Residual": cells.text(f"SD, {found.spread} {s.level}"),
            "Estimate": cells.significant(s.sd, LINEAR),
            "95 % interval": cells.interval(s.low, s.high, s.high - s.low),
        }
        rows.append(row)
        exact.append(dict(what="sd", level=s.level, estimate=s.sd, low=s.low, high=s.high))
    if found.serial:
        row = {
            "Residual": cells.text(correlation_of(found)),
            "Estimate": cells.number(found.correlation, decimals=3),
            "95 % interval": cells.interval(found.low, found.high, 0.01),
        }
        rows.append(row)
        ends = dict(estimate=found.correlation, low=found.low, high=found.high)
        exact.append(dict(what="correlation", level="") | ends)
    return laid_out("Residuals", rows, exact=exact, right=("Estimate", "95 % interval"))


def correlations(fit: Fit | LogisticFit) -> Table:
    """Correlations of random effects; no row where there are none."""
    rows = [
        {
            "Group": cells.text(c.group),
            "Terms": cells.text(f"{c.term_1} and {c.term_2}"),
            "Correlation": cells.number(c.r, decimals=2),
        }
        for c in fit.correlations
    ]
    exact = [dict(group=c.group, term_1=c.term_1, term_2=c.term_2, r=c.r) for c in fit.correlations]
    return laid_out("Correlations of random effects", rows, exact=exact)


def checks(fit: Fit) -> Table:
    """Rows, groups, criterion, R2, convergence of a linear model."""
    criterion = "REML criterion" if fit.method == "REML" else "−2 log-likelihood"
    pairs = {
        "Rows used": cells.count(fit.rows),
        "Rows left out": cells.count(fit.rows_dropped),
        **({"Rows weighted by": cells.text(fit.weights)} if fit.weights else {}),
        **_groups(fit),
        criterion: cells.grouped(fit.criterion, 4),
        "Parameters": cells.count(fit.parameters),
        "AIC": cells.grouped(fit.aic, 2),
        "BIC": cells.grouped(fit.bic, 2),
        "Marginal R²": cells.share(fit.r2_marginal, decimals=1),
        "Conditional R²": cells.share(fit.r2_conditional, decimals=1),
        **_ended(fit),
    }
    return pairs_of("Model checks", pairs)


def logistic_checks(fit: LogisticFit) -> Table:
    """What counts as 1 and how often, criterion, R2 on the latent scale, convergence."""
    often = f"{count(fit.events)} of {count(fit.trials)}"
    pairs = {
        "Counts as 1": cells.text(fit.event),
        "How often it happens": cells.text(often),
        "Mean chance, in the population": cells.share(fit.chances.population, decimals=1),
        "Mean chance, at random effect 0": cells.share(fit.chances.typical, decimals=1),
        "Rows left out": cells.count(fit.rows_dropped),
        **_groups(fit),
        "−2 log-likelihood": cells.grouped(fit.criterion, 4),
        "AIC": cells.grouped(fit.aic, 2),
        "Marginal R², latent scale": cells.share(fit.r2_marginal, decimals=1),
        "Conditional R², latent scale": cells.share(fit.r2_conditional, decimals=1),
        **_ended(fit),
    }
    return pairs_of("Logistic checks", pairs)


def odds_ratios(fit: LogisticFit) -> Table:
    """One row a term: Odds ratio with its interval, then the logit it comes from."""
    rows = [
        {
            "Term": cells.text(f.term),
            "Odds ratio": cells.significant(r["odds_ratio"], LOGIT),
            "95 % interval": _ratios(r["low"], r["high"]),
            "Logit": cells.number(f.estimate, f.se),
            "SE": cells.number(f.se, f.se),
            "z": cells.number(f.statistic, decimals=2),
            "p": cells.p_value(f.p),
        }
        for f, r in zip(fit.fixed, fit.odds_ratios(), strict=True)
    ]
    right = ("Odds ratio", "95 % interval", "p")
    return laid_out("Odds ratios", rows, exact=fit.odds_ratios(), right=right)


def chances(fit: LogisticFit) -> Table:
    """Mean chance of the event as observed, and with each predictor set for everybody."""
    found = [("", "as observed", fit.chances), *((c.variable, c.value, c) for c in fit.chances_at)]
    rows = [
        {
            "Predictor": cells.text(variable),
            "Value": cells.text(value),
            "In the population": cells.share(c.population, decimals=1),
            "At random effect 0": cells.share(c.typical, decimals=1),
        }
        for variable, value, c in found
    ]
    exact = [
        dict(variable=variable, value=value, population=c.population, random_effect_0=c.typical)
        for variable, value, c in found
    ]
    return laid_out("Mean chances", rows, exact=exact)


def average_effects(fit: LogisticFit) -> Table:
    """Average marginal effects in points of per cent: a number's for one unit more, a category's
    level against its base."""
    rows = [
        {
            "Predictor": cells.text(m.variable),
            "Of": cells.text(m.versus or "one unit more"),
            "In the population": cells.number(_points(m.estimate), _points(m.se)),
            "95 % interval": cells.interval(_points(m.low), _points(m.high), _points(m.se)),
            "p": cells.p_value(m.p),
            "At random effect 0": cells.number(_points(m.typical), _points(m.typical_se)),
        }
        for m in fit.margins
    ]
    notes = ["Points of per cent; '–' where the groups differ in this very effect."]
    exact = [asdict(m) for m in fit.margins]
    return laid_out("Average marginal effects", rows, notes, exact=exact, right=("p",))


def _points(share: float | None) -> float | None:
    return None if share is None else 100 * share


def witnesses(fit: Fit, second) -> Table:
    """The coefficients of a Fit beside those of the second witness (a WitnessFit)."""
    theirs = dict(zip(second.terms, zip(second.beta, second.se, strict=True), strict=True))
    pairs = [(f, *map(float, theirs[f.term])) for f in fit.fixed if f.term in theirs]
    rows = [
        {
            "Term": cells.text(f.term),
            "Rapport": cells.number(f.estimate, f.se),
            "SE": cells.number(f.se, f.se),
            "statsmodels": cells.number(beta, f.se),
            "SE (statsmodels)": cells.number(se, f.se),
        }
        for f, beta, se in pairs
    ]
    exact = [
        dict(term=f.term, rapport=f.estimate, se=f.se, statsmodels=beta, statsmodels_se=se)
        for f, beta, se in pairs
    ]
    return laid_out("Second witness", rows, exact=exact)


def _groups(fit: Fit | LogisticFit) -> dict[str, Cell]:
    return {f"Groups: {name}": cells.count(n) for name, n in fit.groups.items()}


def _ended(fit: Fit | LogisticFit) -> dict[str, Cell]:
    return {
        "Converged": cells.yes_or_no(fit.status.converged),
        "Singular": cells.yes_or_no(fit.status.singular),
    }


def _ratios(low: float, high: float) -> Cell:
    ends = [cells.significant(end, LOGIT) for end in (low, high)]
    shown = " to ".join(end.text for end in ends)
    values = [float(e.value) for e in ends if isinstance(e.value, int | float)]
    return Cell(shown, (values[0], values[1]) if len(values) == 2 else None)
