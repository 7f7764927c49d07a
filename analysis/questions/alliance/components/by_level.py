"""Slopes at each level that a dataset has, treatments without a therapist among them."""

import numpy as np

from analysis.measures.conventions import FEWEST_FOR_EFFECT
from analysis.models.latent_means import LevelEffect, level_effects
from analysis.questions.alliance.treatments import Treatments

PATIENTS = ("within patients", "between patients")
ABOVE = ("between therapists", "between clinics")


def by_level(
    x: np.ndarray, y: np.ndarray, who: np.ndarray, rows: Treatments, resamples: int, seed: int
) -> tuple[tuple[str, ...], tuple[LevelEffect, ...]]:
    """(names, effects) of x and y (n,), rows of the treatments `who` (n,): within patients, between
    patients, therapists, clinics, as far as they are told.

    Where some treatments name no therapist (or clinic), the slope within patients rests on all and
    the levels above on those that name one: patients are set beside others of their therapist, and
    there is none to set these beside. ModelError with fewer than ten treatments.
    """
    above = _above(rows, who)
    everyone = all((codes[who] >= 0).all() for codes in above)
    if everyone:
        return _effects(x, y, who, above, resamples, seed)
    names, effects = _effects(x, y, who, (), resamples, seed)
    named = np.all([codes[who] >= 0 for codes in above], axis=0)
    if len(np.unique(who[named])) < FEWEST_FOR_EFFECT:
        return names, effects
    more, those = _effects(x[named], y[named], who[named], above, resamples, seed)
    return (*names[:1], *more[1:]), (*effects[:1], *those[1:])


def _above(rows: Treatments, who: np.ndarray) -> tuple[np.ndarray, ...]:
    """Codes of therapists, and of clinics, where two or more are told; clinics only above them."""
    found = []
    for codes in (rows.therapist, rows.clinic):
        own = codes[who]
        if len(np.unique(own[own >= 0])) < 2:
            break
        found.append(codes)
    return tuple(found)


def _effects(x, y, who, above, resamples: int, seed: int):
    units = (who, *(codes[who] for codes in above))
    coded = tuple(np.unique(u, return_inverse=True)[1] for u in units)
    return (*PATIENTS, *ABOVE[: len(above)]), level_effects(x, y, coded, resamples, seed)
