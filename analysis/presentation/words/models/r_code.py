"""A fitted formula as R code: what to run in R to get the same model."""

import re

from analysis.models.language.formula import parse_formula
from analysis.presentation.words.models.r_derived import derived_lines

_BASIS = re.compile(r"(?<![\w.])(bs|ns|poly|scale|center)\s*\(")
_BASE = re.compile(
    r"(?<![\w.])(?:C|factor)\(\s*(`[^`]+`|[\w.]+)\s*,\s*Treatment\(\s*(?:reference\s*=\s*)?"
    r"('[^']*'|\"[^\"]*\"|[-\w.]+)\s*\)\s*\)"
)


def lmer_code(formula: str, method: str, weights: str = "") -> str:
    """Lines of R that fit `formula` by lme4 with lmerTest to a table `d` with these columns.

    What R spells otherwise is written in its way: a category's base, center(). Where columns depend
    on the rows, the incomplete ones leave first, because R would let them choose the knots.
    Worked: 'y ~ ns(t, df=3) + (1 | g)' begins with library(splines).
    """
    made, formula = derived_lines(formula)
    text, calls, splines = _in_r(formula)
    weighted = _weighted(weights)
    reml = "TRUE" if method == "REML" else "FALSE"
    call = f"lmerTest::lmer({{}}, data = d, REML = {reml}{weighted})"
    if not parse_formula(formula).random:
        call = f"lm({{}}, data = d{weighted})"
    lines = splines + made
    if not calls:
        return "\n".join([*lines, call.format(text)])
    used = f'c(all.vars(model), "{weights}")' if weights else "all.vars(model)"
    return "\n".join([*lines, f"model <- {text}", f"d <- na.omit(d[{used}])", call.format("model")])


def glmer_code(formula: str, event: str, quadrature: int = 1, weights: str = "") -> str:
    """Lines of R that fit `formula` by lme4 as a logistic model.

    event: what counts as 1, as a fit says it ('ending == unplanned'). Worked: ('ending ~ age + (1 |
    g)', 'ending == unplanned') has I(ending == 'unplanned') as its outcome.
    """
    made, formula = derived_lines(formula)
    name, value = event.split(" == ", 1)
    text, _, splines = _in_r(formula)
    outcome, predictors = text.split("~", 1)
    outcome = outcome if value == "1" else f"I({name} == '{value}') "
    points = f", nAGQ = {quadrature}" if quadrature != 1 else ""
    options = f"family = binomial{points}{_weighted(weights)}"
    return "\n".join([*splines, *made, f"lme4::glmer({outcome}~{predictors}, data = d, {options})"])


def _in_r(formula: str) -> tuple[str, set[str], list[str]]:
    """`formula` in R's spelling, the calls in it whose columns follow the data, and the line that
    splines need."""
    text = _BASE.sub(r"relevel(factor(\1), \2)", formula)
    text = re.sub(r"(?<![\w.])C\(", "factor(", text)
    text = re.sub(r"(?<![\w.])center\(([^()]*)\)", r"scale(\1, scale = FALSE)", text)
    calls = {match.group(1) for match in _BASIS.finditer(text)}
    return text, calls, ["library(splines)"] * bool(calls & {"bs", "ns"})


def _weighted(weights: str) -> str:
    name = weights if re.fullmatch(r"[^\W\d][\w.]*", weights) else f"`{weights}`"
    return f", weights = {name}" if weights else ""
