"""Counts of which a shared report tells no more than what its rates leave open: '40 to 60', '10 or
fewer' (docs/sharing.md)."""

import re

import numpy as np

from tests.report_truth import Truth

NUMBER = r"(\d{1,3}(?:,\d{3})*)"
RANGE = re.compile(rf"{NUMBER} to {NUMBER}|{NUMBER} or fewer")


def count_range(text: str) -> tuple[int, int] | None:
    """The least and the greatest that a text leaves open; None where it is no range of a count.
    Worked: '1,240 to 1,250' -> (1240, 1250), '10 or fewer' -> (0, 10), '60' -> None."""
    told = RANGE.fullmatch(text)
    if told is None:
        return None
    low, high, most = (end and int(end.replace(",", "")) for end in told.groups())
    return (0, int(most)) if most else (int(low or 0), int(high or 0))


def is_wrong(ends: tuple[int, int], rows: np.ndarray, truth: Truth) -> bool:
    """Whether a range does not hold what is counted, says more than fives do, or leaves out some of
    0 to 7 where so few are."""
    low, high = ends
    few = 1 <= len(set(truth.patient[rows])) <= 7
    told = low % 5 == high % 5 == 0 and low + 5 <= high and low <= rows.sum() <= high
    return not told or (few and (low > 0 or high < 7))
