"""Sets of patients beside each other: which of them 1 to 7 patients set apart."""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array

from analysis.sharing.protection.figures import SMALL


def near_an_earlier(people: Sequence[np.ndarray], patients: int) -> np.ndarray:
    """(S,) True for the sets that 1 to 7 patients set apart from one before them.

    people: of each of the S sets, its distinct patients' codes, below `patients`.
    Worked: [0, 1, 2], [0, 1], [5] -> False, True, True.
    """
    size = np.array([len(own) for own in people], dtype=np.int64)
    ends, columns = np.append(0, size.cumsum()), np.concatenate([*people, []]).astype(np.int64)
    member = csr_array((np.ones(len(columns)), columns, ends), shape=(len(people), patients))
    apart = size[:, None] + size[None, :] - 2 * (member @ member.T).toarray()
    near = (apart >= 1) & (apart <= SMALL)
    return np.triu(near, 1).any(axis=0)
