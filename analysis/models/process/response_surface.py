"""Response surfaces: what an outcome goes with when two raters agree, and when they do not.

z = b0 + b1 x + b2 y + b3 x² + b4 xy + b5 y². Along the line of agreement (y = x) the surface has
slope a1 = b1 + b2 and curvature a2 = b3 + b4 + b5; across it (y = -x) slope a3 = b1 - b2 and
curvature a4 = b3 - b4 + b5; a5 = b3 - b5 (Edwards 2002; Shanock et al. 2010,
doi:10.1007/s10869-010-9183-4). The first principal axis, the ridge, is y = p10 + p11 x.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from analysis.measures.conventions import ENDS, Z

TERMS = ("intercept", "x", "y", "x²", "xy", "y²")
SHAPES = ("a1", "a2", "a3", "a4", "a5", "p10", "p11")
STEP = 1e-6  # of a coefficient's size, in the central differences of the ridge


@dataclass(frozen=True, slots=True)
class Shape:
    """One figure of the surface; se, low, high (95 %) None where there is none."""

    name: str
    estimate: float | None
    se: float | None
    low: float | None
    high: float | None

    def holds(self, value: float) -> bool:
        """Whether the interval holds `value`."""
        if self.low is None or self.high is None:
            return False
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class ResponseSurface:
    """coefficients (6,) in the order of TERMS, covariance (6, 6); shapes in the order of SHAPES;
    stationary: the point (x, y) without slope, None where there is none. conditions: name ->
    whether it holds, of a congruence effect (Humberg, Nestler & Back 2019,
    doi:10.1177/1948550618757600): all four are needed. lower_is_better: the conditions are those
    of -z."""

    coefficients: np.ndarray
    covariance: np.ndarray
    df: float | None
    shapes: tuple[Shape, ...]
    stationary: tuple[float, float] | None
    conditions: dict[str, bool]
    lower_is_better: bool = False

    @property
    def is_congruence(self) -> bool:
        return all(self.conditions.values())

    def shape(self, name: str) -> Shape:
        return next(s for s in self.shapes if s.name == name)

    def value(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The surface over x and y of one shape."""
        return np.tensordot(self.coefficients, np.stack(polynomial(x, y)), 1)


def polynomial(x: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
    """The columns of TERMS."""
    return [np.ones_like(x), x, y, x * x, x * y, y * y]


def surface_of(
    coefficients: np.ndarray,
    covariance: np.ndarray,
    df: float | None = None,
    lower_is_better: bool = False,
) -> ResponseSurface:
    """The surface of fitted coefficients (6,) with covariance (6, 6); standard errors by the delta
    method, intervals by the t law with df (None: the normal law).

    Worked: b = (0, .3, .2, -.1, .2, -.1) -> a1 .5, a2 0, a3 .1, a4 -.4, p11 1.
    """
    reach = Z if df is None else float(stdtrit(df, ENDS[1]))
    linear = np.array(
        [
            [0, 1, 1, 0, 0, 0],
            [0, 0, 0, 1, 1, 1],
            [0, 1, -1, 0, 0, 0],
            [0, 0, 0, 1, -1, 1],
            [0, 0, 0, 1, 0, -1],
        ],
        dtype=float,
    )
    shapes = [
        _shape(name, row @ coefficients, row @ covariance @ row, reach)
        for name, row in zip(SHAPES[:5], linear, strict=True)
    ]
    shapes += _ridge_shapes(coefficients, covariance, reach)
    found = tuple(shapes)
    stationary = _stationary(coefficients)
    return ResponseSurface(
        coefficients,
        covariance,
        df,
        found,
        stationary,
        _conditions(found, coefficients, covariance, reach, lower_is_better),
        lower_is_better,
    )


def _shape(name: str, estimate, variance, reach: float) -> Shape:
    se = float(np.sqrt(variance)) if np.isfinite(variance) and variance > 0 else None
    if not np.isfinite(estimate):
        return Shape(name, None, None, None, None)
    estimate = float(estimate)
    if se is None:
        return Shape(name, estimate, None, None, None)
    return Shape(name, estimate, se, estimate - reach * se, estimate + reach * se)


def _ridge(b: np.ndarray) -> np.ndarray:
    """(p10, p11), NaN where there is no single ridge (b4 = 0 or no stationary point)."""
    point = _stationary(b)
    if point is None or b[4] == 0:
        return np.full(2, np.nan)
    slope = (b[5] - b[3] + np.hypot(b[3] - b[5], b[4])) / b[4]
    return np.array([point[1] - slope * point[0], slope])


def _ridge_shapes(b: np.ndarray, covariance: np.ndarray, reach: float) -> list[Shape]:
    ridge = _ridge(b)
    steps = STEP * np.maximum(np.sqrt(np.maximum(np.diag(covariance), 0)), 1e-300)
    slopes = np.array(
        [
            (_ridge(b + h * e) - _ridge(b - h * e)) / (2 * h)
            for h, e in zip(steps, np.eye(6), strict=True)
        ]
    ).T
    variance = np.einsum("ij,jk,ik->i", slopes, covariance, slopes)
    pairs = zip(("p10", "p11"), ridge, variance, strict=True)
    return [_shape(name, estimate, v, reach) for name, estimate, v in pairs]


def _stationary(b: np.ndarray) -> tuple[float, float] | None:
    bend = np.array([[2 * b[3], b[4]], [b[4], 2 * b[5]]])
    if abs(np.linalg.det(bend)) <= 1e-12 * max(np.abs(bend).max() ** 2, 1e-300):
        return None
    x, y = np.linalg.solve(bend, -b[1:3])
    return float(x), float(y)


def _conditions(shapes, b, covariance, reach: float, lower_is_better: bool) -> dict[str, bool]:
    sign = -1 if lower_is_better else 1  # the ridge of -z is where z is lowest
    ridge = _ridge_shapes(sign * b, covariance, reach)
    across, a3 = shapes[3], shapes[2]
    top = across.high if sign == 1 else across.low and -across.low
    return {
        "a4 below 0": top is not None and top < 0,
        "a3 may be 0": a3.holds(0.0),
        "p11 may be 1": ridge[1].holds(1.0),
        "p10 may be 0": ridge[0].holds(0.0),
    }
