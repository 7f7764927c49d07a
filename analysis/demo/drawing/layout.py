"""Who works where and treats how many: clinics and therapists of very different size."""

from dataclasses import dataclass

import numpy as np

EPISODES_A_CLINIC, EPISODES_A_THERAPIST = 150, 20
FEWEST_CLINICS = 8
SMALLEST, LARGEST = 4, 50  # a therapist's episodes
CHUNK = 50_000  # episodes drawn at once: about 0.7 GB


@dataclass(frozen=True, slots=True)
class Layout:
    """One chunk's nesting: clinic_of_therapist (t,) and therapist_of_episode (n,), both counted
    from 0 within the chunk and in rising order, clinics, its number of clinics."""

    clinics: int
    clinic_of_therapist: np.ndarray
    therapist_of_episode: np.ndarray


def chunk_sizes(episodes: int) -> list[int]:
    """Episodes of each chunk, as equal as possible, at most CHUNK; they sum to `episodes`."""
    chunks = -(-episodes // CHUNK)
    return [episodes // chunks + (k < episodes % chunks) for k in range(chunks)]


def draw_layout(rng: np.random.Generator, episodes: int) -> Layout:
    """Clinics (1 per 150 episodes, at least 8) and therapists (1 per 20) for so many episodes.

    3,000 episodes give 20 clinics and 150 therapists.
    """
    clinics = max(FEWEST_CLINICS, round(episodes / EPISODES_A_CLINIC))
    therapists = max(clinics, round(episodes / EPISODES_A_THERAPIST))
    appeal = rng.gamma(1.5, size=clinics)
    staff = 1 + rng.multinomial(therapists - clinics, appeal / appeal.sum())
    caseload = _caseloads(rng, episodes, therapists)
    return Layout(
        clinics, np.repeat(np.arange(clinics), staff), np.repeat(np.arange(therapists), caseload)
    )


def _caseloads(rng: np.random.Generator, episodes: int, therapists: int) -> np.ndarray:
    smallest = min(SMALLEST, episodes // therapists)
    busy = rng.gamma(2.0, size=therapists)
    caseload = np.full(therapists, smallest)
    left = episodes - smallest * therapists
    while left:  # what goes over the largest caseload is handed to those with room
        odds = busy * (caseload < LARGEST)
        caseload = caseload + rng.multinomial(left, odds / odds.sum())
        left = int((caseload - LARGEST).clip(0).sum())
        caseload = caseload.clip(max=LARGEST)
    return caseload
