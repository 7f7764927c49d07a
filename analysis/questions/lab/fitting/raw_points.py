"""The data behind a prediction, aggregated: mean outcomes of rows that are alike in a predictor."""

from dataclasses import dataclass

from analysis.models.inference.margins.reference_grid import ReferenceGrid
from analysis.models.language.design import Design
from analysis.store.sums.column_sql import column_sql, text_name
from analysis.store.sums.complete import CompleteRows
from analysis.store.versions.naming import quoted

BINS = 20  # of a number with more values than that, equally many rows in each
FEWEST = 5  # rows of a point: fewer say nothing of a mean


@dataclass(frozen=True, slots=True)
class RawPoint:
    """The mean outcome of `rows` rows. by: the moderator's level, or 0, 1, 2 for those of its rows
    below, around and above the mean (half an SD apart), '' without one. x: the mean of a number, or
    a category's level."""

    by: str
    x: float | str
    outcome: float
    rows: int


def raw_points(
    rows: CompleteRows, design: Design, grid: ReferenceGrid, of: str, by: str
) -> tuple[RawPoint, ...]:
    """Points of at least FEWEST rows, in the order of `by` and x."""
    outcome = column_sql(design.response)
    group = _moderator(grid, by)
    if of in grid.levels:
        place, x = text_name(of), text_name(of)
        binned = rows.relation
    else:
        x = f"avg({quoted(of)})"
        distinct = f"SELECT count(DISTINCT {quoted(of)}) FROM {rows.relation}"
        few = rows.source.cursor.execute(distinct).fetchall()[0][0] <= BINS
        place = quoted(of) if few else "tile"
        tile = f"ntile({BINS}) OVER (PARTITION BY {group} ORDER BY {quoted(of)}) AS tile"
        binned = rows.relation if few else f"(SELECT *, {tile} FROM {rows.relation})"
    sql = (
        f"SELECT {group} AS moderator, {x} AS x, avg({outcome}), count(*) AS n FROM {binned} "
        f"GROUP BY moderator, {place} HAVING n >= {FEWEST} ORDER BY moderator, x"
    )
    found = rows.source.cursor.execute(sql).fetchall()
    return tuple(RawPoint(str(m), at, float(y), int(n)) for m, at, y, n in found)


def _moderator(grid: ReferenceGrid, by: str) -> str:
    if not by:
        return "''"
    if by in grid.levels:
        return text_name(by)
    number = grid.numbers[by]
    low, high = number.mean - number.sd / 2, number.mean + number.sd / 2
    value = quoted(by)
    return f"CASE WHEN {value} < {low!r} THEN '0' WHEN {value} <= {high!r} THEN '1' ELSE '2' END"
