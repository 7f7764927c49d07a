"""From the fits of every subset to shares with intervals: what is shown and what cannot be told."""

from dataclasses import dataclass

import numpy as np

from analysis.measures.conventions import ENDS, Z, enough_usable
from analysis.questions.partition.fits.rsquared import Explained
from analysis.questions.partition.result import AdjustedFor, BlockShare, LevelShare, Unexplained
from analysis.questions.partition.rows.prepared import Prepared
from analysis.questions.partition.shapley import shapley
from analysis.questions.partition.shares.true_means import Corrected

# With fewer groups their variance's interval is not what it says (docs/validation.md).
FEWEST_FOR_INTERVAL = 8

Fits = dict[tuple[int, ...], Explained]


@dataclass(frozen=True)
class Replicated:
    """point: the sample's own fits. replicates: batches of them, empty for none. simulated: those
    that the group levels' unexplained shares are told from, None for none; bounds (1 + L,): of a
    level whose variance cannot be told from none, its upper bound as a share of the unexplained,
    NaN elsewhere. corrected: None where nothing is. shifted: the sample's fits with the scores'
    noise a standard error smaller and larger, () where there is none; corrected_shifted: theirs."""

    point: Fits
    replicates: list[Fits]
    simulated: Fits | None
    bounds: np.ndarray | None
    corrected: Corrected | None
    shifted: tuple[Fits, ...] = ()
    corrected_shifted: tuple[Corrected, ...] = ()

    @property
    def failed(self) -> int:
        return int((~self._ok()).sum()) if self.replicates else 0

    def usable(self) -> np.ndarray | None:
        """Which replicates count; None when there are none or most of them failed."""
        if not self.replicates:
            return None
        ok = self._ok()
        return ok if enough_usable(ok.sum(), len(ok)) else None

    def _ok(self) -> np.ndarray:
        each = [np.all([e.ok for e in batch.values()], axis=0) for batch in self.replicates]
        return np.concatenate(each)


