"""Polynomials and scaled variables, as R's stats::poly and scale make them.

Orthogonal polynomials come by a three-term recurrence over the different values, and are evaluated
in powers of the argument less its mean, over its SD: exact for millions of rows.
Source: Kennedy & Gentle 1980, Statistical Computing, pp. 343-346, as R's poly.
"""

from math import inf

import numpy as np

from analysis.models.language.curves.basis_calls import BasisCall, Rows
from analysis.models.language.expressions import Expression, Piece


def polynomial(call: BasisCall, rows: Rows | None) -> list[Expression]:
    """Powers of the argument where `raw`, else polynomials orthonormal over the rows.

    Worked: poly(t, 1) of t = 1, 2, 3 is -.7071, 0, .7071.
    """
    degree = call.options["degree"]
    if call.options.get("raw", False):
        powers = [Expression("**", (call.argument, _number(k))) for k in range(2, degree + 1)]
        return [call.argument, *powers]
    assert rows is not None  # orthogonal ones depend on the rows
    found = rows(call.argument)
    if degree >= len(found.values):
        allowed = "a degree below the number of different values"
        raise call.too_few(found, allowed, "lower the degree")
    weights, n = found.counts.astype(float), float(found.counts.sum())
    mean = float(weights @ found.values / n)
    size = float(np.sqrt(weights @ (found.values - mean) ** 2 / n))
    u = (found.values - mean) / size
    pieces = [Piece(inf, mean, size, c) for c in _orthogonal(u, weights, degree)]
    return [Expression("piecewise", (call.argument, p)) for p in pieces]


def _orthogonal(u: np.ndarray, weights: np.ndarray, degree: int) -> list[tuple[float, ...]]:
    """Coefficients (k + 1,) in powers of u of the polynomials of degree 1 … `degree`, orthonormal
    over the rows, each with a positive leading one: p_k+1 = (u - a_k) p_k - (n_k / n_k-1) p_k-1."""
    coefficients = [np.zeros(1), np.ones(1)]  # of degree -1 and 0
    values, norms = [np.zeros(len(u)), np.ones(len(u))], [1.0, float(weights.sum())]
    for _ in range(degree):
        a = float(weights @ (u * values[-1] ** 2)) / norms[-1]
        b = norms[-1] / norms[-2] if len(norms) > 2 else 0.0
        values.append((u - a) * values[-1] - b * values[-2])
        raised = np.append(0.0, coefficients[-1]) - a * np.append(coefficients[-1], 0.0)
        raised[: len(coefficients[-2])] -= b * coefficients[-2]
        coefficients.append(raised)
        norms.append(float(weights @ values[-1] ** 2))
    unit = [c / np.sqrt(n) for c, n in zip(coefficients[2:], norms[2:], strict=True)]
    return [tuple(map(float, c)) for c in unit]


def scaled(call: BasisCall, rows: Rows) -> list[Expression]:
    """R's scale: less the mean, over the SD (over the root mean square where not centred)."""
    found = rows(call.argument)
    n, centred = found.counts.sum(), call.options.get("center", True)
    mean = float(found.counts @ found.values / n) if centred else 0.0
    out = Expression("-", (call.argument, _number(mean))) if centred else call.argument
    if call.kind == "center" or not call.options.get("scale", True):
        return [out]
    size = float(np.sqrt(found.counts @ (found.values - mean) ** 2 / max(n - 1, 1)))
    if size == 0:
        raise call.too_few(found, "an argument that varies", "leave the term out")
    return [Expression("/", (out, _number(size)))]


def _number(value: float) -> Expression:
    return Expression("number", (float(value),))
