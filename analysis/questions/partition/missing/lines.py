"""From one completed dataset to its factors' shares with draws; from several to one line."""

from dataclasses import dataclass, replace

import numpy as np

from analysis.models.language.moments import Moments
from analysis.models.missing.pooling import pooled
from analysis.questions.partition.fits.simulated_shares import Simulation
from analysis.questions.partition.fits.subset_fits import SubsetFits
from analysis.questions.partition.missing.result import Line, LineShare
from analysis.questions.partition.rows.prepared import Prepared
from analysis.questions.partition.shares.intervals import ENDS, shared_out


@dataclass(frozen=True, slots=True)
class Told:
    """factors and columns (k,), how many coefficients each has, 0 where it cannot be told; share
    (k,); draws (B, k): from the fitted model, moved by their bias as their ends are."""

    rows: int
    factors: tuple[str, ...]
    columns: np.ndarray
    share: np.ndarray
    low_draws: np.ndarray
    high_draws: np.ndarray


def told(prepared: Prepared, draws: int, rng: np.random.Generator) -> Told:
    """The shares of one dataset, with `draws` of each from its fitted model."""
    fits = SubsetFits(prepared)
    point = fits.sample()
    simulated = Simulation(fits).replicates(rng, draws)
    share = shared_out(point, "fixed")[:, 0].sum(axis=1)
    values = shared_out(simulated, "fixed").sum(axis=2).T
    columns = np.array([len(c) for c in prepared.block_columns])
    bias = values.mean(axis=0) - share
    return Told(
        prepared.moments.rows,
        tuple(factor for factor, _ in prepared.blocks),
        columns,
        share,
        values - bias,
        values - bias * (1 - 1 / np.maximum(columns, 1)),
    )


def line(way: str, found: list[Told]) -> Line:
    """One dataset's shares, or several imputed ones' as one (Rubin's rules)."""
    first = found[0]
    shares = [_share(found, b) for b in range(len(first.factors))]
    return Line(way, first.rows, tuple(shares))


def _share(found: list[Told], b: int) -> LineShare:
    factor = found[0].factors[b]
    if not all(t.columns[b] for t in found):
        return LineShare(factor, None, None, None)
    share = np.array([t.share[b] for t in found])
    low = np.quantile(np.concatenate([t.low_draws[:, b] for t in found]), ENDS[0])
    high = np.quantile(np.concatenate([t.high_draws[:, b] for t in found]), ENDS[1])
    value, low, high = (float(np.clip(v, 0.0, 1.0)) for v in (share.mean(), low, high))
    low, high = min(low, value), max(high, value)
    if len(found) == 1:
        return LineShare(factor, value, low, high)
    rule = pooled(share, np.array([t.low_draws[:, b].var(ddof=1) for t in found]))
    return LineShare(factor, value, low, high, rule.se, rule.lost)


def shifted(prepared: Prepared, shift: float) -> Prepared:
    """As if each drawn outcome were `shift` points higher: sums of y + shift * drawn are sums of
    both, so no row is read again."""
    sums = prepared.moments
    drawn = sums.names.index("drawn")
    turn = np.eye(len(sums.names))
    turn[drawn, -1] = shift * sums.scale[drawn] / sums.scale[-1]
    centre = sums.centre.copy()
    centre[-1] += shift * sums.centre[drawn]
    gram = np.swapaxes(turn, 0, 1) @ sums.gram @ turn
    moments: Moments = replace(sums, gram=gram, cross=sums.cross @ turn, centre=centre)
    return replace(prepared, moments=moments)
