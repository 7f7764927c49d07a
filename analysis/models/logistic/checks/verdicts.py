"""Checks of a logistic model: does a predictor bend, can the terms be told apart, does an answer
rest on one group (`influence.py`)?

A bend is tested by the score of the predictor's square, the model itself staying as it is (Rao
1948, doi:10.1017/S0305004100023987): what a refit with the square would say, at the price of one
pass over the data. Variance inflation comes from the effects' own covariance, so that what groups
and weights do to the predictors counts (Fox & Monette 1992, doi:10.1080/01621459.1992.10475190).
"""

import re
from dataclasses import replace

import numpy as np
from scipy import special

from analysis.base.joining import named
from analysis.models.inference.checks.verdict import ALARM, FINE, NOTE, PROBLEM, Verdict
from analysis.models.language.design import INTERCEPT
from analysis.models.logistic.answers import Estimates
from analysis.models.logistic.checks.influence import fits_without
from analysis.models.logistic.checks.influence_verdict import influence_verdict
from analysis.models.logistic.likelihood.frame import Frame, Response
from analysis.models.logistic.likelihood.modes import SETTLED
from analysis.models.logistic.likelihood.objective import Objective
from analysis.models.logistic.result import Bend, LogisticChecks
from analysis.models.logistic.rows.cells import Cells
from analysis.models.logistic.rows.columns import Columns

# A VIF of 5 widens an interval 2.2 times, one of 10 3.2 times (customary limits; O'Brien 2007,
# doi:10.1007/s11135-006-9018-6, warns against acting on them blindly).
HIGH_VIF, VERY_HIGH_VIF = 5.0, 10.0


def logistic_checks(
    cells: Cells, columns: Columns, got: Estimates, quadrature: int, straight: tuple[str, ...]
) -> LogisticChecks:
    """straight: the terms that are a number's own column, whose squares are tried."""
    tried = tuple(t for t in straight if t in columns.terms)
    bends = _bends(cells, columns, got, quadrature, tried) if tried and got.settled else ()
    inflation = _inflation(columns.terms, got.covariance)
    verdicts = []
    if bends:
        verdicts.append(("Bends", _bend_verdict(bends)))
    if inflation and len(columns.terms) > 2:
        verdicts.append(("Collinearity", _inflation_verdict(inflation)))
    without = fits_without(cells, columns, got, quadrature)
    if without:
        verdicts.append(("Influence of groups", influence_verdict(cells, columns, got, without)))
    return LogisticChecks(bends, inflation, without, tuple(verdicts))


def _bends(cells: Cells, columns, got: Estimates, quadrature: int, tried) -> tuple[Bend, ...]:
    squares = cells.x[[columns.terms.index(t) for t in tried]] ** 2
    wide = replace(cells, x=np.vstack([cells.x, squares]))
    beta = np.append(np.linalg.solve(columns.to_raw, got.beta), np.zeros(len(tried)))
    slopes, rows, inverse = _curvature(wide, beta, got, quadrature, len(tried))
    out = []
    for k, term in enumerate(tried):
        across = rows[k, : len(inverse)]
        left = rows[k, len(inverse) + k] - across @ inverse @ across
        # Of a deviance d, whose slope and curvature are twice the log-likelihood's.
        z = float(-slopes[k] / np.sqrt(2 * left)) if left > 0 else 0.0
        out.append(Bend(term, z, float(2 * special.ndtr(-abs(z)))))
    return tuple(out)


def _curvature(wide: Cells, beta, got: Estimates, quadrature: int, added: int):
    """Of the deviance: its slopes (k,) and curvature (k, m + k) in the k added columns, and the
    inverse curvature (m, m) of the model itself."""
    if got.found is None:
        response = Response.at(wide, wide.offset + beta @ wide.x)
        whole = 2 * (wide.x * response.weight) @ wide.x.T
        own = len(beta) - added
        slopes = -2 * wide.x[own:] @ response.left
        return slopes, whole[own:], np.linalg.inv(whole[:own, :own])
    objective = Objective(Frame.of(wide), quadrature)
    objective.begin(got.found.point.modes.effects, SETTLED)
    phi = np.append(got.found.theta, beta)
    places = range(len(phi) - added, len(phi))
    rows = objective.curvature(phi, places)
    inverse = got.found.inverse
    assert inverse is not None  # of a settled fit
    return objective.at(phi).gradient[-added:], rows, inverse


def _bend_verdict(bends: tuple[Bend, ...]) -> Verdict:
    found = sorted((b for b in bends if b.p < ALARM), key=lambda b: b.p)
    if not found:
        largest = max(abs(b.z) for b in bends)
        return Verdict(
            FINE,
            f"No sign of a bend in the effects of {named([b.term for b in bends])} (largest z of "
            f"a square {largest:.1f}); other shapes were not looked for",
        )
    first = found[0].term
    return Verdict(
        PROBLEM,
        f"On the logit scale the effect of {named([b.term for b in found])} bends (z of its "
        f"square {found[0].z:.1f}): one odds ratio does not describe it; try poly({first}, 2) or "
        f"ns({first}, df = 3)",
    )


def _inflation(terms: tuple[str, ...], covariance: np.ndarray) -> tuple[tuple[str, float], ...]:
    kept = [j for j, term in enumerate(terms) if term != INTERCEPT]
    if not kept:
        return ()
    own = covariance[np.ix_(kept, kept)]
    size = np.sqrt(np.diag(own))
    correlation = own / np.outer(size, size)
    labels = np.array([re.sub(r"\[[^]]*\]", "", terms[j]) for j in kept])
    out = []
    for label in dict.fromkeys(labels):
        mine = labels == label
        if _is_shared(str(label), [str(other) for other in labels[~mine]]):
            continue
        log = _log_det(correlation, mine) + _log_det(correlation, ~mine)
        log -= np.linalg.slogdet(correlation)[1]
        out.append((str(label), float(np.exp(log / mine.sum()))))
    return tuple(out)


def _is_shared(label: str, others: list[str]) -> bool:
    """Whether a term is part of another one, or made of others: an interaction's or a curve's
    terms repeat each other by construction."""
    whole = re.compile(rf"(?<![\w.]){re.escape(label)}(?![\w.])")
    return ":" in label or "(" in label or any(whole.search(other) for other in others)


def _log_det(matrix: np.ndarray, keep: np.ndarray) -> float:
    return float(np.linalg.slogdet(matrix[np.ix_(keep, keep)])[1]) if keep.any() else 0.0


def _inflation_verdict(inflation: tuple[tuple[str, float], ...]) -> Verdict:
    high = sorted((pair for pair in inflation if pair[1] >= HIGH_VIF), key=lambda pair: -pair[1])
    worst = max(v for _, v in inflation)
    if not high:
        return Verdict(
            FINE, f"The terms can be told apart (largest variance inflation {worst:.1f})"
        )
    return Verdict(
        PROBLEM if worst >= VERY_HIGH_VIF else NOTE,
        f"{named([t for t, _ in high])} largely repeat other terms (variance inflation up to "
        f"{worst:.0f}): their intervals are up to {np.sqrt(worst):.1f} times as wide as without "
        "the others; judge them as one block",
    )
