"""The answers on the alliance as plain text for a terminal."""

from typing import TYPE_CHECKING

from analysis.application.printing.as_text import table
from analysis.models.process.response_surface import ResponseSurface
from analysis.questions.alliance.sequence import SequenceAnswer
from analysis.questions.alliance.two.surface import SurfaceAnswer, terms

if TYPE_CHECKING:  # they load mixed models, which no other answer here needs
    from analysis.questions.alliance.course.gains import GainsAnswer
    from analysis.questions.alliance.two.raters import RatersAnswer


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


def raters_text(answer: "RatersAnswer") -> str:
    """Bias and congruence, how dyads differ, and the surface where there is an outcome."""
    columns = ("", "estimate", "se", "low", "high")
    rows = [("bias", *_interval(answer.bias)), ("congruence", *_interval(answer.congruence))]
    v = answer.variances
    spread = [
        ("bias", v.bias),
        ("congruence", v.congruence),
        ("both together", v.covariance),
        ("within a dyad", v.residual),
    ]
    parts = [
        answer.sentence,
        f"{answer.patients:,} patients, {answer.rows:,} sessions rated by both "
        f"({answer.rows_dropped:,} rows left out)",
        "Truth and bias (95 % interval)\n" + table(columns, rows),
        "How dyads differ (variances)\n" + table(("of", "variance"), spread),
        "Agreement (correlation)\n"
        + table(("within patients", "between patients"), [(answer.within, answer.between)]),
    ]
    if answer.surface:
        parts += [answer.surface_sentence, _shapes(answer.surface)]
    return "\n\n".join([*parts, *answer.messages])


def _interval(effect) -> tuple:
    return (effect.estimate, effect.se, effect.low, effect.high)


def surface_text(answer: SurfaceAnswer) -> str:
    """The verdict on agreement, the surface's shape and its coefficients."""
    alike = ", ".join(f"{name} {100 * share:.0f} %" for name, share in answer.agreement.items())
    parts = [
        answer.sentence,
        f"{answer.rows:,} rows ({answer.rows_dropped:,} left out for a missing value), "
        f"R2 {answer.r2:.4f}; {alike}",
        _shapes(answer.surface),
        "Coefficients\n" + table(("term", "estimate", "se"), terms(answer.surface)),
    ]
    return "\n\n".join([*parts, *answer.messages])


def _shapes(surface: ResponseSurface) -> str:
    rows = [(s.name, s.estimate, s.se, s.low, s.high, _SAYS[s.name]) for s in surface.shapes]
    return "The surface\n" + table(("", "estimate", "se", "low", "high", "says"), rows)


_SAYS = {
    "a1": "slope along agreement",
    "a2": "curvature along agreement",
    "a3": "slope across: which of the two is higher",
    "a4": "curvature across: cost of disagreement",
    "a5": "difference of both curvatures",
    "p10": "the ridge's intercept",
    "p11": "the ridge's slope",
}


def gains_text(answer: "GainsAnswer") -> str:
    """How many sudden gains, when, and the alliance around them."""
    parts = [answer.sentence]
    if answer.by_session:
        rows = answer.by_session.items()
        parts.append("When\n" + table(("after session", "gains"), rows))
    if answer.around:
        rows = [(a.offset, a.mean, a.n) for a in answer.around]
        head = ("session from the gain", "alliance to own mean", "gains")
        parts.append("The alliance around a gain (0: last session before)\n" + table(head, rows))
    return "\n\n".join([*parts, *answer.messages])
