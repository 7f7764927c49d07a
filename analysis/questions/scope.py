"""The question that a page or a command asks: frozen, hashable, and in the address bar."""

from dataclasses import dataclass

from analysis.store.place import Store

QUESTIONS = {"end": "End of treatment", "next": "Next session", "growth": "Growth"}
ADJUST = {
    "landmark": "Adjusted for the course up to the landmark",
    "intake": "Adjusted for severity at intake",
    "none": "Not adjusted",
}
USUAL_RESAMPLES = 1000  # of a page that nobody asked for another number
DEFAULT_FACTORS = ("alliance", "technique", "expectancy", "extra-therapeutic")


@dataclass(frozen=True, slots=True)
class Scope:
    """What is asked of which data.

    dataset: its name. version: one immutable version ('' = the current).
    question: 'end' (rows are episodes), 'next' (rows are sessions) or 'growth'.
    outcome: name of a session-level variable ('' = the dataset's main outcome).
    adjust: 'landmark' (the course until the early sessions end), 'intake' or 'none'; of 'next'
    the first two are the same. factors: the blocks of the partition, in order.
    window: first and last session number that count as early ('end' and 'growth'); None
    for the widest early one that most treatments outlive.
    clinics: only these clinics (empty = all).
    within: of 'next', the weeks within which the session after this one counts as the next,
    whatever its number; None for the next number.
    bootstrap: replicates (0 = no intervals). seed: of the bootstrap.
    store: where the dataset lies (None = this process's own).
    """

    dataset: str
    version: str = ""
    question: str = "end"
    outcome: str = ""
    adjust: str = "landmark"
    factors: tuple[str, ...] = DEFAULT_FACTORS
    window: tuple[int, int] | None = None
    clinics: tuple[str, ...] = ()
    bootstrap: int = 200
    seed: int = 1
    store: Store | None = None
    within: float | None = None
