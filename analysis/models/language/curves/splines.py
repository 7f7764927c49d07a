"""Splines as R's splines::ns and bs make them: a polynomial on each stretch between knots.

Inner knots lie at quantiles of the rows used where the call does not name them. (R takes all rows
in which the argument is known, also those that the model leaves out for another variable.)
Sources: Hastie 1992, in Chambers & Hastie, Statistical Models in S, ch. 7; de Boor 1978, A
Practical Guide to Splines.
"""

from math import factorial, inf
from typing import TYPE_CHECKING

import numpy as np

from analysis.base.errors import ModelError
from analysis.models.language.curves.basis_calls import BasisCall, Rows
from analysis.models.language.expressions import Expression, Piece

if TYPE_CHECKING:
    from scipy.interpolate import BSpline


def natural_spline(call: BasisCall, rows: Rows | None) -> list[Expression]:
    """Cubic B-splines combined so that the second derivative is zero at both boundary knots."""
    knots, ends = _knots(call, rows, 1)
    spline = _all_splines(knots, ends, 3)
    start = 0 if call.options.get("intercept", False) else 1
    kept = np.eye(spline.c.shape[1])[:, start:]
    constraint = spline(ends, nu=2) @ kept
    weights = kept @ np.linalg.qr(constraint.T, mode="complete")[0][:, 2:]
    pieces = _pieces(spline, weights, [ends[0], *knots, ends[1]])
    if "Boundary.knots" in call.options:  # a straight line beyond them, where there may be rows
        below, above = (np.stack([spline(e), spline(e, nu=1)]) @ weights for e in ends)
        pieces = [(ends[0], ends[0], 1.0, below), *pieces, (inf, ends[1], 1.0, above)]
        pieces[-2] = (ends[1], *pieces[-2][1:])
    return _piecewise(call.argument, pieces)


def b_spline(call: BasisCall, rows: Rows | None) -> list[Expression]:
    """Beyond the boundary knots the outermost polynomials go on, as in R."""
    degree = call.options.get("degree", 3)
    knots, ends = _knots(call, rows, degree)
    spline = _all_splines(knots, ends, degree)
    start = 0 if call.options.get("intercept", False) else 1
    weights = np.eye(spline.c.shape[1])[:, start:]
    return _piecewise(call.argument, _pieces(spline, weights, [ends[0], *knots, ends[1]]))


def _knots(call: BasisCall, rows: Rows | None, least: int) -> tuple[list[float], np.ndarray]:
    """Inner knots, by default at quantiles of the rows, and the two boundary knots.

    least: columns without an inner knot, the intercept's not counted.
    """
    options, found = call.options, None
    if call.depends_on_rows and rows is not None:
        found = rows(call.argument)
    boundary = options.get("Boundary.knots")
    if boundary is None:
        assert found is not None  # they come from the rows then
        boundary = found.values[[0, -1]]
    low, high = sorted(boundary)
    knots = sorted(options.get("knots", ()))
    if "df" in options and found is not None:
        inner = options["df"] - least - options.get("intercept", False)
        if inner < 0:
            allowed = f"a df of at least {options['df'] - inner}"
            raise call.refused("The df is too small for", allowed, "raise it")
        inside = found.within(low, high)
        if not len(inside.values):
            raise call.too_few(inside, "rows between the boundary knots", "move them")
        knots = inside.quantiles(np.linspace(0, 1, inner + 2)[1:-1])
    if found is not None and least + len(knots) >= len(found.values):
        allowed = "fewer columns than different values"
        raise call.too_few(found, allowed, "lower the df, or name fewer knots")
    if (np.diff([low, *knots, high]) <= 0).any():
        raise _misplaced(call, low, high)
    return [float(k) for k in knots], np.array([low, high], dtype=float)


def _misplaced(call: BasisCall, low: float, high: float) -> ModelError:
    if "df" in call.options:
        what = "So many rows have the same value that two knots would fall on it, in"
        return call.refused(what, "quantiles that differ", "lower the df, or name knots=c(…)")
    allowed = f"numbers above {low:g} and below {high:g}"
    what = "The knots do not lie between the boundary knots of"
    return call.refused(what, allowed, "move them")


def _all_splines(knots: list[float], ends: np.ndarray, degree: int) -> "BSpline":
    """All B-splines over the knots at once."""
    # A sixth of a second that a formula without splines need not wait for.
    from scipy.interpolate import BSpline

    t = np.concatenate([[ends[0]] * (degree + 1), knots, [ends[1]] * (degree + 1)])
    return BSpline(t, np.eye(len(t) - degree - 1), degree)


def _pieces(spline: "BSpline", weights: np.ndarray, edges: list[float]) -> list[tuple]:
    """(upper end, origin, width, coefficients (k + 1, columns)) of each stretch between knots, the
    argument measured from its left end in its width; the last stretch has no upper end."""
    out = []
    for left, right in zip(edges, edges[1:], strict=False):
        width = right - left
        taylor = [spline(left, nu=k) * width**k / factorial(k) for k in range(spline.k + 1)]
        out.append((right, left, width, np.stack(taylor) @ weights))
    return [*out[:-1], (inf, *out[-1][1:])]


def _piecewise(argument: Expression, pieces: list[tuple]) -> list[Expression]:
    out = []
    for j in range(pieces[0][3].shape[1]):
        own = [
            Piece(float(end), float(origin), float(width), tuple(c[:, j].tolist()))
            for end, origin, width, c in pieces
        ]
        out.append(Expression("piecewise", (argument, *own)))
    return out
