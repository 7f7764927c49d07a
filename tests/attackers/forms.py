"""The forms in which a shared report prints a figure, each read; any other form is refused."""

import re
from dataclasses import dataclass

HIDDEN = ("[c]", "–")  # hidden, and nothing there to count
_COUNT = r"\d{1,3}(?:,\d{3})*"
COUNT = re.compile(_COUNT)
RANGE = re.compile(rf"({_COUNT}) to ({_COUNT})|({_COUNT}) or fewer")
INTERVAL = r"(?P<first>\d+)(?:–| to )(?P<last>\d+)(?:\u00a0%)?"
SHARE = re.compile(
    r"(?P<side>under |over )?(?:(?P<low>\d+) to )?(?P<high>\d+)\u00a0%"
    rf"(?: \({INTERVAL}\))?"
)
_NUMBER = r"[−-]?\d+(?:\.\d+)?"
ESTIMATE = re.compile(rf"{_NUMBER}(?: \({_NUMBER} to {_NUMBER}\))?")


class Unread(AssertionError):
    """Something of a report that nobody here knows how to read."""


@dataclass(frozen=True)
class Share:
    """A printed share in points: a rate where `low` is `high`; else it is `low` or more and below
    `high`. first, last: its 95 % interval, where one stands beside it."""

    low: int
    high: int
    first: int | None = None
    last: int | None = None

    @property
    def is_rate(self) -> bool:
        return self.low == self.high

    @property
    def rest(self) -> "Share":
        """Of those who are left: '60 %' -> '40 %', 'over 80 %' -> 'under 20 %'."""
        first, last = (None if end is None else 100 - end for end in (self.last, self.first))
        return Share(100 - self.high, 100 - self.low, first, last)

    def agrees(self, other: "Share") -> bool:
        """Whether both can be the same printed figure."""
        ends = {(one.first, one.last) for one in (self, other) if one.first is not None}
        return (self.low, self.high) == (other.low, other.high) and len(ends) < 2


def count(text: str) -> int | tuple[int, int] | None:
    """'1,425' -> 1425; a range of a count as its ends; None for a hidden one. Unread for anything
    else."""
    if text in HIDDEN:
        return None
    if COUNT.fullmatch(text):
        return int(text.replace(",", ""))
    if ends := count_range(text):
        return ends
    raise Unread(f"'{text}' is no count")


def count_range(text: str) -> tuple[int, int] | None:
    """The least and the greatest that a text leaves open; None where it is no range of a count.
    Worked: '1,240 to 1,250' -> (1240, 1250), '10 or fewer' -> (0, 10), '60' -> None."""
    told = RANGE.fullmatch(text)
    if told is None:
        return None
    low, high, most = (end and int(end.replace(",", "")) for end in told.groups())
    return (0, int(most)) if most else (int(low or 0), int(high or 0))


def share(text: str, interval: str = "") -> Share | None:
    """'45 %', 'under 4 % (0–5)', 'over 88 %', '20 to 40 % (12 to 50 %)'; None for a hidden one.
    interval: of a cell of its own, '12 to 50 %'. Unread for anything else."""
    if text in HIDDEN:
        if interval not in ("", *HIDDEN):
            raise Unread(f"'{interval}' stands beside '{text}'")
        return None
    told = SHARE.fullmatch(text)
    ends = re.fullmatch(INTERVAL, interval) if interval else told
    if not told or not ends or (told["side"] and told["low"]):
        raise Unread(f"'{text}' ('{interval}') is no share")
    low, high = int(told["low"] or told["high"]), int(told["high"])
    if told["side"]:
        low, high = (0, high) if told["side"] == "under " else (high, 100)
    first, last = (None if end is None else int(end) for end in (ends["first"], ends["last"]))
    return Share(low, high, first, last)


def decimals(text: str) -> int | None:
    """Of a mean, an effect or their interval, '0.89 (0.72 to 1.06)'; None for a hidden one. Unread
    for another form. What they say of few is asked by `benchmarks.shared_means`, `medians.py`."""
    if text in HIDDEN:
        return None
    if not ESTIMATE.fullmatch(text):
        raise Unread(f"'{text}' is no estimate")
    return len(text.split(" ")[0].partition(".")[2])
