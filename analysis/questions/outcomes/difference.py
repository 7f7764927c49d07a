"""How far two proportions lie apart, with an interval."""

from math import sqrt

from analysis.questions.outcomes.proportion import Proportion


def difference(after: Proportion, before: Proportion) -> tuple[float, float, float] | None:
    """after - before and the ends of its interval, in -1..1; None where one has no treatment.

    The ends are made from the two rates' own intervals (Newcombe 1998, method 10,
    10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I), so intervals that cover a
    rounding give one that does. Worked (his table II): 56 of 70 and 48 of 80 give .2 (.0524 to
    .3339).
    """
    ends = (after.share, after.low, after.high, before.share, before.low, before.high)
    if any(end is None for end in ends):
        return None
    p, p_low, p_high, q, q_low, q_high = (float(end) for end in ends if end is not None)
    low = p - q - sqrt((p - p_low) ** 2 + (q_high - q) ** 2)
    high = p - q + sqrt((p_high - p) ** 2 + (q - q_low) ** 2)
    return p - q, low, high
