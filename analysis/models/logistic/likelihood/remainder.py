"""What nested elimination leaves of crossed groupings: the largest in blocks, the others dense."""

from dataclasses import dataclass

import numpy as np
from scipy import linalg, sparse

from analysis.base.errors import ModelError
from analysis.models.criterion.crossed.build import MOST_DENSE
from analysis.models.logistic.likelihood.blocks import applied, inverse, times, transposed

AT_ONCE = 4_000_000  # numbers of a product that are held at the same time


@dataclass(frozen=True, slots=True)
class Rest:
    """U units of levels of `sizes` terms: group (U,) at the largest level; places (Qr, U): of each
    unit's other effects among the `dense` ones of all the others; spans: each level's stretch."""

    sizes: tuple[int, ...]
    groups: tuple[int, ...]
    group: np.ndarray
    order: np.ndarray
    places: np.ndarray
    spans: tuple[tuple[int, int], ...]
    codes: tuple[np.ndarray, ...]

    @classmethod
    def of(cls, codes, sizes: tuple[int, ...], groups: tuple[int, ...]) -> "Rest":
        spans, places, at = [], [], 0
        for code, q, n in zip(codes[1:], sizes[1:], groups[1:], strict=True):
            spans.append((at, at + q * n))
            places += [at + code * q + j for j in range(q)]
            at += q * n
        if at > MOST_DENSE:
            raise ModelError(
                f"The groupings are crossed, and all but the largest have {at:,} random effects",
                where="the random terms",
                allowed=f"at most {MOST_DENSE:,} where groupings are crossed",
                next_step="take one grouping less, or make the groups nested (a pair a:b)",
            )
        order = np.argsort(codes[0], kind="stable")
        return cls(sizes, groups, codes[0], order, np.array(places), tuple(spans), tuple(codes))

    @property
    def dense(self) -> int:
        return self.spans[-1][1]

    def by_unit(self, effects: list[np.ndarray]) -> np.ndarray:
        """(Q, U) of one (q, J) array for each level."""
        return np.concatenate([e[:, c] for e, c in zip(effects, self.codes, strict=True)])

    def sum_groups(self, values: np.ndarray) -> np.ndarray:
        """(…, J) sums of values (…, U) over the groups of the largest level."""
        starts = np.flatnonzero(np.diff(self.group[self.order], prepend=-1))
        return np.add.reduceat(values[..., self.order], starts, axis=-1)


@dataclass(frozen=True, slots=True)
class Remainder:
    """own (q, q, J): the largest level's inverse blocks; gain (q, Qr, U): own times each unit's
    tie to the others, whole: the same as one sparse matrix (q J, dense); factor: Cholesky's of
    what is left."""

    rest: Rest
    log_det: float
    own: np.ndarray
    gain: np.ndarray
    whole: sparse.csr_array
    factor: np.ndarray

    @classmethod
    def of(cls, rest: Rest, m: np.ndarray) -> "Remainder":
        """From each unit's part, m (Q, Q, U)."""
        q = rest.sizes[0]
        own, logs = inverse(rest.sum_groups(m[:q, :q]) + np.eye(q)[..., None])
        gain = times(own[..., rest.group], m[:q, q:])
        tie, whole = _sparse(rest, m[:q, q:]), _sparse(rest, gain)
        rows = np.broadcast_to(rest.places[:, None], m[q:, q:].shape)
        columns = np.broadcast_to(rest.places[None], m[q:, q:].shape)
        shape = (rest.dense, rest.dense)
        left = sparse.coo_array((m[q:, q:].ravel(), (rows.ravel(), columns.ravel())), shape)
        left = (left.tocsr() - tie.T @ whole).toarray()
        left[np.diag_indices(rest.dense)] += 1
        factor = linalg.cholesky(left, lower=True, overwrite_a=True, check_finite=False)
        log_det = float(logs.sum() + 2 * np.log(np.diag(factor)).sum())
        return cls(rest, log_det, own, gain, whole, factor)

    def solve(self, right: list[np.ndarray], passed: np.ndarray | None) -> list[np.ndarray]:
        """The levels' (q, J) effects from their right sides; passed (Q, U): what nested levels
        before leave for the units, None where there are none."""
        rest, q = self.rest, self.rest.sizes[0]
        first = right[0]
        others = np.concatenate([r.T.ravel() for r in right[1:]])
        if passed is not None:
            first = first + rest.sum_groups(passed[:q])
            weights = passed[q:].ravel()
            others = others + np.bincount(rest.places.ravel(), weights, minlength=rest.dense)
        others = others - self.whole.T @ first.T.ravel()
        effects = linalg.cho_solve((self.factor, True), others, check_finite=False)
        own = applied(self.own, first) - (self.whole @ effects).reshape(-1, q).T
        spans = zip(rest.spans, rest.sizes[1:], strict=True)
        return [own, *(effects[a:b].reshape(-1, size).T for (a, b), size in spans)]

    def covariances(self) -> np.ndarray:
        """(Q, Q, U): as Factor.covariances, of these levels' units."""
        rest = self.rest
        among = linalg.cho_solve((self.factor, True), np.eye(rest.dense), check_finite=False)
        above = among[rest.places[:, None], rest.places[None]]
        cross = -self._reached(among)
        own = self.own - rest.sum_groups(times(cross, transposed(self.gain)))
        first = own[..., rest.group]
        return np.concatenate(
            [np.concatenate([first, cross], 1), np.concatenate([transposed(cross), above], 1)]
        )

    def _reached(self, among: np.ndarray) -> np.ndarray:
        """(q, Qr, U): gain times the dense covariance, at each unit's own places; in pieces."""
        rest, q = self.rest, self.rest.sizes[0]
        out = np.empty_like(self.gain)
        step = max(AT_ONCE // (rest.dense * q), 1)
        ordered = rest.group[rest.order]
        for begin in range(0, rest.groups[0], step):
            end = min(begin + step, rest.groups[0])
            product = (self.whole[begin * q : end * q] @ among).reshape(end - begin, q, -1)
            units = rest.order[slice(*np.searchsorted(ordered, (begin, end)))]
            at = rest.group[units] - begin
            for a in range(q):
                out[a][:, units] = product[at, a, rest.places[:, units]]
        return out


def _sparse(rest: Rest, values: np.ndarray) -> sparse.csr_array:
    """(q J, dense) from each unit's block (q, Qr, U)."""
    q = len(values)
    rows = rest.group * q + np.arange(q)[:, None, None]
    rows = np.broadcast_to(rows, values.shape)
    columns = np.broadcast_to(rest.places[None], values.shape)
    shape = (rest.groups[0] * q, rest.dense)
    return sparse.coo_array((values.ravel(), (rows.ravel(), columns.ravel())), shape).tocsr()
