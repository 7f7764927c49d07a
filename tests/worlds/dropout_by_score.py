"""Who is worse at the landmark leaves early."""

import numpy as np

from tests.worlds import works
from tests.worlds.world import World


def make(seed: int, **changes) -> World:
    """The course up to the landmark is what leaving depends on, and is adjusted for."""

    def leave(symptoms, _alliance):
        return 1 / (1 + np.exp(1.5 - 0.25 * (symptoms - 13.4)))

    return works.make(seed, leave=leave, **changes)
