"""Therapists with whom alliances are better end better than their patients' own alliances tell."""

import numpy as np

from tests.worlds.world import World, at_last, lengths, long_table, nest

# Points for a unit of the therapist's and of the patient's true alliance; what is left beside them.
OF_THERAPIST, OF_PATIENT = -4.0, -2.2
THERAPIST_ALLIANCE, PATIENT_ALLIANCE, SESSION_ALLIANCE = 0.35, 0.7, 0.6
THERAPIST_END, PATIENT_END = 1.25, 4.0
LEVEL, STAYS = 3.0, 0.3  # SD of the symptoms' level up to the landmark, and how much of it stays


def make(
    seed: int, therapists: int = 170, patients: int = 10, sessions: tuple[int, int] = (8, 12)
) -> World:
    """Outcome follows true means; ratings and scores scatter about them at each session. The truth
    is what would be found if the true means were known."""
    rng = np.random.default_rng((seed, 303))
    who = nest(therapists, patients, 2)
    n, last = who.patients, lengths(rng, who.patients, sessions)
    of_therapist = rng.normal(0.0, THERAPIST_ALLIANCE, therapists)[who.therapist]
    of_patient = rng.normal(0.0, PATIENT_ALLIANCE, n)
    shape = (n, sessions[1])
    bond, goal = (
        3.5 + (of_therapist + of_patient)[:, None] + rng.normal(0.0, SESSION_ALLIANCE, shape)
        for _ in range(2)
    )  # fmt: skip
    level = rng.normal(0.0, LEVEL, n)
    end = (
        12.0 + STAYS * level + OF_THERAPIST * of_therapist + OF_PATIENT * of_patient
        + rng.normal(0.0, THERAPIST_END, therapists)[who.therapist]
        + rng.normal(0.0, PATIENT_END, n)
    )  # fmt: skip
    scores = 15.0 + level[:, None] + rng.normal(0.0, 1.5, shape)
    scores[np.arange(n), last - 1] = end
    assert np.array_equal(at_last(scores, last), end)
    skill, support = rng.normal(0.0, 1.0, therapists), rng.normal(0.0, 1.0, n)
    return World(long_table(who, last, scores, bond, goal, skill, support), truth())


def truth() -> dict[str, float]:
    therapist = OF_THERAPIST**2 * THERAPIST_ALLIANCE**2
    patient = OF_PATIENT**2 * PATIENT_ALLIANCE**2
    spread = float(np.hypot(THERAPIST_ALLIANCE, PATIENT_ALLIANCE))  # of true alliances
    whole_therapist = therapist + THERAPIST_END**2
    whole_patient = patient + STAYS**2 * LEVEL**2 + PATIENT_END**2
    return {
        "alliance": (therapist + patient) / (whole_therapist + whole_patient),
        "alliance therapist": therapist / whole_therapist,
        "alliance patient": patient / whole_patient,
        "alliance effect therapist": -OF_THERAPIST * spread,
        "alliance effect patient": -OF_PATIENT * spread,
    }
