"""A partition's tables: the same on the page, in every file and on the terminal."""

from math import ceil

from analysis.presentation.tables import cells
from analysis.presentation.tables.table import Table, laid_out, pairs_of
from analysis.presentation.words.labels import LEVEL_LABELS, factor_label, level_labels
from analysis.presentation.words.missing_words import WAYS
from analysis.presentation.words.partition.partition_phrases import UNITS, whole
from analysis.presentation.words.rounding import common_decimals, count, percent
from analysis.questions.partition.missing.result import Missing
from analysis.questions.partition.result import Partition

ALONE_AND_LAST = (
    "Alone: what the factor explains if it enters first. Last: what it adds when all others are "
    "in. The share averages over all orders; where alone and last lie far apart, factors overlap."
)

LEVELS_NOTE = (
    "Shares of a level's own variance: they do not add up to the total. A mean over few patients "
    "or sessions is an uncertain measure: λ is its reliability, and nothing is corrected below .3."
)

EFFECTS_NOTE = (
    "Points of the outcome between groups that lie one standard deviation of the factor (over all "
    "rows) apart, all else equal, in the direction in which it goes with outcome among the rows; "
    "with a minus sign: in the other direction. A group for λ .7: how many rows or groups of the "
    "level inside a mean needs to be that reliable."
)

LOST_NOTE = (
    "Lost: how much of what is to be known of a share is missing (Rubin's fraction of missing "
    "information)."
)


def shares(p: Partition) -> Table:
    """One row a part: Part, Share, 95 % interval, Alone, Last, and Truth where it is known."""
    parts = [*([p.adjusted_for] if p.adjusted_for else []), *p.blocks, *p.unexplained]
    places = common_decimals(parts)
    rows, truth = [], p.truth or {}
    for row in p.tidy():
        line = {
            "Part": cells.text(_part_name(row)),
            "Share": cells.share(row["share"], decimals=places),
            "95 % interval": cells.share_interval(row["low"], row["high"], places),
            "Alone": cells.share(row["alone"], decimals=places),
            "Last": cells.share(row["last"], decimals=places),
        }
        if p.truth:
            line["Truth"] = cells.share(truth.get(row["name"]), decimals=places)
        rows.append(line)
    exact = [r | ({"truth": truth.get(r["name"])} if p.truth else {}) for r in p.tidy()]
    return laid_out(f"Shares of {whole(p)}", rows, [ALONE_AND_LAST], exact)


def levels(p: Partition) -> Table:
    """One row a level and factor: Level, Factor, Share of the level, 95 % interval."""
    places = common_decimals(p.levels)
    rows = [
        {
            "Level": cells.text(level_labels(p.question).get(s.level, s.level)),
            "Factor": cells.text(factor_label(s.factor)),
            "Share of the level": cells.share(s.share, decimals=places),
            "95 % interval": cells.share_interval(s.low, s.high, places),
            "If true means were known": cells.share(s.corrected, decimals=places),
            "Its 95 % interval": cells.share_interval(s.corrected_low, s.corrected_high, places),
            "Reliability λ": cells.text(
                "–" if s.reliability is None else f"{s.reliability:.2f}".removeprefix("0")
            ),
        }
        for s in p.levels
    ]
    exact = [
        dict(
            level=s.level,
            factor=s.factor,
            share=s.share,
            low=s.low,
            high=s.high,
            corrected=s.corrected,
            corrected_low=s.corrected_low,
            corrected_high=s.corrected_high,
            reliability=s.reliability,
        )
        for s in p.levels
    ]
    return laid_out(
        "At each level: the share of the level's own variance", rows, [LEVELS_NOTE], exact
    )


