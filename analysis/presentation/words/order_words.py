"""The time order of a partition in words: what is early, what comes after, who is left out."""

from collections.abc import Callable

from analysis.presentation.words.partition.partition_phrases import UNITS
from analysis.presentation.words.rounding import count
from analysis.questions.partition.result import Partition


def time_order(p: Partition, name: Callable[[str], str] = str) -> tuple[str, ...]:
    """A line each: what is early, what comes after it, what is adjusted for, who is left out.

    name: what a reader knows an adjusted variable by.
    """
    found = p.landmark
    if found is None:
        return _of_next(p) if p.question == "next" else ()
    first, last = found.window
    early = f"sessions {first} to {last}" if first < last else f"session {last}"
    left = sum(found.left_out.values())
    unit = UNITS[p.question]
    adjusted = "; ".join(map(name, found.adjusted_for)) if found.adjusted_for else "nothing"
    reasons = "; ".join(f"{count(n)} {reason}" for reason, n in found.left_out.items())
    return (
        f"Early: {early}. The outcome lies after session {last}.",
        f"Adjusted for: {adjusted}.",
        f"Left out: {count(left)} {unit}" + (f" ({reasons})." if left else "."),
    )


def _of_next(p: Partition) -> tuple[str, ...]:
    gaps = "; ".join(f"{count(n)} {reason}" for reason, n in p.rows_out.items())
    left = sum(p.rows_out.values())
    return (
        "This session's ratings and score; the outcome is the score at the next session.",
        "Within patients: a session against the patient's own other sessions. Between patients and "
        "therapists: means over the whole treatment, what came later among them.",
        f"Left out: {count(left)} sessions" + (f" ({gaps})." if left else "."),
    )


def cannot_tell(p: Partition) -> str:
    """What the question 'next' cannot tell, with the size of the bias (docs/method.md, *Which comes
    first*); '' for others. Worked: 21,000 rows of 3,000 treatments are 8 sessions each: .2."""
    treatments = p.groups.get("treatment", p.groups.get("patient", 0))
    if p.question != "next" or not treatments:
        return ""
    each = p.rows / treatments + 1
    size = 1.4 / max(each - 2, 1)
    return (
        f"This cannot tell which comes first. Each session is compared with the patient's own mean "
        f"over some {each:.0f} sessions, which holds the outcome itself: what carries over from "
        f"session to session comes out too small (by some {size:.1f} where .4 carries over), and "
        "an alliance that only follows symptoms seems to move them (dynamic panel bias; Nickell "
        "1981). The page Which comes first has no such bias."
    )
