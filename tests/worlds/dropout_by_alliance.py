"""Who has a poor alliance leaves early."""

import numpy as np

from tests.worlds import works
from tests.worlds.world import World


def make(seed: int, **changes) -> World:
    def leave(_symptoms, alliance):
        return 1 / (1 + np.exp(1.5 + 2.0 * (alliance - 3.5)))

    return works.make(seed, leave=leave, **changes)
