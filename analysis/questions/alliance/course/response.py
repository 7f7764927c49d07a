"""Early response, the good-enough level, and sessions until reliable change."""

import numpy as np

from analysis.measures.change import ChangeRule, reliable_change_criterion
from analysis.measures.conventions import FEWEST_IN_A_MEAN
from analysis.questions.alliance.course.result import Attended, Response
from analysis.questions.alliance.treatments import first_scores, last_scores

EARLY = 4  # sessions until which a change counts as early
USUAL = 0.8  # reliability of an outcome's score where no instrument gives points
MOST = 30  # sessions shown


def response(scores: np.ndarray, rule: ChangeRule) -> Response | None:
    """scores (N, T), NaN where missing. None where nobody has two scores or they do not vary."""
    first, last = first_scores(scores), last_scores(scores)
    used = np.isfinite(first) & np.isfinite(last)
    if used.sum() < FEWEST_IN_A_MEAN or np.ptp(first[used]) == 0:
        return None
    criterion, origin = _criterion(rule, first[used])
    gain = rule.sign * (first[:, None] - scores)[used]
    reached = np.where(np.isfinite(gain), gain, -np.inf) >= criterion - 1e-9
    count = scores.shape[1] - np.argmax(np.isfinite(scores[used])[:, ::-1], axis=1)
    at = np.where(reached.any(axis=1), np.argmax(reached, axis=1) + 1, 0)
    improved = rule.sign * (first - last)[used] >= criterion - 1e-9
    early = reached[:, :EARLY].any(axis=1)
    longer = count > EARLY
    return Response(
        criterion,
        origin,
        EARLY,
        int((early & longer).sum()),
        int(longer.sum()),
        _share(improved[early & longer]),
        _share(improved[~early & longer]),
        _median(at, count),
        _attended(at, count, improved),
    )


def _criterion(rule: ChangeRule, first: np.ndarray) -> tuple[float, str]:
    if rule.reliable_change is not None:
        return rule.reliable_change, rule.origin
    spread = float(first.std(ddof=1))
    said = f"1.96 SD √2 √(1 − {USUAL:g}), with the spread of first scores here"
    return reliable_change_criterion(spread, USUAL), said


def _share(held: np.ndarray) -> float | None:
    return float(held.mean()) if len(held) >= FEWEST_IN_A_MEAN else None


def _curve(at: np.ndarray, count: np.ndarray, longest: int) -> np.ndarray:
    """(longest,) share changed by each session, Kaplan-Meier: who left without is censored."""
    staying, found = 1.0, np.zeros(longest)
    for session in range(1, longest + 1):
        risk = ((at == 0) & (count >= session)) | (at >= session)
        if risk.any():
            staying *= 1 - (at == session).sum() / risk.sum()
        found[session - 1] = 1 - staying
    return found


def _median(at: np.ndarray, count: np.ndarray) -> int | None:
    curve = _curve(at, count, int(count.max()))
    over = np.flatnonzero(curve >= 0.5)
    return int(over[0]) + 1 if len(over) else None


def _attended(at, count, improved) -> tuple[Attended, ...]:
    longest = min(int(count.max()), MOST)
    curve = _curve(at, count, longest)
    found = []
    for session in range(2, longest + 1):
        own = count == session
        if own.sum() >= FEWEST_IN_A_MEAN:
            share = float(improved[own].mean())
            found.append(Attended(session, int(own.sum()), share, float(curve[session - 1])))
    return tuple(found)
