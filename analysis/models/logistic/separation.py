"""Predictors that tell the outcome apart: the likelihood rises for ever, odds ratios have no end.

Sources: Albert & Anderson 1984, doi:10.1093/biomet/71.1.1; the linear programme that finds the
combination: Konis 2007 (thesis, Oxford).
"""

import numpy as np
from scipy.optimize import linprog

from analysis.base.errors import ModelError
from analysis.models.language.design import INTERCEPT

SHOWN = 5


def refuse_separation(x: np.ndarray, hits, size, terms: tuple[str, ...]) -> None:
    """ModelError that names the terms by which x (n, p) separates hits (n,) of size (n,)."""
    signed = np.concatenate([x[hits > 0], -x[hits < size]])
    signed = np.unique(signed, axis=0)
    direction = _direction(signed)
    if direction is None:
        return
    named = _alone(signed, terms) or [
        t for t, d in zip(terms, direction, strict=True) if abs(d) > 1e-6 and t != INTERCEPT
    ]
    listed = _listed(named or list(terms))
    raise ModelError(
        f"The outcome is told apart by {listed}: beyond some value, or in one category, "
        "it always or never happens, so the odds ratio has no finite estimate (separation)",
        where=listed,
        allowed="predictors with both outcomes wherever they stand",
        next_step="leave the term out, or join categories",
    )


def _alone(signed: np.ndarray, terms: tuple[str, ...]) -> list[str]:
    """The terms that separate by themselves, with no more than the intercept beside them."""
    first = [terms.index(INTERCEPT)] if INTERCEPT in terms else []
    others = [j for j in range(len(terms)) if j not in first]
    return [terms[j] for j in others if _direction(signed[:, [*first, j]]) is not None]


def _direction(signed: np.ndarray) -> np.ndarray | None:
    """One along which no row's likelihood falls and some row's rises; None where there is none.

    Rows are scaled by nothing: the columns are of a size of about one.
    """
    rows = np.unique(signed, axis=0)
    found = linprog(-rows.sum(axis=0), A_ub=-rows, b_ub=np.zeros(len(rows)), bounds=(-1, 1))
    if found.status != 0 or -found.fun <= 1e-6 * len(rows) ** 0.5:
        return None
    return found.x


def _listed(terms: list[str]) -> str:
    shown = [f"'{term}'" for term in terms[:SHOWN]]
    return ", ".join(shown) + (" and others" if len(terms) > SHOWN else "")