class Shares:
    """Every share of a partition, from its Replicated."""

    def __init__(self, prepared: Prepared, found: Replicated):
        self.prepared, self.found = prepared, found
        self.k = len(prepared.blocks)
        self.full = tuple(range(self.k))
        self.usable = found.usable()
        self.shown = self._shown()

    def _shown(self) -> dict[str, np.ndarray]:
        """The parts of the whole as they are shown: 'adjusted' (1,), 'blocks' (k,), 'left' (L,).

        A share below 0, which the correction for chance can leave, is 0; all are then divided by
        their sum, so that they sum to 1. Worked: .6, .42, -.02 become .588, .412, 0.
        """
        point, full = self.found.point, self.full
        parts = {
            "adjusted": point[()].total[:1],
            "blocks": shared_out(point, "fixed")[:, 0].sum(axis=1),
            "left": point[full].random[0],
        }
        kept = {name: np.maximum(values, 0.0) for name, values in parts.items()}
        whole = sum(values.sum() for values in kept.values())
        return {name: values / whole if whole > 0 else values for name, values in kept.items()}

    def blocks(self) -> tuple[BlockShare, ...]:
        """The factors' shares."""
        return tuple(self._block(b) for b in self.full)

    def _block(self, b: int) -> BlockShare:
        columns = len(self.prepared.block_columns[b])
        if not columns:
            return BlockShare(*self.prepared.blocks[b], None, None, None, None, None)
        point = self.found.point
        rest = tuple(i for i in self.full if i != b)
        alone = point[(b,)].total[0] - point[()].total[0]
        last = point[self.full].total[0] - point[rest].total[0]
        share = float(self.shown["blocks"][b])
        _, *ends = self._ends(lambda f: shared_out(f, "fixed")[b].sum(axis=1), columns)
        low, high = _around(share, *ends)
        return BlockShare(
            *self.prepared.blocks[b], share, low, high, _unit(alone), _unit(last),
            *self._corrected("total", "reliability", b),
        )  # fmt: skip

    def levels(self) -> tuple[LevelShare, ...]:
        return tuple(
            self._level(j, b)
            for j in range(len(self.prepared.levels))
            for b in self.full
            if self.prepared.has_part(b, self.prepared.levels[j])
        )

    def _level(self, j: int, b: int) -> LevelShare:
        columns = self.prepared.parts_at(b, self.prepared.levels[j])
        share, *ends = self._ends(lambda f: shared_out(f, "level_r2")[b][:, j], columns)
        share = _unit(share)
        corrected = self._corrected("levels", "level_reliability", (j, b))
        low, high = _around(share, *ends)
        name, factor = self.prepared.levels[j], self.prepared.blocks[b][0]
        return LevelShare(name, factor, share, low, high, *corrected, *self._effects(j, b))

    def _effects(self, j: int, b: int):
        """(needed, effect and its ends, true effect and its ends), None for what is not told."""
        own = self.found.corrected
        if own is None:
            return (None,) * 7
        found = [own.needed[j, b], *own.effects.observed[:, j, b], *own.effects.corrected[:, j, b]]
        return tuple(None if not np.isfinite(v) else float(v) for v in found)

    def unexplained(self) -> tuple[Unexplained, ...]:
        """The outermost level first."""
        return tuple(self._left(i) for i in reversed(range(len(self.prepared.random_levels))))

    def _left(self, i: int) -> Unexplained:
        name = self.prepared.random_levels[i]
        value = float(self.shown["left"][i])
        rows_own = i == 0 and not self.prepared.time
        if rows_own or self.found.simulated is None:
            _, low, high = self._ends(lambda f: f[self.full].random[:, i], 0)
            return Unexplained(name, value, *_around(value, low, high))
        if self.prepared.groups.get(name, 0) < FEWEST_FOR_INTERVAL:
            return Unexplained(name, value)
        own = self.found.simulated[self.full]
        low, high = np.quantile(own.random[own.ok, i], ENDS)
        if self.found.bounds is not None and np.isfinite(self.found.bounds[i]):
            low, high = 0.0, self.found.bounds[i] * self.shown["left"].sum()
        return Unexplained(name, value, *_around(value, float(low), float(high)))

    def adjusted(self) -> AdjustedFor | None:
        if not self.prepared.adjusted:
            return None
        _, *ends = self._ends(lambda f: f[()].total, len(self.prepared.adjust_columns))
        share = float(self.shown["adjusted"][0])
        return AdjustedFor(self.prepared.adjusted, share, *_around(share, *ends))

    def _corrected(self, name: str, reliability: str, at):
        """(corrected, low, high, reliability), None for what is not told."""
        own = self.found.corrected
        if own is None:
            return None, None, None, None
        value, low, high = (float(v[at]) for v in getattr(own, name))
        others = [float(getattr(other, name)[0][at]) for other in self.found.corrected_shifted]
        if np.isfinite([low, *others]).all() and others:
            low, high = _apart(value, low, high, Z * abs(others[1] - others[0]) / 2)
            low, high = _unit(low), _unit(high)
        values = [value, low, high, getattr(own, reliability)[at]]
        return tuple(None if not np.isfinite(v) else float(v) for v in values)

    def _ends(self, pick, columns: int) -> tuple[float, float | None, float | None]:
        """The value that pick takes from the fits, and its percentile interval, moved by the
        replicates' bias: their coefficients carry the noise of the sample and their own, so their
        explained variance lies too high. columns: how many coefficients it rests on, 0 for none
        (what is unexplained): of a single one the variance is between (b - 1.96 se)^2 and
        (b + 1.96 se)^2, so the upper end of few is moved by less."""
        value = float(pick(self.found.point)[0])
        if self.usable is None:
            return value, None, None
        values = np.concatenate([pick(batch) for batch in self.found.replicates])[self.usable]
        low, high = np.quantile(values, ENDS)
        bias = float(values.mean()) - value
        low, high = float(low) - bias, float(high) - bias * (1 - 1 / columns if columns else 1)
        return value, *self._widened(pick, value, low, high)

    def _widened(self, pick, value: float, low: float, high: float) -> tuple[float, float]:
        """The ends, with what a noise of the scores that is only estimated adds to them: both are
        independent, so their distances from the value add as squares."""
        if not self.found.shifted:
            return low, high
        smaller, larger = (float(pick(fits)[0]) for fits in self.found.shifted)
        low, high = _apart(value, low, high, Z * abs(larger - smaller) / 2)
        return low, max(high, smaller, larger)


def _apart(value: float, low: float, high: float, added: float) -> tuple[float, float]:
    """The ends further from the value by an independent half width."""
    below = float(np.hypot(max(value - low, 0.0), added))
    return value - below, value + float(np.hypot(max(high - value, 0.0), added))


def shared_out(fits: Fits, what: str) -> np.ndarray:
    """(blocks, B, levels) Shapley shares of 'fixed' (of all variance) or of 'level_r2'."""
    blocks = max(map(len, fits))
    return shapley({subset: getattr(e, what) for subset, e in fits.items()}, blocks)


def _unit(value: float) -> float:
    return float(min(max(value, 0.0), 1.0))


def _around(value: float, low: float | None, high: float | None):
    """Ends between 0 and 1, with the value between them."""
    if low is None or high is None:
        return None, None
    return min(_unit(low), value), max(_unit(high), value)
