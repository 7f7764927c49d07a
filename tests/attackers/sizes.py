"""Of how many a share can be, by what it says: its interval, its limit, and 'of 40' in a chart.

By the rules of docs/sharing.md: an interval is Wilson's at the ends of what the share leaves open,
made for the least that its printed count leaves open, or for the next lower ten, twenty or forty,
or one lower still.
"""

import numpy as np

from tests.attackers.forms import Share

PRINTED, TENS, WIDE = "its count is printed", "tens", "tens, and one lower"
Z = 1.959963984540054
EPS = 1e-9
NOT_REACHED = 1e-6  # below a range's upper end
FEW = 7


def told_of(n: np.ndarray, way: str) -> tuple[np.ndarray, np.ndarray]:
    """Of how many a share of n says it is one, and how many that are at the least."""
    if way == PRINTED:
        shown = 5 * ((n + 2) // 5)
        return shown, np.maximum(1, shown - 2)
    tens = np.where(n < 40, 10, np.where(n < 160, 20, 40))
    shown = np.maximum(0, n // tens * tens - (tens if way == WIDE else 0))
    return shown, np.maximum(1, shown)


def open_to(told: Share | None, of: int | None, way: str, most: int) -> np.ndarray:
    """Each n up to `most` of which a share that is no sum would be printed so."""
    n = np.arange(1, most + 1)
    shown, least = told_of(n, way)
    able = np.ones(len(n), dtype=bool) if of is None else shown == of
    if told is None:
        return n[able]
    fits = np.zeros(len(n), dtype=bool)
    for low, high, limited in _ends(told, shown, least):
        fits |= limited & _has_interval(told, low, high, least)
    return n[able & fits]


def step_of(shown: np.ndarray) -> np.ndarray:
    """In steps of how many points a rate goes that says it is one of so many."""
    return np.where(shown < 160, 5, np.where(shown < 400, 2, 1))


def _ends(told: Share, shown: np.ndarray, least: np.ndarray):
    """(low, high, where it can be so) of what a share leaves open, in 0..1, by its size as told."""
    nowhere, everywhere = np.zeros(len(shown)), np.ones(len(shown), dtype=bool)
    if told.is_rate:
        half = step_of(shown) / 2
        low, high = (told.low - half) / 100, (told.low + half) / 100
        yield np.maximum(low, 0), np.minimum(high, 1), told.low % (2 * half) == 0
        return
    top = nowhere + told.high / 100 - NOT_REACHED
    if not told.low:  # of 0 to 7: their own limit, or a rougher one that holds it
        few = np.minimum(1, FEW / least)
        yield nowhere, few, np.floor(100 * few + EPS) + 1 == told.high
        yield nowhere, top, (few < top + NOT_REACHED) & (told.high in (20, 40))
    if told.high - told.low in (20, 40):
        yield nowhere + told.low / 100, top, everywhere


def _has_interval(told: Share, low: np.ndarray, high: np.ndarray, least: np.ndarray) -> np.ndarray:
    if told.first is None or told.last is None:
        return np.ones(len(least), dtype=bool)
    first = np.floor(100 * _wilson(low, least, -1) + EPS)
    last = np.ceil(100 * _wilson(high, least, 1) - EPS)
    return (first == told.first) & (last == told.last)


def _wilson(share: np.ndarray, n: np.ndarray, side: int) -> np.ndarray:
    middle = share + Z * Z / (2 * n)
    half = Z * np.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    end = (middle + side * half) / (1 + Z * Z / n)
    return np.where(share == (1 if side > 0 else 0), share, end)
