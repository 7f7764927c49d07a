"""Swings that fade within sessions; the alliance mirrors the course, or the swings, and does
nothing."""

import numpy as np

from tests.worlds.world import World, lengths, long_table, nest

CARRY, SWING, NOISE = 0.45, 2.0, 0.8


def make(
    seed: int,
    therapists: int = 60,
    patients: int = 20,
    sessions: tuple[int, int] = (9, 14),
    mirrors: str = "course",
) -> World:
    """mirrors: the patient's 'course' (a level and a pace of their own), or all 'symptoms', swings
    among them. What swings early is all but gone at the end."""
    rng = np.random.default_rng((seed, 707))
    who = nest(therapists, patients, 2)
    n, last = who.patients, lengths(rng, who.patients, sessions)
    at = np.arange(sessions[1])
    course = rng.normal(15.0, 4.0, n)[:, None] + rng.normal(-0.5, 0.3, n)[:, None] * at
    swings = np.empty_like(course)
    swings[:, 0] = rng.normal(0.0, SWING, n)
    for t in at[1:]:
        fresh = rng.normal(0.0, SWING * np.sqrt(1 - CARRY**2), n)
        swings[:, t] = CARRY * swings[:, t - 1] + fresh
    seen = course if mirrors == "course" else course + swings
    common = 3.5 - 0.12 * (seen - 14.0)
    bond, goal = (common + rng.normal(0.0, 0.5, common.shape) for _ in range(2))
    scores = course + swings + rng.normal(0.0, NOISE, course.shape)
    skill, support = rng.normal(0.0, 1.0, who.therapists), rng.normal(0.0, 1.0, n)
    table = long_table(who, last, scores, bond, goal, skill, support)
    return World(table, {"alliance": 0.0})
