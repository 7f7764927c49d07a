"""What the shares would be had nobody been lost, in words."""

from analysis.presentation.words.partition.partition_phrases import PHRASES
from analysis.presentation.words.rounding import count, percent, percent_interval
from analysis.questions.partition.missing.result import LineShare, Missing, Shifted

WAYS = {"complete": "Complete", "weighted": "Weighted", "imputed": "Imputed"}


def answer(m: Missing) -> str:
    """The headline in one sentence. Worked: '616 of 3,000 treatments that began are not in the
    shares. Had they been, that of the alliance would be about 8 % (6 to 10 %) instead of 8 % …'
    """
    complete, imputed = _first(m, "complete"), _first(m, "imputed")
    if imputed is None or complete is None:
        return f"All {count(m.began)} treatments that began have everything: nothing is missing."
    phrase = PHRASES.get(imputed.factor, imputed.factor)
    return (
        f"{count(m.lost)} of {count(m.began)} treatments that began are not in the shares. Had "
        f"they been, that of {phrase} would be about {_told(imputed)} instead of "
        f"{_told(complete)}, if who was lost has nothing to do with what was not seen of them."
    )


def tipping(m: Missing) -> str:
    """How far those who left could be off before the answer changes; '' where no end is missing."""
    found = m.tipping
    if found is None:
        return ""
    phrase = PHRASES.get(found.factor, found.factor)
    low, high = found.shifts[0], found.shifts[-1]
    spread = (
        f"With an end {_further(m, low.shift)} its share would be {_told(low)}; "
        f"{_further(m, high.shift)}, {_told(high)}."
    )
    now = "reaches zero" if found.reaches else "stays above zero"
    who = f"The {count(m.without_end)} treatments without a last score"
    if found.changed_at is None:
        return (
            f"{who} could have ended up to {abs(high.shift):g} standard deviations better or worse "
            f"than those like them who stayed, and the interval of {phrase} still {now}. {spread}"
        )
    other = "no longer reach zero" if found.reaches else "reach zero"
    return (
        f"{who} would have to have ended {_further(m, found.changed_at)} than those like them who "
        f"stayed for the interval of {phrase} to {other}. {spread}"
    )


def chance(m: Missing) -> str:
    """What the weights rest on; '' where nobody is weighed."""
    if m.chance is None:
        return ""
    least, mean = m.chance
    return (
        f"Those who stayed had a chance of {percent(mean)} to be among the complete, by their "
        f"first score, what they brought with them and the ratings before the window; at least "
        f"{percent(least)}."
    )


def _further(m: Missing, shift: float) -> str:
    """Worked: of a score whose higher values are worse, .5 is '0.5 standard deviations worse'."""
    up = {"worse": "worse", "better": "better"}.get(m.higher_is, "higher")
    down = {"worse": "better", "better": "worse"}.get(m.higher_is, "lower")
    size = abs(shift)
    unit = "standard deviation" + "s" * (size != 1)
    return f"{size:g} {unit} {up if shift > 0 else down}"


def _first(m: Missing, way: str) -> LineShare | None:
    """The alliance's, or the first factor's whose share can be told."""
    found = m.line(way)
    shares = [s for s in found.shares if s.share is not None] if found else []
    return next((s for s in shares if s.factor == "alliance"), shares[0] if shares else None)


def _told(s: LineShare | Shifted) -> str:
    interval = percent_interval(s.low, s.high)
    shown = percent(s.share, s.low, s.high)
    return shown if interval == "–" else f"{shown} ({interval})"
