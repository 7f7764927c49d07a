"""Random terms with the rows they stand on, for libraries that take rows instead of moments."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class RandomBlock:
    """Random terms that share one covariance matrix.

    group: the grouping factor's label. codes (N,): the group of each row, any hashable kind.
    terms: names of the q terms. z (N, q): their columns; ones for an intercept.
    """

    group: str
    codes: np.ndarray
    terms: tuple[str, ...]
    z: np.ndarray
