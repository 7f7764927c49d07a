"""The rows of a design with their people and units, for judging what its sums would tell."""

from dataclasses import dataclass, field

import numpy as np

from analysis.models.language.design import INTERCEPT, Column, Design
from analysis.store.sums.column_sql import column_sql, key_name
from analysis.store.sums.complete import CompleteRows
from analysis.store.sums.groups import (
    key_columns,
    key_names,
    nested_codes,
    numbers_of,
    sorted_codes,
)


@dataclass(frozen=True, slots=True)
class DesignRows:
    """names: the constant, the predictors, the response. columns: (N, d) unscaled. unit: (N,) codes
    of the innermost groups as `moments` counts them. people: (N,) codes."""

    names: tuple[str, ...]
    columns: np.ndarray = field(repr=False)
    unit: np.ndarray = field(repr=False)
    people: np.ndarray = field(repr=False)


def design_rows(rows: CompleteRows, design: Design, person: str) -> DesignRows:
    """The DesignRows of complete rows that are no register's. person: '' where each row is one."""
    predictors = [c for c in design.columns if c.name != INTERCEPT]
    columns = [Column(INTERCEPT, ()), *predictors, design.response]
    keys = [*key_columns(design), *([key_name(person)] if person else [])]
    values = [f"({column_sql(c)})::DOUBLE AS c{i}" for i, c in enumerate(columns)]
    sql = f"SELECT {', '.join([*keys, *values])} FROM {rows.relation}"
    table = rows.source.cursor.sql(sql).to_arrow_table()
    labels = [sorted_codes(table.column(i)) for i in range(len(keys))]
    people = labels.pop() if person else np.arange(table.num_rows)
    unit = np.zeros(table.num_rows, dtype=np.int64)
    if labels:
        unit = nested_codes(design, dict(zip(key_names(design), labels, strict=True)))[1][0]
    numbers = [numbers_of(table.column(len(keys) + i)) for i in range(len(columns))]
    return DesignRows(tuple(c.name for c in columns), np.stack(numbers, axis=1), unit, people)
