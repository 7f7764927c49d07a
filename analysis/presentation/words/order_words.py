"""The time order of a partition in words: what is early, what comes after, who is left out."""

from analysis.base.joining import listed
from analysis.presentation.words.partition_phrases import UNITS
from analysis.presentation.words.rounding import count
from analysis.questions.partition.result import Partition


def time_order(p: Partition) -> tuple[str, ...]:
    """Of 'end' and 'growth', a line each: what is early, what comes after it, what is adjusted for,
    who is left out."""
    found = p.landmark
    if found is None:
        return ()
    first, last = found.window
    early = f"sessions {first} to {last}" if first < last else f"session {last}"
    left = sum(found.left_out.values())
    unit = UNITS[p.question]
    adjusted = listed(list(found.adjusted_for)) if found.adjusted_for else "nothing"
    reasons = "; ".join(f"{count(n)} {reason}" for reason, n in found.left_out.items())
    return (
        f"Early: {early}. The outcome lies after session {last}.",
        f"Adjusted for: {adjusted}.",
        f"Left out: {count(left)} {unit}" + (f" ({reasons})." if left else "."),
    )
