"""The parts of a partition as rows to draw: what each is called, where it starts and stops."""

from analysis.presentation.charts.theme import Look
from analysis.presentation.palette import FACTOR_COLOURS, ink_on
from analysis.presentation.words.labels import LEVEL_LABELS, factor_label
from analysis.presentation.words.partition import partition_phrases
from analysis.presentation.words.rounding import common_decimals, percent, percent_interval
from analysis.questions.partition.result import Partition

# The share with room for a part's name and number in a bar some 320 px wide: the narrowest screen
# that the pages are made for. What has no room is named in a lane below.
ROOM_FOR_NAME = 0.3
# Pixels above the lanes' floor; the bar's drawing has no other vertical unit.
LANE, BAR_HEIGHT, OVER_BAR, AXIS_ROOM = 16, 42, 34, 30
WIDTHS = 320, 680, 860  # pixels of the bar on a phone, in a file, on a screen
LETTER, NAME_OFF = 6.2, 7  # pixels of a name's letter, and between a name and its interval
DIGIT = 7.4  # pixels of a bold figure in the bar, '%' and its space among them


def segments_of(p: Partition, look: Look) -> list[dict]:
    """One row a part of the bar in its order, with where it starts and stops on 0..1.

    What is named below the bar has a lane, in an order in which leaders cross no names (`_lanes`).
    """
    rows, at = [], 0.0
    parts = share_rows(p, look)
    # The correction for chance may take a share below 0: it has no width, and the others are drawn
    # narrower by what it would have given back, so that the bar is 100 % wide.
    whole = sum(max(part["share"], 0.0) for part in parts) or 1.0
    for part in parts:
        width = max(part["share"], 0.0) / whole
        rows.append(part | dict(start=at, stop=at + width, middle=at + width / 2))
        at += width
    lanes = [r for r in rows if r["kind"] != "adjusted" and not _named_inside(r)]
    floor = LANE * len(lanes) + 6
    for row in rows:
        row |= dict(
            bottom=floor, top=floor + BAR_HEIGHT, centre=floor + BAR_HEIGHT / 2, inside=_inside(row)
        )
    for row in lanes:
        row |= _named_below(row, whole)
    _choose_sides(lanes)
    for number, row in enumerate(_lanes(lanes)):
        row["lane"] = floor - 6 - LANE * (number + 0.5)
    return rows


def _choose_sides(rows: list[dict]) -> None:
    """Names stand right of what they name, or all left of it where one would be cut off: with one
    side for all there is an order in which nothing crosses. Where neither has room for all, those
    that would be cut off stand left."""
    cut_off = [row["end_high"] + _long(row, WIDTHS[0]) > 1 for row in rows]
    all_left = any(cut_off) and all(row["end_low"] >= _long(row, WIDTHS[0]) for row in rows)
    for row, cut in zip(rows, cut_off, strict=True):
        row["named_left"] = all_left or cut


def _long(row: dict, width: int) -> float:
    """The share of a bar of so many pixels that a part's name takes up."""
    return (len(row["label"]) * LETTER + 2 * NAME_OFF) / width


def _lanes(rows: list[dict]) -> list[dict]:
    """The rows named below the bar, from the top lane down.

    A leader that goes down where another part's name stands must end above it. Where two parts ask
    that of each other, the one that does so on narrow screens alone gives way.
    """
    left, found = list(rows), []
    while left:
        crossed = [sum(_would_cross(b, a) for b in left if b is not a) for a in left]
        best = min(range(len(left)), key=lambda k: (crossed[k], -left[k]["leader"]))
        found.append(left.pop(best))
    return found


def _would_cross(row: dict, upper: dict) -> int:
    """At how many of the widths the row's leader would go through the name of a part above it."""
    crossed = 0
    for width in WIDTHS:
        long = _long(upper, width)
        if upper["named_left"]:
            crossed += upper["end_low"] - long <= row["leader"] < upper["end_low"]
        else:
            crossed += upper["end_high"] < row["leader"] <= upper["end_high"] + long
    return crossed


def _named_below(row: dict, whole: float) -> dict:
    """What names a part below the bar, for a factor with where its end could lie."""
    factor = row["kind"] == "factor"
    low, high = (
        (row["start"] + max(row[end], 0.0) / whole for end in ("low", "high"))
        if factor
        else (row["middle"], row["middle"])
    )
    high = min(1.0, high)
    return dict(
        leader=row["stop"] if factor else row["middle"],
        end_low=low,
        end_high=high,
        label=f"{row['name'].split(': ')[-1].capitalize()} {row['number']}",
    )


def _named_inside(row: dict) -> bool:
    return row["kind"] == "unexplained" and row["stop"] - row["start"] >= ROOM_FOR_NAME


def share_rows(p: Partition, look: Look) -> list[dict]:
    parts = []
    if p.adjusted_for:
        phrase = partition_phrases.adjusted_phrase(p)
        parts.append(("adjusted", "adjusted", phrase[:1].upper() + phrase[1:], p.adjusted_for))
    told = [b for b in p.blocks if b.share is not None]
    parts += [("factor", b.factor, factor_label(b.factor), b) for b in told]
    parts += [
        ("unexplained", u.level, f"Unexplained: {LEVEL_LABELS.get(u.level, u.level).lower()}", u)
        for u in p.unexplained
    ]
    places = common_decimals([part for *_, part in parts])
    return [_share_row(kind, key, name, part, places, look) for kind, key, name, part in parts]


def _share_row(kind: str, key: str, name: str, part, places: int, look: Look) -> dict:
    known = part.low is not None and part.high is not None
    fill = look.unexplained if kind == "unexplained" else FACTOR_COLOURS.get(key, look.muted)
    return dict(
        kind=kind,
        key=key,
        name=name,
        share=part.share,
        low=part.low if known else part.share,
        high=part.high if known else part.share,
        has_interval=known,
        shown=percent(part.share, decimals=places),
        number=percent(part.share, part.low, part.high),
        interval=percent_interval(part.low, part.high, places),
        fill=fill,
        stroke=look.outline if kind == "unexplained" else fill,
        ink=look.ink if kind == "unexplained" else ink_on(fill),
    )


def _inside(row: dict) -> str:
    if _named_inside(row):
        return f"{row['name'].split(': ')[-1].capitalize()} {row['number']}"
    room = WIDTHS[0] * (row["stop"] - row["start"])
    return row["number"] if room >= DIGIT * len(row["number"]) else ""
