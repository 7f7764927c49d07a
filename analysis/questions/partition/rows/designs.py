"""The full model of each question: every part of every predictor, random effects of the levels."""

from analysis.measures.variables import Variable
from analysis.models.language.design import INTERCEPT, Block, Column, Design
from analysis.models.language.expressions import Expression
from analysis.models.language.formula import Formula
from analysis.store.queries.predictor_parts import Part

RESPONSE = {"end": "last {}", "next": "next {}", "growth": "{}"}


def design(
    outcome: Variable, parts: tuple[Part, ...], levels, question: str, carried=(), weights: str = ""
) -> Design:
    """For 'end' and 'next': an intercept for each level's groups. levels: the rows' first.
    carried: columns that are summed and are no predictors; weights: the column of the rows' prior
    weights, '' for none."""
    terms, random = [p.term for p in parts], levels[1:]
    text = [f"`{t}`" for t in terms] + [f"(1 | {g})" for g in reversed(random)]
    return Design(
        formula=_formula(outcome, question, text),
        response=_response(outcome, question),
        columns=(
            Column(INTERCEPT, ()),
            *(Column(p.term, (_variable(p.column),)) for p in parts),
            *(Column(c, (_variable(c),)) for c in carried),
        ),
        x=(INTERCEPT, *terms),
        blocks=tuple(Block((g,), (INTERCEPT,)) for g in random),
        weights=Column(weights, (_variable(weights),)) if weights else None,
    )


def growth_design(outcome: Variable, parts: tuple[Part, ...], levels, time: str) -> Design:
    """Each part of a predictor goes with where a patient starts and, times time, with how fast
    they change; time and its square are the common course.

    Patients have an intercept and a slope that may correlate, the groups around them one of each.
    """
    terms, t = [p.term for p in parts], _variable("t")
    changes = [change_term(p.term, time) for p in parts]
    text = [f"`{x}`" for x in (time, squared(time), *terms, *changes)]
    text += [f"(`{time}` || {g})" for g in reversed(levels[2:])] + [f"(`{time}` | {levels[1]})"]
    outside = [Block((g,), (c,)) for g in levels[2:] for c in (INTERCEPT, time)]
    return Design(
        formula=_formula(outcome, "growth", text),
        response=_response(outcome, "growth"),
        columns=(
            Column(INTERCEPT, ()),
            Column(time, (t,)),
            Column(squared(time), (t, t)),
            *(Column(p.term, (_variable(p.column),)) for p in parts),
            *(Column(c, (_variable(p.column), t)) for c, p in zip(changes, parts, strict=True)),
        ),
        x=(INTERCEPT, time, squared(time), *terms, *changes),
        blocks=(Block((levels[1],), (INTERCEPT, time)), *outside),
    )


def squared(time: str) -> str:
    return f"{time}, squared"


def change_term(term: str, time: str) -> str:
    """The name of a part times time: what goes with change."""
    return f"{term} × {time}"


def _variable(name: str) -> Expression:
    return Expression("variable", (name,))


def _formula(outcome: Variable, question: str, text: list[str]) -> Formula:
    response = RESPONSE[question].format(outcome.name)
    return Formula(f"`{response}` ~ {' + '.join(text)}", "y", (), ())


def _response(outcome: Variable, question: str) -> Column:
    return Column(RESPONSE[question].format(outcome.name), (_variable("y"),))
