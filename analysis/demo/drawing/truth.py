"""From target shares to coefficients, and the exact shares of the model that results.

Shapley shares over the four factors after the intake score, as product and engine define them:
R2(S) is the variance that the best linear prediction from the intake and the factors in S has,
over the total variance; a factor's share is the mean, over all orders of entering, of what it
adds (Lindeman, Merenda & Gold 1980; Groemping 2007, 10.1198/000313007X188252).
"""

from dataclasses import dataclass
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
from scipy import optimize

from analysis.base.errors import RequestError
from analysis.demo.drawing import process
from analysis.demo.drawing.effects import FACTOR_FIELDS, Effects
from analysis.demo.drawing.population import Population, population
from analysis.demo.drawing.predictors import BLOCKS, NAMES, PREDICTORS

FACTORS = BLOCKS[1:]
SOLVED_WITHIN = 1e-9  # of each share


@dataclass(frozen=True, slots=True)
class Model:
    """The demo's generating model of the last score, every number known.

    population: moments of the predictors. coefficients: (p,), PHQ-9 points per unit.
    clinic_sd, therapist_sd, episode_sd: of the random effects and of what stays with the episode
    (without swings and rounding), in points. swing_effect: points at the next session per
    standard deviation of a session's alliance swing. shares: by factor. adjusted: by the intake.
    """

    population: Population
    coefficients: np.ndarray
    clinic_sd: float
    therapist_sd: float
    episode_sd: float
    swing_effect: float
    shares: dict[str, float]
    adjusted: float

    @property
    def intake_swing(self) -> float:
        """The part that is a session's swing, 0 to 1, of what of an intake score's variance the
        other predictors do not show."""
        own = self.population.own("phq9")
        return process.SWING_VARIANCE / float(own @ self.population.covariance @ own)

    @property
    def of_start(self) -> float:
        """Points at the end for a point of the course's start, behind the intake's swing."""
        return float(self.coefficients[NAMES.index("phq9")]) / (1.0 - self.intake_swing)

    @property
    def unseen(self) -> float:
        """The variance of the start that the recorded predictors do not show."""
        return process.SWING_VARIANCE * (1.0 - self.intake_swing)

    @property
    def own_sd(self) -> float:
        """Of what stays with the episode beside the start that is not seen, points."""
        return (self.episode_sd**2 - self.of_start**2 * self.unseen) ** 0.5

    @property
    def later(self) -> np.ndarray:
        """(p,) the part of the coefficients that shows only after the early window."""
        unfolds = [process.UNFOLDS_LATER.get(p.block, 0.0) for p in PREDICTORS]
        return self.coefficients * np.array(unfolds)

    def truth(self) -> dict:
        """What is stored with the dataset, ready for JSON. Adjusted, shares and unexplained sum
        to 1; coefficients in points per unit, with the population mean of each predictor. Rounded
        to 10 decimals: beyond lies the noise of the solver, which differs between machines."""
        total = process.OUTCOME_SD**2
        clinic, therapist = self.clinic_sd**2 / total, self.therapist_sd**2 / total
        rest = 1.0 - self.adjusted - sum(self.shares.values()) - clinic - therapist
        coefficients = dict(zip(NAMES, self.coefficients.tolist(), strict=True))
        intake = coefficients.pop("phq9")
        end = {
            "shares": dict(self.shares),
            "shares_none": self.shares_none(),
            "shares_landmark": (after := self.shares_landmark()),
            "adjusted_landmark": after.pop("adjusted"),
            "adjusted": self.adjusted,
            "unexplained": {"clinic": clinic, "therapist": therapist, "patient": rest},
            "coefficients": coefficients,
            "intake": intake,
            "means": dict(zip(NAMES, self.population.mean.tolist(), strict=True)),
            "outcome": {"mean": process.OUTCOME_MEAN, "sd": process.OUTCOME_SD},
            "window": list(process.WINDOW),
        }
        nxt = {
            "carry": process.SWING_CARRY,
            "swing_sd": process.SWING_VARIANCE**0.5,
            "alliance_within": self.swing_effect,
            "alliance_within_standardised": self.swing_effect / process.SWING_VARIANCE**0.5,
        }
        return _rounded({"end": end, "next": nxt})

    def shares_none(self) -> dict[str, float]:
        """Each factor's share where nothing is adjusted for."""
        known = self.population.covariance
        return _shares(known, known @ self.coefficients, ())

    def shares_landmark(self) -> dict[str, float]:
        """'adjusted' and each factor's share after it, adjusting for the course to the landmark as
        it is behind the swings: where it starts, and the level at the window's end, start +
        r (early - start), with early the end but for what unfolds later, and r the part of the way
        that a treatment of its length has gone by then. Lengths are taken as independent of the
        rest, which they nearly are."""
        known, b, early = self.population.covariance, self.coefficients, self._early()
        intake, left = NAMES.index("phq9"), self._left_behind_swings()
        r, squared = (part := process.reached_at_landmark()).mean, part.mean_square
        way = process.OUTCOME_MEAN - float(self.population.mean[intake])
        start = known[intake] - process.SWING_VARIANCE * (np.arange(len(known)) == intake)
        with_own = self.of_start * self.unseen
        level = (1 - r) * start + r * (known @ early)
        both = (1 - r) * start[intake] + r * (early @ start + with_own)
        variance = (
            (1 - 2 * r + squared) * start[intake]
            + 2 * (r - squared) * (early @ start + with_own)
            + squared * (early @ known @ early + left)
            + (squared - r**2) * way**2
        )
        course = np.array([[start[intake], both], [both, variance]])
        aside = np.column_stack([start, level])
        whole = np.block([[known, aside], [aside.T, course]])
        end = b @ start + with_own
        with_end = (1 - r) * end + r * (early @ known @ b + left)
        p = len(known)
        with_outcome = np.concatenate([known @ b, [end, with_end]])
        r2 = _explained(whole, with_outcome, (p, p + 1), process.OUTCOME_SD**2)
        return {"adjusted": r2[frozenset()]} | {f: _shapley(f, r2) for f in FACTORS}

    def _early(self) -> np.ndarray:
        return self.coefficients - self.later

    def _left_behind_swings(self) -> float:
        """What no predictor explains of an end, without swings and rounding, points squared."""
        return self.clinic_sd**2 + self.therapist_sd**2 + self.episode_sd**2


