"""What one click does to a Choice, and what follows from it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from itertools import combinations

from analysis.models.language.derived import derived_of
from analysis.questions.lab.building.choice import (
    GROUPS,
    OF_TREATMENTS,
    Choice,
    Differing,
    Known,
    Predictor,
    spelled,
)
from analysis.questions.lab.building.written import written

ENDING = "I(ending == 'unplanned')"


def start(outcome: str) -> Choice:
    """The outcome alone, of sessions of patients who differ."""
    return Choice(spelled(outcome), differing=(Differing("patient"),))


def example(
    outcome: str, alliance: str, names: Mapping[str, Known], alone: Collection[str] = ()
) -> str:
    """The formula that a page begins with: the course, the alliance's parts where there is one,
    patients who differ in level and course, therapists in level where there are two."""
    wanted = ["session", *([alliance] if alliance else [])]
    groups = [group for group in GROUPS[:2] if group not in alone]
    choice = with_predictors(with_groups(start(outcome), groups), wanted, names)
    return written(with_slopes(choice, "patient", ["session"]))


def default(name: Known, rows: str) -> Predictor:
    """The usual way of a variable over such rows."""
    way = name.ways_over(rows)[0]
    over = rows if way in OF_TREATMENTS and rows in GROUPS else ""
    return Predictor(name.name, way, name.parts if way == "parts" else (), over=over)


def with_predictors(choice: Choice, wanted: Iterable[str], names: Mapping[str, Known]) -> Choice:
    """Those variables as predictors: the ones there are stay as they are."""
    wanted = list(wanted)
    kept = [p for p in choice.predictors if p.variable in wanted]
    there = {p.variable for p in kept}
    fresh = [default(names[v], choice.rows) for v in wanted if v not in there]
    found = _tidied(replace(choice, predictors=(*kept, *fresh)))
    return with_landmark(found, choice.landmark) if choice.landmark else found


def with_way(choice: Choice, changed: Predictor) -> Choice:
    """One predictor in another way; slopes of what it was go with it."""
    if changed.way in OF_TREATMENTS and choice.rows in GROUPS:
        changed = replace(changed, over=choice.rows)
    elif changed.way in OF_TREATMENTS and not changed.landmark:
        changed = replace(changed, landmark=choice.landmark)
    predictors = tuple(changed if p.variable == changed.variable else p for p in choice.predictors)
    return _tidied(replace(choice, predictors=predictors))


def with_landmark(choice: Choice, session: int) -> Choice:
    """Predictors summed up over a treatment know its sessions up to this one; 0: all."""
    predictors = tuple(
        replace(p, landmark=session) if p.way in OF_TREATMENTS and not p.over else p
        for p in choice.predictors
    )
    return replace(choice, predictors=predictors)


def with_together(choice: Choice, pairs: Iterable[tuple[str, str]]) -> Choice:
    return replace(choice, together=tuple(pairs))


def with_groups(choice: Choice, groups: Iterable[str]) -> Choice:
    """Those groups differ, in the slopes that they did."""
    old = {d.group: d for d in choice.differing}
    wanted = [g for g in GROUPS if g in set(groups)]
    return replace(choice, differing=tuple(old.get(g, Differing(g)) for g in wanted))


def with_slopes(choice: Choice, group: str, slopes: Iterable[str]) -> Choice:
    own = Differing(group, tuple(slopes))
    return replace(
        choice, differing=tuple(own if d.group == group else d for d in choice.differing)
    )


def with_rows(choice: Choice, rows: str, names: Mapping[str, Known]) -> Choice:
    """Over other rows: what is finer is summed up for them, and time goes."""
    kept = []
    for p in choice.predictors:
        name = names[p.variable]
        ways = name.ways_over(rows)
        if (rows != "session" and name.role == "time") or not ways:
            continue
        as_it_is = p.way in ways and p.way not in OF_TREATMENTS and name.unit != "session"
        kept.append(p if as_it_is else default(name, rows))
    differing = choice.differing
    inner = {"session": 0, "treatment": 1, "patient": 1, "therapist": 2}[rows]
    if rows != "session":
        differing = tuple(Differing(d.group) for d in differing if d.group in GROUPS[inner:])
        differing = differing or (Differing(GROUPS[inner]),)
    elif not any(d.group == "patient" for d in differing):
        differing = (Differing("patient"), *differing)
    outcome = _outcome_over(choice.outcome, rows, names)
    return _tidied(
        replace(choice, outcome=outcome, rows=rows, predictors=tuple(kept), differing=differing)
    )


def outcomes(rows: str, names: Mapping[str, Known]) -> list[str]:
    """Outcomes to choose from, as the formula writes them, the dataset's own outcomes first."""
    numbers = [k for k in names.values() if k.kind == "number" and k.role != "time"]
    if rows == "session":
        return [spelled(k.name) for k in numbers if k.unit == "session"]
    own = [k for k in numbers if k.unit == "session" and k.role == "outcome"]
    over = f", {rows}" if rows in GROUPS else ""
    found = [f"{how}({spelled(k.name)}{over})" for k in own for how in ("last", "mean")]
    if over:
        treated = [k for k in numbers if k.unit == "episode"]
        return [*found, *(f"mean({spelled(k.name)}{over})" for k in treated)]
    return [*found, ENDING, *(spelled(k.name) for k in numbers if k.unit == "episode")]


def pairs(choice: Choice) -> list[tuple[str, str]]:
    """Interactions that can be chosen."""
    return list(combinations([p.variable for p in choice.predictors], 2))


def slopes(choice: Choice, group: str, names: Mapping[str, Known]) -> list[str]:
    """Terms whose slopes can differ between such groups: what differs within one."""
    return [
        factor
        for p in choice.predictors
        for factor in p.factors()
        if _differs_within(names[p.variable], factor, group, choice.rows)
    ]


def _differs_within(name: Known, factor: str, group: str, rows: str) -> bool:
    made = derived_of(factor)
    inner = ("session", "episode", "therapist", "clinic")
    unit = inner.index(name.unit)
    if made and made.kind in OF_TREATMENTS:
        unit = 1
    elif made and made.kind in GROUPS:
        unit = 1 + GROUPS.index(made.kind)
    elif made and made.kind == "within":
        unit = 0
    if rows in GROUPS:
        return False
    return unit < 1 + GROUPS.index(group) and not (rows == "treatment" and group == "patient")


def _outcome_over(outcome: str, rows: str, names: Mapping[str, Known]) -> str:
    made, plain = derived_of(outcome.replace("`", "")), outcome.strip("`")
    if rows != "session":
        own = names.get(made.variable if made and made.kind in OF_TREATMENTS else plain)
        offered = outcomes(rows, names)
        how = made.kind if made and made.kind in OF_TREATMENTS else "last"
        over = f", {rows}" if rows in GROUPS else ""
        if own and own.unit == "session":
            return f"{how}({spelled(own.name)}{over})"
        return outcome if outcome in offered or not over else offered[0]
    if made and made.kind in OF_TREATMENTS:
        return spelled(made.variable)
    found = outcomes(rows, names)
    return outcome if outcome in found or not found else found[0]


def _tidied(choice: Choice) -> Choice:
    """Without interactions and slopes of what is no longer there."""
    there = {p.variable for p in choice.predictors}
    factors = {f for p in choice.predictors for f in p.factors()}
    return replace(
        choice,
        together=tuple(p for p in choice.together if set(p) <= there),
        differing=tuple(
            Differing(d.group, tuple(s for s in d.slopes if s in factors)) for d in choice.differing
        ),
    )
