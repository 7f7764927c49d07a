"""What the parts of a partition are called in a sentence, and what its rows are."""

from analysis.base.joining import listed, plural
from analysis.presentation.words.rounding import count
from analysis.questions.partition.result import BlockShare, Partition

UNITS = {"end": "treatments", "next": "sessions", "growth": "sessions"}
MOMENT = {
    "end": "at the end of treatment",
    "next": "at the next session",
    "growth": "over the course of treatment",
}
# What is adjusted for before the factors are asked: by the question.
ADJUSTED = {
    "end": "severity at intake",
    "next": "the score now and at intake",
    "growth": "severity at intake",
}
PHRASES = {
    "alliance": "the alliance",
    "technique": "technique",
    "expectancy": "the patient's expectations",
    "extra-therapeutic": "what lies outside therapy",
    "practice": "the practices that build the alliance",
}
LEVEL_PHRASES = {
    "clinic": "between clinics",
    "therapist": "between therapists",
    "patient": "between patients",
    "treatment": "between treatments",
    "session": "from session to session",
}


def counted(p: Partition) -> str:
    """The rows and the groups around them. Worked: '2,671 treatments of 2,578 patients, 150
    therapists and 20 clinics'."""
    rows = f"{count(p.rows)} {UNITS[p.question]}"
    own = UNITS[p.question].rstrip("s")
    found = [f"{count(n)} {plural(g, n)}" for g, n in p.groups.items() if g != own]
    return f"{rows} of {listed(found)}" if found else rows


def unexplained_share(p: Partition) -> float:
    """The sum of what no predictor explains, 0..1, over all levels."""
    return sum(u.share for u in p.unexplained)


def ranked_blocks(p: Partition) -> list[BlockShare]:
    """The factors whose share can be told, the largest first."""
    return sorted((b for b in p.blocks if b.share is not None), key=lambda b: -(b.share or 0.0))


def adjusted_phrase(p: Partition) -> str:
    """What is adjusted for, as it stands in a sentence."""
    found = p.landmark
    if found and len(found.adjusted_for) > 0 and "at intake" not in found.adjusted_for[0]:
        return f"the course up to session {found.window[1]}"
    return ADJUSTED[p.question]


def whole(p: Partition) -> str:
    """What the shares are shares of, in words."""
    if p.question == "growth":
        return "the differences in change"
    return "the outcome's variance"


def subject(p: Partition, outcome: str) -> str:
    if p.question == "growth":
        return f"how fast {outcome} changes {MOMENT[p.question]}"
    return f"{outcome} {MOMENT[p.question]}"
