"""Therapists are data subjects, too: a figure of one, or of two who know each other's, is hidden.

ESSNet's rules for magnitudes, over treatments (Hundepool et al. 2012, Statistical Disclosure
Control, 4.2, 10.1002/9781118348239): at least three therapists; none with more than LARGEST of the
treatments (n, k with n 1); and p %: who knows the second largest caseload, its own, must not get
nearer than 20 % to the largest by subtraction.
"""

from collections.abc import Iterable, Sequence

import numpy as np

FEWEST = 3
LARGEST = 0.6
P_PER_CENT = 0.2


def tells_of_therapists(caseloads: Iterable[int]) -> bool:
    """Whether figures of treatments by therapists with these caseloads tell of one of them.

    Nobody's treatments tell of none. Worked: [40, 38, 35] -> False; [30, 24] -> True (each
    subtracts his own); [62, 20, 18] -> True (62 %); [48, 46, 6] -> True (6 is under a fifth of 48).
    """
    there = sorted((int(n) for n in caseloads if n > 0), reverse=True)
    if not there:
        return False
    others = sum(there[2:])
    few = len(there) < FEWEST or there[0] > LARGEST * sum(there)
    return few or others < P_PER_CENT * there[0]


def shown_groups(
    caseloads: Sequence[np.ndarray], sizes: Sequence[int], fewest: int, exact: bool = True
) -> np.ndarray:
    """(G,) True for the groups that may be shown beside everybody's figures.

    caseloads: of each group, (T,) treatments by each of all therapists. sizes: patients. What is
    left over can be worked out: so it holds nobody, or `fewest` patients of therapists enough;
    until then the smallest shown group goes, too. exact: whether means are shown; of rates in steps
    fewer than `fewest` may be left over, as a reader is asked about those.
    """
    shown = np.array([not tells_of_therapists(own) for own in caseloads], dtype=bool)
    if not len(shown):
        return shown
    size, loads = np.asarray(sizes), np.stack(caseloads)
    shown &= size > 0
    while shown.any():
        left = ~shown
        patients = int(size[left].sum())
        if not patients or (patients < fewest and not exact):
            break
        if patients >= fewest and not tells_of_therapists(loads[left].sum(axis=0)):
            break
        smallest = np.flatnonzero(shown)[np.argmin(size[shown])]
        shown[smallest] = False
    return shown
