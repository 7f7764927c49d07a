"""Ruptures at a false-alarm rate that the user chose, and what they were followed by."""

import numpy as np
from scipy.special import stdtrit

from analysis.measures.conventions import ENDS, FEWEST_IN_A_MEAN
from analysis.models.process.expected_course import Expected, expected_course
from analysis.models.process.ruptures import PUBLISHED, flagged, nominal_rate, repaired, rule_rates
from analysis.models.process.scale_ends import step_of
from analysis.questions.alliance.course.result import Followed, Ruptures
from analysis.questions.alliance.measures import Measure
from analysis.questions.alliance.treatments import WITHOUT, Treatments, first_scores, last_scores

SESSIONS = (8, 16, 30)  # courses that the rules are compared on, where the data have such
OWN = "Below what the course so far let expect"
NONE, MENDED, OPEN = "no rupture", "all repaired", "not repaired"


def ruptures(rows: Treatments, measure: Measure, outcome: Measure, rate: float, seed: int):
    """`Ruptures` of a measure. ModelError where there are too few courses."""
    ratings = rows.of(measure.key)
    ratings = ratings[:, : _last_rated(ratings)]
    expected = expected_course(ratings, seed)
    long_enough = np.isfinite(ratings).sum(axis=1) >= 3
    span = (measure.low, measure.high)
    nominal = nominal_rate(ratings, expected, rate, span, seed)
    found = flagged(ratings, expected, nominal)
    back, known = repaired(ratings, found, expected)
    lengths, step = _lengths(ratings), step_of(ratings)
    rules = rule_rates(expected, lengths, nominal, OWN, span, step, seed)
    return Ruptures(
        rate=rate,
        nominal=nominal,
        courses=int(long_enough.sum()),
        with_rupture=int(found.any(axis=1).sum()),
        expected=float(rate * long_enough.sum()),
        ruptures=int(found.sum()),
        repaired=int(back.sum()),
        known=int(known.sum()),
        by_session={t + 1: int(n) for t, n in enumerate(found.sum(axis=0)) if n},
        rules=rules,
        flags={OWN: _flags(found[long_enough])}
        | {name: _flags(rule(ratings)[long_enough]) for name, rule in PUBLISHED.items()},
        followed=_followed(rows, outcome, found, back, known, long_enough),
        within_sd=expected.within_sd,
        carry=expected.carry,
        noise_share=_noise_share(expected),
        converged=expected.converged,
    )


def _flags(found: np.ndarray) -> float:
    return float(found.any(axis=1).mean())


def _noise_share(expected: Expected) -> float:
    return expected.noise / (expected.noise + expected.swing)


def _last_rated(ratings: np.ndarray) -> int:
    """The last session with three ratings: beyond it means are nobody's."""
    enough = np.flatnonzero(np.isfinite(ratings).sum(axis=0) >= 3)
    return int(enough[-1]) + 1 if len(enough) else 0


def _lengths(ratings: np.ndarray) -> tuple[int, ...]:
    longest = ratings.shape[1]
    found = tuple(t for t in SESSIONS if t <= longest)
    return found or (longest,)


def _followed(rows, outcome: Measure, found, back, known, usable) -> tuple[Followed, ...]:
    scores = rows.of(outcome.key)
    first, last = first_scores(scores), last_scores(scores)
    both = np.isfinite(first) & np.isfinite(last) & usable
    better = 1 if outcome.higher_is == "better" else -1
    change = np.full(len(first), np.nan)
    if both.sum() >= FEWEST_IN_A_MEAN and np.ptp(first[both]) > 0:
        slope, level = np.polyfit(first[both], last[both], 1)
        change[both] = better * (last[both] - level - slope * first[both])
    any_, open_ = found.any(axis=1), (found & ~back & known).any(axis=1)
    told = (found & known).any(axis=1)
    groups = {NONE: usable & ~any_, MENDED: told & ~open_, OPEN: open_}
    endings = rows.ending
    noted = (endings != WITHOUT).any()
    return tuple(
        _group(name, own, change, endings == "unplanned" if noted else None)
        for name, own in groups.items()
    )


def _group(name: str, own: np.ndarray, change: np.ndarray, unplanned) -> Followed:
    there = change[own & np.isfinite(change)]
    share = float(unplanned[own].mean()) if unplanned is not None and own.any() else None
    if len(there) < FEWEST_IN_A_MEAN:
        return Followed(name, int(own.sum()), None, None, None, share)
    mean = float(there.mean())
    reach = float(stdtrit(len(there) - 1, ENDS[1]) * there.std(ddof=1) / np.sqrt(len(there)))
    return Followed(name, int(own.sum()), mean, mean - reach, mean + reach, share)
