"""The predictors of the demo's end-of-treatment model and how they go together.

Each predictor is a score computed from one standard normal variable z, so that the population
moments follow from the correlations of the z's alone (see population.py).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

Score = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True)
class Predictor:
    """name: the variable. block: 'intake' or its factor. score: z -> the recorded score.

    weight: standardised size and sign relative to the others of its block; calibration scales
    the block as a whole. reliability: for what is measured at each session, the share of one
    session's variance that belongs to the person (1 = measured once an episode).
    """

    name: str
    block: str
    score: Score
    weight: float
    reliability: float = 1.0


def _scale(mean: float, sd: float, low: float, high: float, step: float) -> Score:
    """A rating: normal, recorded in steps, never outside its range."""
    # + 0.0 turns the -0.0 of a rounded small negative into 0
    return lambda z: np.round(np.clip(np.round((mean + sd * z) / step) * step, low, high), 4) + 0.0


def _count(distribution, most: int) -> Score:
    """A count from 0 to `most` whose distribution (before the cap) is the one given."""
    cuts = stats.norm.ppf(distribution.cdf(np.arange(most)))
    return lambda z: np.searchsorted(cuts, z).astype(float)


def _years(z: np.ndarray) -> np.ndarray:
    """Gamma-like years, mean 6, sd 3, skewness 1: Wilson and Hilferty's cube (1931) with shape 4,
    6 (1 - 1/36 + z/6)^3; z = 0 gives 5.5 years."""
    return np.round(np.clip(6.0 * (35.0 / 36.0 + z / 6.0) ** 3, 0.0, 60.0), 1)


def _employed(z: np.ndarray) -> np.ndarray:
    """1 for the 62 % who work."""
    return (z > -0.3).astype(float)


_WAI = _scale(3.6, 0.62, 1, 5, 0.25)

PREDICTORS = (
    Predictor("phq9", "intake", _scale(16.0, 3.8, 0, 27, 1), 1.0),
    Predictor("wai_bond", "alliance", _WAI, -0.30, 0.6),
    Predictor("wai_goal", "alliance", _WAI, -0.35, 0.6),
    Predictor("wai_task", "alliance", _WAI, -0.45, 0.6),
    Predictor("homework", "technique", _scale(62.0, 22.0, 0, 100, 5), -0.8, 0.5),
    Predictor("adherence", "technique", _scale(3.9, 0.8, 0, 6, 0.1), -0.3),
    Predictor("competence", "technique", _scale(3.8, 0.8, 0, 6, 0.1), -0.5),
    Predictor("expectation", "expectancy", _scale(58.0, 17.0, 0, 100, 1), -0.7),
    Predictor("credibility", "expectancy", _scale(6.2, 1.3, 1, 9, 0.1), -0.3),
    Predictor("chronicity", "extra-therapeutic", _years, 0.40),
    Predictor("comorbidity", "extra-therapeutic", _count(stats.binom(4, 0.3), 4), 0.50),
    Predictor("social_support", "extra-therapeutic", _scale(60.0, 16.0, 0, 100, 1), -0.45),
    Predictor("life_events", "extra-therapeutic", _count(stats.poisson(1.3), 8), 0.35),
    Predictor("employed", "extra-therapeutic", _employed, -0.35),
    Predictor("motivation", "extra-therapeutic", _scale(4.8, 1.1, 1, 7, 1), -0.35),
)
NAMES = tuple(p.name for p in PREDICTORS)
BLOCKS = ("intake", "alliance", "technique", "expectancy", "extra-therapeutic")

# Correlations of the persons' z's. Competence belongs to the therapist and goes with nothing, so
# that what it explains lies between therapists only and is its own at every level.
_PAIRS = {
    "phq9": dict(
        wai_bond=-0.10,
        wai_goal=-0.10,
        wai_task=-0.12,
        homework=-0.08,
        expectation=-0.12,
        credibility=-0.05,
        chronicity=0.15,
        comorbidity=0.25,
        social_support=-0.25,
        life_events=0.15,
        employed=-0.15,
        motivation=-0.08,
    ),
    "wai_bond": dict(
        wai_goal=0.75,
        wai_task=0.72,
        homework=0.20,
        adherence=0.08,
        expectation=0.30,
        credibility=0.25,
        chronicity=-0.06,
        comorbidity=-0.08,
        social_support=0.14,
        life_events=-0.03,
        employed=0.05,
        motivation=0.25,
    ),
    "wai_goal": dict(
        wai_task=0.80,
        homework=0.22,
        adherence=0.10,
        expectation=0.33,
        credibility=0.28,
        chronicity=-0.08,
        comorbidity=-0.08,
        social_support=0.12,
        life_events=-0.03,
        employed=0.05,
        motivation=0.28,
    ),
    "wai_task": dict(
        homework=0.28,
        adherence=0.10,
        expectation=0.38,
        credibility=0.30,
        chronicity=-0.08,
        comorbidity=-0.08,
        social_support=0.12,
        life_events=-0.03,
        employed=0.05,
        motivation=0.30,
    ),
    "homework": dict(
        adherence=0.15,
        expectation=0.12,
        credibility=0.10,
        comorbidity=-0.08,
        social_support=0.05,
        motivation=0.25,
    ),
    "expectation": dict(
        credibility=0.55, chronicity=-0.15, comorbidity=-0.08, social_support=0.10, motivation=0.30
    ),
    "credibility": dict(motivation=0.20),
    "chronicity": dict(comorbidity=0.25, social_support=-0.15, employed=-0.15, motivation=-0.08),
    "comorbidity": dict(social_support=-0.15, life_events=0.10, employed=-0.15),
    "social_support": dict(life_events=-0.10, employed=0.15, motivation=0.10),
    "life_events": dict(employed=-0.05),
    "employed": dict(motivation=0.05),
}


def correlations(null_blocks: frozenset[str] = frozenset()) -> np.ndarray:
    """The persons' correlation matrix, (predictors, predictors), in the order of PREDICTORS.

    null_blocks: factors that must explain nothing; their predictors keep their correlations with
    each other and lose all others.
    """
    block = {p.name: p.block for p in PREDICTORS}
    matrix = np.eye(len(NAMES))
    for first, others in _PAIRS.items():
        for second, r in others.items():
            apart = block[first] != block[second]
            if not (apart and {block[first], block[second]} & null_blocks):
                i, j = NAMES.index(first), NAMES.index(second)
                matrix[i, j] = matrix[j, i] = r
    return matrix
