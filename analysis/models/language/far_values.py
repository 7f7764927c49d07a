"""Values that stand for "missing" and were read as numbers: far off, and again and again."""

from dataclasses import dataclass

import numpy as np

from analysis.models.language.expressions import Distribution

# Codes that statistics programs and questionnaires use: nines, eights and sevens, and negatives.
CODES = frozenset(
    sign * int(digit * length) for sign in (1, -1) for digit in "789" for length in (1, 2, 3, 4)
) | {-1, 96, 97, 98, -96, -97, -98, 996, 997, 998, -996, -997, -998, 99999, -99999}
MOST_CODES = 3  # at each end: "refused", "not asked", "missing"
# A value that is no usual code must stand this many times as far off as all others are apart.
FARTHER = 3.0


@dataclass(frozen=True, slots=True)
class FarValue:
    """value, in count rows."""

    value: float
    count: int


def far_values(found: Distribution) -> tuple[FarValue, ...]:
    """Values that repeat and lie farther from all others than these are apart.

    Usual codes count from twice on, others from three times and three times as far. At least half
    of the rows and two different values must be left. Worked: 0 to 27 and six times 99: 99.
    """
    values, counts = found.values, found.counts
    best: tuple[int, ...] = ()
    ends = [(a, b) for a in range(MOST_CODES + 1) for b in range(MOST_CODES + 1)]
    for low, high in sorted(ends, key=sum, reverse=True):
        core = values[low : len(values) - high]
        tail = [*range(low), *range(len(values) - high, len(values))]
        if len(core) < 2 or not tail or counts[tail].sum() > counts.sum() / 2:
            continue
        if all(_stands_off(values[i], counts[i], core) for i in tail):
            best = tuple(tail)
            break
    return tuple(FarValue(float(values[i]), int(counts[i])) for i in best)


def may_be_far(low: float, high: float, some: np.ndarray) -> bool:
    """Whether numbers from low to high, of which `some` (n,) are at hand, can have far values.

    False is certain, so that the whole distribution need not be counted. At most MOST_CODES
    different values at each end are far; so of `some` all but as many lie among the others, which
    are at least as wide, and a far value lies farther from them than they are wide.
    """
    core = np.unique(some)[MOST_CODES : -MOST_CODES or None]
    if len(core) < 2:
        return True
    width = core[-1] - core[0]
    return bool(low < core[0] - width or high > core[-1] + width)


def _stands_off(value: float, count: int, core: np.ndarray) -> bool:
    gap, width = max(core[0] - value, value - core[-1]), core[-1] - core[0]
    is_code = value in CODES
    return bool(count >= (2 if is_code else 3) and gap > width * (1.0 if is_code else FARTHER))
