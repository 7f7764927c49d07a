"""Many specifications and power in sentences."""

from collections.abc import Mapping

from analysis.presentation.words.rounding import count, estimate, p_value, percent

WAYS = {
    "early": "early mean",
    "mean": "mean of the treatment",
    "last": "last value",
    "within": "within patients",
    "patient": "between patients",
    "therapist": "between therapists",
}
ADJUSTED = {"none": "nothing", "before": "the score before", "time": "session number"}
AXES = {
    "patients": "Patients of one therapist",
    "therapists": "Therapists",
    "sessions": "Sessions of one patient",
    "size": "Size, in standard deviations",
}


def specifications_sentence(found) -> str:
    """How far the specifications agree, and how rare that would be without an effect."""
    way = "negative" if found.median < 0 else "positive"
    said = (
        f"Of {count(len(found.found))} specifications {percent(found.agree)} say {way}, and "
        f"{percent(found.clear)} with an interval without zero; the median is "
        f"{estimate(found.median, decimals=2)} SDs of the outcome for one SD more"
    )
    if found.null_median is None:
        return f"{said}."
    return (
        f"{said}. Without an effect the median would lie as far out in "
        f"{_share(found.null_median)} of samples, and as many would be clear in "
        f"{_share(found.null_clear)}."
    )


def _share(p: float) -> str:
    return "fewer than 1 %" if p < 0.01 else percent(p)


def varied(found) -> set[str]:
    """The choices in which the specifications differ."""
    values: dict[str, set[str]] = {}
    for s in found.found:
        for name, value in s.choices:
            values.setdefault(name, set()).add(value)
    return {name for name, own in values.items() if len(own) > 1}


def choice_words(name: str, value: str, labels: Mapping[str, str]) -> str:
    """One choice as the dashboard names it. Worked: ('way', 'early') -> 'way: early mean'."""
    if name in ("outcome", "predictor"):
        return f"{name}: {labels.get(value, value)}"
    if name == "way":
        return f"way: {WAYS.get(value, value)}"
    if name == "adjusted for":
        return f"adjusted for: {ADJUSTED.get(value, value)}"
    return f"{labels.get(name, name)}: {value}"


def power_sentence(found) -> str:
    """From where on four in five such studies would find it."""
    from analysis.questions.lab.many.power import WHAT

    q = found.question
    what = f"{WHAT[q.what]} of {q.size:g}" if q.vary != "size" else WHAT[q.what]
    enough = [p for p in found.points if p.power >= 0.8]
    axis = AXES[q.vary].lower()
    if not enough:
        best = max(found.points, key=lambda p: p.power)
        return (
            f"None of these plans finds {what} in four of five studies: the best, with "
            f"{axis} {best.value:g}, in {percent(best.power)}."
        )
    first = min(enough, key=lambda p: p.value)
    return (
        f"{axis.capitalize()}: from {first.value:g} on, four of five studies find {what} "
        f"({percent(first.power)}, by simulation {percent(first.low)} to {percent(first.high)}; "
        f"p below {p_value(q.level)})."
    )
