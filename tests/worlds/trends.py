"""Each patient changes at a pace of their own; the alliance mirrors it and does nothing."""

import numpy as np

from tests.worlds.world import World, lengths, long_table, nest, noisy


def make(
    seed: int, therapists: int = 60, patients: int = 20, sessions: tuple[int, int] = (9, 14),
    reliability: float = 0.85,
) -> World:  # fmt: skip
    rng = np.random.default_rng((seed, 404))
    who = nest(therapists, patients, 1)
    n, last = who.patients, lengths(rng, who.patients, sessions)
    start, pace = rng.normal(15.0, 4.0, n), rng.normal(-0.5, 0.35, n)
    symptoms = start[:, None] + pace[:, None] * np.arange(sessions[1])
    common = 3.5 - 0.12 * (symptoms - 14.0)
    bond, goal = (common + rng.normal(0.0, 0.5, common.shape) for _ in range(2))
    scores = noisy(rng, symptoms, reliability)
    skill, support = rng.normal(0.0, 1.0, therapists), rng.normal(0.0, 1.0, n)
    return World(long_table(who, last, scores, bond, goal, skill, support), {"alliance": 0.0})
