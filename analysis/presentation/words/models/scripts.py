"""A fitted model as a script that gives its numbers again: in Python from the dataset, in R from a
file of the rows used."""

import re

from analysis.models.language.derived import base_names
from analysis.models.language.design import mentioned
from analysis.models.language.events import with_event
from analysis.models.language.formula import parse_formula
from analysis.models.logistic.result import LogisticFit
from analysis.models.result import Fit
from analysis.presentation.words.models.nlme_code import nlme_code, printed
from analysis.presentation.words.models.r_code import glmer_code, lmer_code
from analysis.presentation.words.models.r_derived import derived_lines
from analysis.questions.lab.question import ModelQuestion
from analysis.questions.lab.way_back.analysis_rows import plain_name

CONTROL = 'optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9, maxfun = 1e5)'


def python_script(question: ModelQuestion, fit: Fit | LogisticFit) -> str:
    """Fits the model again from the dataset's version and holds each number to what the page
    showed; run in Rapport's folder. It ends with an error where one differs."""
    options = ["formula", "dataset", "version", "family", "method", "df", "quadrature", "weights"]
    options += ["robust", "serial", "spread"]
    asked = "\n".join(f"    {n}={_literal(getattr(question, n))}," for n in options)
    shown = "\n".join(
        f"    ({row['group']!r}, {row['term']!r}, {row['estimate']!r}, {row.get('se')!r}),"
        for row in fit.tidy()
    )
    return f'''"""{fit.formula}

{question.dataset}, version {question.version}. Run in Rapport's folder: python this_file.py
"""

import math

from analysis.questions.lab.answer import fit
from analysis.questions.lab.question import ModelQuestion

QUESTION = ModelQuestion(
{asked}
)
# As the page had them: group, term, estimate, standard error.
SHOWN = [
{shown}
]


def same(now, then):
    """To nine digits: what another machine's rounding leaves."""
    if now is None or then is None:
        return now is then
    return math.isclose(now, then, rel_tol=1e-9, abs_tol=1e-12)


if __name__ == "__main__":
    rows = fit(QUESTION).tidy()
    differ = len(rows) != len(SHOWN)
    for row, (group, term, estimate, se) in zip(rows, SHOWN):
        as_shown = same(row["estimate"], estimate) and same(row.get("se"), se)
        differ = differ or not as_shown
        print(group, term, row["estimate"], row.get("se") or "", "" if as_shown else "DIFFERS")
    print("The numbers differ." if differ else f"All {{len(rows)}} rows are as shown.")
    raise SystemExit(differ)
'''


def r_script(question: ModelQuestion, fit: Fit | LogisticFit, file: str) -> str:
    """Fits the same model with lme4 to the rows in `file`, and asks emmeans for a category."""
    formula = plain_formula(question.formula)
    weights = plain_name(question.weights) if question.weights else ""
    if isinstance(fit, LogisticFit):
        code = glmer_code(formula, fit.event, question.quadrature, weights)
        control, needed = f"glmerControl({CONTROL})", ["lme4"]
    else:
        code = lmer_code(formula, question.method, weights)
        control, needed = f"lmerControl({CONTROL})", ["lme4", "lmerTest"]
    *before, call = code.splitlines()
    unlike = _unlike(question, fit, code) if isinstance(fit, Fit) and fit.residuals else []
    if unlike:
        needed = ["nlme"]
    elif "lmer(" in call:
        call = f"{call[:-1]}, control = lme4::{control})"
        needed += ["clubSandwich"] if getattr(fit, "cluster", "") else []
    else:
        needed = ["clubSandwich"] if getattr(fit, "cluster", "") else []
    return "\n".join(
        [
            f"# {fit.formula}",
            f"# {question.dataset}, version {question.version}; rows: {file} (internal: patients' "
            "own scores)",
            f"# Needs: {', '.join(needed) or 'base R'}",
            f'd <- read.csv("{file}", fileEncoding = "UTF-8-BOM", na.strings = ""{_classes(fit)})',
            "for (v in names(d)) if (is.character(d[[v]]))",
            '  d[[v]] <- factor(d[[v]], levels = sort(unique(d[[v]]), method = "radix"))',
            *before,
            *(unlike or [f"fit <- {call}", *_printed(fit)]),
            "",
        ]
    )


def plain_formula(formula: str) -> str:
    """The formula on columns as AnalysisRows names them. Worked: 'y ~ within(`a b`)' ->
    'y ~ within_a_b'."""
    _, text = derived_lines(formula)
    for name in base_names(mentioned(with_event(parse_formula(formula)))):
        if plain_name(name) != name:
            text = text.replace(f"`{name}`", plain_name(name))
            if re.fullmatch(r"[\w.]+", name):
                text = re.sub(rf"(?<![\w.]){re.escape(name)}(?![\w.(])", plain_name(name), text)
    return text


def _classes(fit: Fit | LogisticFit) -> str:
    """What R must read as text: categories, whose levels may be digits (an argument's text)."""
    parts = [p for e in (*fit.fixed, *fit.random) for p in e.term.split(":")]
    parsed = parse_formula(fit.formula)
    terms = [*parsed.fixed, *(t for r in parsed.random for t in r.terms)]
    names = [factor.strip("`") for term in terms for factor in term]  # C(x) is of a number
    found = [plain_name(n) for n in names if any(p.startswith(f"{n}[") for p in parts)]
    told = ", ".join(f'{name} = "character"' for name in dict.fromkeys(found))
    return f", colClasses = c({told})" if told else ""


def _unlike(question: ModelQuestion, fit: Fit, code: str) -> list[str]:
    """With nlme, on the formula as lme4's code has it."""
    call = code.splitlines()[-1]
    model = re.sub(r"^(lmerTest::lmer|lm)\((.*), data = d.*$", r"\2", call)
    if model == "model":
        model = next(x for x in code.splitlines() if x.startswith("model <- ")).removeprefix(
            "model <- "
        )
    return [*nlme_code(question, fit, model), *printed(fit)]


def _printed(fit: Fit | LogisticFit) -> list[str]:
    cluster = getattr(fit, "cluster", "")
    if cluster:
        return [
            f'errors <- clubSandwich::vcovCR(fit, cluster = d${plain_name(cluster)}, type = "CR2")',
            'found <- clubSandwich::coef_test(fit, errors, test = "Satterthwaite")',
            "print(as.data.frame(lapply(found, unclass)), digits = 10)",
        ]
    lines = ["print(coef(summary(fit)), digits = 10)"]
    if fit.groups:
        lines.append("print(as.data.frame(lme4::VarCorr(fit)), digits = 10)")
    return lines


def _literal(value) -> str:
    return repr(value if isinstance(value, int) else str(value))
