"""A model whose residuals follow each other, or spread unlike, as R code: nlme has it."""

from analysis.models.language.formula import RandomTerms, parse_formula
from analysis.models.result import Fit, Residuals
from analysis.questions.lab.question import ModelQuestion
from analysis.questions.lab.way_back.analysis_rows import plain_name

CONTROL = "msMaxIter = 1000, maxIter = 1000, tolerance = 1e-8, msTol = 1e-10"


def nlme_code(question: ModelQuestion, fit: Fit, formula: str) -> list[str]:
    """Lines that fit `formula` (R's, on plain names) to the table `d`, in the order that nlme takes
    for that in time. Worked: '(1 | g)' becomes random = list(g = ~ 1)."""
    found = fit.residuals
    assert found is not None
    fixed, groups = _apart(formula, fit)
    names = [g for g, _ in groups]
    series = plain_name(found.series.split(":")[0]) if found.series else ""
    nested: list[str] = list(dict.fromkeys([*names, series] if series else names))
    lines = [f"for (v in c({_quoted(nested)})) d[[v]] <- factor(d[[v]])"] if nested else []
    parts = [fixed, "data = d", f'method = "{question.method}"']
    if found.serial:
        time = plain_name(found.serial)
        lines.append(f"d <- d[order(d${series}, d${time}), ]")
        form = f"~ {time} | {'/'.join(nested)}"
        parts.append(f"correlation = nlme::{_correlation(found)}(form = {form})")
    if found.spread:
        parts.append(f"weights = nlme::varIdent(form = ~ 1 | {plain_name(found.spread)})")
    if groups:
        random = ", ".join(f"{g} = {text}" for g, text in groups)
        parts.append(f"random = list({random})")
    call = "lme" if groups else "gls"
    control = f"  control = nlme::{call}Control({CONTROL}))"
    return [*lines, f"fit <- nlme::{call}({', '.join(parts)},", control]


def printed(fit: Fit) -> list[str]:
    """What shows the same numbers; nlme's degrees of freedom are by containment, not
    Satterthwaite's."""
    lines = ["print(summary(fit)$tTable, digits = 10)", "print(fit$sigma, digits = 10)"]
    return [*lines, "print(nlme::VarCorr(fit))"] if fit.groups else lines


def _correlation(found: Residuals) -> str:
    """corAR1 counts whole distances, corCAR1 any."""
    return "corAR1" if found.whole else "corCAR1"


def _apart(formula: str, fit: Fit) -> tuple[str, list[tuple[str, str]]]:
    """The fixed part, and each grouping's random terms from the outermost in."""
    parsed = parse_formula(formula)
    fixed = [":".join(t) or "1" for t in parsed.fixed]
    fixed = fixed if () in parsed.fixed else ["0", *fixed]
    fixed += [f"offset({text})" for text in parsed.offsets]
    by_group: dict[str, list[RandomTerms]] = {}
    for random in parsed.random:
        by_group.setdefault(":".join(random.groups), []).append(random)
    order = list(fit.groups)
    ordered = sorted(by_group, key=lambda label: -_place(label, order))
    groups = [(label.split(":")[0], _random(by_group[label])) for label in ordered]
    return f"{parsed.response} ~ {' + '.join(fixed)}", groups


def _place(label: str, order: list[str]) -> int:
    own = [k for k, name in enumerate(order) if plain_name(name) == plain_name(label)]
    return own[0] if own else len(order)


def _random(terms: list[RandomTerms]) -> str:
    def told(names) -> str:
        written = [":".join(t) or "1" for t in names]
        return "~ " + " + ".join(written if () in names else ["0", *written])

    blocks = []
    for one in terms:
        blocks += [told(one.terms)] if one.correlated else [told([t]) for t in one.terms]
    if len(blocks) == 1:
        return blocks[0]
    return f"nlme::pdBlocked(list({', '.join(blocks)}))"


def _quoted(names: list[str]) -> str:
    return ", ".join(f'"{n}"' for n in names)
