"""Alliances that break now and then and mend, in treatments where they do nothing."""

import numpy as np

from tests.worlds import mirror
from tests.worlds.world import World


def make(seed: int, **changes) -> World:
    """`mirror` of the symptoms behind scores of reliability .85; in a tenth of the sessions both
    ratings fall by one and a half points."""
    world = mirror.make(seed, reliability=0.85, mirrors="symptoms", **changes)
    rng = np.random.default_rng((seed, 606))
    broken = rng.random(len(world.table["session"])) < 0.1
    table = dict(world.table)
    for name in ("bond", "goal"):
        table[name] = np.where(broken, table[name] - 1.5, table[name])
    return World(table, world.truth)
