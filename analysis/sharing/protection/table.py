"""A table of counts as a file may show it: figures, totals, and what had to be hidden.

Rows are groups (clinics, periods), columns what their patients did. In a shared file totals are
the sums of the figures that are shown, so they tell nothing new. In a file that stays inside they
are exact, and further cells are hidden until a reader who subtracts is left with a safe interval.
"""

from dataclasses import dataclass

import numpy as np

from analysis.sharing.protection import figures, hiding

PROFILES = {"share": "for sharing", "internal": "not for sharing"}
NOTES = {
    "share": "Totals are the sums of the figures shown, so they can differ from the true ones. "
    "[c]: confidential.",
    "internal": "Figures are exact. [c]: a small count, or one that would give a small count away.",
}

Figure = int | None


@dataclass(frozen=True, slots=True)
class Counts:
    """True counts. counts: (rows, columns) distinct patients, each in one cell of its row.

    sensitive: a group of which nobody or nearly everybody is in one column must not be told.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """What may be shown of Counts; None is a hidden figure. Totals have the table's own names.

    hidden: figures that are hidden, totals among them. note: the sentence that goes below.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    figures: tuple[tuple[Figure, ...], ...]
    row_totals: tuple[Figure, ...]
    column_totals: tuple[Figure, ...]
    total: Figure
    note: str

    @property
    def hidden(self) -> int:
        return sum(f is None for f in self.every_figure())

    def every_figure(self) -> tuple[Figure, ...]:
        """All figures, row by row, then the totals."""
        inner = (f for row in self.figures for f in row)
        return (*inner, *self.row_totals, *self.column_totals, self.total)


def protect(counts: Counts, profile: str = "share", rule: str = "nearest5") -> Shown:
    """The table as a file of this profile may show it.

    profile: 'share' or 'internal'. rule: of COUNT_RULES, for 'share'; its suffix is added to the
    columns' names. Worked, share: 40 30 25 / 35 12 3 / 20 15 22 gives 40 30 25 = 95 /
    35 10 [c] = 45 / 20 15 20 = 55, columns 95 55 45, all 195. Internal: 3 40 52 gives
    [c] [c] 52, total 95.
    """
    return _inside(counts) if profile == "internal" else _outside(counts, rule)


def _outside(counts: Counts, rule: str) -> Shown:
    """Shared: hidden for its own sake, the rest rounded, totals from what is shown."""
    chosen = figures.COUNT_RULES[rule]
    shown = [[chosen.show(n) for n in row] for row in counts.counts]
    if counts.sensitive:
        shown = [
            [None] * len(row) if any(figures.tells_of_each(n, sum(true)) for n in true) else row
            for row, true in zip(shown, counts.counts, strict=True)
        ]
    rows = tuple(map(_sum_of_shown, shown))
    columns = tuple(map(_sum_of_shown, zip(*shown, strict=True)))
    return Shown(
        counts.rows,
        tuple(c + chosen.suffix for c in counts.columns),
        tuple(map(tuple, shown)),
        rows,
        columns,
        _sum_of_shown(columns),
        NOTES["share"],
    )


def _inside(counts: Counts) -> Shown:
    """Internal: exact figures and totals, complementary cells hidden, checked by the attacker."""
    table = hiding.with_margins(counts.counts)
    hidden = hiding.hide(table, np.vectorize(figures.is_small)(table))
    if hiding.exposed(table, hidden):
        raise ArithmeticError("a hidden cell could be worked out")  # never shown to a reader
    shown = [
        [None if h else int(n) for n, h in zip(*row, strict=True)]
        for row in zip(table, hidden, strict=True)
    ]
    return Shown(
        counts.rows,
        counts.columns,
        tuple(tuple(row[:-1]) for row in shown[:-1]),
        tuple(row[-1] for row in shown[:-1]),
        tuple(shown[-1][:-1]),
        shown[-1][-1],
        NOTES["internal"],
    )


def _sum_of_shown(shown) -> Figure:
    """The sum of what is shown; hidden where nothing but zeros is shown beside hidden ones."""
    there = [f for f in shown if f is not None]
    return None if len(there) < len(list(shown)) and not any(there) else sum(there)
