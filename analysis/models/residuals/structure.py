"""What residuals may be instead of independent and alike, and how rows are made so.

Within a series, residuals e_1, e_2, … correlate by r^(distance in time): AR(1) where times are
whole numbers, its continuous-time form where they are not (Jones & Boadi-Boateng 1991,
doi:10.2307/2532504; nlme's corAR1 and corCAR1). Their SD may differ between the levels of a
category (varIdent). Rows over their level's SD, less r^distance times the row before and over what
that leaves, have independent residuals of one SD: a fit of them is a fit of the model.
"""

from dataclasses import dataclass

import numpy as np

from analysis.base.errors import ModelError

MOST_LEVELS = 12  # of a category that spreads may go by
FEWEST_ROWS = 10  # of one of its levels
FEWEST_PAIRS = 20  # rows that follow another one
WHOLE = 1e-9  # how far from a whole number a time may lie and be one
# A correlation nearer one than this is a random intercept of the series.
NEAREST = 1 - 1e-9


@dataclass(frozen=True, slots=True)
class Series:
    """previous (N,): the row before each of the same series, -1 for the first. gap (N,): the time
    between them in units of `unit`; 1 for the first. whole: whether all gaps are whole numbers of
    units, so that neighbours may alternate."""

    previous: np.ndarray
    gap: np.ndarray
    unit: float
    whole: bool


def series_of(code: np.ndarray, time: np.ndarray, name: str) -> Series:
    """Rows in the order of `time` (N,) within the series (N,) `code`; name: of the time.

    unit: of whole times the largest that divides every gap, of others the usual gap. ModelError
    where a series has a time twice, or too few rows follow another.
    """
    order = np.lexsort((time, code))
    same = np.diff(code[order]) == 0
    step = np.diff(time[order])[same]
    twice = len(np.unique(code[order][1:][same][step <= 0]))
    if twice:
        raise ModelError(
            f"{twice:,} series have the same '{name}' in two rows: what follows what?",
            where=f"the serial correlation over '{name}'",
            allowed="a time that each row of a series has for itself",
            next_step="name the number of the session, or a finer series",
        )
    if len(step) < FEWEST_PAIRS:
        raise ModelError(
            f"{len(step):,} rows follow another one: too few for a serial correlation",
            where=f"the serial correlation over '{name}'",
            allowed=f"at least {FEWEST_PAIRS}",
            next_step="leave the serial correlation out",
        )
    whole = bool(np.abs(step - np.round(step)).max() < WHOLE)
    unit = float(np.gcd.reduce(np.round(step).astype(np.int64)) if whole else np.median(step))
    previous, gap = np.full(len(code), -1, dtype=np.int64), np.ones(len(code))
    previous[order[1:][same]] = order[:-1][same]
    gap[order[1:][same]] = np.round(step / unit) if whole else step / unit
    return Series(previous, gap, unit, whole)


@dataclass(frozen=True, slots=True)
class Spreads:
    """code (N,): the level of each row; levels: their names. reference: the level with most rows,
    whose SD is sigma while a fit is looked for."""

    code: np.ndarray
    levels: tuple[str, ...]
    reference: int

    @property
    def others(self) -> list[int]:
        return [k for k in range(len(self.levels)) if k != self.reference]


def spreads_of(code: np.ndarray, levels: tuple[str, ...], name: str) -> Spreads:
    """ModelError where the category `name` has too many levels, one alone, or one of few rows."""
    counts = np.bincount(code, minlength=len(levels))
    if not 2 <= len(levels) <= MOST_LEVELS or counts.min() < FEWEST_ROWS:
        few = int((counts < FEWEST_ROWS).sum())
        said = f"{len(levels):,} levels" + (f", {few:,} of them of few rows" if few else "")
        raise ModelError(
            f"'{name}' has {said}: no residual SD for each",
            where=f"the spread by '{name}'",
            allowed=f"2 to {MOST_LEVELS} levels of at least {FEWEST_ROWS} rows each",
            next_step="name another category, or join its levels",
        )
    return Spreads(code, levels, int(counts.argmax()))


@dataclass(frozen=True, slots=True)
class Structure:
    """eta (k,), what is searched for: with a series the transformed correlation first (inverse
    hyperbolic tangent where neighbours may alternate, else the logit); then the logarithm of each
    other level's SD over the reference's."""

    series: Series | None
    spreads: Spreads | None

    @property
    def size(self) -> int:
        return (self.series is not None) + (len(self.spreads.others) if self.spreads else 0)

    def starts(self) -> np.ndarray:
        """(s, k) where a search may start."""
        out = np.zeros((3 if self.series else 1, self.size))
        if self.series:
            given = np.array([0.1, 0.4, 0.8])
            whole = self.series.whole
            out[:, 0] = np.arctanh(given) if whole else np.log(given / (1 - given))
        return out

    def correlation(self, eta: float) -> float:
        """Of two rows one unit apart. Worked: 0 -> 0 of whole times, 0.5 of others."""
        if self.series is not None and self.series.whole:
            return float(np.tanh(eta))
        return float(1 / (1 + np.exp(-eta)))

    def ratios(self, eta: np.ndarray) -> np.ndarray:
        """(levels,) of SDs to the reference's; one without levels."""
        if self.spreads is None:
            return np.ones(1)
        out = np.ones(len(self.spreads.levels))
        out[self.spreads.others] = np.exp(eta[self.series is not None :])
        return out

    def apart(self, base: np.ndarray, eta: np.ndarray) -> tuple[np.ndarray, float]:
        """Rows (N, d) with independent residuals of one SD, and the logarithm of the determinant
        of the residuals' covariance over sigma^2."""
        log_det = 0.0
        if self.spreads is not None:
            ratio = self.ratios(eta)[self.spreads.code]
            base, log_det = base / ratio[:, None], 2 * float(np.log(ratio).sum())
        if self.series is None:
            return base, log_det
        r = float(np.clip(self.correlation(float(eta[0])), -NEAREST, NEAREST))
        later = self.series.previous >= 0
        gap = self.series.gap[later]
        power = np.abs(r) ** gap
        if r < 0:
            power = power * np.where(gap % 2 == 1, -1.0, 1.0)
        left = 1 - power**2
        out = base.copy()
        out[later] -= power[:, None] * base[self.series.previous[later]]
        out[later] /= np.sqrt(left)[:, None]
        return out, log_det + float(np.log(left).sum())
