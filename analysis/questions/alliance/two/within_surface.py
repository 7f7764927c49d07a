"""The response surface within dyads: both ratings about the patient's own means."""

from dataclasses import dataclass

import numpy as np

from analysis.base.errors import ModelError
from analysis.models.process.response_surface import ResponseSurface, polynomial, surface_of
from analysis.questions.alliance.mixed_fit import fit_columns
from analysis.questions.alliance.rows import means_by
from analysis.questions.alliance.two.surface import check_ratings

GRID = 15  # fields a side of the surface's picture
FEWEST_IN_CELL = 5  # sessions, for a field to be drawn: no picture where no data are
WITHIN = (
    "The surface is within dyads: both ratings about the patient's own means, the outcome rated at "
    "the same session: what goes together, not what follows."
)
_POLYNOMIAL = "z ~ x + y + xx + xy + yy + (1 | patient)"


@dataclass(frozen=True, slots=True)
class SurfaceCell:
    """One field of the surface's plane where data are. x, y: its middle, both ratings about the
    patient's own means; width: of its sides; z: the surface there; n: sessions in it."""

    x: float
    y: float
    width: float
    z: float
    n: int


def within_surface(
    key: np.ndarray, columns, names, source: str, lower_is_better: bool
) -> tuple[ResponseSurface, tuple[SurfaceCell, ...]]:
    """The surface of columns (p, t, z), each (N,), and where it may be drawn; key (N,): patients.

    ModelError where the rows cannot carry one. See `raters`.
    """
    p, t, z = columns
    rows = np.isfinite(np.stack([p, t, z], axis=1)).all(axis=1)
    x = p - means_by(key[rows], p[rows])[np.minimum(key, key[rows].max(initial=0))]
    y = t - means_by(key[rows], t[rows])[np.minimum(key, key[rows].max(initial=0))]
    x, y, z, key = x[rows], y[rows], z[rows], key[rows]
    check_ratings(np.stack([x, y, z], axis=1), names, source)
    unit = np.array([x.std(), y.std()])
    if not (unit > 0).all():
        raise ModelError("Within patients a rating does not vary", where=f"'{source}'")
    _, a, b, aa, ab, bb = polynomial(x / unit[0], y / unit[1])
    found = fit_columns(
        _POLYNOMIAL, dict(z=z, x=a, y=b, xx=aa, xy=ab, yy=bb, patient=key), name=source
    )
    if len(found.fit.fixed) < 6:
        raise ModelError(
            "The ratings carry no surface within patients: their squares and product say nothing "
            "of their own",
            where=f"'{source}'",
        )
    scale = 1 / np.array([1, unit[0], unit[1], unit[0] ** 2, unit[0] * unit[1], unit[1] ** 2])
    coefficients = np.array([f.estimate for f in found.fit.fixed]) * scale
    covariance = found.covariance * np.outer(scale, scale)
    found_surface = surface_of(coefficients, covariance, None, lower_is_better)
    return found_surface, _cells(x, y, found_surface)


def _cells(x: np.ndarray, y: np.ndarray, found: ResponseSurface) -> tuple[SurfaceCell, ...]:
    """The fields with FEWEST_IN_CELL sessions or more, of a square grid on both ratings."""
    low, high = np.quantile(np.concatenate([x, y]), [0.005, 0.995])
    edges = np.linspace(low, high, GRID + 1)
    counts, _, _ = np.histogram2d(x, y, bins=[edges, edges])
    middle, width = (edges[:-1] + edges[1:]) / 2, float(edges[1] - edges[0])
    places = zip(*np.nonzero(counts >= FEWEST_IN_CELL), strict=True)
    return tuple(
        SurfaceCell(
            float(middle[i]),
            float(middle[j]),
            width,
            float(found.value(middle[i], middle[j])),
            int(counts[i, j]),
        )
        for i, j in places
    )
