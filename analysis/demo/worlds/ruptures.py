"""The third world: alliances that break and mend, in treatments whose trends differ; neither
symptoms nor alliance moves the other from session to session, but a break that is not mended
costs the end.
"""

import numpy as np

from analysis.demo.worlds.both_ways import Drawn
from analysis.demo.worlds.people import SESSIONS, course_of, draw_people, stays

LAGS = np.array([[0.30, 0.0], [0.0, 0.30]])
SYMPTOMS_SD, ALLIANCE_SD = 2.5, 0.35  # within patients, about their own lines
TREND_SD = (0.35, 0.03)  # points a session, of symptoms and alliance
TRENDS_TOGETHER = -0.5  # correlation of both trends: who improves sees the alliance grow
BREAKS = 0.25  # share of treatments with a rupture
MENDED = 0.7  # of them: back within one or two sessions
DEPTH = 1.2  # points
COST = 3.0  # points of symptoms, reached over the three sessions after one that stays open
FORM_SD = 0.10
OPEN_ENDS = 0.6  # of treatments with an open rupture: unplanned


def draw(rng: np.random.Generator, treatments: int) -> Drawn:
    """Draw the world."""
    people = draw_people(rng, treatments)
    n, t = treatments, SESSIONS
    new = np.sqrt(1 - np.diag(LAGS) ** 2)
    within = course_of(LAGS, rng.standard_normal((n, 2)), rng.standard_normal((n, t, 2)) * new)
    time = np.arange(t)
    trends = rng.multivariate_normal([0, 0], _trends(), n)
    symptoms = (14 + rng.normal(0, 3.5, n))[:, None] - 0.35 * time + trends[:, [0]] * time
    symptoms = symptoms + SYMPTOMS_SD * within[:, :, 0]
    own = rng.normal(0, 0.2, people.therapists)[people.therapist] + rng.normal(0, 0.4, n)
    alliance = (3.8 + own)[:, None] + (0.01 + trends[:, [1]]) * time
    alliance = alliance + ALLIANCE_SD * within[:, :, 1]
    fall, cost, broken, mended = _ruptures(rng, n, t)
    symptoms, alliance = symptoms + cost, alliance - fall
    columns = {"phq9": np.clip(np.round(symptoms), 0, 27)}
    for part in ("bond", "goal", "task"):
        form = alliance + rng.normal(0, FORM_SD, (n, t))
        columns[f"wai_{part}"] = np.clip(np.round(form, 2), 1, 5)
    attended = stays(rng, symptoms, 0.3)
    unplanned = (attended < t) & (rng.random(n) < 0.4)
    unplanned |= broken & ~mended & (rng.random(n) < OPEN_ENDS)
    return Drawn(people, columns, attended, unplanned, _truth(n, broken, mended))


def _truth(n: int, broken: np.ndarray, mended: np.ndarray) -> dict:
    return {
        "world": "ruptures",
        "ruptures": {
            "courses": n,
            "ruptures": int(broken.sum()),
            "mended": int((broken & mended).sum()),
            "depth": DEPTH,
            "cost": COST,
        },
    }


def _trends() -> np.ndarray:
    a, b = TREND_SD
    both = TRENDS_TOGETHER * a * b
    return np.array([[a * a, both], [both, b * b]])


def _ruptures(rng, n: int, t: int):
    """(fall (N, T), cost (N, T), broken (N,), mended (N,)): what a rupture takes off the alliance
    and adds to the symptoms."""
    broken, mended = rng.random(n) < BREAKS, rng.random(n) < MENDED
    at = rng.integers(2, t - 4, n)
    lasts = np.where(mended, rng.integers(1, 3, n), t)
    since = np.arange(t) - at[:, None]
    fall = np.where(broken[:, None] & (since >= 0) & (since < lasts[:, None]), DEPTH, 0.0)
    grown = np.clip(since, 0, 3) / 3 * COST
    cost = np.where((broken & ~mended)[:, None], grown, 0.0)
    return fall, cost, broken, mended
