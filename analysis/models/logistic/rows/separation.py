"""Predictors that tell the outcome apart: the likelihood rises for ever, odds ratios have no end.

Sources: Albert & Anderson 1984, doi:10.1093/biomet/71.1.1; the linear programme that finds the
combination: Konis 2007 (thesis, Oxford).
"""

import numpy as np

from analysis.base.errors import ModelError
from analysis.models.language.design import INTERCEPT
from analysis.models.logistic.rows.cells import Level

SHOWN = 5
ENDLESS = 10.0  # SD or effect of a predictor of size one on the logit scale: odds of 22,000 to 1


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


def refuse_runaway(
    levels: tuple[Level, ...], factors: list[np.ndarray], beta: np.ndarray, terms: tuple[str, ...]
) -> None:
    """ModelError where a search that found no end ran off: groups together with predictors then
    tell the outcome apart. factors: Lambda of each level, beta (p,), both on the internal scale."""
    sds = [
        (float(sd), level, term)
        for level, factor in zip(levels, factors, strict=True)
        for term, sd in zip(level.terms, np.sqrt((factor**2).sum(axis=1)), strict=True)
    ]
    far = [(level, term) for sd, level, term in sds if sd > ENDLESS]
    named = [t for t, b in zip(terms, beta, strict=True) if abs(b) > ENDLESS and t != INTERCEPT]
    if not far and not named:
        return
    said = list(dict.fromkeys(f"the groups of '{level.group}'" for level, _ in far))
    said += [_listed(named)] if named else []
    where = list(dict.fromkeys(f"({term} | {level.group})" for level, term in far)) + named
    raise ModelError(
        f"The outcome is told apart by {' together with '.join(said)}: in almost all groups, or on "
        "one side of a value, it always or never happens, so that nothing finite fits best "
        "(separation)",
        where=", ".join(where[:SHOWN]),
        allowed="groups that hold both outcomes, predictors with both wherever they stand",
        next_step="leave out a random term or predictor named here, or use groups with more rows",
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
    from scipy.optimize import linprog  # half a second, for what few models need

    rows = np.unique(signed, axis=0)
    found = linprog(-rows.sum(axis=0), A_ub=-rows, b_ub=np.zeros(len(rows)), bounds=(-1, 1))
    if found.status != 0 or -found.fun <= 1e-6 * len(rows) ** 0.5:
        return None
    return found.x


def _listed(terms: list[str]) -> str:
    shown = [f"'{term}'" for term in terms[:SHOWN]]
    return ", ".join(shown) + (" and others" if len(terms) > SHOWN else "")
