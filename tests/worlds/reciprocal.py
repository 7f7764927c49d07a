"""The alliance follows the symptoms, and changes them at the next session."""

import numpy as np

from tests.worlds.world import World, lengths, long_table, nest

CARRY, OF_ALLIANCE, OF_SYMPTOMS, KEEPS = 0.7, -0.8, -0.08, 0.5


def make(
    seed: int, therapists: int = 60, patients: int = 20, sessions: tuple[int, int] = (9, 14)
) -> World:
    """truth: 'within': points at the next session for a unit of the alliance, given this session's
    symptoms."""
    rng = np.random.default_rng((seed, 505))
    who = nest(therapists, patients, 1)
    n, last = who.patients, lengths(rng, who.patients, sessions)
    symptoms = np.empty((n, sessions[1]))
    alliance = np.empty_like(symptoms)
    s, a = rng.normal(0.0, 3.0, n), rng.normal(0.0, 0.5, n)
    level, own = rng.normal(14.0, 3.0, n), rng.normal(3.5, 0.4, n)
    for t in range(sessions[1]):
        symptoms[:, t], alliance[:, t] = level + s, own + a
        s, a = (
            CARRY * s + OF_ALLIANCE * a + rng.normal(0.0, 1.5, n),
            KEEPS * a + OF_SYMPTOMS * s + rng.normal(0.0, 0.4, n),
        )
    goal = alliance + rng.normal(0.0, 0.2, alliance.shape)
    skill, support = rng.normal(0.0, 1.0, therapists), rng.normal(0.0, 1.0, n)
    table = long_table(who, last, symptoms, alliance, goal, skill, support)
    return World(table, {"within": OF_ALLIANCE})
