"""Which signals on open treatments a shared report tells: how many stand behind their figures."""

from collections.abc import Sequence

from analysis.questions.progress.accuracy import Accuracy
from analysis.sharing.protection.figures import FEWEST_TOLD, LEAST, is_small


def may_stand(every: Sequence[Accuracy]) -> list[Accuracy]:
    """Those signals of one landmark that may be shared beside each other: none whose number of
    treatments is 1 to 7 from another's, as the one may lie in the other. Worked: 258 and 262, both
    printed as 260, would say that the four between them are no seven."""
    told: list[Accuracy] = []
    for a in every:
        if may_tell(a) and not any(is_small(abs(a.n - other.n)) for other in told):
            told.append(a)
    return told


def may_tell(a: Accuracy) -> bool:
    """Whether a signal's figures may be shared: of the flagged and of the others, of those that it
    came to and of the others, at least as many as a figure in whole per cents needs; and of none of
    the four corners 1 to 7. Worked: 300 treatments, 45 flagged, 60 events, 20 of them flagged:
    yes; 6 of them: no."""
    flagging = a.flagging
    if a.auc is None or flagging is None:
        return False
    flagged, hit = flagging.flagged, flagging.right
    sides = (flagged, a.n - flagged, a.events, a.n - a.events)
    corners = (hit, flagged - hit, a.events - hit, a.n - flagged - a.events + hit)
    return min(sides) >= LEAST["decimals"] and min(corners) >= FEWEST_TOLD
