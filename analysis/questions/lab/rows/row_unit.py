"""Over what rows a model is: refused where its outcome, or what is to differ between groups, is the
same in all rows of a unit."""

from analysis.base.errors import ModelError
from analysis.base.joining import named
from analysis.models.language.derived import SUMMARIES, derived_of
from analysis.models.language.expressions import parse_expression
from analysis.models.language.factors import mentioned_in
from analysis.models.language.formula import Formula
from analysis.store.sources.relation import Source

_WITHIN = {"session": ("patient", "patient"), "treatment": ("therapist", "therapist")}
_WITHIN |= {"patient": ("therapist", "therapist"), "therapist": ("clinic", "clinic")}
_UNITS = ("clinic", "therapist", "patient", "treatment", "session")
# The unit within which the rows of a group lie: what has one value there has one in each group.
_GROUPS = {"clinic": "clinic", "therapist": "therapist", "patient": "treatment"}
_GROUPS |= {"episode": "treatment"}
_WHOLE = ("patient", "therapist", "clinic")  # parts by level: one value within that unit


def check_row_unit(formula: Formula, opened: Source) -> None:
    """ModelError where the outcome belongs to a unit above the rows, which would count once a row:
    intervals far too narrow, differences between groups out of nothing."""
    if not opened.unit:
        return
    _check_slopes(formula, opened)
    event = formula.event
    outcome = (event[0],) if event else parse_expression(formula.response).variables()
    own = [opened.units[n] for n in outcome if n in opened.units]
    unit = max(own, key=_UNITS.index, default=opened.unit)
    if _UNITS.index(unit) >= _UNITS.index(opened.unit):
        return
    around = " and of units around it" if unit != "clinic" else ""
    finer = [n for n, u in opened.units.items() if _UNITS.index(u) > _UNITS.index(unit)]
    finer = finer or [g for r in formula.random for g in r.groups if g in ("patient", "episode")]
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


def _check_slopes(formula: Formula, opened: Source) -> None:
    """ModelError where a slope is to differ between groups and its variable has one value in each:
    what looks like such a difference is a spread that grows with the variable."""
    for random in formula.random:
        group = random.groups[-1]
        unit = _GROUPS.get(group)
        names = [n for t in random.terms for f in t for n in mentioned_in(f)]
        for name in names:
            if unit is None or not _constant_within(name, unit, group, opened):
                continue
            raise ModelError(
                f"'{name}' has one value in each {group}, so its slope cannot differ between the "
                f"{group}s",
                where=f"(… {name} … | {group})",
                allowed=f"what differs within a {group}, or a group around it",
                next_step=f"write (1 | {group}), or let the slope differ between groups further "
                "out",
            )


def _constant_within(name: str, unit: str, group: str, opened: Source) -> bool:
    made = derived_of(name)
    if made and made.kind == "between":
        return made.group == group
    if made and made.kind in _WHOLE:
        inner = _WHOLE.index("patient" if group == "episode" else group)
        return _WHOLE.index(made.kind) >= inner
    own = opened.units.get(name, "")
    return bool(own) and _UNITS.index(own) <= _UNITS.index(unit)


def row_notes(formula: Formula, opened: Source, cluster: str = "") -> tuple[str, ...]:
    """A word where a dataset's rows count as independent though they lie in units (cluster: for
    whose likeness the standard errors allow, '' for none), and where the weights belong to a unit
    above the rows, so that they weigh whole units."""
    if cluster and formula.random:
        return (
            f"Standard errors and degrees of freedom allow for whatever likeness rows of one "
            f"{cluster} have (CR2), the model's own or not",
            *_weight_note(formula, opened),
        )
    if cluster:
        return (
            f"Without a random term this is an ordinary regression; its standard errors allow for "
            f"rows of one {cluster} being alike (CR2), and its degrees of freedom are theirs",
        )
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


def unit_around(opened: Source) -> str:
    """The key of the unit whose rows are likely alike: 'patient' of sessions, 'therapist' of
    treatments, '' of other rows."""
    return _WITHIN[opened.unit][1] if opened.unit in _WITHIN else ""
