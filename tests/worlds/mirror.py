"""The alliance mirrors how the patient is doing, and does nothing."""

import numpy as np

from tests.worlds.world import World, lengths, long_table, nest, noisy, walk


def make(
    seed: int,
    therapists: int = 60,
    patients: int = 20,
    sessions: tuple[int, int] = (9, 14),
    reliability: float = 1.0,
    mirrors: str = "scores",
) -> World:
    """mirrors: 'scores' as they were filled in, or the 'symptoms' behind them. The alliance's
    share of the last score, given the course behind the scores up to the landmark, is 0."""
    rng = np.random.default_rng((seed, 101))
    who = nest(therapists, patients, 3)
    n, last = who.patients, lengths(rng, who.patients, sessions)
    symptoms = walk(rng, n, sessions[1])
    scores = noisy(rng, symptoms, reliability)
    seen = scores if mirrors == "scores" else symptoms
    common = 3.5 - 0.12 * (seen - 15.0)
    bond, goal = (common + rng.normal(0.0, 0.5, common.shape) for _ in range(2))
    skill = rng.normal(0.0, 1.0, who.therapists)
    support = rng.normal(0.0, 1.0, n)
    table = long_table(who, last, scores, bond, goal, skill, support)
    return World(table, {"alliance": 0.0, "alliance patient": 0.0, "alliance therapist": 0.0})
