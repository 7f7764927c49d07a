"""What a logistic model's predictors could be set to: low and high for numbers, each category."""

from collections import Counter
from collections.abc import Callable

import numpy as np

from analysis.models.language.design import Column, Design, Level
from analysis.models.language.expressions import Expression
from analysis.models.logistic.averages import Alternative
from analysis.models.logistic.margins import Move

LOW, HIGH = 0.1, 0.9  # quantiles of the rows used
MOST = 40  # alternatives of one model


def alternatives_of(
    design: Design, columns: dict[str, np.ndarray], levels: Callable[[str], list[str]]
) -> tuple[Alternative, ...]:
    """One Alternative for each value of every predictor that stands for itself: in no interaction
    and no curve, where setting one column alone would say nothing. columns: name -> (N,)."""
    fixed = [c for c in design.columns if c.name in design.x]
    used = Counter(v for c in fixed for v in _variables(c))
    out = []
    for variable in used:
        own = [c for c in fixed if variable in _variables(c)]
        if not all(len(c.atoms) == 1 for c in own):
            continue
        if all(isinstance(c.atoms[0], Level) for c in own):
            out += _categories(variable, own, levels(variable))
        elif len(own) == 1 and own[0].atoms[0] == Expression("variable", (variable,)):
            out += _numbers(variable, columns[own[0].name])
    return tuple(out) if len(out) <= MOST else ()


def moves_of(design: Design, levels: Callable[[str], list[str]]) -> tuple[Move, ...]:
    """A Move for each variable whose terms are products of itself and of other terms of the model:
    not of one that enters by a curve or a function."""
    fixed = [c for c in design.columns if c.name in design.x]
    by_atoms = {frozenset(c.atoms): c.name for c in fixed}
    random = {c for block in design.blocks for c in block.columns}
    out: list[Move] = []
    for variable in dict.fromkeys(v for c in fixed for v in _variables(c)):
        own = [c for c in fixed if variable in _variables(c)]
        varies = any(c.name in random for c in own)
        plain = Expression("variable", (variable,))
        split = [([a for a in c.atoms if not _is_of(a, variable, plain)], c) for c in own]
        others = {c.name: by_atoms.get(frozenset(rest), "") for rest, c in split}
        strange = any(
            len(c.atoms) - len(rest) != 1 or (rest and not others[c.name]) for rest, c in split
        )
        if strange:
            continue
        if plain in own[0].atoms:
            changes = tuple((c.name, others[c.name] if rest else "") for rest, c in split)
            out.append(Move(variable, "", changes, (), varies))
            continue
        values = levels(variable)
        atoms = [a for c in own for a in c.atoms if _is_of(a, variable, plain)]
        used = {a.value for a in atoms if isinstance(a, Level)}
        base = next((v for v in values if v not in used), "")
        for value in values if base else ():
            if value == base:
                continue
            there = [(rest, c) for rest, c in split if Level(variable, value) in c.atoms]
            changes = tuple((c.name, others[c.name] if rest else "") for rest, c in there)
            cleared = tuple(c.name for _, c in split if c not in [own for _, own in there])
            out.append(Move(variable, f"{value} − {base}", changes, cleared, varies))
    return tuple(out) if len(out) <= MOST else ()


def _is_of(atom, variable: str, plain: Expression) -> bool:
    return atom == plain or (isinstance(atom, Level) and atom.variable == variable)


def straight_terms(design: Design, columns: dict[str, np.ndarray]) -> tuple[str, ...]:
    """The fixed terms that are a number's own column and in no other: those whose effect is one
    straight line, on three values or more."""
    fixed = [c for c in design.columns if c.name in design.x]
    used = Counter(v for c in fixed for v in _variables(c))
    own = [c for c in fixed if len(c.atoms) == 1 and isinstance(c.atoms[0], Expression)]
    once = [c.name for c in own if all(used[v] == 1 for v in _variables(c))]
    return tuple(name for name in once if len(np.unique(columns[name])) > 2)


def _variables(column: Column) -> set[str]:
    found: set[str] = set()
    for atom in column.atoms:
        if isinstance(atom, Level):
            found.add(atom.variable)
        elif isinstance(atom, Expression):
            found |= set(atom.variables())
        else:
            found |= set(atom.expression.variables())
    return found


def _categories(variable: str, own: list[Column], values: list[str]) -> list[Alternative]:
    return [
        Alternative(variable, value, tuple((c.name, float(_is(c, value))) for c in own))
        for value in values
    ]


def _is(column: Column, value: str) -> bool:
    (atom,) = column.atoms
    return isinstance(atom, Level) and atom.value == value


def _numbers(variable: str, values: np.ndarray) -> list[Alternative]:
    """A tenth of the rows lie below the low one and above the high one; two values are these."""
    two = np.unique(values)
    if len(two) > 2:
        two = np.unique(np.quantile(values, (LOW, HIGH), method="nearest"))
    if len(two) < 2:
        return []
    return [Alternative(variable, f"{v:.4g}", ((variable, float(v)),)) for v in two]
