"""The oracle of the store's query: what became of each treatment, by its definition, row by row."""

from dataclasses import dataclass

import numpy as np

from analysis.measures.change import SLACK, ChangeRule


@dataclass(frozen=True, slots=True)
class Change:
    """Flags of n treatments, each (n,) bool; all False where a score is missing.

    measured: has every first and last score. case: at caseness at first on any measure.
    improved: reliably on any, deteriorated reliably on none; deteriorated: the reverse.
    recovered: a case at first and on no measure at last. reliably_recovered: both.
    unchanged: measured, neither improved nor deteriorated.
    """

    measured: np.ndarray
    case: np.ndarray
    improved: np.ndarray
    deteriorated: np.ndarray
    recovered: np.ndarray
    reliably_recovered: np.ndarray
    unchanged: np.ndarray


def classify(first, last, rules: tuple[ChangeRule, ...]) -> Change:
    """The Change of each treatment.

    first, last: (n, k), one column a rule; NaN where a score is missing.
    Rules without a reliable change or a cut-off leave those flags False.
    Worked (PHQ-9, 6 and 10): 14 to 8 is reliable recovery, 11 to 9 recovery alone, 20 to 14
    reliable improvement alone.
    """
    first, last = (np.asarray(v, dtype=float).reshape(-1, len(rules)) for v in (first, last))
    measured = ~np.isnan(first + last).any(axis=1)
    better = np.zeros_like(measured)
    worse, case, still = better.copy(), better.copy(), better.copy()
    for k, rule in enumerate(rules):
        gain = rule.sign * (first[:, k] - last[:, k])
        if rule.reliable_change is not None:
            better |= gain >= rule.reliable_change - SLACK
            worse |= -gain >= rule.reliable_change - SLACK
        if rule.caseness is not None:
            case |= _is_case(first[:, k], rule)
            still |= _is_case(last[:, k], rule)
    improved, deteriorated = measured & better & ~worse, measured & worse & ~better
    recovered = measured & case & ~still
    return Change(
        measured,
        measured & case,
        improved,
        deteriorated,
        recovered,
        recovered & improved,
        measured & ~improved & ~deteriorated,
    )


def _is_case(scores: np.ndarray, rule: ChangeRule) -> np.ndarray:
    if rule.at == "below":
        return scores < rule.caseness - SLACK
    return scores >= rule.caseness - SLACK
