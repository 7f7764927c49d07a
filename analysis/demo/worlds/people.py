"""Who treats whom in a further world: clinics, therapists, treatments, and how long they last."""

from dataclasses import dataclass

import numpy as np

THERAPISTS_A_CLINIC, TREATMENTS_A_THERAPIST = 8, 15
SESSIONS = 12
FORMS_MISSING = 0.06  # of a session's forms


@dataclass(frozen=True, slots=True)
class People:
    """therapist (N,): of each treatment; clinic (J,): of each therapist."""

    therapist: np.ndarray
    clinic: np.ndarray

    @property
    def therapists(self) -> int:
        return len(self.clinic)

    @property
    def clinics(self) -> int:
        return int(self.clinic.max()) + 1


def draw_people(rng: np.random.Generator, treatments: int) -> People:
    """Treatments dealt out to therapists with caseloads that differ, three therapists at least."""
    therapists = max(3, treatments // TREATMENTS_A_THERAPIST)
    weight = rng.gamma(4.0, 1.0, therapists)
    dealt = rng.choice(therapists, treatments - therapists, p=weight / weight.sum())
    therapist = np.sort(np.concatenate([np.arange(therapists), dealt]))
    clinics = max(2, therapists // THERAPISTS_A_CLINIC)
    return People(therapist, np.sort(np.arange(therapists) % clinics))


def stays(rng: np.random.Generator, symptoms: np.ndarray, worse_leaves: float) -> np.ndarray:
    """(N,) sessions attended, 3 to all: who scores a standard deviation higher at a session leaves
    more often after it (missing at random: by a score that was seen)."""
    n, t = symptoms.shape
    standard = (symptoms - symptoms.mean()) / symptoms.std()
    attended = np.full(n, t)
    for session in range(t - 1, 2, -1):
        chance = 1 / (1 + np.exp(3.6 - worse_leaves * standard[:, session - 1]))
        attended[rng.random(n) < chance] = session
    return attended


def course_of(lags: np.ndarray, first: np.ndarray, drive: np.ndarray) -> np.ndarray:
    """(N, T, 2) w_t = A w_{t-1} + u_t, from first (N, 2) and the innovations drive (N, T, 2)."""
    w = np.empty(drive.shape)
    w[:, 0] = first
    for t in range(1, drive.shape[1]):
        w[:, t] = w[:, t - 1] @ lags.T + drive[:, t]
    return w
