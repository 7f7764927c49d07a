"""Which comes first as tables: lags, what follows later, the verdict's chances, the fits."""

from analysis.models.panels.result import Effect
from analysis.presentation.tables import cells
from analysis.presentation.tables.table import Cell, Table, laid_out
from analysis.questions.alliance.sequence import SequenceAnswer

MODELS = {"ri-clpm": "RI-CLPM", "lcm-sr": "LCM-SR"}


def lags(answer: SequenceAnswer, caption: str) -> Table:
    """One row a lag: points, interval, in standard deviations."""
    rows = [
        {
            "From": Cell(e.origin.capitalize()),
            "To, a session later": Cell(e.target.capitalize()),
            "Points": cells.number(e.estimate, e.se),
            "95 % interval": cells.interval(e.low, e.high, e.se),
            "In SDs": cells.number(e.standardised, decimals=2),
        }
        for e in answer.fit.lags
    ]
    exact = [row for row in answer.fit.tidy() if row["kind"] == "lag"]
    return laid_out(caption, rows, exact=exact)


def later(answer: SequenceAnswer, caption: str) -> Table:
    """One row a way and a time: after 1, 2, 4 sessions, and in all."""
    effects = [*answer.fit.response, *answer.fit.long_run]
    across = [e for e in effects if e.origin != e.target]
    rows = [
        {
            "From": Cell(e.origin.capitalize()),
            "To": Cell(e.target.capitalize()),
            "When": Cell(when(e)),
            "Points": cells.number(e.estimate, e.se),
            "95 % interval": cells.interval(e.low, e.high, e.se),
        }
        for e in across
    ]
    exact = [row for row in answer.fit.tidy() if row["kind"] != "lag"]
    return laid_out(caption, rows, exact=exact)


def when(e: Effect) -> str:
    """'after 2 sessions', or 'in the long run' where the point comes anew at each session."""
    if e.sessions is None:
        return "in the long run"
    return f"after {e.sessions} session{'s' * (e.sessions != 1)}"


def chances(answer: SequenceAnswer, caption: str) -> Table:
    """How often each verdict is given, by what is true; rows are truths."""
    worlds = answer.verdict.worlds
    rows = [
        {"What is true": Cell(w.name.capitalize())}
        | {f"Said: {name}": cells.share(share, decimals=0) for name, share in w.said.items()}
        for w in worlds
    ]
    exact = [dict(true=w.name, **w.said) for w in worlds]
    return laid_out(caption, rows, exact=exact)


def beside(answer: SequenceAnswer, caption: str) -> Table:
    """The centred model's lags beside the panel model's, with the bias to expect."""
    rows = []
    for c in answer.centred:
        panel = answer.fit.lag(c.origin, c.target)
        rows.append(
            {
                "From": Cell(c.origin.capitalize()),
                "To": Cell(c.target.capitalize()),
                "Panel model": cells.number(panel.estimate, panel.se),
                "Centred model": cells.number(c.estimate, c.se),
                "95 % interval, centred": cells.interval(c.low, c.high, c.se),
                "Expected of it": cells.number(c.expected, c.se),
                "Bias to expect": cells.number(c.bias, c.se),
            }
        )
    exact = [
        dict(origin=c.origin, target=c.target, estimate=c.estimate, se=c.se, low=c.low,
             high=c.high, expected=c.expected, bias=c.bias)
        for c in answer.centred
    ]  # fmt: skip
    return laid_out(caption, rows, exact=exact)


def fits(answer: SequenceAnswer, caption: str) -> Table:
    """Both models: how well they fit, which answers."""
    both = answer.comparison
    found = (both.ri_clpm, both.lcm_sr) if both else (answer.fit,)
    rows = [
        {
            "Model": Cell(MODELS[f.model]),
            "Answers here": cells.yes_or_no(f.model == answer.fit.model),
            "Log-likelihood": cells.grouped(f.log_likelihood, 2),
            "χ²": cells.grouped(f.chi_square, 1),
            "df": cells.count(f.df),
            "RMSEA": cells.number(f.rmsea, decimals=3),
            "BIC": cells.grouped(f.bic, 1),
            "Parameters": cells.count(f.parameters),
        }
        for f in found
    ]
    exact = [
        dict(model=f.model, log_likelihood=f.log_likelihood, chi_square=f.chi_square, df=f.df,
             rmsea=f.rmsea, bic=f.bic, parameters=f.parameters)
        for f in found
    ]  # fmt: skip
    return laid_out(caption, rows, exact=exact)
