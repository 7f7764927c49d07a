"""The attacker who adds up two breakdowns finds what neither of them says alone."""

import random
from datetime import date, timedelta
from types import SimpleNamespace

import numpy as np
import pytest

from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.scope import Scope
from analysis.sharing.build import build
from analysis.sharing.protection.sums import Known
from analysis.sharing.request import KINDS, ReportRequest
from analysis.sharing.sections.telling.hiding.across import Across, _of_so_many
from analysis.store.queries.treatments.outcome_cells import EVERYTHING
from tests.attackers.joined import Numbers, narrowed_together
from tests.attackers.meaning import Said
from tests.attackers.truth import TABLES, Truth
from tests.random_clinics import write_clinic

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


def test_how_many_are_counted_in_groups_that_are_so_many_together():
    """By every way to share 70 to 80 treatments out to two groups."""
    told = [Known(0.2, 0.25, 0.3, 40, 40, 80), Known(0.5, 0.55, 0.6, 20, 20, 40)]
    ways = [(a, b) for a in range(40, 81) for b in range(20, 41) if 70 <= a + b <= 80]
    least = min(0.2 * a + 0.5 * b for a, b in ways)
    most = max(0.3 * a + 0.6 * b for a, b in ways)
    assert _of_so_many(told, 70, 80) == (20, 36) == (round(least), round(most))


@pytest.mark.parametrize("is_asked", [True, False], ids=["beside the others", "each alone"])
def test_a_report_of_two_clinics_and_three_ages_leaves_its_unknown_ages_open(
    is_asked, store, monkeypatch
):
    """In 4 of 25 such services sets were narrowed while each breakdown was asked alone."""
    if not is_asked:
        monkeypatch.setattr(Across, "sums", lambda self, figures: {})
    _service(3)
    asked = OutcomeQuestion("d")
    truth = Truth(asked)
    tables = {c: by for c, by in (TABLES | truth.groups).items() if by in ("clinic", "of age")}
    document = build(ReportRequest(Scope("d"), KINDS["outcomes"], question=asked)).document
    rng = np.random.default_rng(0)
    found = narrowed_together([(document, EVERYTHING)], truth, 40, rng, tables)
    assert bool(found) != is_asked


def _service(seed: int) -> None:
    """Two or three clinics of four therapists, two models; a few of unknown age, a few without a
    last score."""
    rng = random.Random(seed)
    clinics = [f"Site {c}" for c in "ABC"[: rng.choice([2, 3])]]
    staff = [(f"t{c}{i}", c) for c in clinics for i in range(4)]
    weights = [rng.uniform(1, 3) for _ in clinics for _ in range(4)]
    n = rng.randint(110, 320)
    ageless = set(rng.sample(range(n), rng.randint(1, 7)))
    lost = set(rng.sample(range(n), rng.randint(2, 25)))
    share, work = rng.uniform(0.25, 0.6), rng.uniform(0.2, 0.6)
    episodes, sessions = [], []
    for k in range(n):
        began = date(2025, 1, 1) + timedelta(days=rng.randrange(300))
        weeks = 1 if k in lost else rng.randint(2, 6)
        ending = rng.choices(["planned", "unplanned", "ongoing", ""], [16, 5, 0.3, 0.3])[0] or None
        age = None if k in ageless else rng.uniform(18, 80)
        therapist = rng.choices(staff, weights)[0][0]
        model = "CBT" if rng.random() < share else "IPT"
        works = float(rng.random() < work)
        episodes.append((f"e{k}", f"p{k}", therapist, began, None, ending, model, works, age, None))
        score = rng.uniform(6, 26)
        for s in range(1, weeks + 1):
            alliance = round(rng.uniform(1, 7), 3) if rng.random() < 0.97 else None
            at = began + timedelta(days=7 * s)
            sessions.append((f"e{k}", s, at, 1.0 * s, round(score, 3), alliance))
            score = min(27, max(rng.random(), score - rng.uniform(-2, 4)))
    write_clinic("d", clinics, staff, episodes, sessions)
