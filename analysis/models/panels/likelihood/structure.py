"""The two panel models as mean and covariance of all sessions, with first and second derivatives.

y_t = mu_t + G eta + w_t,  w_t = A w_(t-1) + u_t,  for two measures. Columns of the data run by
session, within a session by measure: s1, a1, s2, a2, ... With M the lower block matrix of the
powers of A, D the blocks P (first session) and Q_t (innovations), Psi the covariance of eta:

    V = M D M' + G Psi G'

RI-CLPM (Hamaker, Kuiper & Grasman 2015, doi:10.1037/a0038889): eta are two random intercepts.
LCM-SR (Curran, Howard, Bainter, Lane & McGinley 2014, doi:10.1037/a0035297): and two slopes.
"""

from dataclasses import dataclass

import numpy as np

MODELS = ("ri-clpm", "lcm-sr")
LAGS = 4  # in the order ss, sa, as, aa: the rows of A, A[i, j] leading from measure j to i
_PAIRS = ((0, 0), (1, 0), (1, 1))  # a block's variances and covariance


@dataclass(frozen=True, slots=True)
class Structure:
    """Where each parameter stands in theta: means (d,), then the covariance's.

    The covariance's are: lags (4,) ss, sa, as, aa; blocks (T, 3): variance, covariance, variance
    of P, then of each Q_t; random (2 or 4 effects, lower triangle by rows): Psi, or its
    triangular factor when `factored`, which keeps Psi from leaving what variances can be.
    Slopes count sessions as (t - middle) / T: `loadings` (d, 2 or 4) is G.
    """

    model: str
    sessions: int
    factored: bool = False

    @property
    def d(self) -> int:
        return 2 * self.sessions

    @property
    def effects(self) -> int:
        return 2 if self.model == "ri-clpm" else 4

    @property
    def size(self) -> int:
        """Free parameters, the means among them."""
        return self.d + LAGS + 3 * self.sessions + self.effects * (self.effects + 1) // 2

    @property
    def loadings(self) -> np.ndarray:
        ones = np.tile(np.eye(2), (self.sessions, 1))
        if self.model == "ri-clpm":
            return ones
        return np.hstack([ones, ones * np.repeat(self.times, 2)[:, None]])

    @property
    def times(self) -> np.ndarray:
        """(T,) sessions about their middle, in units of T: keeps Psi well conditioned."""
        return (np.arange(self.sessions) - (self.sessions - 1) / 2) / self.sessions

    @property
    def raw_times(self) -> np.ndarray:
        """(effects, effects): eta with time 0, 1, ... of the effects here; Psi raw = K Psi K'."""
        if self.model == "ri-clpm":
            return np.eye(2)
        at_first, a_session = self.times[0], 1 / self.sessions
        return np.block(
            [[np.eye(2), at_first * np.eye(2)], [np.zeros((2, 2)), a_session * np.eye(2)]]
        )

    def split(self, theta: np.ndarray) -> "Parts":
        own = theta[self.d :]
        blocks = own[LAGS : LAGS + 3 * self.sessions].reshape(self.sessions, 3)
        lower = np.zeros((self.effects, self.effects))
        lower[np.tril_indices(self.effects)] = own[LAGS + 3 * self.sessions :]
        random = lower @ lower.T if self.factored else lower + np.tril(lower, -1).T
        return Parts(theta[: self.d], own[:LAGS].reshape(2, 2), _symmetric(blocks), random, lower)

    def join(self, mean, lags, blocks, random) -> np.ndarray:
        """theta of mean (d,), lags (2, 2), blocks (T, 2, 2), random (effects, effects); where
        `factored`, random is the triangular factor itself."""
        by_block = np.stack([blocks[:, i, j] for i, j in _PAIRS], axis=1)
        lower = random[np.tril_indices(self.effects)]
        return np.concatenate([mean, lags.ravel(), by_block.ravel(), lower])

    def covariance(self, theta: np.ndarray) -> np.ndarray:
        """(d, d) V."""
        parts = self.split(theta)
        within = self.within(parts)
        return within + self.loadings @ parts.random @ self.loadings.T

    def within(self, parts: "Parts") -> np.ndarray:
        """(d, d) M D M': the covariance of what is left of a patient's own line."""
        m = powers(parts.lags, self.sessions)
        v = m @ _diagonal_blocks(parts.blocks) @ m.T
        return (v + v.T) / 2

    def jacobian(self, theta: np.ndarray) -> np.ndarray:
        """(c, d, d) derivatives of V by the covariance's parameters, in their order."""
        parts = self.split(theta)
        m = powers(parts.lags, self.sessions)
        c = self.within(parts)
        by_lag = [_both(m @ _shifted(e, self.sessions) @ c) for e in _units()]
        by_block = _block_directions(m, self.sessions)
        g = self.loadings
        by_random = [g @ e @ g.T for e in self._random_directions(parts)]
        return np.concatenate([by_lag, by_block, by_random])

    def second(self, theta: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """(c, c) second derivatives of tr(weight V), weight (d, d) symmetric."""
        parts = self.split(theta)
        t = self.sessions
        m = powers(parts.lags, t)
        c = self.within(parts)
        size = LAGS + 3 * t
        out = np.zeros((self.size - self.d,) * 2)
        steps = [m @ _shifted(e, t) for e in _units()]  # dM = step M
        pulled = [weight @ s for s in steps]
        for i in range(LAGS):
            for j in range(LAGS):
                # d2 C = S1 S2 C + S2 S1 C + S1 C S2' and its transpose
                out[i, j] = 2 * np.sum(pulled[i] * (steps[j] @ c + c @ steps[j].T).T) + 2 * np.sum(
                    pulled[j] * (steps[i] @ c).T
                )
            # lags by blocks: S M E M' and its transpose
            back = 2 * (m.T @ pulled[i] @ m)
            out[i, LAGS:size] = out[LAGS:size, i] = _block_traces(back, t)
        out[:LAGS, :LAGS] = (out[:LAGS, :LAGS] + out[:LAGS, :LAGS].T) / 2
        if self.factored:
            out[size:, size:] = self._factor_second(self.loadings.T @ weight @ self.loadings)
        return out

    def _random_directions(self, parts: "Parts") -> list[np.ndarray]:
        found = []
        for i, j in zip(*np.tril_indices(self.effects), strict=True):
            e = np.zeros((self.effects, self.effects))
            e[i, j] = 1.0
            if self.factored:
                e = e @ parts.lower.T
                found.append(e + e.T)
            else:
                e[j, i] = 1.0
                found.append(e)
        return found

    def _factor_second(self, inner: np.ndarray) -> np.ndarray:
        rows, columns = np.tril_indices(self.effects)
        same = columns[:, None] == columns[None, :]
        return np.where(same, 2 * inner[rows[:, None], rows[None, :]], 0.0)


@dataclass(frozen=True, slots=True)
class Parts:
    """One point in its parts: mean (d,), lags (2, 2), blocks (T, 2, 2): P, then each Q_t,
    random (effects, effects): Psi; lower: the triangle that theta holds of it."""

    mean: np.ndarray
    lags: np.ndarray
    blocks: np.ndarray
    random: np.ndarray
    lower: np.ndarray


def powers(lags: np.ndarray, sessions: int) -> np.ndarray:
    """(2T, 2T) block matrix with A^(t-u) at (t, u), u <= t."""
    m = np.zeros((sessions, 2, sessions, 2))
    power = np.eye(2)
    for step in range(sessions):
        t = np.arange(step, sessions)
        m[t, :, t - step, :] = power
        power = lags @ power
    return m.reshape(2 * sessions, 2 * sessions)


def _units() -> list[np.ndarray]:
    return [np.eye(4)[i].reshape(2, 2) for i in range(LAGS)]


def _shifted(block: np.ndarray, sessions: int) -> np.ndarray:
    """`block` on the diagonal below the main one: what leads from each session to the next."""
    return np.kron(np.eye(sessions, k=-1), block)


def _both(product: np.ndarray) -> np.ndarray:
    return product + product.T


def _symmetric(packed: np.ndarray) -> np.ndarray:
    """(T, 2, 2) of (T, 3)."""
    return packed[:, [0, 1, 1, 2]].reshape(-1, 2, 2)


def _diagonal_blocks(blocks: np.ndarray) -> np.ndarray:
    t = len(blocks)
    out = np.zeros((t, 2, t, 2))
    out[np.arange(t), :, np.arange(t), :] = blocks
    return out.reshape(2 * t, 2 * t)


def _block_directions(m: np.ndarray, sessions: int) -> np.ndarray:
    """(3T, d, d): M E M' for each variance and covariance of each block."""
    columns = m.reshape(len(m), sessions, 2).transpose(1, 2, 0)  # session, measure, d
    s, a = columns[:, 0], columns[:, 1]
    ss = s[:, :, None] * s[:, None, :]
    aa = a[:, :, None] * a[:, None, :]
    sa = s[:, :, None] * a[:, None, :]
    return np.stack([ss, sa + sa.transpose(0, 2, 1), aa], axis=1).reshape(-1, len(m), len(m))


def _block_traces(back: np.ndarray, sessions: int) -> np.ndarray:
    """(3T,) tr(back E) for each variance and covariance of each block."""
    blocks = back.reshape(sessions, 2, sessions, 2)
    own = blocks[np.arange(sessions), :, np.arange(sessions), :]
    return np.stack([own[:, 0, 0], own[:, 0, 1] + own[:, 1, 0], own[:, 1, 1]], axis=1).ravel()
