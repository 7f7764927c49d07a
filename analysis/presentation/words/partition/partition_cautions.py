"""What a reader must know before trusting the numbers of a partition."""

from analysis.base.joining import listed, plural
from analysis.base.sentence import Sentence, ended
from analysis.measures.conventions import ENDS, ROWS_A_PREDICTOR
from analysis.presentation.words.partition.partition_phrases import PHRASES, UNITS
from analysis.presentation.words.rounding import count
from analysis.questions.partition.result import Partition

# Below some twenty clusters a cluster bootstrap and a therapist variance are unsteady
# (Cameron, Gelbach & Miller 2008, 10.1162/rest.90.3.414, find trouble from 5 to 30 clusters).
FEW_THERAPISTS = 20


def caveats(p: Partition) -> tuple[str, ...]:
    """What a reader must know before trusting the numbers; empty where nothing is amiss.

    The sentences of the engine stand as they are; what it has said is not said twice.
    """
    said = " ".join(p.status.messages).lower()
    found = []
    if p.synthetic:
        found.append("The data are synthetic: made by a program, they say nothing about patients.")
    if not p.status.converged:
        found.append("The fit did not converge: do not use these numbers.")
    if p.status.singular and "singular" not in said:
        found.append(
            "The fit is singular: at least one level's variance is estimated as zero, which "
            "these data cannot tell from a small one."
        )
    therapists = p.groups.get("therapist")
    if therapists is not None and therapists < FEW_THERAPISTS:
        found.append(
            Sentence(
                "Only ",
                therapists,
                f" {plural('therapist', therapists)}: shares and intervals that rest on "
                "differences between therapists are unsteady.",
            )
        )
    if p.bootstrap.kind == "none" or p.bootstrap.replicates == 0:
        found.append("No intervals were asked for: nothing here tells how sure the shares are.")
    elif p.bootstrap.failed and "replicates" not in said:
        found.append(
            Sentence(
                f"{count(p.bootstrap.failed)} of {count(p.bootstrap.replicates)} bootstrap "
                "replicates failed and are left out of the intervals."
            )
        )
    return tuple(map(ended, (*found, *p.status.messages)))


def cautions(p: Partition) -> tuple[str, ...]:
    """What belongs at the top of a page: the caveats, but for what its badge says already."""
    found = [c for c in caveats(p) if not c.startswith("The data are synthetic")]
    below = [b for b in p.blocks if (b.share or 0.0) < 0]
    if below:
        names = listed([PHRASES.get(b.factor, b.factor) for b in below])
        found.insert(
            0,
            f"The share of {names} is below zero: it explains less than chance alone would. It has "
            "no width in the bar, whose other parts are drawn to make 100 % together.",
        )
    if _too_few(p):
        predictors = _predictors(p)
        found.insert(
            0,
            f"{count(p.rows)} {UNITS[p.question]} for {count(predictors)} predictors: fewer than "
            f"{ROWS_A_PREDICTOR} for each.",
        )
    return tuple(found)


def reserve(p: Partition) -> str:
    """What a headline may not be read without; no count, which a shared report may not tell."""
    if _too_few(p):
        return " So little data stands behind so many predictors that the shares are unsteady."
    if any((b.share or 0.0) < 0 for b in p.blocks):
        return " A share below zero cannot be told from nothing."
    return ""


def _too_few(p: Partition) -> bool:
    return p.rows < ROWS_A_PREDICTOR * _predictors(p)


def _predictors(p: Partition) -> int:
    return sum(f.term != "(Intercept)" for f in p.fit.fixed)


def firmness(replicates: int) -> float:
    """Monte-Carlo standard error of an interval's end over the interval's width, of normal draws:
    sqrt(p (1 - p) / B) / phi(z) at p = .025, over 3.92 standard deviations. Worked: 200 -> .048,
    1,000 -> .022."""
    return (ENDS[0] * ENDS[1] / max(replicates, 1)) ** 0.5 / 0.0584 / 3.92
