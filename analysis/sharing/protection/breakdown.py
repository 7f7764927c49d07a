"""What of a breakdown may be shown: counts by group beside the same counts of everybody.

A service's total stands at the head of its report, each group's figures in a table below, and
several figures of one group add up to another. All of these equations are the attacker's, so all
take part in deciding what is hidden.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.sharing.protection import figures, hiding

TOTALS_ARE_DEARER = 20.0
FEWEST = figures.LEAST["mean"]


@dataclass(frozen=True, slots=True)
class Counted:
    """One kind of count: (G + 1,) treatments and distinct patients of each group, all last."""

    treatments: np.ndarray
    patients: np.ndarray


@dataclass(frozen=True, slots=True)
class Relation:
    """Counts that exclude each other and lie inside another: 'improved', 'unchanged' and
    'deteriorated' inside 'measured'. They need not add up to it.

    sensitive: a group of which nobody or nearly everybody is in one part must not be told.
    """

    parts: tuple[str, ...]
    whole: str
    sensitive: bool = True


def hidden_counts(
    counts: Mapping[str, Counted], relations: Sequence[Relation], profile: str
) -> dict[str, np.ndarray]:
    """Name -> (G + 1,) True where the count may not be shown; every group's and everybody's.

    counts: each group's treatments add up to everybody's. profile: 'share', where shown counts
    are rounded to the nearest 5, or 'internal', where they are exact. A count is hidden for its own
    sake where 1 to 7 patients stand behind it; in a shared file, a part of a sensitive relation
    also where nobody or nearly everybody of the group is in it.
    """
    rounded = profile == "share"
    hidden = {name: (c.patients >= 1) & (c.patients <= figures.SMALL) for name, c in counts.items()}
    if rounded:
        for part, whole in ((p, r.whole) for r in relations if r.sensitive for p in r.parts):
            hidden[part] = hidden[part] | _telling(counts[part], counts[whole])
    for relation in relations:
        _hide_in(relation, counts, hidden, rounded)
    return hidden


def statistics_shown(patients: Sequence[int]) -> np.ndarray:
    """(G,) True for the groups whose means may be shown beside everybody's.

    patients: of each group. A group needs 10, and so do the groups left out, taken together: what
    is left over is theirs. Worked: 40, 25, 9 -> the first alone (25 and 9 are left over).
    """
    size = np.asarray(patients, dtype=np.int64)
    shown = size >= FEWEST
    while 0 < size[~shown].sum() < FEWEST and shown.any():
        smallest = np.flatnonzero(shown)[np.argmin(size[shown])]
        shown[smallest] = False
    return shown


def _telling(part: Counted, whole: Counted) -> np.ndarray:
    pairs = zip(part.treatments, whole.treatments, strict=True)
    return np.array([figures.tells_of_each(int(a), int(b)) for a, b in pairs], dtype=bool)


def _hide_in(relation: Relation, counts, hidden: dict[str, np.ndarray], rounded: bool) -> None:
    """Hides what the safety of one relation's table needs; what was hidden stays so."""
    names = (*relation.parts, relation.whole)
    parts = np.stack([counts[name].treatments for name in names], axis=1).astype(np.int64)
    rest = parts[:, -1] - parts[:, :-1].sum(axis=1)
    table = np.insert(parts, -1, rest, axis=1)
    small = np.stack([_small(counts[name].patients) for name in names], axis=1)
    first = np.stack([hidden[name] for name in names], axis=1)
    # The rest is never printed. Exact figures give it away, rounded ones leave it open by 4.
    rest_small = np.zeros(len(rest), dtype=bool) if rounded else _small(rest)
    rest_hidden = np.ones(len(rest), dtype=bool) if rounded else rest_small
    small = np.insert(small, -1, rest_small, axis=1)
    first = np.insert(first, -1, rest_hidden, axis=1)
    # Without its whole a group has no rate at all, and everybody's figures head the report.
    dear = np.ones(table.shape)
    dear[-1, :] = dear[:, -1] = TOTALS_ARE_DEARER
    found = hiding.hide(table, first, rounded, small, dear)
    for column, name in enumerate(names):
        # The whole stands last, behind the rest.
        hidden[name] = found[:, column if name != relation.whole else -1]


def _small(counts: np.ndarray) -> np.ndarray:
    return (counts >= 1) & (counts <= figures.SMALL)
