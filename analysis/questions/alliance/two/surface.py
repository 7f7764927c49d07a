"""What agreement of two ratings goes with: the response surface of one outcome, single level."""

from dataclasses import dataclass

import numpy as np

from analysis.base.errors import ModelError, RequestError
from analysis.models.process.response_surface import TERMS, ResponseSurface, polynomial, surface_of
from analysis.questions.alliance.rows import read_rows
from analysis.store.place import Store

FEWEST = 20  # rows: the six coefficients then have more than a dozen degrees of freedom
AGREE = 0.5  # SD: within it two standardised ratings count as agreeing (Shanock et al. 2010)
UNEQUAL = 1.5  # times the other's SD: a spread that makes disagreement of its own


@dataclass(frozen=True, slots=True)
class SurfaceAnswer:
    """surface: coefficients, shapes, conditions; r2 of the regression; rows used and left out.
    agreement: share of rows in which x is lower, alike, higher (in SDs); range: lowest and
    highest x and y, where a picture may be drawn; sentence: the verdict."""

    source: str
    version: str
    x: str
    y: str
    outcome: str
    surface: ResponseSurface
    r2: float
    rows: int
    rows_dropped: int
    agreement: dict[str, float]
    range: tuple[tuple[float, float], tuple[float, float]]
    sentence: str
    messages: tuple[str, ...]


def surface(
    source: str,
    x: str,
    y: str,
    outcome: str,
    lower_is_better: bool = False,
    version: str = "",
    store: Store | None = None,
) -> SurfaceAnswer:
    """The response surface of `outcome` on x and y, least squares on the rows with all three.

    x and y enter as they are: both on one range and with a middle of 0 (that of the range, or a
    common mean), or p10 and a3 mean nothing. lower_is_better: of the outcome (symptoms).
    ModelError where rows are too few or a rating does not vary.
    """
    names = (x, y, outcome)
    if len(set(names)) < 3:
        raise RequestError("x, y and the outcome are not three different columns")
    read = read_rows(source, (), names, version, store)
    table = np.stack([read.numbers[n] for n in names], axis=1)
    table = table[np.isfinite(table).all(axis=1)]
    check_ratings(table, names, read.source)
    coefficients, covariance, r2 = _least_squares(table, read.source)
    found = surface_of(coefficients, covariance, len(table) - 6, lower_is_better)
    return SurfaceAnswer(
        read.source,
        read.version,
        x,
        y,
        outcome,
        found,
        r2,
        len(table),
        read.rows - len(table),
        agreement(table[:, 0], table[:, 1]),
        (_range(table[:, 0]), _range(table[:, 1])),
        surface_sentence(found),
        (*read.notes, *scale_messages(table[:, 0], table[:, 1], x, y)),
    )


def check_ratings(table: np.ndarray, names: tuple[str, str, str], source: str) -> None:
    """ModelError where the complete rows (N, 3) of x, y, outcome cannot carry a surface."""
    if len(table) < FEWEST:
        raise ModelError(
            f"{len(table)} rows have {', '.join(names[:2])} and {names[2]}",
            where=f"'{source}'",
            allowed=f"at least {FEWEST} rows for the six coefficients of a surface",
            next_step="use more data",
        )
    for name, column in zip(names, table.T, strict=True):
        if np.ptp(column) == 0:
            raise ModelError(
                f"'{name}' is the same in every row",
                where=f"'{source}'",
                allowed="ratings and an outcome that differ",
                next_step="choose another variable",
            )


def _least_squares(table: np.ndarray, source: str):
    unit = table.std(axis=0)
    x, y, z = (table / unit).T
    columns = np.stack(polynomial(x, y), axis=1)
    sizes = np.sqrt((columns**2).sum(axis=0))
    values = np.linalg.svd(columns / sizes, compute_uv=False)
    if values[-1] < 1e-9 * values[0]:
        raise ModelError(
            "The ratings carry no surface: their squares and product say nothing of their own",
            where=f"'{source}'",
            allowed="two ratings with three or more values each that are no copies of one another",
            next_step="check whether both columns hold the same rating, or yes and no alone",
        )
    q, r = np.linalg.qr(columns)
    b = np.linalg.solve(r, q.T @ z)
    residual = z - columns @ b
    inverse = np.linalg.inv(r)
    covariance = residual @ residual / (len(z) - 6) * inverse @ inverse.T
    scale = unit[2] / np.array([1, unit[0], unit[1], unit[0] ** 2, unit[0] * unit[1], unit[1] ** 2])
    r2 = 1 - residual @ residual / ((z - z.mean()) ** 2).sum()
    return b * scale, covariance * np.outer(scale, scale), float(r2)


def agreement(x: np.ndarray, y: np.ndarray) -> dict[str, float]:
    """Share of rows in which x is lower than y, alike, and higher, by half a standard deviation."""
    difference = (x - x.mean()) / x.std() - (y - y.mean()) / y.std()
    return {
        "x lower": float(np.mean(difference < -AGREE)),
        "alike": float(np.mean(np.abs(difference) <= AGREE)),
        "x higher": float(np.mean(difference > AGREE)),
    }


def scale_messages(x: np.ndarray, y: np.ndarray, x_name: str, y_name: str) -> tuple[str, ...]:
    """What unequal scales do to a comparison of two ratings, in sentences."""
    said = []
    sd = np.array([x.std(), y.std()])
    if sd.max() > UNEQUAL * sd.min():
        said.append(
            f"'{x_name}' and '{y_name}' differ in spread (SD {sd[0]:.3g} and {sd[1]:.3g}): part of "
            "what looks like disagreement is that difference."
        )
    lowest, highest = (min(x.min(), y.min()), max(x.max(), y.max()))
    gap = abs(x.mean() - y.mean())
    if x.max() < y.min() or y.max() < x.min() or gap > 0.5 * (highest - lowest):
        said.append(
            f"'{x_name}' and '{y_name}' seem to be on different ranges (means {x.mean():.3g} and "
            f"{y.mean():.3g}): put both on one before they are compared."
        )
    return tuple(said)


def _range(column: np.ndarray) -> tuple[float, float]:
    return float(column.min()), float(column.max())


def surface_sentence(found: ResponseSurface) -> str:
    """The four conditions of a congruence effect in one sentence."""
    better = "lower" if found.lower_is_better else "higher"
    if found.is_congruence:
        return (
            f"Agreement goes with a {better} outcome: all four conditions of a congruence effect "
            "hold (the outcome falls off to both sides of agreement, and its ridge is the line of "
            "agreement)."
        )
    missed = [_MISSED[name] for name, holds in found.conditions.items() if not holds]
    return (
        f"No congruence effect can be claimed, because {' and '.join(missed)}; all four conditions "
        "are needed."
    )


_MISSED = {
    "a4 below 0": "the outcome does not surely fall off to both sides of agreement (a4)",
    "a3 may be 0": "one rating above the other goes with another outcome than the reverse (a3)",
    "p11 may be 1": "the ridge is not parallel to the line of agreement (p11)",
    "p10 may be 0": "the ridge lies beside the line of agreement (p10)",
}


def terms(found: ResponseSurface) -> list[tuple[str, float, float]]:
    """(term, estimate, se) of the six coefficients."""
    se = np.sqrt(np.diag(found.covariance))
    return [(t, float(b), float(s)) for t, b, s in zip(TERMS, found.coefficients, se, strict=True)]
