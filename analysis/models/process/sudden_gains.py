"""Sudden gains: large drops of symptoms between two sessions that stay for a while.

Between session n and n + 1 (Tang & DeRubeis 1999, doi:10.1037/0022-006X.67.6.894; the third
criterion as Lutz et al. 2013 write it): (1) the score falls by the cut-off or more; (2) by a
quarter of the score before or more; (3) the mean of the three sessions to n less that of the three
from n + 1 exceeds t(.975, n_pre + n_post - 2) times the pooled standard deviation, with at least
two scores on each side.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from analysis.measures.conventions import ENDS

SHARE = 0.25  # of the score before
SPAN = 3  # sessions on each side of a gain
FEWEST = 2  # scores among them
LOST = 0.5  # of a gain: so much given back at any later session is a reversal


@dataclass(frozen=True, slots=True)
class Gains:
    """One entry a gain: person (row of the table), place (column before it), before, after,
    reversed_ (half or more given back later). persons: rows with scores enough to show one."""

    person: np.ndarray
    place: np.ndarray
    before: np.ndarray
    after: np.ndarray
    reversed_: np.ndarray
    persons: int

    @property
    def magnitude(self) -> np.ndarray:
        return self.before - self.after


def sudden_gains(scores: np.ndarray, cutoff: float) -> Gains:
    """The gains in scores (N, T), NaN where missing; higher scores are worse. cutoff > 0: points.

    Worked: 30 29 31 18 17 19 with cut-off 7 -> one gain of 13 points between the 3rd and 4th.
    """
    t = scores.shape[1]
    people, places = [], []
    possible = np.zeros(len(scores), dtype=bool)
    for place in range(FEWEST - 1, t - FEWEST):
        enough, gain = _gain_after(scores, place, cutoff)
        possible |= enough
        found = np.flatnonzero(gain)
        people += found.tolist()
        places += [place] * len(found)
    order = np.lexsort((places, people)) if people else np.array([], dtype=int)
    person, place = np.array(people, int)[order], np.array(places, int)[order]
    before, after = scores[person, place], scores[person, place + 1]
    lost = after + LOST * (before - after)
    back = [
        bool((scores[p, c + 2 :] >= level).any())
        for p, c, level in zip(person, place, lost, strict=True)
    ]
    return Gains(person, place, before, after, np.array(back, dtype=bool), int(possible.sum()))


def _gain_after(scores: np.ndarray, place: int, cutoff: float) -> tuple[np.ndarray, np.ndarray]:
    """(N,) who has scores enough around the step after column `place`, and who gains there."""
    pre = scores[:, max(0, place - SPAN + 1) : place + 1]
    post = scores[:, place + 1 : place + 1 + SPAN]
    before, after = scores[:, place], scores[:, place + 1]
    enough = np.isfinite(before) & np.isfinite(after)
    enough &= (np.isfinite(pre).sum(axis=1) >= FEWEST) & (np.isfinite(post).sum(axis=1) >= FEWEST)
    drop = before - after
    with np.errstate(invalid="ignore"):
        gain = enough & (drop >= cutoff) & (drop >= SHARE * before)
    gain[gain] = _is_stable(pre[gain], post[gain])
    return enough, gain


def _is_stable(pre: np.ndarray, post: np.ndarray) -> np.ndarray:
    """(K,) the third criterion; pre, post (K, <= 3), two or more scores in each row."""
    if not len(pre):
        return np.zeros(0, dtype=bool)
    n_pre, n_post = np.isfinite(pre).sum(axis=1), np.isfinite(post).sum(axis=1)
    df = n_pre + n_post - 2
    squares = _squares(pre) + _squares(post)
    pooled = np.sqrt(squares / df)
    return np.nanmean(pre, axis=1) - np.nanmean(post, axis=1) > stdtrit(df, ENDS[1]) * pooled


def _squares(scores: np.ndarray) -> np.ndarray:
    return np.nansum((scores - np.nanmean(scores, axis=1, keepdims=True)) ** 2, axis=1)
