"""The second world: symptoms and alliance move each other, and the alliance acts otherwise at each
level; therapists see less of it than their patients; two of five practices build it.
"""

from dataclasses import dataclass

import numpy as np

from analysis.demo.worlds.people import SESSIONS, People, course_of, draw_people, stays

# Per session, in standard deviations within patients: (to symptoms, to alliance) from each.
LAGS = np.array([[0.30, -0.16], [-0.14, 0.30]])
SYMPTOMS_SD, ALLIANCE_SD = 3.0, 0.5  # within patients
PATIENT_SD, THERAPIST_SD = 0.40, 0.25  # of a patient's and a therapist's usual alliance
PATIENT_SLOPE, THERAPIST_SLOPE = -2.0, -6.0  # points of symptoms that go with a point of it
OWN_SD = 3.0  # of a patient's usual symptoms beyond that
FORM_SD = 0.10  # of each of bond, goal and task about the alliance
BIAS, CONGRUENCE = -0.40, 0.50  # of therapists' ratings
BIAS_SD, CONGRUENCE_SD, THERAPIST_FORM_SD = 0.30, 0.20, 0.25
PRACTICES = ("listening", "empathy", "adapting", "explaining", "sincerity")
PRACTICE_SD = 0.5  # within patients
# What a point of a practice moves the alliance of the same session by, within patients.
BUILDS = {"empathy": 0.35, "explaining": 0.25}
THERAPISTS_OWN = {"empathy": 0.8, "explaining": 0.8}  # a practice's part in a therapist's alliance
DECLINE = np.array([0, -1.0, -1.8, -2.4, -2.9, -3.3, -3.6, -3.9, -4.1, -4.3, -4.5, -4.6])


@dataclass(frozen=True, slots=True)
class Drawn:
    """columns: name -> (N, T), NaN where a form is missing; attended (N,); unplanned (N,);
    truth: ready for JSON."""

    people: People
    columns: dict[str, np.ndarray]
    attended: np.ndarray
    unplanned: np.ndarray
    truth: dict


def draw(rng: np.random.Generator, treatments: int) -> Drawn:
    """Draw the world."""
    people = draw_people(rng, treatments)
    n, t = treatments, SESSIONS
    practices, pushed = _practices(rng, people, n, t)
    within = _within(rng, pushed)
    by_therapist = rng.normal(0, THERAPIST_SD, people.therapists)
    by_patient = rng.normal(0, PATIENT_SD, n)
    usual = by_therapist[people.therapist] + by_patient
    alliance = 3.6 + usual[:, None] + ALLIANCE_SD * within[:, :, 1]
    level = 14 + PATIENT_SLOPE * by_patient + THERAPIST_SLOPE * by_therapist[people.therapist]
    symptoms = (level + rng.normal(0, OWN_SD, n))[:, None] + DECLINE + SYMPTOMS_SD * within[:, :, 0]
    for name, part in THERAPISTS_OWN.items():
        practices[name] += (part * by_therapist[people.therapist])[:, None]
    columns = {"phq9": np.clip(np.round(symptoms), 0, 27)}
    for part in ("bond", "goal", "task"):
        form = alliance + rng.normal(0, FORM_SD, (n, t))
        columns[f"wai_{part}"] = np.clip(np.round(form, 2), 1, 5)
    columns["wai_therapist"] = _therapists_view(rng, alliance)
    columns |= {k: np.clip(np.round(3.4 + v, 2), 1, 5) for k, v in practices.items()}
    attended = stays(rng, symptoms, 0.4)
    unplanned = (attended < t) & (rng.random(n) < 0.6)
    return Drawn(people, columns, attended, unplanned, truth())


def truth() -> dict:
    """What holds of the alliance behind the ratings; effects on the next session in points."""
    lag = LAGS[0, 1] * SYMPTOMS_SD / ALLIANCE_SD
    return {
        "world": "both ways",
        "sequence": {
            "symptoms to symptoms": float(LAGS[0, 0]),
            "alliance to symptoms": float(LAGS[0, 1]),
            "symptoms to alliance": float(LAGS[1, 0]),
            "alliance to alliance": float(LAGS[1, 1]),
        },
        "levels": {
            "next session": {
                "within patients": round(lag, 4),
                "between patients": PATIENT_SLOPE,
                "between therapists": THERAPIST_SLOPE,
            }
        },
        "raters": {"bias": BIAS, "congruence": CONGRUENCE},
        "practices": {
            name: {"to_alliance": BUILDS.get(name, 0.0), "indirect": BUILDS.get(name, 0.0) * lag}
            for name in PRACTICES
        },
    }


def stationary() -> np.ndarray:
    """(2, 2) covariance within patients, standardised: variances of 1, whose innovations make it
    so; symptoms and alliance innovations are uncorrelated."""
    rho = 0.0
    for _ in range(200):  # the correlation that the lags leave, by iteration
        v = np.array([[1.0, rho], [rho, 1.0]])
        rho = float((LAGS @ v @ LAGS.T)[0, 1])
    return np.array([[1.0, rho], [rho, 1.0]])


def _within(rng, pushed: np.ndarray) -> np.ndarray:
    """(N, T, 2), each of variance 1; what practices push the alliance by is a part of what is new
    in it at a session."""
    n, t = pushed.shape
    v = stationary()
    new = v - LAGS @ v @ LAGS.T
    drive = rng.standard_normal((n, t, 2)) * np.sqrt(np.diag(new))
    by_practice = pushed / ALLIANCE_SD
    rest = max(new[1, 1] - float(by_practice.var()), 0.05)
    drive[:, :, 1] = rng.standard_normal((n, t)) * np.sqrt(rest) + by_practice
    first = rng.multivariate_normal(np.zeros(2), v, n)
    share = float(by_practice.var())
    first[:, 1] = first[:, 1] * np.sqrt(max(1 - share, 0.05)) + by_practice[:, 0]
    return course_of(LAGS, first, drive)


def _practices(rng, people: People, n: int, t: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Each practice (N, T) about its middle, and what they push the alliance by (N, T)."""
    found, pushed = {}, np.zeros((n, t))
    for name in PRACTICES:
        moved = rng.normal(0, PRACTICE_SD, (n, t))
        usual = rng.normal(0, 0.3, n)[:, None]
        own = rng.normal(0, 0.25, people.therapists)[people.therapist][:, None]
        found[name] = moved + usual + own
        pushed += BUILDS.get(name, 0.0) * moved
    return found, pushed


def _therapists_view(rng, alliance: np.ndarray) -> np.ndarray:
    n, t = alliance.shape
    middle = alliance.mean(axis=1, keepdims=True)
    seen = middle + rng.normal(BIAS, BIAS_SD, (n, 1))
    seen = seen + rng.normal(CONGRUENCE, CONGRUENCE_SD, (n, 1)) * (alliance - middle)
    return np.clip(np.round(seen + rng.normal(0, THERAPIST_FORM_SD, (n, t)), 2), 1, 5)
