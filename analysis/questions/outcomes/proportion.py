"""A proportion with its interval."""

from dataclasses import dataclass, replace
from math import sqrt
from typing import Protocol

from scipy import special

from analysis.measures.conventions import LEVEL

MET, NOT_MET, OPEN = "met", "not met", "cannot be told"


class Proportion(Protocol):
    """A rate as it is told: as it was counted (`Rate`), or as a shared file may say it."""

    @property
    def metric(self) -> str: ...

    @property
    def count(self) -> int | None: ...

    @property
    def n(self) -> int: ...

    @property
    def patients(self) -> int | None: ...

    @property
    def of_patients(self) -> int | None: ...

    @property
    def decimals(self) -> int | None: ...

    @property
    def of(self) -> str: ...

    @property
    def share(self) -> float | None: ...

    @property
    def low(self) -> float | None: ...

    @property
    def high(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` of `n` treatments; share, low and high in 0..1, None where n is 0. of: whose, where a
    report must know (`Cell.of`).

    patients, of_patients: the distinct patients behind count and n, None where only counts of
    treatments are known. The interval is Wilson's; it takes treatments as independent.
    """

    metric: str
    count: int
    n: int
    patients: int | None = None
    of_patients: int | None = None
    decimals: int | None = None
    of: str = ""

    @property
    def share(self) -> float | None:
        return self.count / self.n if self.n else None

    @property
    def low(self) -> float | None:
        return wilson(self.count, self.n)[0]

    @property
    def high(self) -> float | None:
        return wilson(self.count, self.n)[1]


@dataclass(frozen=True, slots=True)
class ToldShare:
    """A share with the attributes of `Proportion`: the rest of a told one."""

    metric: str
    count: int | None
    n: int
    share: float | None
    low: float | None
    high: float | None
    patients: int | None = None
    of_patients: int | None = None
    decimals: int | None = None
    of: str = ""


def wilson(count: int, n: int, level: float = LEVEL) -> tuple[float | None, float | None]:
    """The score interval of a proportion; (None, None) where n is 0.

    Source: Wilson 1927, doi:10.1080/01621459.1927.10502953. Worked: 81 of 263 give .2553 to .3662.
    """
    return score_interval(count, n, level) if n > 0 else (None, None)


def score_interval(count: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """Wilson's interval for n > 0; count and n need not be whole."""
    z = float(special.ndtri((1 + level) / 2))
    share = count / n
    middle = share + z * z / (2 * n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # At 0 and n rounding would leave a residue where the exact bound is 0 or 1.
    low = 0.0 if count == 0 else (middle - half) / (1 + z * z / n)
    high = 1.0 if count == n else (middle + half) / (1 + z * z / n)
    return low, high


def rest_of(over: Proportion | None, name: str) -> Proportion | None:
    """The share of all others, with its interval. Worked: .25 (.16 to .37) -> .75 (.63 to .84)."""
    if over is None or over.share is None or over.low is None or over.high is None:
        return None
    if isinstance(over, Rate):
        return replace(over, metric=name, count=over.n - over.count, patients=None)
    share, low, high = (_rest(v) for v in (over.share, over.high, over.low))
    return ToldShare(name, None, over.n, share, low, high, decimals=over.decimals, of=over.of)


def reading(points: float, low: float, high: float, is_less_better: bool = False) -> str:
    """Whether a target is met, of a rate's interval in points: the whole of it on one side, or it
    cannot be told. Worked: 50, (52, 58) -> met; (47, 58) -> cannot be told; 5, (6, 9), less is
    better -> not met."""
    if is_less_better:
        return MET if high <= points else NOT_MET if low > points else OPEN
    return MET if low >= points else NOT_MET if high < points else OPEN


def _rest(share: float) -> float:
    return round(1 - share, 10) + 0.0
