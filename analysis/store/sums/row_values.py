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
    treatments: whose row each is, None where rows are therapists or clinics.
    """

    person: str
    people: Texts = field(repr=False)
    numbers: dict[str, np.ndarray] = field(repr=False)
    texts: dict[str, Texts] = field(repr=False)
    treatments: Texts | None = field(repr=False, default=None)


def row_values(
    rows: CompleteRows, variables: Variables, person: str, treatment: str = ""
) -> RowValues:
    """One pass over complete rows. variables: those of the formula, and `person` among what groups.
    treatment: the key of treatments, '' where rows are of none; the rows have both keys."""
    numbers = tuple(dict.fromkeys(v for e in variables.numeric for v in e.variables()))
    numbers += (variables.weights,) if variables.weights else ()
    named = (*variables.grouping, treatment) if treatment else variables.grouping
    keys = tuple(dict.fromkeys(named))
    columns = [quoted(n) for n in numbers]
    columns += [text_name(n) for n in variables.categorical] + [key_name(n) for n in keys]
    query = f"SELECT {', '.join(columns)} FROM {rows.relation}"
    table = rows.source.cursor.sql(query).to_arrow_table()
    found = iter(table.columns)
    of_numbers = {n: numbers_of(next(found)) for n in numbers}
    texts = {n: _texts(next(found).combine_chunks()) for n in variables.categorical}
    groups = {n: _texts(key_texts(rows.source, n, next(found))) for n in keys}
    people = groups.pop(person)
    own = groups.get(treatment)
    if treatment not in variables.grouping:
        groups.pop(treatment, None)
    return RowValues(person, people, of_numbers, groups | texts, own)


def _texts(column: pa.Array | pa.ChunkedArray) -> Texts:
    """to_arrow_table may give a column in one chunk as a chunked array of one."""
    encoded = pc.dictionary_encode(column)
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.unify_dictionaries().combine_chunks()
    codes: np.ndarray = np.from_dlpack(encoded.indices)
    return Texts(tuple(encoded.dictionary.to_pylist()), codes)
