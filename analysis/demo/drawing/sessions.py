"""What is filled in at each session of one chunk, and the course of the outcome."""

from dataclasses import dataclass

import numpy as np

from analysis.demo.drawing import process
from analysis.demo.drawing.episodes import Patients
from analysis.demo.drawing.layout import Layout
from analysis.demo.drawing.predictors import NAMES, PREDICTORS
from analysis.demo.drawing.process import MOST_SESSIONS, WINDOW
from analysis.demo.drawing.truth import Model

COMPONENTS = ("wai_bond", "wai_goal", "wai_task")
# practice -> (mean, how strongly it goes with the person's alliance, and within a session)
PRACTICES = {
    "listening": (3.9, 0.50, 0.35),
    "empathy": (3.8, 0.60, 0.45),
    "adapting": (3.5, 0.45, 0.30),
    "explaining": (3.4, 0.40, 0.25),
    "sincerity": (4.0, 0.35, 0.20),
}
RATED_EVERY = 2  # the practices are asked at sessions 1, 3, 5, ...


@dataclass(frozen=True, slots=True)
class Sessions:
    """scores: variable -> (n, MOST_SESSIONS), NaN where no form is; predictors: (n, p) as they
    enter the end-of-treatment model (early means, all else as recorded before forms go missing)."""

    scores: dict[str, np.ndarray]
    predictors: np.ndarray


def draw_sessions(
    rng: np.random.Generator, layout: Layout, patients: Patients, model: Model
) -> Sessions:
    """Session scores of a chunk; nothing of sessions after the last attended is kept."""
    n = len(patients.sessions)
    attended = np.arange(1, MOST_SESSIONS + 1) <= patients.sessions[:, None]
    swing = rng.standard_normal((n, MOST_SESSIONS))
    scores = {name: _component(rng, name, patients.z, swing) for name in COMPONENTS}
    composite = sum(scores.values(), start=np.zeros(attended.shape)) / len(COMPONENTS)
    therapist_bias = rng.normal(0.0, 0.25, len(layout.clinic_of_therapist))
    scores["wai_therapist"] = _therapist_rating(
        rng, composite, therapist_bias[layout.therapist_of_episode]
    )
    scores["homework"] = _component(rng, "homework", patients.z, None)
    scores |= _practices(rng, layout, patients.z, swing)
    kept = _filled_in(rng, attended)
    predictors = _as_entered(patients.z, scores, kept)
    scores["phq9"] = _course(rng, layout, patients, model, predictors, swing)
    return Sessions(
        {name: np.where(kept[name], scores[name], np.nan) for name in scores}, predictors
    )


def _component(rng, name: str, z: np.ndarray, swing: np.ndarray | None) -> np.ndarray:
    """Recorded scores (n, MOST_SESSIONS) of what is measured at each session. `swing`: what the
    components of one session share, standard normal."""
    k = NAMES.index(name)
    predictor = PREDICTORS[k]
    own = rng.standard_normal((len(z), MOST_SESSIONS))
    if swing is not None:
        shared = process.COMPONENTS_AT_SESSION
        own = shared**0.5 * swing + (1.0 - shared) ** 0.5 * own
        for session, lower in process.ALLIANCE_GROWS.items():
            own[:, session - 1] += lower / (1.0 - predictor.reliability) ** 0.5
    latent = predictor.reliability**0.5 * z[:, [k]] + (1.0 - predictor.reliability) ** 0.5 * own
    return predictor.score(latent)


