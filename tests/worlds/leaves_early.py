"""Some leave before the landmark: by chance, or after a poor first alliance and high scores."""

import numpy as np

from tests.worlds import works
from tests.worlds.world import World


def make(seed: int, by: str = "alliance", **changes) -> World:
    """`works`, of whom about a third end after two to four sessions. by: 'alliance' (and score, as
    rated in the first two sessions: missing at random) or 'chance'. truth: of all who began."""
    world = works.make(seed, **changes)
    table = world.table
    rng = np.random.default_rng((seed, 808))
    number = np.unique(table["patient"], return_inverse=True)[1]
    n = int(number.max()) + 1
    early = table["session"] <= 2
    count = np.bincount(number[early], minlength=n)
    bond, score = (
        np.bincount(number[early], table[name][early], n) / count for name in ("bond", "phq9")
    )
    risk = np.zeros(n)
    if by == "alliance":
        risk = -1.2 * (bond - bond.mean()) / bond.std() + 0.6 * (score - score.mean()) / score.std()
    gone = rng.random(n) < 1 / (1 + np.exp(0.8 - risk))
    last = np.where(gone, rng.integers(2, 5, n), 10_000)
    kept = table["session"] <= last[number]
    return World({name: values[kept] for name, values in table.items()}, world.truth)
