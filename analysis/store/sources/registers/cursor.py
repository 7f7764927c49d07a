"""The seam to other engines: a cursor as DuckDB's, whose SQL runs where the register lies.

What is written for DuckDB runs on PostgreSQL and Spark as long as it keeps to this much:

- one SELECT over one relation or sub-select, with WHERE, GROUP BY, ORDER BY, DISTINCT, LIMIT,
  scalar sub-selects; no CREATE, no GROUP BY ALL, no lists or structs, no positional names;
- + - * /, comparison, AND, OR, NOT, IN, CASE, coalesce, nullif, abs, floor, exp, ln, log10, log2,
  sqrt, pow, isfinite, regexp_replace, CAST to DOUBLE, BIGINT or VARCHAR;
- sum, count (FILTER and DISTINCT too), avg, min, max, stddev_pop, mode;
- every number a DOUBLE, every label a VARCHAR, identifiers quoted; answers read by position.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

from analysis.store.sources.registers.dialect import translated


@dataclass(frozen=True, slots=True)
class Answer:
    """What a statement gave."""

    table: pa.Table

    def fetchall(self) -> list[tuple]:
        return list(zip(*(column.to_pylist() for column in self.table.columns), strict=True))

    def to_arrow_table(self) -> pa.Table:
        return self.table


@dataclass(frozen=True, slots=True)
class RegisterCursor:
    """`execute` and `sql` of a DuckDB cursor, for one open register.

    dialect: 'postgres' or 'spark'. run: takes a statement in that dialect, gives its answer or
    raises a RapportError that holds no word of the engine's own message.
    """

    dialect: str
    run: Callable[[str], pa.Table]

    def execute(self, sql: str) -> Answer:
        first, *others = (_plain(self.run(part)) for part in translated(sql, self.dialect))
        for other in others:
            for name, column in zip(other.column_names, other.columns, strict=True):
                first = first.append_column(name, column)
        return Answer(first)

    sql = execute


def _plain(table: pa.Table) -> pa.Table:
    """With exact decimals, which sums of whole numbers are on some engines, as doubles."""
    for i, field in enumerate(table.schema):
        kind = getattr(field.type, "storage_type", field.type)
        if kind != field.type or pa.types.is_decimal(kind):
            values = table.column(i).cast(kind).cast(pa.float64())
            table = table.set_column(i, field.name, values)
    return table
