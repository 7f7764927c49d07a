"""Several linear models over the rows that are complete for all of them, as asked and by ML."""

from dataclasses import dataclass, replace

from analysis.models.inference.testing.compare import Candidate
from analysis.models.language.design import formula_variables, mentioned
from analysis.models.language.formula import parse_formula
from analysis.models.linear.fit import fit_moments
from analysis.models.result import Fit
from analysis.questions.lab.fitting.following import (
    Unlike,
    fit_of_rows,
    series_name,
    with_residuals,
)
from analysis.questions.lab.question import ModelQuestion
from analysis.questions.lab.sums import all_variables, design_of
from analysis.questions.opening import open_source
from analysis.store.sums.complete import complete_rows
from analysis.store.sums.moments import moments


@dataclass(frozen=True, slots=True)
class OnSharedRows:
    """fit: as its question has it; candidate: by ML."""

    fit: Fit
    candidate: Candidate


def together(
    questions: tuple[ModelQuestion, ...], fits: tuple[Fit, ...] = ()
) -> tuple[OnSharedRows, ...]:
    """Each model over the rows that are complete for all, the variables of their residuals among
    them; questions: of one dataset, weight and unit. fits: those that are there, each on its own
    rows; one that used the shared rows is not fitted again. Errors as `fit_formula` raises them."""
    first = questions[0]
    parsed = [parse_formula(q.formula, q.weights) for q in questions]
    unlike = [Unlike.of(q.serial, q.spread) for q in questions]
    names = [n for p in parsed for n in mentioned(p)] + [n for u in unlike for n in u.names]
    with open_source(
        first.dataset, tuple(dict.fromkeys(names)), first.version, first.store
    ) as opened:
        series = [series_name(u, p, opened) for u, p in zip(unlike, parsed, strict=True)]
        needed = [
            with_residuals(formula_variables(p, opened.kinds), u, s, opened)
            for p, u, s in zip(parsed, unlike, series, strict=True)
        ]
        rows = complete_rows(opened, all_variables(needed))
        out = []
        for k, (question, p, u, s) in enumerate(
            zip(questions, parsed, unlike, series, strict=True)
        ):
            design = design_of(rows, p)
            sums = moments(rows, design, crossed=not u)

            def fitted(method: str, df: str, u=u, s=s, design=design, sums=sums) -> Fit:
                if u:
                    return fit_of_rows(rows, design, sums, u, s, method, df).fit
                return fit_moments(sums, method, df)

            own = fits[k] if fits and fits[k].rows == sums.rows else None
            if own is None:
                own = fitted(question.method, question.df)
                own = replace(own, row_unit=opened.unit)
            by_ml = own if own.method == "ML" and not own.cluster else fitted("ML", "none")
            out.append(OnSharedRows(own, Candidate(sums, by_ml)))
    return tuple(out)
