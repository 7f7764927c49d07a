"""A partition as rows of ready strings: the same in the page and in every file."""

from analysis.presentation.words.labels import LEVEL_LABELS, factor_label
from analysis.presentation.words.rounding import common_decimals, percent, percent_interval
from analysis.questions.partition.result import Partition

SHARE_NUMBERS = ("Share", "95 % interval", "Alone", "Last", "Truth")
LEVEL_NUMBERS = ("Share of the level", "95 % interval")
ALONE_AND_LAST = (
    "Alone: what the factor explains if it enters first. Last: what it adds when all others are "
    "in. The share averages over all orders; where alone and last lie far apart, factors overlap."
)


def share_rows(p: Partition) -> list[dict]:
    """One row a part: Part, Share, 95 % interval, Alone, Last, and Truth where it is known."""
    parts = [*([p.adjusted_for] if p.adjusted_for else []), *p.blocks, *p.unexplained]
    places = common_decimals(parts)
    rows = []
    for row in p.tidy():
        line = {
            "Part": _part_name(row),
            "Share": percent(row["share"], decimals=places),
            "95 % interval": percent_interval(row["low"], row["high"], places),
            "Alone": percent(row["alone"], decimals=places),
            "Last": percent(row["last"], decimals=places),
        }
        if p.truth:
            line["Truth"] = percent(p.truth.get(row["name"]), decimals=places)
        rows.append(line)
    return rows


def level_rows(p: Partition) -> list[dict]:
    """One row a level and factor: Level, Factor, Share of the level, 95 % interval."""
    places = common_decimals(p.levels)
    return [
        {
            "Level": LEVEL_LABELS.get(s.level, s.level),
            "Factor": factor_label(s.factor),
            "Share of the level": percent(s.share, decimals=places),
            "95 % interval": percent_interval(s.low, s.high, places),
        }
        for s in p.levels
    ]


def _part_name(row: dict) -> str:
    if row["kind"] == "adjusted":
        return f"Adjusted for: {row['name']}"
    if row["kind"] == "unexplained":
        return f"Unexplained: {LEVEL_LABELS.get(row['name'], row['name']).lower()}"
    return factor_label(row["name"])