def effects(p: Partition) -> Table | None:
    """One row a level and factor whose effect can be told: Level, Factor, Effect, 95 % interval,
    both if true means were known, and how many a group it takes for λ = .7; None where none can."""
    told = [s for s in p.levels if s.effect is not None or s.true_effect is not None]
    if not told:
        return None
    rows = [
        {
            "Level": cells.text(level_labels(p.question).get(s.level, s.level)),
            "Factor": cells.text(factor_label(s.factor)),
            "Effect": cells.number(s.effect, decimals=2),
            "95 % interval": cells.interval(s.effect_low, s.effect_high, decimals=2),
            "If true means were known": cells.number(s.true_effect, decimals=2),
            "Its 95 % interval": cells.interval(s.true_effect_low, s.true_effect_high, decimals=2),
            "A group for λ .7": cells.count(None if s.needed is None else ceil(s.needed)),
        }
        for s in told
    ]
    names = ("level", "factor", "effect", "effect_low", "effect_high", "true_effect",
             "true_effect_low", "true_effect_high", "needed")  # fmt: skip
    exact = [{n: getattr(s, n) for n in names} for s in told]
    caption = f"At each level: points of {p.outcome} that go with a factor one SD higher"
    return laid_out(caption, rows, [EFFECTS_NOTE], exact)


def checks(p: Partition) -> Table:
    """What was fitted on how much, and whether it came to an end: Check, Result."""
    drawn = p.bootstrap
    pairs = {
        "Converged": cells.yes_or_no(p.status.converged),
        "Singular": cells.yes_or_no(p.status.singular),
        f"{UNITS[p.question].capitalize()} used": cells.count(p.rows),
        **{f"Left out: {why}": cells.count(n) for why, n in p.rows_out.items()},
        **{f"Groups: {group}": cells.count(n) for group, n in p.groups.items()},
        "Resamples": cells.text(f"{count(drawn.replicates)} ({drawn.kind})"),
        "Resamples that failed": cells.count(drawn.failed),
        "Marginal and conditional R²": cells.text(
            f"{percent(p.fit.r2_marginal, decimals=1)} and "
            f"{percent(p.fit.r2_conditional, decimals=1)}"
        ),
    }
    return pairs_of("Checks", pairs)


def missing_lines(m: Missing) -> Table:
    """The shares by what is done with what is missing, one row a way and factor: Way, Factor,
    Treatments, Share, 95 % interval, Lost."""
    found = [(line, s) for line in m.lines for s in line.shares]
    rows = [
        {
            "Way": cells.text(WAYS[line.way]),
            "Factor": cells.text(factor_label(s.factor)),
            "Treatments": cells.count(line.rows),
            "Share": cells.share(s.share, s.low, s.high),
            "95 % interval": cells.share_interval(s.low, s.high),
            "Lost": cells.share(s.lost, decimals=0),
        }
        for line, s in found
    ]
    exact = [
        dict(way=line.way, factor=s.factor, rows=line.rows, share=s.share, low=s.low, high=s.high,
             se=s.se, lost=s.lost)
        for line, s in found
    ]  # fmt: skip
    return laid_out("The shares by what is done with what is missing", rows, [LOST_NOTE], exact)


def missing_shifts(m: Missing) -> Table | None:
    """By how far those who left may be off, one row a shift: what the share would be; None where
    no last score is missing."""
    if m.tipping is None:
        return None
    rows = [
        {
            "Those who left ended": cells.text(f"{s.shift:+g} SD".replace("-", "−")),
            "Share": cells.share(s.share, s.low, s.high),
            "95 % interval": cells.share_interval(s.low, s.high),
        }
        for s in m.tipping.shifts
    ]
    exact = [dict(shift=s.shift, share=s.share, low=s.low, high=s.high) for s in m.tipping.shifts]
    caption = f"{factor_label(m.tipping.factor)}, if those without a last score were off"
    return laid_out(caption, rows, [], exact)


def _part_name(row: dict) -> str:
    if row["kind"] == "adjusted":
        return f"Adjusted for: {row['name']}"
    if row["kind"] == "unexplained":
        return f"Unexplained: {str(LEVEL_LABELS.get(row['name'], row['name'])).lower()}"
    return factor_label(row["name"])
