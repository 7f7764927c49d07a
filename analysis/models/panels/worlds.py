"""Which world the lags look like, and how often that is said of patients from another one.

A world is whether alliance moves later symptoms and whether symptoms move later alliance: neither,
one, or both. A lag counts as there where its p is below ALPHA; as not there where its 95 %
interval lies within ± `smallest` of 0; in between it can't be told.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from analysis.measures.conventions import Z
from analysis.models.panels.effects import standard_units
from analysis.models.panels.likelihood.maximum import evaluate
from analysis.models.panels.likelihood.structure import Structure
from analysis.models.panels.panel import Panel
from analysis.models.panels.result import PanelFit

# Stricter than the usual .05, so that "alliance first" is said wrongly of fewer than one data set
# in a hundred in either direction's worlds.
ALPHA = 0.01
# A large cross-lagged effect in published panels (75th percentile; Orth et al. 2022,
# doi:10.1037/met0000499), in within-patient SDs: what is surely smaller counts as none.
SMALLEST = 0.12
WORLDS = ("alliance first", "symptoms first", "both", "neither")
UNKNOWN = "can't be told"
DRAWS = 20_000  # leave a chance of .05 a Monte-Carlo standard error of .0015
ROUGH_DRAWS = 4_000  # while patients needed are sought
MOST_TIMES = 1_000  # patients needed are sought up to so many times those at hand
_CROSS = (1, 2)  # among ss, sa, as, aa: alliance → symptoms, symptoms → alliance
_ANSWERS = {
    (1, 0): "alliance first", (0, 1): "symptoms first", (1, 1): "both", (0, 0): "neither",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class World:
    """One world at this number of patients, sessions and gaps. lags: its alliance → symptoms and
    symptoms → alliance in within-patient SDs; said: verdict -> how often it is given there."""

    name: str
    lags: tuple[float, float]
    said: dict[str, float]


@dataclass(frozen=True, slots=True)
class Verdict:
    """world: one of WORLDS, or "can't be told". directions: for alliance → symptoms and symptoms
    → alliance: True (there), False (not there), None (can't be told).

    wrong: the chance that this verdict is wrong, the four worlds being as likely as one another
    (None where nothing is told). told: the chance that a world is told rightly, in the worlds'
    mean. patients_needed: with which each world is told rightly four times in five; None beyond
    MOST_TIMES times those at hand.
    """

    world: str
    directions: tuple[bool | None, bool | None]
    wrong: float | None
    told: float
    worlds: tuple[World, ...]
    patients_needed: int | None
    smallest: float


def verdict_of(panel: Panel, fit: PanelFit, smallest: float = SMALLEST, seed: int = 1) -> Verdict:
    """The verdict of `fit` and how far it can be trusted at this size, simulated from the fit.

    In each world the lags across are as estimated where they are there, else of the size
    `smallest` (or 0, where the world has none); everything else is as fitted. Estimates are drawn
    from the normal law with the information that these patients and gaps hold in that world
    (missing at random); how close that is to data sets drawn and fitted: docs/validation.md.
    Without a usable fit everything is "can't be told", and told is 0.
    """
    if not (fit.status.converged and fit.status.identified and fit.lags[1].se):
        return Verdict(UNKNOWN, (None, None), None, 0.0, (), None, smallest)
    units = standard_units(fit.variances.within_sd).ravel()
    lags = fit.lag_matrix.ravel() * units
    se = np.sqrt(np.diag(fit.lag_covariance)) * units
    cross = list(_CROSS)
    directions = _directions(lags[cross], se[cross], smallest)
    spoken = _name(directions)
    present = [
        lags[k] if there else np.copysign(smallest, lags[k])
        for k, there in zip(_CROSS, directions, strict=True)
    ]
    spreads = _spreads(panel, fit, present, units)
    worlds = _worlds(present, spreads, smallest, 1.0, seed)
    given = [w.said.get(spoken, 0.0) for w in worlds]
    right = sum(g for w, g in zip(worlds, given, strict=True) if w.name == spoken)
    wrong = None if spoken == UNKNOWN or not sum(given) else 1 - right / sum(given)
    told = float(np.mean([w.said.get(w.name, 0.0) for w in worlds]))
    needed = _needed(panel.patients, present, spreads, smallest, seed)
    return Verdict(spoken, directions, wrong, told, worlds, needed, smallest)


def _directions(lags, se, smallest: float) -> tuple[bool | None, bool | None]:
    there, absent = _judged(np.asarray(lags), np.asarray(se), smallest)
    first, second = (
        True if t else False if a else None for t, a in zip(there, absent, strict=True)
    )
    return first, second


def _judged(lags: np.ndarray, se: np.ndarray, smallest: float):
    there = np.abs(lags) > ndtri(1 - ALPHA / 2) * se
    return there, ~there & (np.abs(lags) + Z * se < smallest)


def _name(directions) -> str:
    first, second = directions
    return UNKNOWN if None in directions else _ANSWERS[int(first), int(second)]


def _spreads(panel: Panel, fit: PanelFit, present, units) -> list[np.ndarray]:
    """(2, 2) covariance of both lags' estimates, in SDs, in each of WORLDS."""
    structure = Structure(fit.model, len(fit.sessions))
    raw = (panel.scale[:, None] / panel.scale[None, :]).ravel()
    place = [structure.d + k for k in _CROSS]
    found = []
    for has in ((1, 0), (0, 1), (1, 1), (0, 0)):
        theta = fit.theta.copy()
        for k, there, size in zip(_CROSS, has, present, strict=True):
            theta[structure.d + k] = there * size / (units[k] * raw[k])
        at = evaluate(panel.patterns, structure, theta, curvature="expected")
        if at.hessian is None:  # a world that these variances cannot hold: as fitted
            covariance = fit.lag_covariance[np.ix_(_CROSS, _CROSS)]
            found.append(covariance * np.outer(units[list(_CROSS)], units[list(_CROSS)]))
            continue
        inverse = np.linalg.pinv(at.hessian, hermitian=True)[np.ix_(place, place)]
        size = (units * raw)[list(_CROSS)]
        found.append(inverse * np.outer(size, size))
    return found


def _worlds(
    present, spreads, smallest: float, times: float, seed: int, draws: int = DRAWS
) -> tuple[World, ...]:
    """How often each verdict is given in each world with `times` the patients."""
    rng = np.random.default_rng(seed)
    normal = rng.standard_normal((draws, 2))
    found = []
    for name, has, spread in zip(WORLDS, ((1, 0), (0, 1), (1, 1), (0, 0)), spreads, strict=True):
        covariance = spread / times
        truth = np.array(has) * np.array(present)
        drawn = truth + normal @ _root(covariance).T
        there, absent = _judged(drawn, np.sqrt(np.diag(covariance)), smallest)
        code = np.where(there, 1, np.where(absent, 0, 9)) @ [1, 10]
        said = {w: float(np.mean(code == c)) for w, c in zip(WORLDS, (1, 10, 11, 0), strict=True)}
        said[UNKNOWN] = 1 - sum(said.values())
        found.append(World(name, (float(truth[0]), float(truth[1])), said))
    return tuple(found)


def _root(covariance: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.maximum(values, 0))


def _needed(patients: int, present, spreads, smallest: float, seed: int) -> int | None:
    """Patients with whom every world is told rightly four times in five, to some 5 %."""

    def enough(times: float) -> bool:
        worlds = _worlds(present, spreads, smallest, times, seed, ROUGH_DRAWS)
        return min(w.said[w.name] for w in worlds) >= 0.8

    low, high = np.log(1 / MOST_TIMES), np.log(MOST_TIMES)
    if not enough(np.exp(high)):
        return None
    while high - low > 0.05:
        middle = (low + high) / 2
        low, high = (low, middle) if enough(np.exp(middle)) else (middle, high)
    needed = patients * np.exp(high)
    digits = 10 ** max(int(np.floor(np.log10(needed))) - 1, 0)
    return int(np.ceil(needed / digits) * digits)
