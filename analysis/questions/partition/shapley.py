"""Shares of a whole among its contributors, the same for every order of entry.

Shapley 1953; for R2: Lindeman, Merenda & Gold 1980; Groemping 2007, doi:10.1198/000313007X188252.
"""

from itertools import combinations
from math import factorial

import numpy as np


def subsets(blocks: int) -> list[tuple[int, ...]]:
    """All subsets of range(blocks), the empty one first, by size."""
    return [c for size in range(blocks + 1) for c in combinations(range(blocks), size)]


def shapley(values: dict[tuple[int, ...], np.ndarray], blocks: int) -> np.ndarray:
    """(blocks, …) shares from the value (any shape) of every subset.

    share of b = sum over S without b of |S|! (k - |S| - 1)! / k! (value(S with b) - value(S)).
    They add up to value(all) - value(none). Worked: value(none) 0, (a) .10, (b) .06, (a, b) .12:
    a gets ((.10 - 0) + (.12 - .06)) / 2 = .08, b gets .04.
    """
    shares = []
    for b in range(blocks):
        total = 0.0
        for subset in subsets(blocks):
            if b in subset:
                continue
            size = len(subset)
            weight = factorial(size) * factorial(blocks - size - 1) / factorial(blocks)
            total = total + weight * (values[tuple(sorted((*subset, b)))] - values[subset])
        shares.append(total)
    return np.array(shares)
