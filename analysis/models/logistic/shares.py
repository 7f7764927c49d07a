"""Where the variance behind a logistic outcome lies, by source and level.

The latent scale's: fixed effects and random slopes are told apart by level as in linear models
(Rights & Sterba 2019, 2021; `inference/variance/multilevel_r2.py`), the residual is the logistic
law's pi^2 / 3 (Nakagawa & Schielzeth 2013, doi:10.1111/j.2041-210x.2012.00261.x).
Worked: logits that differ by group alone with variance 1, intercepts of variance 1:
f between .189 (1 / 5.29), m .189, residual .622.
"""

import numpy as np

from analysis.models.inference.variance.multilevel_r2 import ROWS, SOURCES
from analysis.models.language.moments import is_nested
from analysis.models.logistic.rows.cells import Cells
from analysis.models.result import TIDY_COLUMNS

LATENT = np.pi**2 / 3  # variance of the standard logistic law
ROUNDING = 1e-12  # of all: a part below it is none


def latent_shares(cells: Cells, logits: np.ndarray, factors) -> tuple[tuple[str, str, float], ...]:
    """(level, source, share of all) of each part, rows first, then outwards; the shares sum to 1.

    logits (n,): of the fixed effects without offsets; factors: Lambda (q, q) of each level,
    internal scale. Of crossed groupings fixed effects are not told apart by level and stand with
    the rows, and so do slopes with their own grouping.
    """
    codes = _outwards(cells)
    weights = cells.size / cells.size.sum()
    trials = cells.size.sum()
    places = [ROWS, *(level.group for level in cells.levels)]
    found: dict[tuple[str, str], float] = {}
    fixed = _parts(logits, weights, codes) * (trials / max(trials - 1, 1))
    for place, part in zip(places, fixed, strict=False):
        found[place, "f"] = float(part)
    at = 0
    for k, (level, factor) in enumerate(zip(cells.levels, factors, strict=True)):
        turned = factor.T @ cells.z[at : at + level.q]
        at += level.q
        means = turned @ weights
        found[level.group, "m"] = float(means @ means)
        slopes = np.sum([_parts(row, weights, codes) for row in turned], axis=0)
        inner = slopes[: k + 1] if codes else slopes[:0]
        for place, part in zip(places, inner, strict=False):
            found[place, "v"] = found.get((place, "v"), 0.0) + float(part)
        own = float(slopes[len(inner) :].sum())
        found[level.group, "v"] = found.get((level.group, "v"), 0.0) + own
    total = sum(found.values()) + LATENT
    found[ROWS, "residual"] = LATENT
    order = [(p, s) for p in places for s in SOURCES if found.get((p, s), 0.0) > ROUNDING * total]
    return tuple((p, s, found[p, s] / total) for p, s in order)


def shares_table(shares, marginal: float, conditional: float) -> list[dict]:
    """One row a number, as MultilevelR2.tidy() has them, without intervals."""
    rows = [_row("", "marginal R2", marginal), _row("", "conditional R2", conditional)]
    rows += [_row(p, f"{s}: {SOURCES[s]}, of all", share) for p, s, share in shares]
    for place in dict.fromkeys(p for p, _, _ in shares):
        own = [(s, share) for p, s, share in shares if p == place]
        whole = sum(share for _, share in own)
        rows.append(_row(place, "share of all", whole))
        if any(s == "f" for s, _ in own):
            rows.append(_row(place, "R2 (f)", dict(own)["f"] / whole))
    return rows


def _row(group: str, term: str, value: float) -> dict:
    return dict.fromkeys(TIDY_COLUMNS) | dict(group=group, term=term, estimate=value)


def _outwards(cells: Cells) -> list[np.ndarray]:
    """(n,) codes of each level from the inside out; none where groupings are crossed."""
    codes = [code[cells.unit] for code in cells.codes]
    nested = all(is_nested(a, b) for a, b in zip(codes, codes[1:], strict=False))
    return codes if nested else []


def _parts(values: np.ndarray, weights: np.ndarray, codes: list[np.ndarray]) -> np.ndarray:
    """(1 + L,) variances of a column's parts: within the innermost groups, then between the groups
    of each level."""
    steps = [float(weights @ values**2)]
    for code in codes:
        size = np.bincount(code, weights)
        sums = np.bincount(code, weights * values)
        steps.append(float((sums**2 / np.maximum(size, 1e-300)).sum()))
    steps.append(float((weights @ values) ** 2))
    return np.maximum(-np.diff(steps), 0.0)
