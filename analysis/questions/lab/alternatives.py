"""What a logistic model's predictors could be set to: low and high for numbers, each category."""

from collections import Counter
from collections.abc import Callable

import numpy as np

from analysis.models.language.design import Column, Design, Level
from analysis.models.language.expressions import Expression
from analysis.models.logistic.averages import Alternative

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
