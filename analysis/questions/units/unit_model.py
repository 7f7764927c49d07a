"""The rows and columns of a model that sets clinics or therapists side by side."""

from analysis.base.errors import ModelError, RequestError
from analysis.measures.variables import Variable
from analysis.models.language.design import Design, build_design, formula_variables
from analysis.models.language.formula import parse_formula
from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.outcomes.rates import OpenTreatments
from analysis.store.queries.treatments.treatment_rows import (
    FIRST,
    LEVELS,
    groups_of,
    treatment_rows,
)
from analysis.store.sums.complete import CompleteRows, complete_rows

FEWEST_ROWS = 30


def case_mix_variables(variables) -> tuple[Variable, ...]:
    """What a unit's patients bring with them: the extra-therapeutic variables of an episode."""
    return tuple(v for v in variables if v.unit == "episode" and v.factor == "extra-therapeutic")


def chosen_case_mix(
    treatments: OpenTreatments, names: tuple[str, ...] | None
) -> tuple[Variable, ...]:
    """The episode-level variables of these names, None for `case_mix_variables`."""
    if names is None:
        return case_mix_variables(treatments.variables)
    known = {v.name: v for v in treatments.variables if v.unit == "episode"}
    unknown = [n for n in names if n not in known]
    if unknown:
        raise RequestError(
            f"'{unknown[0]}' is no variable of the dataset's treatments",
            where="option case-mix",
            allowed=", ".join(known) or "none",
            next_step="choose one of these",
        )
    return tuple(known[n] for n in names)


def unit_rows(
    cursor,
    question: OutcomeQuestion,
    level: str,
    response: str,
    case_mix: tuple[Variable, ...],
    cases_only: bool = False,
) -> tuple[CompleteRows, Design, str]:
    """The complete rows, the columns and the formula of `response` on first score and case-mix
    with an intercept for each unit; needs the table 'treatments'.

    level: 'clinic' or 'therapist'; where there are several of both, both have intercepts, so that
    a therapist's is within the clinic. RequestError or ModelError where nothing can be compared.
    """
    if level not in LEVELS:
        raise RequestError(
            f"There is no level '{level}'", where="option level", allowed=", ".join(LEVELS)
        )
    source = treatment_rows(cursor, question.selection, case_mix, cases_only)
    formula = _formula(level, response, case_mix, groups_of(cursor))
    parsed = parse_formula(formula)
    rows = complete_rows(source, formula_variables(parsed, source.kinds))
    if rows.rows < FEWEST_ROWS:
        raise ModelError(
            f"Only {rows.rows} treatments have both scores and all of the case-mix",
            where=f"{rows.dropped} lack a value of the case-mix",
            allowed=f"at least {FEWEST_ROWS}",
            next_step="take fewer variables into the case-mix, or more treatments",
        )
    return rows, build_design(parsed, source.kinds, rows.levels), formula


def _formula(level: str, response: str, case_mix, groups: dict[str, int]) -> str:
    if groups[level] < 2:
        raise RequestError(
            f"There {'is one' if groups[level] else 'is no'} {level} in this selection: nothing "
            "to compare",
            where=f"level {level}",
            next_step="widen the filters, or look at the other level",
        )
    both = groups["clinic"] > 1 and groups["therapist"] > groups["clinic"]
    # Clinics are compared by all their treatments, those that name no therapist among them.
    both = both and not (level == "clinic" and groups["nobody"])
    terms = [f"`{n}`" for n in (FIRST, *(v.name for v in case_mix))]
    terms += [f"(1 | {name})" for name in (LEVELS if both else (level,))]
    return f"`{response}` ~ {' + '.join(terms)}"