def _therapist_rating(rng, composite: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Follows the patient's recorded rating and adds nothing about the outcome to it, so that a
    model with it has the same truth as one without."""
    noise = rng.normal(0.0, 0.35, composite.shape)
    rating = 3.7 + 0.45 * (composite - 3.6) + bias[:, None] + noise
    return np.round(rating.clip(1.0, 5.0), 1)


def _practices(rng, layout: Layout, z: np.ndarray, swing: np.ndarray) -> dict[str, np.ndarray]:
    alliance = z[:, [NAMES.index(c) for c in COMPONENTS]].sum(axis=1)
    alliance = alliance / 2.746  # sd of a sum of three with correlations .75, .72 and .80
    out = {}
    for name, (mean, person, session) in PRACTICES.items():
        style = rng.standard_normal(len(layout.clinic_of_therapist))[layout.therapist_of_episode]
        seen = 0.6 * style + 0.8 * rng.standard_normal(len(z))
        trait = person * alliance + (1.0 - person**2) ** 0.5 * seen
        noise = rng.standard_normal(swing.shape)
        state = session * swing + (1.0 - session**2) ** 0.5 * noise
        rating = mean + 0.7 * (0.6**0.5 * trait[:, None] + 0.4**0.5 * state)
        out[name] = np.round(rating.clip(1.0, 5.0) * 2.0) / 2.0
    return out


def _filled_in(rng, attended: np.ndarray) -> dict[str, np.ndarray]:
    """Which forms exist, by chance alone; those of one form come and go together."""

    def form(missing: float = process.MISSING_FORM) -> np.ndarray:
        return attended & (rng.random(attended.shape) >= missing)

    n, last = len(attended), attended.sum(axis=1) - 1
    patient, homework, practice = form(), form(), form()
    homework[:, 0] = False  # none was set before the first session
    practice[:, 1::RATED_EVERY] = False
    outcome = form()
    outcome[np.arange(n), last] = rng.random(n) >= process.MISSING_LAST
    outcome[:, 0] = True
    kept = dict.fromkeys(COMPONENTS, patient) | dict.fromkeys(PRACTICES, practice)
    return kept | {"wai_therapist": form(), "homework": homework, "phq9": outcome}


def _as_entered(z: np.ndarray, scores: dict, kept: dict) -> np.ndarray:
    """(n, p): scores of what is measured once; else the mean of the forms filled in within the
    early window, or of all three sessions when there is none (never a complete case)."""
    first, last = WINDOW
    columns = []
    for k, predictor in enumerate(PREDICTORS):
        if predictor.reliability == 1.0:
            columns.append(predictor.score(z[:, k]))
            continue
        there = kept[predictor.name][:, first - 1 : last]
        there = np.where(there.any(axis=1, keepdims=True), there, True)
        values = scores[predictor.name][:, first - 1 : last]
        columns.append((values * there).sum(axis=1) / there.sum(axis=1))
    return np.column_stack(columns)


def _course(rng, layout: Layout, patients: Patients, model: Model, predictors, swing):
    """PHQ-9 at each session: from the intake along a curve to the end that the model says, what
    unfolds later from the early window on, plus swings that carry over and follow the alliance of
    the session before."""
    n, sessions = len(patients.sessions), patients.sessions
    intake = predictors[:, NAMES.index("phq9")]
    end = process.OUTCOME_MEAN + (predictors - model.population.mean) @ model.coefficients
    clinic = rng.normal(0.0, model.clinic_sd, layout.clinics)
    therapist = rng.normal(0.0, model.therapist_sd, len(layout.clinic_of_therapist))
    end += (clinic[layout.clinic_of_therapist] + therapist)[layout.therapist_of_episode]
    first, unseen = _first_swing(rng, predictors - model.population.mean, model)
    end += model.own_sd * patients.residual - model.of_start * unseen
    later = (predictors - model.population.mean) @ model.later
    deviation, at_end = _swings(rng, first, swing, sessions, model.swing_effect)
    deviation[np.arange(n), sessions - 1] = at_end
    start = intake - first
    course = start[:, None] + (end - later - start)[:, None] * _reached(sessions, 0)
    course += later[:, None] * _reached(sessions, WINDOW[1] - 1) + deviation
    course[:, 0] = intake
    return np.round(course).clip(0.0, 27.0)


def _reached(sessions: np.ndarray, start: int) -> np.ndarray:
    """(n, MOST_SESSIONS) how much of the way to the end, 0..1, lies behind at each session when it
    begins after session start + 1, or before the last one of a shorter treatment."""
    gone = 1.0 - np.exp(-process.PACE * np.arange(MOST_SESSIONS))
    last = np.maximum(sessions - 1, 1)
    first = gone[np.minimum(start, last - 1)][:, None]
    return ((gone - first) / (gone[last][:, None] - first)).clip(0.0, 1.0)


def _first_swing(rng, predictors: np.ndarray, model: Model) -> tuple[np.ndarray, np.ndarray]:
    """(what of an intake score is a swing and not the course, what of that the predictors (n, p),
    given about their means, do not show): the swing goes with no other predictor."""
    spread = (process.SWING_VARIANCE * (1.0 - model.intake_swing)) ** 0.5
    unseen = spread * rng.standard_normal(len(predictors))
    return model.intake_swing * (predictors @ model.population.own("phq9")) + unseen, unseen


def _swings(rng, start: np.ndarray, swing: np.ndarray, sessions: np.ndarray, effect: float):
    """A stationary autoregression of order 1 that begins at start (n,) and is driven by the
    alliance's swings, (n, sessions), and its value at the last session.

    In a short treatment the swings of the early window, and that of the intake, would still act on
    the last score and so make the coefficients of both larger than the model's. At the last session
    they are therefore replaced by fresh draws of the same size: the truth of the end-of-treatment
    model stays exact and the variance the same. All other transitions carry the effect.
    """
    n, carry = len(sessions), process.SWING_CARRY
    fresh_sd = (process.SWING_VARIANCE * (1.0 - carry**2) - effect**2) ** 0.5
    replaced = np.zeros_like(swing)
    first, last = WINDOW
    replaced[:, first - 1 : last] = (
        rng.standard_normal((n, last - first + 1)) - (swing[:, first - 1 : last])
    )
    deviation = np.empty_like(swing)
    correction = rng.normal(0.0, process.SWING_VARIANCE**0.5, n) - start
    at_end = np.empty(n)
    deviation[:, 0] = start
    for s in range(MOST_SESSIONS):
        if s:
            noise = rng.normal(0.0, fresh_sd, n)
            deviation[:, s] = carry * deviation[:, s - 1] + effect * swing[:, s - 1] + noise
            correction = carry * correction + effect * replaced[:, s - 1]
        at_end = np.where(sessions == s + 1, deviation[:, s] + correction, at_end)
    return deviation, at_end
