"""How many people stand behind a sum: counted before any sum leaves the site.

A person is a value of the column `person` of the complete rows (docs: patients), or, with '',
each row.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from analysis.models.language.design import BasisFunction, Design, Level
from analysis.store.sums.column_sql import expression_sql, key_name, text_name
from analysis.store.sums.complete import CompleteRows
from analysis.store.sums.groups import key_columns, key_names, nested_codes, sorted_codes


@dataclass(frozen=True, slots=True)
class SmallCells:
    """cells: how many combinations of values of `variables` fewer people than allowed share."""

    variables: tuple[str, ...]
    cells: int


def unit_people(rows: CompleteRows, design: Design, person: str) -> tuple[np.ndarray, np.ndarray]:
    """(M,) innermost unit and (M,) person of each pair that occurs, units coded as in `moments`."""
    keys = [*key_columns(design), key_name(person)]
    sql = f"SELECT DISTINCT {', '.join(keys)} FROM {rows.relation}"
    table = rows.source.cursor.sql(sql).to_arrow_table().combine_chunks()
    labels = [sorted_codes(table.column(i)) for i in range(len(keys))]
    people = labels.pop()
    if not labels:
        return np.zeros(len(people), dtype=np.int64), people
    _, codes = nested_codes(design, dict(zip(key_names(design), labels, strict=True)))
    return codes[0], people


def people(rows: CompleteRows, person: str) -> int:
    """Distinct people behind all complete rows."""
    sql = f"SELECT {_count(person)} FROM {rows.relation}"
    return rows.source.cursor.execute(sql).fetchall()[0][0]


def small_cells(
    rows: CompleteRows, design: Design, person: str, least: int
) -> tuple[SmallCells, ...]:
    """What the table of products would tell about fewer than `least` people.

    Products of indicators (and of numbers with two values) are counts and sums by cell of the
    variables of both factors; a number that is the same for nearly all tells about the others.
    """
    keys = _cell_keys(rows, design)
    columns = [*design.columns, design.response]
    sets = {frozenset(k for a in c.atoms if (k := _key(a)) in keys) for c in columns}
    cells = {a | b for a, b in combinations(sets, 2)} | sets
    found = []
    for variables in sorted((c for c in cells if c), key=lambda c: (len(c), sorted(c))):
        by = ", ".join(keys[v] for v in sorted(variables))
        small = _few(rows, person, least, f"GROUP BY {by}")
        if small:
            found.append(SmallCells(tuple(sorted(variables)), small))
    for name, sql in _numbers(design).items():
        if name not in keys:
            usual = f"(SELECT mode({sql}) FROM {rows.relation})"
            small = _few(rows, person, least, f"WHERE ({sql}) <> {usual} HAVING count(*) > 0")
            found += [SmallCells((name,), small)] * bool(small)
    return tuple(found)


def _few(rows: CompleteRows, person: str, least: int, clause: str) -> int:
    inner = f"SELECT {_count(person)} AS n FROM {rows.relation} {clause}"
    sql = f"SELECT count(*) FROM ({inner}) WHERE n < {int(least)}"
    return rows.source.cursor.execute(sql).fetchall()[0][0]


def _count(person: str) -> str:
    return f"count(DISTINCT {key_name(person)})" if person else "count(*)"


def _cell_keys(rows: CompleteRows, design: Design) -> dict[str, str]:
    """What splits the rows into cells: name -> SQL of each category and two-valued number."""
    levels = {a.variable for c in design.columns for a in c.atoms if isinstance(a, Level)}
    keys = {name: text_name(name) for name in levels}
    for name, sql in _numbers(design).items():
        if name in keys:
            continue
        between = f"count(*) FILTER (v > (SELECT min({sql}) FROM {rows.relation}) AND "
        between += f"v < (SELECT max({sql}) FROM {rows.relation}))"
        counted = f"SELECT {between} FROM (SELECT {sql} AS v FROM {rows.relation})"
        if rows.source.cursor.execute(counted).fetchall()[0][0] == 0:
            keys[name] = sql
    return keys


def _numbers(design: Design) -> dict[str, str]:
    """Name -> SQL of each numeric expression of the design."""
    columns = [*design.columns, design.response]
    atoms = dict.fromkeys(a for c in columns for a in c.atoms if not isinstance(a, Level))
    return {
        _key(a): expression_sql(a.expression if isinstance(a, BasisFunction) else a) for a in atoms
    }


def _key(atom) -> str:
    """The name of a category or of a number, as a message can say it."""
    if isinstance(atom, Level):
        return atom.variable
    if isinstance(atom, BasisFunction):
        return atom.name
    if atom.operation == "variable":
        return atom.arguments[0]
    if atom.operation == "number":
        return f"{atom.arguments[0]:g}"
    said = [_key(argument) for argument in atom.arguments]
    return f"{atom.operation}({said[0]})" if len(said) == 1 else f" {atom.operation} ".join(said)
