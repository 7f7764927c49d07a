"""Shares given the course itself, of which the rows hold only what is expected of it.

Given the expected course and the factors, coefficients are those of the course itself (regression
calibration), but variances are not: the expected course varies less than the course, explains
less, and takes from factors that go with it what is theirs. The covariances of the parts at each
level get back what the expectations do not show (`hidden`), the residual loses what the course's
coefficients make of it, and a subset of the factors explains what its own columns predict of the
full model's fixed part.
"""

import numpy as np

from analysis.questions.partition.fits.rsquared import Explained
from analysis.questions.partition.rows.prepared import Prepared

# Of the residual's variance: what is left to it, however much of the course is hidden.
LEAST_LEFT = 0.1


class Projection:
    """What each subset's columns predict of the full model's fixed part.

    at, parts, turn: as `SubsetFits.explaining` tells them of the full model's columns.
    """

    def __init__(self, prepared: Prepared, at: np.ndarray, parts: np.ndarray, turn: np.ndarray):
        self.prepared, self.at, self.parts, self.turn = prepared, at, parts, turn

    def shown(self, beta, sigma2, random, pieces) -> tuple[np.ndarray, np.ndarray]:
        """(pieces, random) with what of the course is hidden: beta (B, p), sigma2 (B,), random
        (B, 1 + L) variances, the residual's first, pieces (B, levels, d, d)."""
        if self.prepared.hidden is None:
            return pieces, random
        hidden = self.prepared.hidden.covariance
        b = beta[:, self.at] * self.turn
        inside = hidden[:, self.parts[:, None], self.parts]
        moved = np.einsum("bi,kij,bj->b", b, inside, b)
        most = (1 - LEAST_LEFT) * sigma2
        part = np.minimum(1.0, most / np.maximum(moved, 1e-300))
        random = random.copy()
        random[:, 0] -= part * moved
        return pieces + part[:, None, None, None] * hidden, random

    def unsure(self, rng, beta: np.ndarray, pieces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(beta (B, p), pieces (B, levels, d, d)) of draws, with how unsure the expectations are:
        where these lean on the other predictors more than the course does, the predictors get less
        of the outcome, and the course goes with them as much more."""
        own = self.prepared.hidden
        if own is None:
            return beta, pieces
        size = self.prepared.moments.scale
        place = {int(part): int(i) for i, part in zip(self.at, self.parts, strict=True)}
        drawn = rng.standard_normal((len(beta), len(own.root), len(own.scale)))
        slopes = own.root @ drawn @ own.scale.T  # (B, c, q), raw units
        wide = own.wide @ drawn @ own.scale.T
        beta, pieces = beta.copy(), pieces.copy()
        for k, (course, others) in enumerate(zip(own.course, own.others, strict=True)):
            c, q = np.flatnonzero(course >= 0), np.flatnonzero(others >= 0)
            c = c[[int(course[i]) in place for i in c]]
            q = q[[int(others[i]) in place for i in q]]
            if not len(c) or not len(q):
                continue
            at = np.array([place[int(course[i])] for i in c])
            to = np.array([place[int(others[i])] for i in q])
            scaled = size[others[q]] / size[course[c]][:, None]
            off = slopes[:, c[:, None], q] * scaled
            beta[:, to] -= np.einsum("bc,bcq->bq", beta[:, at], off)
            if k:
                continue
            inner = pieces[:, k][:, others[q][:, None], others[q]]
            more = (wide[:, c[:, None], q] * scaled) @ inner
            pieces[:, k, course[c][:, None], others[q]] += more
            pieces[:, k, others[q][:, None], course[c]] += np.swapaxes(more, 1, 2)
        return beta, pieces

    def fixed(self, beta, unit_covariance, sigma2, wanted: set[int], pieces) -> np.ndarray:
        """(B, levels) variance that the wanted parts explain: that of the best prediction of the
        full model's fixed part from them, less what the coefficients' noise, sigma2 times
        unit_covariance (B, p, p; None for none), adds to it. Parts of different levels do not go
        together, so each level is a regression of its own."""
        b = beta[:, self.at] * self.turn
        out = np.zeros((len(beta), len(self.prepared.levels)))
        for k, level in enumerate(self.prepared.levels):
            here = [
                i for i, p in enumerate(self.parts) if self.prepared.part_level.get(int(p)) == level
            ]
            own = [i for i in here if int(self.parts[i]) in wanted]
            if not own:
                continue
            mine = self.parts[own]
            covariance = pieces[:, k][:, self.parts[here][:, None], mine]
            if own == here:
                slopes = np.broadcast_to(np.eye(len(own)), covariance.shape)
            else:
                slopes = _solved(pieces[:, k][:, mine[:, None], mine], covariance)
            c = np.einsum("bh,bho->bo", b[:, here], covariance)
            s = np.einsum("bh,bho->bo", b[:, here], slopes)
            out[:, k] = np.einsum("bo,bo->b", c, s)
            if unit_covariance is not None:
                spread = self.turn[here][:, None] * self.turn[here]
                unit = unit_covariance[:, self.at[here][:, None], self.at[here]] * spread
                made = np.einsum("bho,bio->bhi", covariance, slopes)
                out[:, k] -= sigma2 * np.einsum("bhi,bhi->b", made, unit)
        return out


def explained_of(fixed: np.ndarray, random, home, whole: np.ndarray, ok) -> Explained:
    """fixed (B, levels) of a subset; whole (B, levels) of the full model: what is left of it counts
    to the level's own variance, not to random."""
    total = whole.sum(axis=1) + random.sum(axis=1)
    ok = ok & np.isfinite(total) & (total > 0)
    scale = np.where(ok, total, 1.0)[:, None]
    at_level = whole.copy()
    for part, level in enumerate(home):
        at_level[:, level] += random[:, part]
    level = np.where(at_level > 0, at_level, 1.0)
    level_r2 = np.where(at_level > 0, fixed / level, 0.0)
    return Explained(fixed / scale, random / scale, level_r2, ok)


def _solved(inner: np.ndarray, right: np.ndarray) -> np.ndarray:
    """(B, h, o): right (B, h, o) times inner^-1 (B, o, o), where columns may say the same."""
    size = np.sqrt(np.maximum(np.einsum("bii->bi", inner), 1e-300))
    scaled = inner / size[:, :, None] / size[:, None, :]
    scaled += 1e-9 * np.eye(inner.shape[1])
    turned = np.swapaxes(right / size[:, None, :], 1, 2)
    return np.swapaxes(np.linalg.solve(scaled, turned), 1, 2) / size[:, None, :]