def calibrate(effects: Effects) -> Model:
    """The model whose exact shares are the targets (to 1e-9).

    One multiplier a block is solved for; within a block the standardised weights of PREDICTORS
    stay. RequestError when no multipliers give the targets (a factor that correlates with strong
    ones cannot have a share near 0, but for exactly 0).
    """
    targets = {"intake": effects.intake}
    targets |= {factor: getattr(effects, field) for factor, field in FACTOR_FIELDS.items()}
    known = population(frozenset(b for b, share in targets.items() if share == 0.0))
    coefficients = _solve(targets, known)
    adjusted, shares = exact_shares(coefficients, known.covariance)
    total = process.OUTCOME_SD**2
    rest = total * (1.0 - sum(effects.shares().values()))
    return Model(
        population=known,
        coefficients=coefficients,
        clinic_sd=(total * effects.clinic) ** 0.5,
        therapist_sd=(total * effects.therapist) ** 0.5,
        episode_sd=(rest - process.SWING_VARIANCE - process.ROUNDING_VARIANCE) ** 0.5,
        swing_effect=effects.next_session * process.SWING_VARIANCE**0.5,
        shares=shares,
        adjusted=adjusted,
    )


def exact_shares(
    coefficients: np.ndarray, covariance: np.ndarray, total: float = process.OUTCOME_SD**2
) -> tuple[float, dict[str, float]]:
    """(share of the intake alone, Shapley share of each factor), of the total variance.

    coefficients: (p,), points per unit. covariance: (p, p), of the predictors.
    total: the outcome's variance, points squared.
    """
    with_outcome = covariance @ coefficients
    intake = (NAMES.index("phq9"),)
    r2 = _explained(covariance, with_outcome, intake, total)
    return r2[frozenset()], {factor: _shapley(factor, r2) for factor in FACTORS}


def _shares(covariance, with_outcome, adjusted: tuple[int, ...]) -> dict[str, float]:
    r2 = _explained(covariance, with_outcome, adjusted, process.OUTCOME_SD**2)
    return {factor: _shapley(factor, r2) for factor in FACTORS}


def _explained(covariance, with_outcome, adjusted: tuple[int, ...], total: float) -> dict:
    """R2 of the adjusted-for columns and each subset of the factors."""
    r2 = {}
    for size in range(len(FACTORS) + 1):
        for subset in combinations(FACTORS, size):
            inside = [*adjusted, *(k for k, p in enumerate(PREDICTORS) if p.block in subset)]
            if not inside:
                r2[frozenset(subset)] = 0.0
                continue
            c = with_outcome[inside]
            part = covariance[np.ix_(inside, inside)]
            r2[frozenset(subset)] = float(c @ np.linalg.solve(part, c)) / total
    return r2


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(inner) for name, inner in value.items()}
    return round(value, 10) + 0.0 if isinstance(value, float) else value


def _shapley(factor: str, r2: dict[frozenset, float]) -> float:
    others = [f for f in FACTORS if f != factor]
    n, share = len(FACTORS), 0.0
    for size in range(n):
        weight = factorial(size) * factorial(n - size - 1) / factorial(n)
        for subset in combinations(others, size):
            before = frozenset(subset)
            share += weight * (r2[before | {factor}] - r2[before])
    return share


def _solve(targets: dict[str, float], known: Population) -> np.ndarray:
    sd = np.sqrt(np.diag(known.covariance))
    patterns = {
        b: np.array([p.weight if p.block == b else 0.0 for p in PREDICTORS]) / sd for b in BLOCKS
    }
    active = [b for b in BLOCKS if targets[b] > 0.0]
    if not active:
        return np.zeros(len(NAMES))
    start = [
        (targets[b] * process.OUTCOME_SD**2 / (patterns[b] @ known.covariance @ patterns[b])) ** 0.5
        for b in active
    ]

    def misses(multipliers: np.ndarray) -> np.ndarray:
        coefficients = _weighted(multipliers, active, patterns)
        adjusted, shares = exact_shares(coefficients, known.covariance)
        reached = {"intake": adjusted, **shares}
        return np.array([reached[b] - targets[b] for b in active])

    found = optimize.root(misses, start, tol=1e-12)
    unreached = [
        b
        for b, miss, m in zip(active, found.fun, found.x, strict=True)
        if abs(miss) > SOLVED_WITHIN or m < 0.0  # a sign turned round is no solution
    ]
    if unreached:
        raise _unreachable(unreached)
    return _weighted(found.x, active, patterns)


def _weighted(multipliers, active: list[str], patterns: dict[str, np.ndarray]) -> np.ndarray:
    parts = (m * patterns[b] for m, b in zip(multipliers, active, strict=True))
    return sum(parts, start=np.zeros(len(NAMES)))


def _unreachable(blocks: list[str]) -> RequestError:
    return RequestError(
        "No coefficients give the demo these shares",
        where=", ".join(blocks),
        allowed="0, or a share above what a factor gets by its correlation with the others",
        next_step="raise the factor's share, or set it to exactly 0",
    )
