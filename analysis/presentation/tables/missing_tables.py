"""The shares by each way of taking in what is missing, and by how far those who left may be off."""

from analysis.presentation.tables import cells
from analysis.presentation.tables.table import Table, laid_out
from analysis.presentation.words.labels import factor_label
from analysis.presentation.words.missing_words import WAYS
from analysis.questions.partition.missing.result import Missing

NOTE = (
    "Lost: how much of what is to be known of a share is missing (Rubin's fraction of missing "
    "information)."
)


def lines(m: Missing) -> Table:
    """One row a way and factor: Way, Factor, Treatments, Share, 95 % interval, Lost."""
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
    return laid_out("The shares by what is done with what is missing", rows, [NOTE], exact)


def shifts(m: Missing) -> Table | None:
    """One row a shift: what the share would be; None where no last score is missing."""
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
