"""What a Scope asks of a dataset: whether it can be had, its outcome and its factors' variables."""

from analysis.base.errors import RequestError, did_you_mean
from analysis.measures.variables import FACTORS, Variable
from analysis.questions.partition.rows.levels import QUESTIONS
from analysis.questions.scope import ADJUST, Scope


def check_scope(scope: Scope) -> None:
    blocks = tuple(f for f in FACTORS if f not in ("outcome", "process"))
    for option, value, allowed in (
        ("question", scope.question, QUESTIONS),
        ("adjust", scope.adjust, tuple(ADJUST)),
        *(("factor", factor, blocks) for factor in scope.factors),
    ):
        if value not in allowed:
            close = did_you_mean(value, allowed)
            raise RequestError(
                f"There is no {option} '{value}'" + (f"; {close}" if close else ""),
                where=f"option {option}",
                allowed=", ".join(allowed),
                next_step="choose one of these",
            )
    if scope.window and not 0 <= scope.window[0] <= scope.window[1]:
        raise RequestError(
            "The early window ends before it starts",
            where=f"sessions {scope.window[0]} to {scope.window[1]}",
            allowed="first session number up to last session number",
        )
    if scope.within is not None and not (scope.question == "next" and 0 < scope.within <= 520):
        raise RequestError(
            "The weeks within which a session is the next cannot be used",
            where=f"within {scope.within:g} weeks, question {scope.question}",
            allowed="more than 0 weeks, up to 520, and question next",
            next_step="leave it out for the next session number",
        )
    if not 0 <= scope.bootstrap <= 100_000:
        raise RequestError(
            "The number of bootstrap replicates is out of range",
            where=f"bootstrap {scope.bootstrap}",
            allowed="0 (no intervals) to 100,000",
        )


def outcome_asked(dataset, scope: Scope) -> Variable:
    at_session = {
        v.name: v for v in dataset.variables if v.unit == "session" and v.kind == "number"
    }
    outcomes = [n for n, v in at_session.items() if v.factor == "outcome"]
    name = scope.outcome or dataset.meta.get("main_outcome") or next(iter(outcomes), "")
    if name not in at_session:
        close = did_you_mean(name, list(at_session))
        raise RequestError(
            (f"'{name}' is no outcome of this dataset" if name else "This dataset has no outcome")
            + (f"; {close}" if close else ""),
            where=f"dataset {dataset.info.name}",
            allowed=", ".join(outcomes) or "a number measured at sessions, of factor outcome",
            next_step="choose an outcome, or mark one in the mapping and import again",
        )
    return at_session[name]


def blocks_asked(variables, scope: Scope, outcome: Variable):
    """Factor names and their variables. Of the alliance, the patient's ratings where there are."""
    known = {v.factor for v in variables if v.factor}
    factors, blocks, messages = [], [], []
    for factor in scope.factors:
        own = [v for v in variables if v.factor == factor and v.name != outcome.name]
        messages += [_changing(v) for v in own if _is_changing(v)]
        own = [v for v in own if not _is_changing(v)]
        if factor == "alliance" and any(v.rater == "patient" for v in own):
            own = [v for v in own if v.rater == "patient"]
        if own:
            factors.append(factor)
            blocks.append(tuple(own))
        else:
            messages.append(f"This dataset has no variable of the factor '{factor}'")
    if not factors:
        raise RequestError(
            "None of the chosen factors has a variable in this dataset",
            where=f"factors {', '.join(scope.factors)}",
            allowed=", ".join(sorted(known - {"outcome", "process"}))
            or "a dataset with predictors",
            next_step="assign variables to factors in the mapping and import again",
        )
    return tuple(factors), tuple(blocks), messages


def _is_changing(variable: Variable) -> bool:
    return variable.unit == "session" and variable.kind == "category"


def _changing(variable: Variable) -> str:
    return (
        f"'{variable.label or variable.name}' is left out: it is a category that each session has "
        "anew, of which there is no mean; a column that stays the same in a treatment belongs to "
        "the treatment (unit 'episode' in the mapping)"
    )


def check_clinics(cursor, clinics: tuple[str, ...]) -> None:
    known = {r[0] for r in cursor.execute("SELECT clinic FROM clinic").fetchall()}
    unknown = [c for c in clinics if c not in known]
    if unknown:
        raise RequestError(
            f"{len(unknown)} of the chosen clinics are not in this dataset",
            where="filter clinics",
            allowed=f"{len(known)} clinics of the dataset",
            next_step="choose again",
        )
