"""What all worlds have in common: who is nested in whom, and the long table."""

from dataclasses import dataclass

import numpy as np

COLUMNS = ("clinic", "therapist", "patient", "session", "phq9", "bond", "goal", "skill", "support")


@dataclass(frozen=True, slots=True)
class World:
    """table: column -> (rows,) array, a row a session. truth: name -> a known number: 'alliance'
    is the alliance's share of the variance of the last score, 'alliance therapist' and 'alliance
    patient' of that level's own variance; others as each world says."""

    table: dict[str, np.ndarray]
    truth: dict[str, float]


@dataclass(frozen=True, slots=True)
class Nest:
    """clinic (J,) of each therapist, therapist (n,) of each patient."""

    clinic: np.ndarray
    therapist: np.ndarray

    @property
    def therapists(self) -> int:
        return len(self.clinic)

    @property
    def patients(self) -> int:
        return len(self.therapist)


def nest(therapists: int, patients: int, clinics: int = 1) -> Nest:
    """Clinics and caseloads of equal size. patients: of each therapist."""
    return Nest(np.arange(therapists) % clinics, np.repeat(np.arange(therapists), patients))


def lengths(rng, n: int, sessions: tuple[int, int]) -> np.ndarray:
    """(n,) how many sessions each treatment has, from the first to the last number alike."""
    return rng.integers(sessions[0], sessions[1] + 1, n)


def long_table(
    who: Nest,
    last: np.ndarray,
    scores: np.ndarray,
    bond: np.ndarray,
    goal: np.ndarray,
    skill: np.ndarray,
    support: np.ndarray,
) -> dict[str, np.ndarray]:
    """scores, bond, goal (n, T) by session; skill (J,) of therapists; support (n,) of patients.
    A treatment's sessions after its last are left out."""
    patient, at = np.nonzero(np.arange(scores.shape[1]) < last[:, None])
    therapist = who.therapist[patient]
    return {
        "clinic": np.char.add("c", who.clinic[therapist].astype(str)),
        "therapist": np.char.add("t", therapist.astype(str)),
        "patient": np.char.add("p", patient.astype(str)),
        "session": at + 1,
        "phq9": scores[patient, at],
        "bond": bond[patient, at],
        "goal": goal[patient, at],
        "skill": skill[therapist],
        "support": support[patient],
    }  # fmt: skip


def walk(rng, n: int, sessions: int, start_sd=4.0, step_sd=1.2, drift=-0.4) -> np.ndarray:
    """(n, sessions) symptoms that wander: a level of the patient's own, then steps."""
    steps = rng.normal(drift, step_sd, (n, sessions))
    steps[:, 0] = rng.normal(15.0, start_sd, n)
    return steps.cumsum(axis=1)


def noisy(rng, values: np.ndarray, reliability: float, landmark: int = 5) -> np.ndarray:
    """Scores with this reliability at the landmark."""
    at = min(landmark, values.shape[1]) - 1
    noise = values[:, at].std() * np.sqrt(1 / reliability - 1)
    return values + rng.normal(0.0, 1.0, values.shape) * noise


def at_last(values: np.ndarray, last: np.ndarray) -> np.ndarray:
    """(n,) each patient's value at their last session."""
    return values[np.arange(len(values)), last - 1]
