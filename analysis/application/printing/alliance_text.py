"""The answers on the alliance as plain text for a terminal."""

from analysis.application.printing.as_text import table
from analysis.questions.alliance.sequence import SequenceAnswer


def sequence_text(answer: SequenceAnswer) -> str:
    """Which comes first: the verdict, the lags, what follows later, the fit, what to mind."""
    fit = answer.fit
    columns = ("from", "to", "estimate", "se", "low", "high", "in SDs")
    lags = [(e.origin, e.target, e.estimate, e.se, e.low, e.high, e.standardised) for e in fit.lags]
    parts = [
        answer.sentence,
        f"{answer.reason} {fit.patients:,} patients, sessions {fit.sessions[0]} to "
        f"{fit.sessions[-1]}, {fit.patterns:,} patterns of missing values.",
        "What a point more goes with at the next session (95 % interval)\n" + table(columns, lags),
        _later(answer),
        _fits(answer),
    ]
    if answer.centred:
        parts.append(_centred(answer))
    if answer.verdict.worlds:
        parts.append(_worlds(answer))
    return "\n\n".join([*parts, *answer.messages])


def _later(answer: SequenceAnswer) -> str:
    rows = [
        (e.origin, e.target, f"after {e.sessions}", e.estimate, e.low, e.high)
        for e in answer.fit.response
        if e.origin != e.target
    ]
    rows += [
        (e.origin, e.target, "in all", e.estimate, e.low, e.high)
        for e in answer.fit.long_run
        if e.origin != e.target
    ]
    return "What follows later\n" + table(("from", "to", "sessions", "points", "low", "high"), rows)


def _fits(answer: SequenceAnswer) -> str:
    columns = ("model", "log-likelihood", "chi-square", "df", "RMSEA", "BIC")
    both = answer.comparison
    fits = (both.ri_clpm, both.lcm_sr) if both else (answer.fit,)
    rows = [(f.model, f.log_likelihood, f.chi_square, f.df, f.rmsea, f.bic) for f in fits]
    return "How well the models fit\n" + table(columns, rows)


def _centred(answer: SequenceAnswer) -> str:
    rows = [(c.origin, c.target, c.estimate, c.low, c.high, c.bias) for c in answer.centred]
    columns = ("from", "to", "estimate", "low", "high", "expected bias")
    return (
        "The centred lag model, as many papers report it, with what it gets wrong at this number "
        "of sessions\n" + table(columns, rows)
    )


def _worlds(answer: SequenceAnswer) -> str:
    verdicts = tuple(answer.verdict.worlds[0].said)
    rows = [
        (w.name, *(f"{100 * w.said[v]:.0f} %" for v in verdicts)) for w in answer.verdict.worlds
    ]
    return "How often each verdict is given, by what is true\n" + table(("true", *verdicts), rows)
