"""What "this term has no effect" means for a model's coefficients (type III hypotheses).

A category's coefficients are read as cell means over the levels of all categories, so that the
answer does not depend on which level is the base.
"""

from functools import reduce
from itertools import product

import numpy as np

from analysis.models.language.design import INTERCEPT, BasisFunction, Column, Level

Term = tuple  # of factors: ('category', name) or ('number', text)


def term_hypotheses(columns: tuple[Column, ...], x: tuple[str, ...], dropped: tuple[str, ...]):
    """[(term, matrix (k, len(x)))]: matrix @ raw coefficients = 0 says the term has no effect; and
    sentences for the reader. The intercept is no term.

    dropped: columns that the fit left out. A term whose cells need them is tested by the
    coefficients of its own that are left.
    """
    by_name = {c.name: c for c in columns}
    own = [_factors(by_name[name]) for name in x]
    terms = list(dict.fromkeys(own))
    levels, named = _levels(by_name, x, terms), _basis_terms(columns)
    out, messages = {}, []
    for term in terms:
        if not term:
            continue
        matrix = _matrix(term, terms, levels, by_name, x, own)
        name = ":".join(named.get(text) or str(text) for _, text in term)
        if matrix[:, [x.index(d) for d in dropped]].any():
            matrix = np.array(
                [[float(i == j) for j in range(len(x))] for i in range(len(x)) if own[i] == term]
            )
            messages.append(
                f"'{name}' is tested by the coefficients that could be estimated: not every "
                "combination of categories occurs"
            )
        # The functions of one spline or polynomial are tested together.
        out[name] = np.concatenate([out[name], matrix]) if name in out else matrix
    return list(out.items()), list(dict.fromkeys(messages))


def _basis_terms(columns: tuple[Column, ...]) -> dict[str, str]:
    """Name of each function of a spline or polynomial -> the term that makes it."""
    atoms = [a for c in columns for a in c.atoms if isinstance(a, BasisFunction)]
    return {a.name: a.term for a in atoms}


def _factors(column: Column) -> Term:
    """The column's factors; a number's text is its piece of the column's name."""
    rest, out = column.name, []
    for atom in column.atoms:
        if isinstance(atom, Level):
            rest = rest[len(f"{atom.variable}[{atom.value}]") :].removeprefix(":")
            out.append(("category", atom.variable))
        elif isinstance(atom, BasisFunction):
            rest = rest[len(atom.name) :].removeprefix(":")
            out.append(("number", atom.name))
        else:
            text, _, rest = rest.partition(":")
            out.append(("number", text))
    return tuple(out)


def _is_contrast(term: Term, factor, terms: list[Term]) -> bool:
    """Whether the category is coded against a base level in this term (R's rule, `design.py`)."""
    margin = set(term) - {factor}
    if margin:
        return any(margin <= set(other) for other in terms[: terms.index(term)])
    first = next(t for t in terms if any(kind == "category" for kind, _ in t))
    return () in terms or term != first


def _levels(by_name, x, terms) -> dict[str, list[str | None]]:
    """The levels of each category, the base first as None where no column shows it."""
    seen: dict[str, dict] = {}
    for name in x:
        for atom in by_name[name].atoms:
            if isinstance(atom, Level):
                seen.setdefault(atom.variable, {})[atom.value] = None
    out = {}
    for variable, values in seen.items():
        factor = ("category", variable)
        hidden = all(_is_contrast(t, factor, terms) for t in terms if factor in t)
        out[variable] = [*([None] if hidden else []), *values]
    return out


def _matrix(term, terms, levels, by_name, x, own) -> np.ndarray:
    """Contrasts of the cells of the term's own categories, the mean over the others'."""
    numbers = {f for f in term if f[0] == "number"}
    among = [i for i in range(len(x)) if {f for f in own[i] if f[0] == "number"} == numbers]
    categories = list(dict.fromkeys(v for i in among for kind, v in own[i] if kind == "category"))
    cells = np.zeros((int(np.prod([len(levels[v]) for v in categories])), len(x)))
    for row, cell in enumerate(product(*(levels[v] for v in categories))):
        at = dict(zip(categories, cell, strict=True))
        for i in among:
            cells[row, i] = all(at[a.variable] == a.value for a in _level_atoms(by_name[x[i]]))
    parts = [_weights(term, v, levels[v], terms) for v in categories]
    return reduce(np.kron, parts, np.ones((1, 1))) @ cells


def _level_atoms(column: Column) -> list[Level]:
    return [a for a in column.atoms if isinstance(a, Level)] if column.name != INTERCEPT else []


def _weights(term, variable, values, terms) -> np.ndarray:
    """(k, levels): differences from the first level, every level, or the mean of all."""
    n, factor = len(values), ("category", variable)
    if factor not in term:
        return np.full((1, n), 1 / n)
    if not _is_contrast(term, factor, terms):
        return np.eye(n)
    return np.column_stack([-np.ones(n - 1), np.eye(n - 1)])
