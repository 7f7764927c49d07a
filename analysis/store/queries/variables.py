"""Every variable of a dataset with what its column holds."""

from dataclasses import dataclass

from analysis.measures.variables import Variable
from analysis.store.versions.catalogue import DatasetInfo
from analysis.store.versions.dataset import open_dataset
from analysis.store.versions.naming import quoted

TOP = 4
# A category's value that fewer rows hold is not named: it could single a person out.
FEWEST_NAMED = 5


@dataclass(frozen=True, slots=True)
class VariableSummary:
    """One column in numbers.

    rows: rows of its unit's table. n: rows that have a value. mean, sd (n - 1), low, high: of a
    number, None for a category or without values. categories: how many; top: the most frequent
    ones as (value, rows), without those that fewer than FEWEST_NAMED rows hold.
    """

    variable: Variable
    rows: int
    n: int
    mean: float | None = None
    sd: float | None = None
    low: float | None = None
    high: float | None = None
    categories: int | None = None
    top: tuple[tuple[str, int], ...] = ()

    @property
    def missing(self) -> float | None:
        """Share of rows without a value, 0..1; None for a table without rows."""
        return None if self.rows == 0 else 1 - self.n / self.rows


def variable_summaries(info: DatasetInfo) -> tuple[VariableSummary, ...]:
    """A VariableSummary for each variable, in the dictionary's order."""
    with open_dataset(info) as dataset, dataset.cursor() as cursor:
        numbers = {}
        for unit in {v.unit for v in dataset.variables}:
            own = [v for v in dataset.variables if v.unit == unit and v.kind == "number"]
            numbers |= _numbers(cursor, unit, own)
        return tuple(
            numbers[v.name] if v.kind == "number" else _category(cursor, v)
            for v in dataset.variables
        )


def _numbers(cursor, unit: str, variables: list[Variable]) -> dict[str, VariableSummary]:
    """All numbers of one table in one pass over it."""
    if not variables:
        return {}
    asked = ", ".join(
        f"count({c}), avg({c}), stddev_samp({c}), min({c}), max({c})"
        for c in (quoted(v.name) for v in variables)
    )
    rows, *values = cursor.execute(f"SELECT count(*), {asked} FROM {unit}").fetchone()
    return {
        v.name: VariableSummary(v, rows, *values[5 * i : 5 * i + 5])
        for i, v in enumerate(variables)
    }


def _category(cursor, variable: Variable) -> VariableSummary:
    column = quoted(variable.name)
    rows, n, different = cursor.execute(
        f"SELECT count(*), count({column}), count(DISTINCT {column}) FROM {variable.unit}"
    ).fetchone()
    top = cursor.execute(
        f"""SELECT {column}, count(*) AS n FROM {variable.unit} WHERE {column} IS NOT NULL
            GROUP BY 1 HAVING n >= ? ORDER BY n DESC, 1 LIMIT ?""",
        [FEWEST_NAMED, TOP],
    ).fetchall()
    named = tuple((str(value), int(count)) for value, count in top)
    return VariableSummary(variable, rows, n, categories=different, top=named)
