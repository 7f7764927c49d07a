"""Clinics and therapists in words: 'cannot be told from average' is the default reading."""

from analysis.presentation.words.rounding import count, counted, estimate, percent
from analysis.questions.units.adjusted import Adjusted
from analysis.questions.units.adjusted_rates import AdjustedRates
from analysis.questions.units.funnel import Funnel

UNITS = {"clinic": ("clinic", "clinics"), "therapist": ("therapist", "therapists")}
FUNNEL_NOTE = {
    "additive": "The limits allow for differences beyond chance that no single cause explains, "
    "the same for small and large units.",
    "multiplicative": "The limits of chance are widened by one factor for all units.",
    "plain": "The limits allow for chance alone. Real units differ by more for many small reasons: "
    "read a point outside as a question about the data first.",
}


def answer(found: Adjusted | AdjustedRates, outcome: str) -> str:
    """How many units can be told from average at equal case-mix, in one sentence.

    outcome: what is compared ('PHQ-9', 'recovery').
    """
    one, many = UNITS[found.level]
    if not found.units:
        return f"No {one} has {found.least_patients} patients with both scores: none is shown."
    told = {r: sum(u.reading == r for u in found.units) for r in ("better", "average", "worse")}
    n = len(found.units)
    if told["average"] == n:
        everyone = f"none of {count(n)} {many} can" if n > 1 else f"the one {one} shown cannot"
        return f"At equal case-mix, {everyone} be told from average in {outcome}."
    parts = [
        f"{count(told[r])} {'does' if told[r] == 1 else 'do'} {r}"
        for r in ("better", "worse")
        if told[r]
    ]
    return (
        f"At equal case-mix, {count(told['average'])} of {count(n)} {many} cannot be told from "
        f"average in {outcome}; {' and '.join(parts)}."
    )


def header_line(found: Adjusted, outcome: str) -> str:
    """What is set side by side: 'Clinics · PHQ-9 · 825 treatments · equal in 7 characteristics'."""
    n = len(found.case_mix)
    equal = f"equal in {counted(n, 'characteristic')}" if n else "case-mix not equal"
    many = UNITS[found.level][1].capitalize()
    return f"{many} · {outcome} · {counted(found.rows, 'treatment')} · {equal}"


def spread(found: Adjusted, outcome: str) -> str:
    """How much units differ beyond chance, and who is not shown."""
    one, many = UNITS[found.level]
    within = (
        " within their clinic"
        if found.level == "therapist" and ("(1 | clinic)" in found.formula)
        else ""
    )
    said = (
        f"Beyond chance and case-mix {many} differ{within} by a standard deviation of "
        f"{estimate(found.sd, decimals=2)} points of {outcome}: {percent(found.share, decimals=1)} "
        "of the variance that case-mix leaves."
    )
    if found.too_small:
        who, verb = (one, "is") if found.too_small == 1 else (many, "are")
        said += (
            f" {count(found.too_small)} {who} with fewer than {found.least_patients} "
            f"patients {verb} in the model and not shown."
        )
    return said


def funnel_sentence(found: Funnel, kind: str, level: str) -> str:
    """How many lie outside the limits, with over-dispersion and without."""
    own, plain = len(found.outside(kind)), len(found.outside("plain"))
    of = f"{count(own)} of {counted(len(found.units), level)}"
    verb = "lies" if own == 1 else "lie"
    said = f"Around {percent(found.target, decimals=1)}, {of} {verb} outside the 99.8 % limits"
    if kind != "plain":
        said += f"; with limits of chance alone it would be {count(plain)}"
    return f"{said}."
