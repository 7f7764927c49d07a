"""Do terms repeat each other? Variance inflation from the fixed effects' own covariance.

Predictors that differ over rows may be one within the groups, and the other way round; what counts
is the covariance that the model gives its coefficients, (X'V^-1 X)^-1. Products and powers repeat
their factors by the way they are written; that goes away when columns are centred, and is told
apart.
Source: Fox & Monette 1992, doi:10.1080/01621459.1992.10475190 (generalised variance inflation).
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from analysis.base.joining import named
from analysis.models.criterion.problem import Problem
from analysis.models.inference.checks.verdict import FINE, NOTE, PROBLEM, Verdict
from analysis.models.inference.variance.part_r2 import term_name
from analysis.models.language.design import INTERCEPT, BasisFunction, Column, Level
from analysis.models.language.moments import Moments
from analysis.models.linear.fit import Solution

# A VIF of 5 widens an interval 2.2 times, one of 10 3.2 times (customary limits; O'Brien 2007,
# doi:10.1007/s11135-006-9018-6, warns against acting on them blindly).
HIGH_VIF, VERY_HIGH_VIF = 5.0, 10.0


@dataclass(frozen=True, slots=True)
class TermVif:
    """vif: how many times the other terms raise the variance of the term's coefficients; for a
    term of several columns the generalised one to the power 1 / columns, which compares. written:
    the same as the formula is written, what comes from products and powers of uncentred columns
    included."""

    term: str
    columns: int
    vif: float
    written: float


@dataclass(frozen=True, slots=True)
class Collinearity:
    """terms in the formula's order. condition: condition number of the coefficients' correlations,
    products centred."""

    terms: tuple[TermVif, ...]
    condition: float
    verdict: Verdict

    def tidy(self) -> list[dict]:
        """One row a term: term, columns, vif, written."""
        return [
            dict(term=t.term, columns=t.columns, vif=t.vif, written=t.written) for t in self.terms
        ]


def collinearity(moments: Moments, problem: Problem, solution: Solution) -> Collinearity:
    """Variance inflation of each term: det(R_own) det(R_others) / det(R), R the correlations of the
    coefficients but the intercept's. Worked: two columns with r = .8: 1 / (1 - .64) = 2.78.

    A term of the same variables as another (x and x**2) is no other one to it.
    """
    p = problem.p
    inverse = np.linalg.inv(solution.evaluation.forward.products[:p, :p])
    covariance = problem.x_to_raw @ inverse @ problem.x_to_raw.T
    kept = [j for j, name in enumerate(problem.x) if name != INTERCEPT]
    named = {c.name: c for c in moments.design.columns}
    columns = [named[problem.x[j]] for j in kept]
    centring = _centring(moments, [named[x] for x in problem.x])
    written = _correlations(covariance, kept)
    centred = _correlations(centring @ covariance @ centring.T, kept)
    labels = [term_name(c) for c in columns]
    variables = [_variables(c) for c in columns]
    terms = []
    for term in dict.fromkeys(labels):
        own = np.array([label == term for label in labels])
        same = variables[int(np.argmax(own))]
        others = ~own & np.array([v != same for v in variables])
        terms.append(
            TermVif(
                term,
                int(own.sum()),
                _inflation(centred, own, others),
                _inflation(written, own, ~own),
            )
        )
    condition = float(np.linalg.cond(centred)) if len(centred) else 1.0
    return Collinearity(tuple(terms), condition, _verdict(tuple(terms), problem.dropped))


def _correlations(covariance: np.ndarray, kept: list[int]) -> np.ndarray:
    block = covariance[np.ix_(kept, kept)]
    size = np.sqrt(np.diag(block))
    return block / np.outer(size, size)


def _inflation(correlation: np.ndarray, own: np.ndarray, others: np.ndarray) -> float:
    def log_det(keep: np.ndarray) -> float:
        return np.linalg.slogdet(correlation[np.ix_(keep, keep)])[1] if keep.any() else 0.0

    log = log_det(own) + log_det(others) - log_det(own | others)
    return float(np.exp(log / own.sum()))


def _variables(column: Column) -> frozenset[str]:
    out: set[str] = set()
    for atom in column.atoms:
        if isinstance(atom, Level):
            out.add(atom.variable)
        else:
            read = atom.expression if isinstance(atom, BasisFunction) else atom
            out |= set(read.variables())
    return frozenset(out)


def _centring(moments: Moments, columns: list[Column]) -> np.ndarray:
    """(p, p): coefficients of the same model with its columns centred before they are multiplied.

    A product's coefficient b adds b times the mean of what is left out to that of each part, as
    xz = (x - m)(z - n) + n (x - m) + m (z - n) + mn. Products whose parts are not all in the model
    stay as they are: there centring would make another model.
    """
    place = {frozenset(c.atoms): j for j, c in enumerate(columns)}
    mean = _means(moments)
    out = np.eye(len(columns))
    for j, column in enumerate(columns):
        atoms = column.atoms
        parts = [frozenset(s) for k in range(1, len(atoms)) for s in combinations(atoms, k)]
        if not all(part in place for part in parts):
            continue
        for part in parts:
            rest = [columns[place[frozenset((a,))]].name for a in atoms if a not in part]
            out[place[part], j] = np.prod([mean[name] for name in rest])
    return out


def _means(moments: Moments) -> dict[str, float]:
    """Of each column over rows, by name."""
    gram = moments.total
    values = moments.centre + moments.scale * gram[0] / gram[0, 0]
    return dict(zip(moments.names, values.tolist(), strict=True))


def _verdict(terms: tuple[TermVif, ...], dropped: tuple[str, ...]) -> Verdict:
    if dropped:
        return Verdict(
            PROBLEM,
            f"{named(dropped)} was left out because the terms before it already say the same, so "
            "the model cannot tell them apart: remove one of them on purpose.",
        )
    high = [t for t in sorted(terms, key=lambda t: -t.vif) if t.vif >= HIGH_VIF]
    if high:
        return Verdict(
            PROBLEM if high[0].vif >= VERY_HIGH_VIF else NOTE,
            f"{named([t.term for t in high])} largely repeat other terms (variance inflation up "
            f"to {high[0].vif:.1f}): what they explain together stands, but their own intervals "
            f"are {np.sqrt(high[0].vif):.1f} times as wide as without the others and their split "
            "is uncertain; judge them as one block.",
        )
    worst = max((t.vif for t in terms), default=1.0)
    sentence = (
        f"No sign that terms repeat each other: the largest variance inflation of {len(terms)} is "
        f"{worst:.1f}."
    )
    structural = [t for t in terms if t.written >= HIGH_VIF]
    if structural:
        sentence += (
            f" As written {named([t.term for t in structural])} repeat their own products or "
            f"powers (up to {max(t.written for t in structural):.0f}): that goes away when columns "
            "are centred, and changes no prediction."
        )
    return Verdict(FINE, sentence)
