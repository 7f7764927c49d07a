"""Draws the patients of one chunk: their predictors, how long they stay, when they come."""

from dataclasses import dataclass

import numpy as np

from analysis.demo.drawing import process
from analysis.demo.drawing.layout import Layout
from analysis.demo.drawing.population import Population
from analysis.demo.drawing.predictors import NAMES, PREDICTORS
from analysis.demo.drawing.process import LENGTHS, ONGOING

DAYS = 1096  # three years
PLANNED, UNPLANNED, RUNNING = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Patients:
    """Arrays over the n episodes of a chunk.

    first_episode: (n,) index of the patient's first episode (its own index when it is the first).
    z: (n, p) the persons' standard normals behind PREDICTORS. residual: (n,) standard normal,
    what nothing explains and stays with the episode. sessions: (n,) attended. ending: (n,)
    PLANNED, UNPLANNED or RUNNING. start_day: (n,) of session 1, counted from the first day of the
    data. session_days: (n, MOST_SESSIONS) days since session 1, whole weeks.
    """

    first_episode: np.ndarray
    z: np.ndarray
    residual: np.ndarray
    sessions: np.ndarray
    ending: np.ndarray
    start_day: np.ndarray
    session_days: np.ndarray


def draw_patients(rng: np.random.Generator, layout: Layout, known: Population) -> Patients:
    """The chunk's patients, nested as in `layout`, predictors as in `known`."""
    first_episode = _first_episodes(rng, layout.therapist_of_episode)
    z = _predictors(rng, layout, known.correlation, first_episode)
    n = len(first_episode)
    residual = _alike(rng.standard_normal((n, 1)), first_episode)[:, 0]
    agreed = rng.choice(LENGTHS, size=n, p=process.LENGTH_ODDS / process.LENGTH_ODDS.sum())
    sessions = _attended(rng, z @ process.risk_weights(known.correlation), agreed)
    ending = np.where(sessions < agreed, UNPLANNED, PLANNED)
    single = np.bincount(first_episode, minlength=n)[first_episode] == 1
    ending = np.where(single & (rng.random(n) < ONGOING), RUNNING, ending)
    session_days = _session_days(rng, n)
    start_day = _start_days(rng, first_episode, sessions, ending, session_days)
    return Patients(first_episode, z, residual, sessions, ending, start_day, session_days)


def _first_episodes(rng: np.random.Generator, therapist: np.ndarray) -> np.ndarray:
    """Every second episode may be the return of the patient before it, to the same therapist:
    a patient with two therapists would cross the levels, which are nested here."""
    own = np.arange(len(therapist))
    returns = (own % 2 == 1) & (rng.random(len(own)) < 2 * process.SECOND_EPISODES)
    returns[1:] &= therapist[1:] == therapist[:-1]
    return own - returns


def _predictors(rng, layout: Layout, correlation: np.ndarray, first_episode: np.ndarray):
    root = np.linalg.cholesky(correlation).T
    p = len(PREDICTORS)
    clinic = rng.standard_normal((layout.clinics, p)) @ root
    therapist = rng.standard_normal((len(layout.clinic_of_therapist), p)) @ root
    patient = _alike(rng.standard_normal((len(first_episode), p)), first_episode) @ root
    own = 1.0 - process.CLINIC_PART - process.THERAPIST_PART
    z = process.CLINIC_PART**0.5 * clinic[layout.clinic_of_therapist][layout.therapist_of_episode]
    z += process.THERAPIST_PART**0.5 * therapist[layout.therapist_of_episode]
    z += own**0.5 * patient
    competence = NAMES.index("competence")
    # a therapist has one competence, in all treatments
    z[:, competence] = therapist[layout.therapist_of_episode, competence]
    return z


def _alike(draws: np.ndarray, first_episode: np.ndarray) -> np.ndarray:
    """Standard normals (n, k) in which a patient's second episode resembles the first; the
    distribution of one episode stays as it is."""
    r = process.SECOND_EPISODE_LIKENESS
    second = first_episode != np.arange(len(first_episode))
    out = draws.copy()
    out[second] = r * draws[first_episode[second]] + (1.0 - r * r) ** 0.5 * draws[second]
    return out


def _attended(rng, risk: np.ndarray, agreed: np.ndarray) -> np.ndarray:
    sessions = agreed.copy()
    for session in range(process.MOST_SESSIONS - 1, 0, -1):
        leaves = rng.random(len(risk)) < process.leaving_chance(risk, session)
        sessions[leaves & (session < agreed)] = session
    return sessions


def _session_days(rng, n: int) -> np.ndarray:
    """Weekly, sometimes after two weeks or three: whole weeks, on the same weekday."""
    gaps = rng.choice([7, 14, 21], size=(n, process.MOST_SESSIONS), p=[0.86, 0.11, 0.03])
    gaps[:, 0] = 0
    return np.cumsum(gaps, axis=1)


def _start_days(rng, first_episode, sessions, ending, session_days) -> np.ndarray:
    n = len(sessions)
    last = session_days[np.arange(n), sessions - 1]
    start = (rng.random(n) * (DAYS - last - 14)).astype(int)
    running = ending == RUNNING
    start[running] = DAYS - 1 - last[running] - rng.integers(0, 14, running.sum())
    second = np.flatnonzero(first_episode != np.arange(n))
    first = first_episode[second]
    # first treatments of returning patients lie in the first half, so that the second fits
    start[first] = (rng.random(len(first)) * DAYS / 3).astype(int)
    pause = rng.integers(60, 250, len(second))
    start[second] = np.minimum(start[first] + last[first] + pause, DAYS - last[second] - 1)
    weekday = start % 7  # day 0 is a Monday; nobody is seen at the weekend
    return np.where(weekday > 4, start - (weekday - 4), start)
