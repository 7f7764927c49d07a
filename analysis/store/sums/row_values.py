"""The values that a file of sums is made of, row by row with their people, for a ledger of them."""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analysis.models.language.design import Variables
from analysis.store.sums.column_sql import key_name, text_name
from analysis.store.sums.complete import CompleteRows
from analysis.store.sums.groups import key_texts, numbers_of
from analysis.store.versions.naming import quoted


@dataclass(frozen=True, slots=True)
class Texts:
    """A column of texts. labels: each different one; codes: (N,) positions in labels."""

    labels: tuple[str, ...]
    codes: np.ndarray


@dataclass(frozen=True, slots=True)
class RowValues:
    """The complete rows of a formula. person: what a person is, a column whose values are `people`.
    numbers: variable -> (N,); texts: category or grouping factor -> Texts, but for `person`.
    """

    person: str
    people: Texts = field(repr=False)
    numbers: dict[str, np.ndarray] = field(repr=False)
    texts: dict[str, Texts] = field(repr=False)


def row_values(rows: CompleteRows, variables: Variables, person: str) -> RowValues:
    """One pass over complete rows. variables: those of the rows, `person` among what groups."""
    numbers = tuple(dict.fromkeys(v for e in variables.numeric for v in e.variables()))
    numbers += (variables.weights,) if variables.weights else ()
    keys = dict.fromkeys(variables.grouping)
    columns = [quoted(n) for n in numbers]
    columns += [text_name(n) for n in variables.categorical] + [key_name(n) for n in keys]
    query = f"SELECT {', '.join(columns)} FROM {rows.relation}"
    table = rows.source.cursor.sql(query).to_arrow_table()
    found = iter(table.columns)
    of_numbers = {n: numbers_of(next(found)) for n in numbers}
    texts = {n: _texts(next(found).combine_chunks()) for n in variables.categorical}
    groups = {n: _texts(key_texts(rows.source, n, next(found))) for n in keys}
    people = groups.pop(person)
    return RowValues(person, people, of_numbers, groups | texts)


def _texts(column: pa.Array | pa.ChunkedArray) -> Texts:
    """to_arrow_table may give a column in one chunk as a chunked array of one."""
    encoded = pc.dictionary_encode(column)
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.unify_dictionaries().combine_chunks()
    codes: np.ndarray = np.from_dlpack(encoded.indices)
    return Texts(tuple(encoded.dictionary.to_pylist()), codes)
