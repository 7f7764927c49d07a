"""A reader of several shared reports who adds, subtracts and solves in whole numbers.

Asks scipy's integer programmes, of any set of 1 to 7 patients that differences of the reports
single out, whether it may be 1 and whether 7, given what `reader.py` takes from them, and
what files of sums say: exactly how many treatments they are of.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from tests.attackers.before import Before
from tests.attackers.meaning import Said
from tests.attackers.reader import said
from tests.attackers.truth import ENDINGS, FLAGS, TABLES, WAIT_FLAGS, Truth, dimension_values

NEAR = 3  # more or fewer treatments of a kind than there are
EPS = 1e-6  # of shares of a few hundred treatments


@dataclass(frozen=True)
class SumsFile:
    """A file of sums as its reader knows it. rows: (N,) the treatments that it is of; by:
    dimensions whose groups it says the numbers of, as its categories or groupings."""

    rows: np.ndarray
    by: tuple[str, ...] = ()


def narrowed(
    reports: list[tuple],
    truth: Truth,
    most: int,
    rng,
    tables: Mapping[str, str] = TABLES,
    names: Sequence[str] = FLAGS,
    sums: Sequence[SumsFile] = (),
) -> list[tuple]:
    """(dimension, true patients, whether it may be 1, whether 7) of each set of 1 to 7 patients, of
    at most `most` looked at in each dimension, that all reports together narrow down to less than
    1 to 7; None where the solver comes to no end.

    reports: (document, selection), the first first. tables: those that are read, with 'period'.
    names: of the flags whose small sets are looked at; what is told of waits, or of endings, is
    used where one of WAIT_FLAGS, or of ENDINGS, is among them, as each makes the programmes three
    times as large. sums: files of sums of the same version. Their reader is given the number of
    treatments, also where a file says that of patients.
    """
    more = [own for own in (WAIT_FLAGS, ENDINGS) if not set(names).isdisjoint(own)]
    flags = (*FLAGS, *(name for own in more for name in own))
    files = {f"file {i}": one for i, one in enumerate(sums)}
    truth, flags = _with_files(truth, files), (*flags, *files)
    truth = truth.with_unseen(list(dict.fromkeys(["clinic", *tables.values()])), flags)
    before = Before(truth.real)
    everything = [(said(d, truth, s, before, tables), truth.selected(s)) for d, s in reports]
    exact = [one for name, file in files.items() for one in _exactly(truth, name, file.by)]
    heres = [*(here for _, here in everything), *(truth.flags[name] for name in files)]
    found = []
    for by in tables.values():
        statements = [one for told, _ in everything for one in (*told["all"], *told[by])] + exact
        targets = targets_of(truth, by, heres, names)
        chosen = rng.permutation(len(targets))[:most]
        attack = Attack(statements, [targets[i] for i in chosen], truth.real)
        # From what is not so anything follows, and nothing of it is a leak.
        assert not attack.untrue, f"{by}: {attack.untrue} figures are not what they are read as"
        for i in chosen:
            ends = attack.reaches(targets[i], 0, 1), attack.reaches(targets[i], 7, np.inf)
            if not all(ends):
                found.append((by, len(set(truth.patient[targets[i] & truth.real])), *ends))
    return found


def _with_files(truth: Truth, files: Mapping[str, SumsFile]) -> Truth:
    """The same with a flag of the treatments that each file is of."""
    rows = {name: file.rows for name, file in files.items()}
    found = copy(truth)
    found.flags, found.of = {**truth.flags, **rows}, {**truth.of, **rows}
    return found


def _exactly(truth: Truth, name: str, by: Sequence[str]) -> list[Said]:
    """What a file says of how many it is, and of each group."""
    values = [dimension_values(truth, dimension) for dimension in by]
    groups = [own == value for own in values for value in sorted(set(own))]
    sets = [truth.flags[name], *(truth.flags[name] & group for group in groups)]
    return [Said(rows, n, n) for rows in sets for n in [int((rows & truth.real).sum())]]


def targets_of(
    truth: Truth, by: str, selections: list[np.ndarray], names: Sequence[str] = FLAGS
) -> list[np.ndarray]:
    """Sets of 1 to 7 patients: of each region of the selections, everybody's and each group's, who
    are measured, who have an outcome, and who have not."""
    region = sum(here.astype(int) << i for i, here in enumerate(selections))
    values = dimension_values(truth, by)
    everybody = np.ones(len(values), dtype=bool)
    groups = [everybody, *(values == v for v in sorted(set(values)))]
    targets = {}
    for r in sorted(set(region) - {0}):
        for group in groups:
            own = group & (region == r)
            for name in names:
                whole = truth.flags.get(_whole_of(name), everybody)
                for rows in (own & truth.flags[name], own & whole & ~truth.flags[name]):
                    if 1 <= len(set(truth.patient[rows & truth.real])) <= 7:
                        targets[rows.tobytes()] = rows
    return list(targets.values())


def _whole_of(name: str) -> str:
    if name in WAIT_FLAGS:  # who waited longer than the first standard, and not the last
        return {"over 6": "timed", "over 18": "over 6"}.get(name, "finished")
    if name in ENDINGS:
        return name  # who did not end so ended in one of the other ways
    if name in ("finished", "measured"):
        return {"finished": "episodes", "measured": "finished"}[name]
    return "at_caseness" if "recovered" in name else "measured"


class Attack:
    """Integer programmes over the treatments that all statements treat alike.

    real: (N,) the treatments that there are, None where they are not said. Numbers NEAR these are
    tried first: whole numbers that agree with everything are found there in less time, if there
    are any; what is not found there is looked for everywhere."""

    def __init__(
        self, statements: list[Said], targets: list[np.ndarray], real: np.ndarray | None = None
    ):
        sets = [*targets, *(s.rows for s in statements)]
        sets += [s.of for s in statements if s.of is not None]
        bits = np.packbits(np.stack(sets), axis=0) if sets else np.zeros((1, 0), dtype=np.uint8)
        _, self.atom = np.unique(bits, axis=1, return_inverse=True)
        self.atom = self.atom.reshape(-1)
        self.n = int(self.atom.max(initial=-1)) + 1
        self.near = []
        if real is not None:
            true = np.bincount(self.atom[real], minlength=self.n)
            self.near = [Bounds(np.maximum(true - NEAR, 0), true + NEAR)]
        rows, lows, highs = [], [], []
        for s in statements:
            if s.of is None:
                rows.append(self._of(s.rows))
                lows.append(s.low)
                highs.append(s.high)
            else:
                rows += [self._of(s.rows) - s.low * self._of(s.of)]
                lows.append(0.0)
                highs.append(np.inf)
                rows += [self._of(s.rows) - s.high * self._of(s.of)]
                lows.append(-np.inf)
                highs.append(0.0)
        self.known = LinearConstraint(np.array(rows), lows, highs) if rows else None
        self.untrue = 0
        if rows and real is not None:
            held = np.array(rows) @ true
            self.untrue = int(
                ((held < np.array(lows) - EPS) | (held > np.array(highs) + EPS)).sum()
            )

    def _of(self, rows: np.ndarray) -> np.ndarray:
        out = np.zeros(self.n)
        out[np.unique(self.atom[rows])] = 1.0
        return out

    def reaches(self, target: np.ndarray, low: float, high: float) -> bool | None:
        """Whether whole numbers agree with everything told and put the target between the two;
        None where the solver comes to no end."""
        if self.known is None:
            return True
        wanted = LinearConstraint(self._of(target)[None], low, high)
        for bounds in (*self.near, Bounds(0, 10_000)):
            solved = milp(
                np.zeros(self.n),
                constraints=[self.known, wanted],
                integrality=np.ones(self.n),
                bounds=bounds,
                options={"time_limit": 5, "presolve": True},
            )
            if solved.status == 0:
                return True
        return False if solved.status == 2 else None
