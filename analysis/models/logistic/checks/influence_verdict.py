"""What refits without single groups say, in words: grades and limits are the linear models'.

No group is named: its name may be a patient's.
"""

import numpy as np
from scipy import special

from analysis.models.inference.checks.influence.on_coefficients import MATTERS, UNUSUAL, VISIBLE
from analysis.models.inference.checks.influence.on_variances import UNUSUAL as OUTLYING
from analysis.models.inference.checks.verdict import FINE, NOTE, PROBLEM, Verdict
from analysis.models.logistic.answers import Estimates
from analysis.models.logistic.result import WithoutGroup
from analysis.models.logistic.rows.cells import Cells, Level
from analysis.models.logistic.rows.columns import Columns


def influence_verdict(
    cells: Cells, columns: Columns, got: Estimates, without: tuple[WithoutGroup, ...]
) -> Verdict:
    """PROBLEM where an estimate rests on one group or one lies outside the others' law, NOTE where
    one visibly moves a coefficient, else FINE. The chance of a false alarm counts all groups."""
    level = cells.levels[-1]
    lost = sum(not w.estimable for w in without)
    if lost:
        return _rests_on(level.group, lost)
    moved, odd = _oddness(level, without)
    one, k = f"One group of '{level.group}'", int(np.argmin([w.p for w in without]))
    if without[k].p * level.groups < OUTLYING["outermost"]:
        change = _sd_change(cells, got, without[k])
        told = _moves_all(columns.terms, odd[k], moved[k])
        return _problem(
            f"{one} is unlike the others: it lies {without[k].distance:.1f} standard deviations "
            f"from where the others put it and {told}; {change}"
            + _another(columns.terms, np.delete(odd, k, axis=0))
        )
    if odd.max() >= MATTERS:
        return _problem(f"{one} is unlike the others and alone {_moves(columns.terms, odd)}")
    if odd.max() >= VISIBLE:
        return Verdict(
            NOTE,
            f"{one} is unlike the others: it {_moves(columns.terms, odd)}, more than groups that "
            "differ by chance do; check its data, though conclusions change little without it",
        )
    return _nothing_odd(cells, columns, got, without, moved)


def _rests_on(group: str, lost: int) -> Verdict:
    those = "that group" if lost == 1 else "those groups"
    return Verdict(
        PROBLEM,
        f"Without {'one' if lost == 1 else lost} of the groups of '{group}' the model has no "
        f"answer that a search settles on: it rests on {those}",
    )


def _another(terms: tuple[str, ...], odd: np.ndarray) -> str:
    rests = odd.max(initial=0.0) >= MATTERS
    return f". Another one alone {_moves(terms, odd)}" if rests else ""


def _oddness(level: Level, without: tuple[WithoutGroup, ...]) -> tuple[np.ndarray, np.ndarray]:
    """(m, p): how far each group moves each coefficient, and the same where chance does not move
    it that far, 0 elsewhere."""
    moved, pull = (np.array([getattr(w, name) for w in without]) for name in ("moved", "pull"))
    # The groups tried are the farthest out of all, so all count.
    bound = -special.ndtri(UNUSUAL / (2 * level.groups * moved.shape[1]))
    return moved, np.where(np.abs(pull) > bound, np.abs(moved), 0.0)


def _nothing_odd(cells: Cells, columns: Columns, got: Estimates, without, moved) -> Verdict:
    level, largest = cells.levels[-1], _moves(columns.terms, moved)
    if np.abs(moved).max() >= MATTERS:
        return Verdict(
            NOTE,
            f"One group of '{level.group}' {largest}; it is no stranger than the others, there are "
            "too few like it: read this estimate together with the one without the group",
        )
    widest = max(without, key=lambda w: float(np.abs(w.sds - _sds(got)).max()))
    return Verdict(
        FINE,
        f"No sign of an answer that hangs on one group in {_tried(level, without)}: leaving out "
        f"any one {largest} at most; for the one that matters most to an SD, "
        f"{_sd_change(cells, got, widest)}",
    )


def _problem(said: str) -> Verdict:
    return Verdict(
        PROBLEM, f"{said}. Check its data, and report the estimates without it beside those with it"
    )


def _tried(level: Level, without: tuple[WithoutGroup, ...]) -> str:
    if len(without) == level.groups:
        return f"{level.groups:,} groups of '{level.group}'"
    return (
        f"{len(without):,} of the {level.groups:,} groups of '{level.group}' (those whose "
        "predicted effect stands farthest from zero relative to its SD; the others were not "
        "left out)"
    )


def _moves(terms: tuple[str, ...], moved: np.ndarray) -> str:
    """What the group that moves one coefficient most does to it."""
    size = np.abs(moved)
    g, j = np.unravel_index(np.argmax(size), size.shape)
    return f"moves '{terms[j]}' by {size[g, j]:.2f} standard errors"


def _moves_all(terms: tuple[str, ...], odd: np.ndarray, moved: np.ndarray) -> str:
    """What one group does to each coefficient that it moves more than chance does, or to the one
    that it moves most; odd, moved (p,)."""
    told = [f"'{t}' by {size:.2f}" for t, size in zip(terms, odd, strict=True) if size >= VISIBLE]
    if not told:
        return _moves(terms, moved[None])
    return f"moves {' and '.join(told)} standard errors"


def _sds(got: Estimates) -> np.ndarray:
    return np.concatenate([np.sqrt((f**2).sum(axis=1)) for f in got.factors])


def _sd_change(cells: Cells, got: Estimates, one: WithoutGroup) -> str:
    """The SD that changes most, with and without the group."""
    whole = _sds(got)
    names = [(t, level.group) for level in cells.levels for t in level.terms]
    j = int(np.argmax(np.abs(one.sds - whole)))
    term, group = names[j]
    return (
        f"the SD of '{term}' between groups of '{group}' is {whole[j]:.3g} with it and "
        f"{one.sds[j]:.3g} without it"
    )
