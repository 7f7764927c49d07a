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


def joined(names: list[str] | tuple[str, ...], most: int = 3) -> str:
    """A list for a sentence. Worked: a, b, c, d gives "'a', 'b', 'c' and 1 more"."""
    quoted = [f"'{n}'" for n in names[:most]]
    if len(names) > most:
        return ", ".join(quoted) + f" and {len(names) - most} more"
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)
