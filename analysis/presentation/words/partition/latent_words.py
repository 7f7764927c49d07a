"""What a level's share would be if groups' true means were known, in words."""

from analysis.presentation.words.rounding import percent, percent_interval
from analysis.questions.partition.result import Partition


def corrected_sentence(p: Partition) -> str:
    """What the alliance's share would be if true means were known; '' where nothing is corrected.

    'With 3.2 ...: as measured 38 %, if the true averages were known about 55 % (41 to 70 %)'.
    """
    found = [v for v in p.levels if v.factor == "alliance" and v.level == "therapist"]
    if not found or (known := found[0].reliability) is None or "therapist" not in p.groups:
        return ""
    v, groups = found[0], p.groups
    each = groups.get("treatment", groups.get("patient", p.rows)) / groups["therapist"]
    head = (
        f"With {each:.0f} {'treatments' if 'treatment' in groups else 'patients'} a therapist, "
        f"therapists' average alliance is known with reliability {known:.2f}: of the "
        f"differences between therapists it explains {percent(v.share, v.low, v.high)} as measured"
    )
    if v.corrected is None:
        need = _needed(known, each)
        return f"{head}; too unreliable to correct (.3 is needed{need})."
    shown = percent(v.corrected, v.corrected_low, v.corrected_high)
    interval = percent_interval(v.corrected_low, v.corrected_high)
    interval = "" if interval == "–" else f" ({interval})"
    return (
        f"{head}, about {shown}{interval} if their true averages were known{_needed(known, each)}."
    )


def _needed(reliability: float, each: float) -> str:
    """Worked: reliability .4 with 5 patients a therapist: .7 needs 5 * (.7/.3) / (.4/.6) = 18."""
    if not 0.02 < reliability < 0.7:
        return ""
    needed = each * (0.7 / 0.3) / (reliability / (1 - reliability))
    return f"; about {needed:.0f} a therapist would make it .70"
