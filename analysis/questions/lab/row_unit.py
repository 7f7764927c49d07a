"""Over what rows a model is: refused where its outcome is the same in all rows of a unit."""

from analysis.base.errors import ModelError
from analysis.base.joining import named
from analysis.models.language.derived import SUMMARIES, derived_of
from analysis.models.language.expressions import parse_expression
from analysis.models.language.formula import Formula
from analysis.store.sources.relation import Source

_WITHIN = {"session": ("patient", "patient"), "treatment": ("therapist", "therapist")}
_UNITS = ("clinic", "therapist", "treatment", "session")


def check_row_unit(formula: Formula, opened: Source) -> None:
    """ModelError where the outcome belongs to a unit above the rows, which would count once a row:
    intervals far too narrow, differences between groups out of nothing."""
    if not opened.unit:
        return
    event = formula.event
    outcome = (event[0],) if event else parse_expression(formula.response).variables()
    own = [opened.units[n] for n in outcome if n in opened.units]
    unit = max(own, key=_UNITS.index, default=opened.unit)
    if _UNITS.index(unit) >= _UNITS.index(opened.unit):
        return
    around = " and of units around it" if unit != "clinic" else ""
    finer = [n for n, u in opened.units.items() if _UNITS.index(u) > _UNITS.index(unit)]
    plain = next((n for n in finer if derived_of(n) is None), "x")
    step = f"choose an outcome of the {opened.unit}, or leave out {named(finer)}"
    if unit == "treatment":
        step = (
            f"write {', '.join(f'{s}({plain})' for s in SUMMARIES[:-1])} or "
            f"{SUMMARIES[-1]}({plain}), one value a treatment, in place of {named(finer)}"
        )
    name = " and ".join(outcome)
    raise ModelError(
        f"The outcome '{name}' is one for a {unit}, but {named(finer)} "
        f"make{'s' * (len(finer) == 1)} each row a {opened.unit}: every {unit} would count once a "
        f"{opened.unit}",
        where=f"'{name}'",
        allowed=f"predictors of the {unit}{around}",
        next_step=step,
    )


def row_notes(formula: Formula, opened: Source) -> tuple[str, ...]:
    """A word where a dataset's rows count as independent though they lie in units, and where the
    weights belong to a unit above the rows, so that they weigh whole units."""
    if opened.unit in _WITHIN and not formula.random:
        inside, group = _WITHIN[opened.unit]
        return (
            f"Without a random term the {opened.unit}s of one {inside} count as independent: where "
            f"they are alike, intervals are too narrow; add (1 | {group})",
            *_weight_note(formula, opened),
        )
    return _weight_note(formula, opened)


def _weight_note(formula: Formula, opened: Source) -> tuple[str, ...]:
    unit = opened.units.get(formula.weights, "")
    if not unit or _UNITS.index(unit) >= _UNITS.index(opened.unit):
        return ()
    return (
        f"The weight '{formula.weights}' is one for a {unit}: each of its {opened.unit}s counts by "
        f"it, so that a {unit} weighs by it and by its number of {opened.unit}s",
    )
