"""A = I + Lambda'Z'WZ Lambda taken apart group by group, from the smallest groups outwards.

The matrix is given as each unit's own part M (Q, Q, U), a unit being one combination of groups.
As long as a level's groups lie each in one group of every further level, eliminating it leaves
parts of the same kind for the units of those levels. Where one doesn't, it is eliminated all the
same and what is left is one dense matrix (`remainder.py`).

Groups are on the last axis of every array. Source of the idea: Bates, Maechler, Bolker & Walker
2015, section 3, doi:10.18637/jss.v067.i01.
"""

from dataclasses import dataclass

import numpy as np

from analysis.models.logistic.likelihood.blocks import applied, inverse, times, transposed
from analysis.models.logistic.likelihood.remainder import Remainder, Rest

NOTHING = np.zeros((0, 0, 0))


@dataclass(frozen=True, slots=True)
class Stage:
    """One level's place in the elimination: q terms; up (J,): the unit of the next stage that
    holds each group, of which there are `above`; order, starts: what sorts the groups by it."""

    q: int
    up: np.ndarray
    above: int
    order: np.ndarray
    starts: np.ndarray


@dataclass(frozen=True, slots=True)
class Plan:
    """How the levels (q terms each, with their codes (U,) by unit) are eliminated: nested stages
    first, then the rest, None where all are nested. groups: of each level."""

    sizes: tuple[int, ...]
    groups: tuple[int, ...]
    codes: tuple[np.ndarray, ...]
    stages: tuple[Stage, ...]
    rest: Rest | None

    @property
    def nested(self) -> bool:
        return self.rest is None


def plan_of(codes: tuple[np.ndarray, ...], sizes: tuple[int, ...]) -> Plan:
    """The Plan for units with these codes (U,) at each level; units sorted by the first level."""
    groups = tuple(int(code.max(initial=-1)) + 1 for code in codes)
    stages: list[Stage] = []
    now = list(codes)
    for k, q in enumerate(sizes):
        if len(now[0]) != groups[k]:
            return Plan(
                sizes, groups, codes, tuple(stages), Rest.of(tuple(now), sizes[k:], groups[k:])
            )
        order = np.argsort(now[0], kind="stable")
        now = [code[order] for code in now]
        if k == len(sizes) - 1:
            up, now = np.zeros(groups[k], dtype=np.int64), []
        else:
            pairs, up = np.unique(np.stack(now[1:]), axis=1, return_inverse=True)
            up, now = up.ravel(), list(pairs)
        order = np.argsort(up, kind="stable")
        starts = np.flatnonzero(np.diff(up[order], prepend=-1))
        stages.append(Stage(q, up, len(starts), order, starts))
    return Plan(sizes, groups, codes, tuple(stages), None)


@dataclass(frozen=True, slots=True)
class Factor:
    """A, eliminated: log_det; for each nested stage its inverse (q, q, J) and gain (q, rest, J) =
    inverse times the block that ties it to the levels above."""

    plan: Plan
    log_det: float
    inverses: tuple[np.ndarray, ...]
    gains: tuple[np.ndarray, ...]
    rest: Remainder | None

    @classmethod
    def of(cls, plan: Plan, m: np.ndarray) -> "Factor":
        """From each unit's Lambda'Z'WZ Lambda, m (Q, Q, U)."""
        log_det, inverses, gains, rest = 0.0, [], [], None
        for k, stage in enumerate(plan.stages):
            if k == 0:
                m = _in_order(m, plan.codes[0])
            q = stage.q
            own, logs = inverse(m[:q, :q] + np.eye(q)[..., None])
            gain = times(own, m[:q, q:])
            log_det += float(logs.sum())
            inverses.append(own)
            gains.append(gain)
            if len(m) > q:
                left = m[q:, q:] - times(transposed(m[:q, q:]), gain)
                m = np.add.reduceat(left[..., stage.order], stage.starts, axis=-1)
        if plan.rest:
            rest = Remainder.of(plan.rest, m)
            log_det += rest.log_det
        return cls(plan, log_det, tuple(inverses), tuple(gains), rest)

    def solve(self, right: list[np.ndarray]) -> list[np.ndarray]:
        """A^-1 right, both as one (q, J) array for each level."""
        stages, right = self.plan.stages, [r.copy() for r in right]
        passed = None  # what the stages so far leave for the units of the next one
        for k, (stage, gain) in enumerate(zip(stages, self.gains, strict=True)):
            if passed is not None:
                right[k] += passed[: stage.q]
            left = -applied(transposed(gain), right[k])
            if passed is not None:
                left += passed[stage.q :]
            passed = np.add.reduceat(left[..., stage.order], stage.starts, axis=-1)
        out: list[np.ndarray] = []
        above = None
        if self.rest:
            out = self.rest.solve(right[len(stages) :], passed)
            above = self.rest.rest.by_unit(out)
        for k in reversed(range(len(stages))):
            own = applied(self.inverses[k], right[k])
            if above is not None:
                beside = above[..., stages[k].up]
                own -= applied(self.gains[k], beside)
                above = np.concatenate([own, beside])
            else:
                above = own
            out.insert(0, own)
        return out

    def covariances(self) -> np.ndarray:
        """(Q, Q, U): the blocks of A^-1 that belong to each unit's own groups."""
        c = self.rest.covariances() if self.rest else NOTHING
        for k in reversed(range(len(self.plan.stages))):
            own, gain = self.inverses[k], self.gains[k]
            if c is NOTHING:
                c = own
                continue
            above = c[..., self.plan.stages[k].up]
            cross = -times(gain, above)
            first = own - times(cross, transposed(gain))
            c = np.concatenate(
                [np.concatenate([first, cross], 1), np.concatenate([transposed(cross), above], 1)]
            )
        return c[..., self.plan.codes[0]] if self.plan.stages else c


def _in_order(m: np.ndarray, code: np.ndarray) -> np.ndarray:
    """Units of a nested first level in the order of its groups."""
    if (np.diff(code) == 1).all():
        return m
    return m[..., np.argsort(code, kind="stable")]
