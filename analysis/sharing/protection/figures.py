"""One number at a time: what of a count, a rate or a mean may be shown.

A count is a number of distinct patients, never of sessions. None stands for a hidden figure and is
written `HIDDEN` ([c], "confidential", as in the United Kingdom's official statistics), whether
it is hidden for its own sake or for another's.
"""

import math
from collections.abc import Iterable

from analysis.measures.conventions import FEWEST_IN_A_MEAN, FEWEST_TOLD

HIDDEN = "[c]"
# OpenSAFELY, "Statistical disclosure control": redact counts of 7 or less, round to nearest 5.
SMALL = FEWEST_TOLD - 1
BASE = 5
# A group of which so many share a sensitive outcome tells it of each member (ESSNet: 90 %).
NEARLY_ALL = 0.9
# Fewest patients behind a statistic; Australian Bureau of Statistics (DataLab): 10 behind a mean,
# and at least 10 on either side of a quantile.
# decimals: fewer are shown below, since a mean of few whole numbers tells how many they are.
LEAST = {"median": 20, "quartile": 40, "decimals": 40, "p5": 200, "p95": 200}
LEAST |= {"mean": FEWEST_IN_A_MEAN, "interval": FEWEST_IN_A_MEAN}
LEAST_DF = 10  # residual degrees of freedom of a model, ACRO's default
LEAST_IN_LEVEL = 10  # patients in each level of a category that a model names
GIVEN = "given"  # whose a number is that the sender set, such as a target
AND = "\x1f"  # between two names of sets; no clinic is called so
LARGEST, LARGEST_TWO = 0.5, 0.9  # of a sum: ESSNet's dominance, ACRO's NK(2, 90 %)


def is_small(patients: int) -> bool:
    """Whether a count is that of 1 to 7 patients. Worked: 0 -> False, 7 -> True, 8 -> False."""
    return 1 <= _whole(patients) <= SMALL


def nearest_5(patients: int) -> int:
    """A count rounded to the nearest 5, half up. Worked: 12 -> 10, 13 -> 15."""
    return (_whole(patients) + 2) // BASE * BASE


def fives_around(low: float, high: float) -> tuple[int, int]:
    """The nearest fives that hold all between two ends. Worked: 12, 24 -> 10, 25."""
    return math.floor(low / BASE + 1e-9) * BASE, math.ceil(high / BASE - 1e-9) * BASE


def shared(patients: int) -> int | None:
    """A count as a shared file shows it. Worked: 0 -> 0, 3 -> None, 7 -> None, 8 -> 10."""
    return None if is_small(patients) else nearest_5(patients)


def tells_of_each(part: int, whole: int) -> bool:
    """Whether nobody or nearly everybody of a group is counted, so that it tells of each one."""
    return whole > 0 and (part == 0 or part >= NEARLY_ALL * whole)


def statistic(value: float | None, patients: int, kind: str = "mean") -> float | None:
    """A statistic over so many patients, or None where too few stand behind it.

    kind: one of LEAST; SDs and effect sizes are of kind 'mean'. A minimum, a maximum and a mode
    are somebody's own values and have no kind: KeyError.
    """
    return None if patients < LEAST[kind] else value


def dominated(amounts: Iterable[float]) -> bool:
    """Whether one patient gives over 50 % of a sum, or two over 90 %. amounts: one a patient."""
    ranked = sorted((abs(a) for a in amounts), reverse=True)
    total = sum(ranked)
    return total > 0 and (ranked[0] > LARGEST * total or sum(ranked[:2]) > LARGEST_TWO * total)


def may_show_model(residual_df: float, level_patients: Iterable[int] = ()) -> bool:
    """Whether a model's coefficients may be shown. level_patients: patients in each level of
    each category that it names; residual_df: observations less coefficients."""
    return residual_df >= LEAST_DF and all(n >= LEAST_IN_LEVEL for n in level_patients)


def set_name(by: str, value: str, *counts: str) -> str:
    """Whose a figure is: the treatments of a group that some counts count.
    Worked: ('clinic', 'North', 'improved', 'measured') -> 'clinic|North|improved+measured'."""
    return f"{by}|{value}|{'+'.join(counts)}"


def sets_named(name: str) -> tuple[str, ...]:
    """The single sets of a `set_name`, or of several joined by AND, one a count; a name of another
    form is itself one set."""
    found = []
    for own in name.split(AND):
        group, mark, counts = own.rpartition("|")
        found += [f"{group}|{one}" for one in counts.split("+")] if mark else [own]
    return tuple(found)


def written(figure: int | None) -> str:
    """A count as text. Worked: 1230 -> '1,230', None -> '[c]'."""
    return HIDDEN if figure is None else f"{figure:,}"


def _whole(patients: int) -> int:
    """The count, which is the only thing that these rules are about."""
    if patients != int(patients) or patients < 0:
        raise ValueError("a count of patients is a whole number, zero or more")
    return int(patients)
