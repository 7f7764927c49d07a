"""Columns told in one look are what the patterns would have told of them."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analysis.importing.judging.plain_columns import plain_columns
from analysis.importing.meaning.columns import look
from analysis.importing.reading.cells import trim_cells
from analysis.importing.reading.read import Staged
from analysis.questions.opening import open_source
from analysis.store.versions.hardened import memory_connection

CELLS = st.sampled_from(
    ["", "NA", "NA ", "null", "n/a", "N", "nein", "p12", "A", "_", "Zoë", "ö", "1", "1,5", "1.5"]
    + ["-3", "1e3", "1 100", "inf", " 7", "0", "\u22124"]
)


def staged(connection, columns: dict[str, list[str]]) -> Staged:
    rows = len(next(iter(columns.values())))
    table = pa.table({f"c{i}": pa.array(c, pa.string()) for i, c in enumerate(columns.values())})
    connection.register("given", table)
    connection.execute("CREATE OR REPLACE TEMP TABLE staged_0 AS SELECT 1 AS line, * FROM given")
    names = {name: f"c{i}" for i, name in enumerate(columns)}
    trim_cells(connection, "staged_0", names.values())
    return Staged(0, "f.csv", None, None, "staged_0", names, rows, tuple(columns))


@settings(max_examples=60, deadline=None)
@given(st.lists(CELLS, min_size=1, max_size=25))
@example(["1"] * 9 + ["A"])  # nine in ten, to the cell
def test_what_is_words_at_once_is_no_column_of_numbers(cells):
    with memory_connection() as connection:
        table = staged(connection, {"a": cells})
        numbers, words = plain_columns(connection, table, ["a"])
        seen = look(connection, table, "a")
        assert not (words and seen.numeric)
        assert not (numbers and not seen.numeric)


def test_most_words_are_told_at_once():
    with memory_connection() as connection:
        table = staged(connection, {"id": ["p1", "p2"] * 10, "name": ["Nina", "Otto"] * 10})
        assert plain_columns(connection, table, ["id", "name"]) == ({}, frozenset(table.columns))


NUMBERS = {
    "half": np.array([0.5, -1.25, 3.0, np.nan, 1e-7, 12.0] * 4),
    "whole": np.array([1.0, -2.0, 3.0, np.nan, 0.0, -0.0] * 4),
    "huge": np.array([1e15, 1e300, -1e22, 5e-324, 2.0**53, 1.0] * 4),
    "endless": np.array([1.0, np.inf, -np.inf, 2.0, 3.0, 4.0] * 4),
    "single": np.array([0.1, 2.5, np.nan, 1.0, 3.0, 4.0] * 4, dtype=np.float32),
    "small": np.array([1, -2, 3, 4, 5, 6] * 4, dtype=np.int8),
    "large": np.array([2**53 + 1, 2, 3, 4, 5, 2**63 - 1] * 4, dtype=np.int64),
    "unsigned": np.array([2**64 - 1, 2, 3, 4, 5, 6] * 4, dtype=np.uint64),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_of_a_file_with_types_are_those_of_their_text(name, tmp_path):
    column = pa.array(NUMBERS[name])
    label = pa.array(["CBT", "IPT"] * 12)
    pq.write_table(pa.table({name: column, "label": label}), tmp_path / "typed.parquet")
    known = ["" if v != v else _text(v) for v in NUMBERS[name]]
    pq.write_table(pa.table({name: pa.array(known)}), tmp_path / "text.parquet")
    found = {}
    for file in ("typed", "text"):
        with open_source(tmp_path / f"{file}.parquet", (name,)) as source:
            value, text = source.numbers.get(name, "NULL"), source.texts[name]
            sql = f"SELECT {value}, {text} FROM {source.relation}"
            found[file] = (source.cursor.execute(sql).fetchall(), source.kinds[name])
    assert found["typed"] == found["text"]


def _text(value) -> str:
    whole = np.isfinite(value) and abs(value) < 2**53 and value == int(value)
    return str(int(value)) if whole else str(value)
