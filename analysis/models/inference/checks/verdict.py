"""A diagnostic's verdict: one sentence and how much it should worry the reader."""

from dataclasses import dataclass

FINE, NOTE, PROBLEM = "fine", "note", "problem"
# One false alarm in a thousand tests: a page shows about ten of them.
ALARM = 0.001


@dataclass(frozen=True, slots=True)
class Verdict:
    """grade: FINE, NOTE (look at it) or PROBLEM (the numbers may mislead). sentence: what was
    seen, whether it matters, what it would change."""

    grade: str
    sentence: str
