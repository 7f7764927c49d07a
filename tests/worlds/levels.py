"""Alliance and symptoms move each other within patients; patients, therapists and clinics differ in
both, and a point of alliance goes with another number of points at each level."""

from dataclasses import dataclass

import numpy as np

# Points of symptoms for a point of alliance: of a unit's true level beside others of its unit.
OF_PATIENT, OF_THERAPIST, OF_CLINIC = -2.0, -5.0, -8.0
ALLIANCE = {"patient": 0.6, "therapist": 0.35, "clinic": 0.25}  # SDs of true levels
SYMPTOMS = {"patient": 3.0, "therapist": 1.0, "clinic": 0.5}  # SDs of what is left beside them
# Next session on this one: symptoms, alliance; SDs of what is new.
LAGS = np.array([[0.3, -1.0], [-0.04, 0.3]])
NEW = np.array([2.0, 0.5])
BEFORE = 30  # sessions that the process has run for


@dataclass(frozen=True, slots=True)
class Levels:
    """symptoms, alliance (n, T), NaN where missing; therapist, clinic (n,) codes."""

    symptoms: np.ndarray
    alliance: np.ndarray
    therapist: np.ndarray
    clinic: np.ndarray


def make(
    seed: int,
    clinics: int,
    therapists: int,
    patients: int,
    sessions: int,
    trends: float = 0.0,
    gaps: float = 0.1,
) -> Levels:
    """therapists: of each clinic; patients: of each therapist. trends: SD a session of patients'
    own symptoms' slopes. gaps: share of forms that are missing."""
    rng = np.random.default_rng((seed, 707))
    clinic = np.repeat(np.arange(clinics), therapists * patients)
    therapist = np.repeat(np.arange(clinics * therapists), patients)
    n = len(therapist)
    own = {"patient": np.arange(n), "therapist": therapist, "clinic": clinic}
    a, s = np.zeros(n), np.zeros(n)
    slopes = {"patient": OF_PATIENT, "therapist": OF_THERAPIST, "clinic": OF_CLINIC}
    for level, codes in own.items():
        units = int(codes.max()) + 1
        alliance = rng.normal(0.0, ALLIANCE[level], units)
        a += alliance[codes]
        s += (slopes[level] * alliance + rng.normal(0.0, SYMPTOMS[level], units))[codes]
    trend = rng.normal(0.0, trends, n)
    w, made = np.zeros((n, 2)), np.empty((n, sessions, 2))
    for t in range(-BEFORE, sessions):
        w = w @ LAGS.T + rng.standard_normal((n, 2)) * NEW
        if t >= 0:
            made[:, t] = np.column_stack([14 - 0.4 * t + s + trend * t, 4 + a]) + w
    made[rng.random(made.shape) < gaps] = np.nan
    return Levels(made[:, :, 0], made[:, :, 1], therapist, clinic)


def truth() -> dict[str, float]:
    """Of the next session: slopes at each level, and what each has beyond the level inside."""
    lag = float(LAGS[0, 1])
    at = {
        "within patients": lag,
        "between patients": OF_PATIENT,
        "between therapists": OF_THERAPIST,
        "between clinics": OF_CLINIC,
    }
    inside = (lag, OF_PATIENT, OF_THERAPIST)
    beyond = zip(list(at.items())[1:], inside, strict=True)
    return at | {f"{name}, contextual": value - below for (name, value), below in beyond}
