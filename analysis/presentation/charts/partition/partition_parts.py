"""The parts of a partition as rows to draw: what each is called, where it starts and stops."""

from analysis.presentation.charts.theme import Look
from analysis.presentation.palette import FACTOR_COLOURS, ink_on
from analysis.presentation.words.labels import LEVEL_LABELS, factor_label
from analysis.presentation.words.partition import partition_phrases
from analysis.presentation.words.rounding import common_decimals, percent, percent_interval
from analysis.questions.partition.result import Partition

# Shares with room for their number, and for their name as well, in a bar some 400 px wide: the
# narrowest screen that the pages are made for. What has no room is named in a lane below.
ROOM_FOR_NUMBER = 0.075
ROOM_FOR_NAME = 0.21
# Pixels above the lanes' floor; the bar's drawing has no other vertical unit.
LANE, BAR_HEIGHT, OVER_BAR, AXIS_ROOM = 16, 42, 34, 30


def segments_of(p: Partition, look: Look) -> list[dict]:
    """One row a part of the bar in its order, with where it starts and stops on 0..1.

    What is named below the bar has a lane, the leftmost part the lowest: so no leader crosses
    another part's name.
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
    for number, row in enumerate(lanes):
        row |= _lane(row, LANE * (number + 0.5), whole)
    return rows


def _lane(row: dict, height: float, whole: float) -> dict:
    """The line below the bar that names a part, for a factor with where its end could lie."""
    factor = row["kind"] == "factor"
    low, high = (
        (row["start"] + max(row[end], 0.0) / whole for end in ("low", "high"))
        if factor
        else (row["middle"], row["middle"])
    )
    return dict(
        lane=height,
        leader=row["stop"] if factor else row["middle"],
        end_low=low,
        end_high=min(1.0, high),
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
    return row["number"] if row["stop"] - row["start"] >= ROOM_FOR_NUMBER else ""
