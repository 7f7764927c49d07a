"""A fitted model for a paper: the paragraph on methods, and each coefficient in APA's style."""

from collections.abc import Callable, Mapping

from analysis.base.joining import listed
from analysis.models.language.design import INTERCEPT
from analysis.models.logistic.result import LogisticFit
from analysis.models.result import Fit
from analysis.presentation.words.models.residual_words import structure
from analysis.presentation.words.models.term_words import term_words
from analysis.presentation.words.rounding import MINUS, count

DF = {
    "satterthwaite": "Tests and intervals take Satterthwaite's degrees of freedom.",
    "kenward-roger": "Tests and intervals are Kenward and Roger's.",
    "none": "Tests and intervals take the normal law.",
    "CR2": "Standard errors allow for rows of one {} being alike (CR2, with Satterthwaite's "
    "degrees of freedom).",
}
PARTS = (
    "Ratings made in sessions were split into parts within patients, between patients, between "
    "therapists and between clinics (each unit's mean less that of the unit around it)."
)


def methods(
    fit: Fit | LogisticFit,
    labels: Mapping[str, str],
    version: str,
    told: Callable[[int], str] = count,
) -> str:
    """The paragraph. labels: a variable's name -> its label; version: dataset and version; told: a
    count as it may be told."""
    outcome = term_words(fit.formula.split("~")[0].strip(), labels)
    terms = [term_words(f.term, labels) for f in fit.fixed if f.term != INTERCEPT]
    logistic = isinstance(fit, LogisticFit)
    kind = "a logistic mixed model" if logistic else "a linear mixed model"
    if not fit.groups:
        kind = "a logistic regression" if logistic else "a linear regression"
    unit = f"{fit.row_unit or 'row'}s"
    groups = [f"{told(n)} {g}s" for g, n in fit.groups.items()]
    where = f" in {listed(groups)}" if groups else ""
    said = [f"{_capital(outcome)} was the outcome of {kind} over {told(fit.rows)} {unit}{where}."]
    if terms:
        said.append(f"Predictors: {'; '.join(terms)}.")
    if any(f.term.startswith(("within(", "patient(")) for f in fit.fixed):
        said.append(PARTS)
    said += [_differing(fit, labels)] if fit.random else []
    said += [structure(fit.residuals)] if isinstance(fit, Fit) and fit.residuals else []
    if fit.rows_dropped:
        said.append(
            f"{_capital(unit)} with a missing value in any of these were left out "
            f"({told(fit.rows_dropped)})."
        )
    said.append(_estimated(fit))
    said.append(f"Rapport fitted it to {version}.")
    return " ".join(said)


def apa(fit: Fit | LogisticFit, labels: Mapping[str, str]) -> list[str]:
    """A sentence a coefficient. Worked: 'Session number: b = −0.52, 95 % CI [−0.55, −0.49],
    t(2541.0) = −36.20, p < .001.'"""
    out = []
    for f in fit.fixed:
        law = f"t({f.df:.1f})" if f.df and f.df < 1e6 else "z"
        ends = f"[{_two(f.low)}, {_two(f.high)}]"
        statistic = "" if f.statistic is None else f"{law} = {_two(f.statistic)}, "
        named = "Intercept" if f.term == INTERCEPT else term_words(f.term, labels)
        out.append(f"{named}: b = {_two(f.estimate)}, 95 % CI {ends}, {statistic}p {_p(f.p)}.")
    return out


def _estimated(fit: Fit | LogisticFit) -> str:
    if isinstance(fit, LogisticFit):
        way = "Laplace's approximation" if fit.quadrature == 1 else "adaptive quadrature"
        return f"It was fitted by maximum likelihood ({way})." if fit.groups else "Fitted by ML."
    method = "restricted maximum likelihood" if fit.method == "REML" else "maximum likelihood"
    if not fit.groups:
        method = "least squares"
    return f"It was fitted by {method}. {DF[fit.df_method].format(fit.cluster)}"


def _differing(fit: Fit | LogisticFit, labels: Mapping[str, str]) -> str:
    parts = []
    for group in dict.fromkeys(r.group for r in fit.random):
        own = [r.term for r in fit.random if r.group == group]
        slopes = [term_words(t, labels) for t in own if t != INTERCEPT]
        level = "in their level" * (INTERCEPT in own)
        slope = f"in the effect of {listed(slopes)}" if slopes else ""
        parts.append(f"{group}s {' and '.join(p for p in (level, slope) if p)}")
    return f"Random effects let {'; '.join(parts)} differ."


def _two(value: float) -> str:
    places = 2 if abs(value) >= 0.1 or value == 0 else 3
    return f"{value:.{places}f}".replace("-", MINUS)


def _p(p: float | None) -> str:
    if p is None:
        return "not given"
    return "< .001" if p < 0.001 else f"= {p:.3f}".replace("0.", ".", 1)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
