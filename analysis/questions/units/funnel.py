"""Units against their common rate: a funnel plot, with and without over-dispersion.

Source: Spiegelhalter 2005, doi:10.1002/sim.1970. Real units differ by more than chance for many
small reasons; limits from chance alone then accuse a third of them.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy import special

KINDS = {
    "additive": "Over-dispersion added (random effects)",
    "multiplicative": "Over-dispersion multiplied",
    "plain": "Chance alone",
}
LEVELS = (0.95, 0.998)
WINSORISED = 0.10  # of the z scores at each end
FEWEST_UNITS = 10  # below it the over-dispersion is hardly known


@dataclass(frozen=True, slots=True)
class Unit:
    """A clinic, therapist or provider: `count` of `n` treatments, not whole where it is that of a
    rate as a shared file tells it."""

    label: str
    count: float
    n: int


@dataclass(frozen=True, slots=True)
class Placed:
    """A unit in the funnel. z: plain; outside: kind -> outside its 99.8 % limits."""

    unit: Unit
    share: float
    z: float
    outside: dict[str, bool]


@dataclass(frozen=True, slots=True)
class Funnel:
    """target: the common rate, 0..1. phi: variance of the winsorised z, 1 by chance alone.
    tau: SD between units, in shares. left_out: units without a treatment."""

    target: float
    phi: float
    tau: float
    units: tuple[Placed, ...]
    left_out: int
    messages: tuple[str, ...]

    def outside(self, kind: str) -> tuple[Placed, ...]:
        """The units outside the 99.8 % limits of one of KINDS."""
        return tuple(u for u in self.units if u.outside[kind])

    def limits(self, n: float, kind: str, level: float = 0.998) -> tuple[float, float]:
        """Lower and upper limit of the share, within 0..1, for a unit of n treatments."""
        half = float(special.ndtri((1 + level) / 2)) * self._se(n, kind)
        return max(0.0, self.target - half), min(1.0, self.target + half)

    def _se(self, n: float, kind: str) -> float:
        variance = self.target * (1 - self.target) / n
        if kind == "multiplicative":
            variance *= max(1.0, self.phi)
        return sqrt(variance + (self.tau**2 if kind == "additive" else 0.0))

    def tidy(self) -> list[dict]:
        """One row a unit: label, count, n, share, z, and outside_ with each of KINDS."""
        return [
            dict(label=p.unit.label, count=p.unit.count, n=p.unit.n, share=p.share, z=p.z)
            | {f"outside_{kind}": p.outside[kind] for kind in KINDS}
            for p in self.units
        ]


def funnel(units) -> Funnel | None:
    """The Funnel of several Units; None where no unit has a treatment.

    z = (share - target) / sqrt(target (1 - target) / n); phi = mean of the squared z after
    winsorising; tau^2 = (I phi - (I - 1)) / (sum w - sum w^2 / sum w), w = n / (target (1 -
    target)), 0 where negative (DerSimonian & Laird). phi below 1 narrows no limit.
    Worked (145 NHS providers, reliable recovery 2024-25): target .47520, phi 10.172,
    tau .02301; outside 99.8 %: 54 plain, 5 multiplicative, 15 additive.
    """
    units = tuple(units)
    kept = [u for u in units if u.n > 0]
    if not kept:
        return None
    counts, n = (np.array([getattr(u, k) for u in kept], dtype=float) for k in ("count", "n"))
    target = float(counts.sum() / n.sum())
    spread = target * (1 - target)
    weights = n / spread if spread > 0 else np.ones_like(n)
    z = (counts / n - target) * np.sqrt(weights) if spread > 0 else np.zeros_like(n)
    phi = _phi(z)
    tau = _tau(phi, weights) if spread > 0 else 0.0
    out = Funnel(target, phi, tau, (), len(units) - len(kept), _messages(len(kept), spread))
    edge = float(special.ndtri(0.999))
    placed = []
    for unit, own in zip(kept, z, strict=True):
        share, plain = unit.count / unit.n, out._se(unit.n, "plain")
        ratio = {kind: plain / out._se(unit.n, kind) if plain else 0.0 for kind in KINDS}
        outside = {kind: abs(own) * ratio[kind] > edge for kind in KINDS}
        placed.append(Placed(unit, share, float(own), outside))
    return Funnel(target, phi, tau, tuple(placed), out.left_out, out.messages)


def _phi(z: np.ndarray) -> float:
    low, high = np.quantile(z, [WINSORISED, 1 - WINSORISED])
    return float(np.mean(np.clip(z, low, high) ** 2))


def _tau(phi: float, weights: np.ndarray) -> float:
    between = weights.sum() - (weights**2).sum() / weights.sum()
    if between <= 0:  # a single unit
        return 0.0
    return sqrt(max(0.0, (len(weights) * phi - (len(weights) - 1)) / between))


def _messages(units: int, spread: float) -> tuple[str, ...]:
    said = []
    if spread == 0:
        said.append("Every treatment has the same outcome: there is nothing to compare")
    if units < FEWEST_UNITS:
        said.append(
            f"With {units} units the differences between them are hardly known: read the limits "
            "as a sketch"
            if units > 1
            else "One unit alone has nothing to differ from: read the limits as a sketch"
        )
    return tuple(said)
