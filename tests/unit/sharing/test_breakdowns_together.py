"""The attacker who adds up two breakdowns finds what neither of them says alone."""

from types import SimpleNamespace

import numpy as np

from tests.attackers.joined import Numbers
from tests.attackers.meaning import Said

# Printed 100 and 130: 234 at the most; printed 35, 135 and 65: 229 at the least.
SITES, AGES = {"A": 102, "B": 131}, {"young": 34, "middle": 134, "old": 63, "": 2}


def test_two_clinics_and_three_ages_leave_five_whose_age_is_not_known():
    """Everybody's count, 233 to 237, leaves these two open to 1 and to 7 beside either alone."""
    rng = np.random.default_rng(0)
    of = {"clinic": _drawn(rng, SITES), "age": _drawn(rng, AGES)}
    everybody = np.ones(233, dtype=bool)
    truth = SimpleNamespace(of=of, real=everybody)
    told = {by: [_said(of[by] == v) for v in dict.fromkeys(of[by]) if v] for by in of}
    count, target = [("all", [_said(everybody)])], of["age"] == ""
    open_to = {}
    for known in (("clinic",), ("age",), ("clinic", "age")):
        said = [*count, *((by, told[by]) for by in known)]
        numbers = Numbers(truth, [everybody], list(of), said)
        open_to[known] = [numbers.reaches("age", target, *ends) for ends in ((0, 1), (7, np.inf))]
    assert open_to == {
        ("clinic",): [True, True],
        ("age",): [True, True],
        ("clinic", "age"): [True, False],
    }


def _drawn(rng, sizes: dict[str, int]) -> np.ndarray:
    values = np.repeat(np.array(list(sizes), dtype=object), list(sizes.values()))
    return rng.permutation(values)


def _said(rows: np.ndarray) -> Said:
    shown = 5 * ((int(rows.sum()) + 2) // 5)
    return Said(rows, shown - 2, shown + 2)
