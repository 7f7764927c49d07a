"""A reader who joins what stands in different tables: all breakdowns and endings in one programme.

Breakdowns share everybody. Of each the numbers of treatments by its groups, by what the selections
ask and by outcome are unknown; groups of two breakdowns add up to the same everybody. Any numbers
that do are those of some treatments, so for a reader who does not know which groups there are
together, who is in a clinic and of an age, no more can be said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from analysis.store.queries.treatments.outcome_cells import EVERYTHING
from tests.attackers.before import Before
from tests.attackers.meaning import Said
from tests.attackers.programmes import EPS, NEAR, targets_of
from tests.attackers.reader import said
from tests.attackers.truth import ENDINGS, FLAGS, TABLES, Truth, dimension_values

SELECTED = ("clinics", "models", "severities", "periods")
BY = ("clinic", "model", "severity", "period")  # what each of them is about
MOST = 10_000  # treatments of a kind


def narrowed_together(
    reports: list[tuple],
    truth: Truth,
    most: int,
    rng,
    tables: Mapping[str, str] = TABLES,
    names: Sequence[str] = FLAGS,
) -> list[tuple]:
    """As `programmes.narrowed`, given all breakdowns at once; 'all' are everybody's small sets.
    names: of FLAGS, and of ENDINGS, which are told of everybody alone."""
    flags = (*FLAGS, *(ENDINGS if not set(names).isdisjoint(ENDINGS) else ()))
    dimensions = list(dict.fromkeys(tables.values()))
    truth = truth.with_unseen(list(dict.fromkeys([*BY, *dimensions])), flags)
    truth.of["all"] = np.full(len(truth.real), "", dtype=object)
    before = Before(truth.real)
    told = [one for d, s in reports for one in said(d, truth, s, before, tables).items()]
    asked = [replace(EVERYTHING, **{n: getattr(s, n)}) for _, s in reports for n in SELECTED]
    common = [*map(truth.selected, asked), *(truth.flags[name] for name in flags)]
    numbers = Numbers(truth, common, dimensions, told)
    heres, found = [truth.selected(s) for _, s in reports], []
    for by in ("all", *dimensions):
        of = names if by == "all" else [name for name in names if name in FLAGS]
        targets = targets_of(truth, by, heres, of)
        for i in rng.permutation(len(targets))[:most]:
            ends = (numbers.reaches(by, targets[i], *to) for to in ((0, 1), (7, np.inf)))
            if not all(both := tuple(ends)):
                found.append((by, len(set(truth.patient[targets[i] & truth.real])), *both))
    return found


class Numbers:
    """How many treatments there are of each kind, of each breakdown, with all that is told of them.

    common: (N,) each, what kinds differ in beside the groups. told: dimension, statements."""

    def __init__(
        self,
        truth: Truth,
        common: Sequence[np.ndarray],
        dimensions: Sequence[str],
        told: Sequence[tuple[str, list[Said]]],
    ):
        self._code = {"all": _codes(np.stack(common))}
        for by in dimensions:
            values = np.unique(dimension_values(truth, by), return_inverse=True)[1].reshape(-1)
            self._code[by] = _codes(np.stack([self._code["all"], values]))
        kinds = [int(code.max()) + 1 for code in self._code.values()]
        self._first = dict(zip(self._code, np.cumsum([0, *kinds]).tolist(), strict=False))
        self.n = sum(kinds)
        self.true = np.zeros(self.n)
        for by in self._code:
            code = self._code[by]
            real = np.bincount(code[truth.real], minlength=int(code.max()) + 1)
            self.true += self._placed(by, real)
        self._known = [self._told(told), self._tied()]

    def reaches(self, by: str, target: np.ndarray, low: float, high: float) -> bool | None:
        """Whether whole numbers agree with everything told and put the target between the two;
        None where the solver comes to no end."""
        wanted = LinearConstraint(self._row(by, target)[None], low, high)
        near = Bounds(np.maximum(self.true - NEAR, 0), self.true + NEAR)
        for bounds in (near, Bounds(0, MOST)):
            solved = milp(
                np.zeros(self.n),
                constraints=[*self._known, wanted],
                integrality=np.ones(self.n),
                bounds=bounds,
                options={"time_limit": 10},
            )
            if solved.status == 0:
                return True
        return False if solved.status == 2 else None

    def _row(self, by: str, rows: np.ndarray) -> np.ndarray:
        """(n,) 1 for each kind of the rows, in the first breakdown whose kinds they are whole: what
        is new in a sum of everybody may leave out a group that was told before."""
        for name in (by, *self._code):
            code = self._code[name]
            every, own = np.bincount(code), np.bincount(code[rows], minlength=int(code.max()) + 1)
            if ((own == 0) | (own == every)).all():
                return self._placed(name, own > 0)
        raise AssertionError(f"{by}: half a kind")

    def _placed(self, by: str, of_kind: np.ndarray) -> np.ndarray:
        out = np.zeros(self.n)
        out[self._first[by] : self._first[by] + len(of_kind)] = of_kind
        return out

    def _told(self, told: Sequence[tuple[str, list[Said]]]) -> LinearConstraint:
        rows, lows, highs = [], [], []
        for by, one in ((by, one) for by, own in told for one in own):
            part = self._row(by, one.rows)
            if one.of is None:
                ends = [(part, one.low, one.high)]
            else:
                whole = self._row(by, one.of)
                ends = [(part - one.low * whole, 0, np.inf), (part - one.high * whole, -np.inf, 0)]
            for row, low, high in ends:
                # From what is not so anything follows, and nothing of it is a leak.
                assert low - EPS <= row @ self.true <= high + EPS, f"{by}: not what it is read as"
                rows.append(row)
                lows.append(low)
                highs.append(high)
        return LinearConstraint(csr_array(np.array(rows)), lows, highs)

    def _tied(self) -> LinearConstraint:
        """The groups of each breakdown are everybody."""
        rows = []
        for by, code in list(self._code.items())[1:]:
            whose = np.zeros(int(code.max()) + 1, dtype=int)
            whose[code] = self._code["all"]
            for kind in range(int(whose.max()) + 1):
                row = np.zeros(self.n)
                row[kind] = -1
                row[self._first[by] + np.flatnonzero(whose == kind)] = 1
                rows.append(row)
        return LinearConstraint(csr_array(np.array(rows)), 0, 0)


def _codes(columns: np.ndarray) -> np.ndarray:
    """(N,) code of which columns each treatment has alike."""
    return np.unique(columns, axis=1, return_inverse=True)[1].reshape(-1)
