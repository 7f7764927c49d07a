"""Outer space of every kind is taken off when a file is read, and no other."""

import pytest

from analysis.importing.reading.cells import SPACE, trim_cells
from analysis.store.versions.hardened import memory_connection

INNER = ("", "p 1", "p_1", "José Núñez", "1\u00a0100,00", "ü", "-3", "!", "\u2009x")


@pytest.mark.parametrize("space", [*SPACE, " \u00a0\t"], ids=ascii)
@pytest.mark.parametrize("text", INNER)
def test_outer_space_alone_is_taken_off(text, space):
    given = [text, space + text, text + space, space + text + space]
    with memory_connection() as connection:
        connection.execute("CREATE TEMP TABLE t (c0 VARCHAR, c1 VARCHAR)")
        connection.executemany("INSERT INTO t VALUES (?, ?)", [(cell, text) for cell in given])
        trim_cells(connection, "t", ["c0", "c1"])
        assert connection.execute("SELECT DISTINCT c0, c1 FROM t").fetchall() == [(text, text)]
