"""How much of a patient's own value all told means together show: her leverage in them.

Who holds several means can weigh them against each other. Of a weighing in which a patient has
weight one, all patients' squared weights add up to 1 / leverage at the least: 10 for a mean of ten,
1 where the means can be subtracted until she alone is left. So leverage is the part of the variance
of her value that the told means explain where nothing else is known of anybody (Belsley, Kuh &
Welsch 1980, Regression Diagnostics, 2.1).
"""

from collections.abc import Sequence

import numpy as np

from analysis.sharing.protection.figures import SMALL
from analysis.sharing.protection.reader import atoms

# Of seven patients whom the means do not tell from each other they then explain half of the
# variance of the mean at the most, and the others' weights add up to seven and more: if of anybody
# three standard deviations to either side are known, of the seven's mean no less is left open.
MOST = 1 / (2 * SMALL)
_RIDGE = 1e-6  # of a treatment: sets may repeat or add up to each other


def leverages(sets: Sequence[np.ndarray]) -> np.ndarray:
    """(N,) each treatment's leverage in the exact means of all sets, (N,) each; 0 in none.
    Worked: one set of ten -> .1 of each; sets of ten and of nine of them -> 1 of the tenth."""
    codes, _ = atoms(sets)
    kinds, first = np.unique(codes, return_index=True)
    members = np.stack(sets)[:, first].astype(float)
    weight = np.bincount(codes, minlength=len(kinds)).astype(float)
    gram = (members * weight) @ members.T
    gram[np.diag_indices_from(gram)] += _RIDGE
    return (members * np.linalg.solve(gram, members)).sum(axis=0)[codes]


def shown_too_much(sets: Sequence[np.ndarray], patient: np.ndarray, fewest: int) -> np.ndarray:
    """(N,) True for treatments of which told means say too much: whom they do not tell from fewer
    than `fewest` patients, with a leverage of more than MOST. A mean of ten alone may be told."""
    codes, kinds = atoms(sets)
    patients = int(patient.max(initial=0)) + 1
    pairs = np.unique(codes.astype(np.int64) * patients + patient) // patients
    alike = np.bincount(pairs, minlength=kinds)[codes]
    return (alike < fewest) & (leverages(sets) > MOST)
