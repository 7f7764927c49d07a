"""How treatments run in the demo: levels, sessions, forms and leaving. Numbers and their sources.

Nothing here looks at the outcome's unexplained part: leaving and missing forms depend on
predictors of the model or on chance, so the coefficients stay those of all episodes.
"""

from dataclasses import dataclass

import numpy as np

from analysis.demo.drawing.predictors import NAMES

# Shares of a person's z that lie between clinics and between therapists, the same for every
# predictor: then "what goes with what" is alike at each level, and the explained variance of a
# subset of factors is the same whether or not a model separates the levels.
CLINIC_PART = 0.04
THERAPIST_PART = 0.07
SECOND_EPISODE_LIKENESS = 0.7  # correlation of one patient's two episodes, below the therapist
SECOND_EPISODES = 0.04  # share of the episodes that are a patient's second

WINDOW = (3, 5)  # sessions that count as early
COMPONENTS_AT_SESSION = 0.5  # correlation of bond, goal and task within one session's swing
ALLIANCE_GROWS = {1: -0.35, 2: -0.15}  # in z, against session 3 and later

MISSING_FORM = 0.10  # of the alliance, homework or outcome forms of a session
MISSING_LAST = 0.02  # of the outcome form at the last session; at the first there is always one
MISSING_INTAKE = 0.02  # of each intake or observer form

LENGTHS = np.arange(6, 17)  # sessions agreed on
LENGTH_ODDS = np.array([2, 2, 3, 3, 5, 4, 7, 3, 3, 2, 4], float)  # peaks at 10, 12 and 16
MOST_SESSIONS = int(LENGTHS[-1])
ONGOING = 0.03  # share of episodes still running when the data end

LEAVES = 0.03  # chance, after each session, that an average patient does not come back
LEAVES_EARLY = 0.018  # after sessions 1 and 2
LEAVES_SLOPE = 0.6  # log odds for one sd of the risk
RISK = {"phq9": 0.45, "wai_bond": -0.4, "wai_goal": -0.2, "wai_task": -0.3}

SWING_VARIANCE = 4.0  # of a patient's session-to-session deviations, PHQ-9 points squared
SWING_CARRY = 0.4  # what is left of a deviation a session later
PACE = 0.25  # how fast the course approaches its end, per session

# How much of a factor's effect shows only after the early window: what an alliance does takes
# time, while hope works at once (Howard and others 1993, 10.1037/0022-006X.61.4.678).
UNFOLDS_LATER = {"alliance": 0.8, "technique": 0.8, "expectancy": 0.2, "extra-therapeutic": 0.4}

OUTCOME_MEAN, OUTCOME_SD = 11.6, 4.2  # of the last score; 0 and 27 are then rarely reached
ROUNDING_VARIANCE = 1.0 / 12.0  # whole points (Sheppard 1898: step squared over 12)


def risk_weights(correlation: np.ndarray) -> np.ndarray:
    """Weights on the persons' z, (predictors,), that give the risk of leaving with variance 1."""
    weights = np.array([RISK.get(name, 0.0) for name in NAMES])
    return weights / np.sqrt(weights @ correlation @ weights)


def leaving_chance(risk: np.ndarray, session: int) -> np.ndarray:
    """The chance (0-1) that a patient of this risk (sd units) leaves after this session."""
    base = LEAVES_EARLY if session < WINDOW[0] else LEAVES
    return 1.0 / (1.0 + np.exp(-(np.log(base / (1.0 - base)) + LEAVES_SLOPE * risk)))


@dataclass(frozen=True, slots=True)
class Reached:
    """The part of the way from intake to end that is behind a patient at the landmark, 0..1, but
    for what unfolds later: its mean and mean square over treatments that outlive it."""

    mean: float
    mean_square: float


def reached_at_landmark() -> Reached:
    landmark = WINDOW[1]
    agreed = dict(zip(LENGTHS.tolist(), LENGTH_ODDS / LENGTH_ODDS.sum(), strict=True))
    chance = {}
    for last in range(landmark + 1, MOST_SESSIONS + 1):
        stayed = (1 - LEAVES) ** (last - landmark)
        longer = sum(p for n, p in agreed.items() if n > last)
        chance[last] = stayed * (agreed.get(last, 0.0) + longer * LEAVES)
    weight = np.array(list(chance.values())) / sum(chance.values())
    gone = 1.0 - np.exp(-PACE * np.arange(MOST_SESSIONS))
    part = gone[landmark - 1] / gone[np.array(list(chance)) - 1]
    return Reached(float(weight @ part), float(weight @ part**2))


def mean_inverse_forms() -> float:
    """E[1/m], m the forms filled in within the early window (no unit, 1/3 to 1).

    Episodes that end before the window, and those without any form in it, count as if they had
    filled in all: they are in the population but never among the complete cases. m = 3, 2, 1
    with chances .729, .243, .027 (and .001) of an episode that lasts: E[1/m] = .392.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(41)
    weights = weights / weights.sum()
    stay = np.ones_like(nodes)
    chance_of_width = {}
    for session in range(1, WINDOW[1]):
        leave = leaving_chance(nodes, session)
        chance_of_width[session - WINDOW[0] + 1] = float(weights @ (stay * leave))
        stay = stay * (1.0 - leave)
    width = WINDOW[1] - WINDOW[0] + 1
    chance_of_width[width] = float(weights @ stay)
    before = sum(chance for k, chance in chance_of_width.items() if k < 1)
    lasting = sum(c * _inverse_forms(k) for k, c in chance_of_width.items() if k >= 1)
    return lasting + before / width


def _inverse_forms(width: int) -> float:
    """E[1/m] when `width` forms could have been filled in; m = 0 counts as all three."""
    from math import comb

    p = 1.0 - MISSING_FORM
    some = sum(comb(width, m) * p**m * MISSING_FORM ** (width - m) / m for m in range(1, width + 1))
    return some + MISSING_FORM**width / (WINDOW[1] - WINDOW[0] + 1)
