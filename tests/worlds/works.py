"""The alliance, as the patients rated it early, changes where they end."""

from collections.abc import Callable

import numpy as np

from tests.worlds.world import Nest, World, lengths, long_table, nest, walk

LANDMARK = 5
# Points: of the end for a unit of the alliance, of support and of skill; what stays of symptoms.
ALLIANCE, SUPPORT, SKILL, STAYS = -2.4, -1.2, -0.8, 0.6
MIRRORS = -0.06  # of the alliance for a point of symptoms at the landmark
THERAPIST_ALLIANCE, PATIENT_ALLIANCE, SESSION_ALLIANCE = 0.25, 0.45, 0.5
THERAPIST_END, PATIENT_END = 1.0, 2.5
STARTS, STEPS = 4.0, 1.2


def make(
    seed: int,
    therapists: int = 60,
    patients: int = 20,
    sessions: tuple[int, int] = (7, 12),
    reliability: float = 0.85,
    effect: float = ALLIANCE,
    therapist_end: float = THERAPIST_END,
    draw: Callable | None = None,
    leave: Callable | None = None,
    clinics: int = 1,
    mirrors: float = MIRRORS,
) -> World:
    """effect: of a patient's true alliance, in points. therapist_end: SD of what therapists add.
    draw(rng, n): standardised residuals, normal unless given. leave(symptoms, alliance) -> (n,)
    chance of ending early: their treatments end one session after the landmark. mirrors: units of
    the alliance for a point of symptoms at the landmark."""
    rng = np.random.default_rng((seed, 202))
    who = nest(therapists, patients, clinics)
    n, last = who.patients, lengths(rng, who.patients, sessions)
    symptoms = walk(rng, n, sessions[1], STARTS, STEPS)
    skill, support = rng.normal(0.0, 1.0, who.therapists), rng.normal(0.0, 1.0, n)
    bond, goal, alliance = _alliance(rng, who, symptoms, mirrors)
    residual = rng.normal(0.0, 1.0, n) if draw is None else draw(rng, n)
    end = (
        12.0 + STAYS * (symptoms[:, LANDMARK - 1] - 13.4) + effect * (alliance - 3.5)
        + SUPPORT * support + SKILL * skill[who.therapist]
        + rng.normal(0.0, therapist_end, who.therapists)[who.therapist] + PATIENT_END * residual
    )  # fmt: skip
    if leave is not None:
        gone = rng.random(n) < leave(symptoms[:, LANDMARK - 1], alliance)
        last = np.where(gone, LANDMARK + 1, last)
    noise = np.sqrt(symptoms_variance() * (1 / reliability - 1))
    scores = _towards(symptoms, end, last) + rng.normal(0.0, noise, symptoms.shape)
    table = long_table(who, last, scores, bond, goal, skill, support)
    return World(table, truth(patients, reliability, effect, therapist_end, mirrors))


def symptoms_variance() -> float:
    """Of the walk at the landmark."""
    return STARTS**2 + (LANDMARK - 1) * STEPS**2


def end_for(share: float) -> float:
    """therapist_end that makes this unexplained share of therapists (reliability .85)."""
    without = truth(20, 0.85, ALLIANCE, 0.0)
    whole = SKILL**2 / without["technique"]
    return float(np.sqrt(share * whole / (1 - share)))


def truth(
    patients: int, reliability: float, effect: float, therapist_end: float, mirrors: float = MIRRORS
) -> dict[str, float]:
    """Shares after the course behind the scores up to the landmark; the factors are independent
    given it. 'alliance' is the share of the early mean as it was rated, names with * those of the
    true alliance."""
    between, own = THERAPIST_ALLIANCE**2, PATIENT_ALLIANCE**2
    error = SESSION_ALLIANCE**2 / 6  # two ratings at each of three sessions
    symptoms = symptoms_variance()
    course = (STAYS + effect * mirrors) ** 2 * symptoms
    left = PATIENT_END**2 + symptoms * (1 / reliability - 1)
    patient = course + effect**2 * own + SUPPORT**2 + left
    therapist = effect**2 * between + SKILL**2 + therapist_end**2
    whole = patient + therapist
    # Of an observed mean, within and between therapists; the same effect at both levels.
    inside = (1 - 1 / patients) * own**2 / (own + error)
    outside = (between + own / patients) ** 2 / (between + (own + error) / patients)
    return {
        "adjusted": course / whole,
        "alliance": effect**2 * (inside + outside) / whole,
        "alliance *": effect**2 * (own + between) / whole,
        "technique": SKILL**2 / whole,
        "extra-therapeutic": SUPPORT**2 / whole,
        "alliance patient *": effect**2 * own / patient,
        "alliance therapist *": effect**2 * between / therapist,
        "technique therapist *": SKILL**2 / therapist,
        "extra-therapeutic patient *": SUPPORT**2 / patient,
        "unexplained therapist": therapist_end**2 / whole,
    }


def _alliance(rng, who: Nest, symptoms: np.ndarray, mirrors: float):
    """bond and goal (n, T), and the patients' true alliance (n,)."""
    n, sessions = symptoms.shape
    level = (
        3.5 + mirrors * (symptoms[:, LANDMARK - 1] - 13.4)
        + rng.normal(0.0, THERAPIST_ALLIANCE, who.therapists)[who.therapist]
        + rng.normal(0.0, PATIENT_ALLIANCE, n)
    )  # fmt: skip
    bond, goal = (
        level[:, None] + rng.normal(0.0, SESSION_ALLIANCE, (n, sessions)) for _ in range(2)
    )
    return bond, goal, level


def _towards(symptoms: np.ndarray, end: np.ndarray, last: np.ndarray) -> np.ndarray:
    """The symptoms as they are up to the landmark, then on the way to the end, reached last."""
    after = np.arange(1, symptoms.shape[1] + 1) - LANDMARK
    part = np.clip(after[None, :] / np.maximum(last - LANDMARK, 1)[:, None], 0.0, 1.0)
    return symptoms + part * (end[:, None] - symptoms)
