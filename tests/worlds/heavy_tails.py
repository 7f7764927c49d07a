"""What nothing explains has heavy tails: Student's t with four degrees of freedom."""

import numpy as np

from tests.worlds import works
from tests.worlds.world import World


def make(seed: int, **changes) -> World:
    def draw(rng, n):
        return rng.standard_t(4, n) / np.sqrt(2.0)  # a variance of 4 / (4 - 2)

    return works.make(seed, draw=draw, **changes)
