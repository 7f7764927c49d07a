"""Rows into a dataset under way, at once: one at a time DuckDB takes a millisecond for each."""

from collections.abc import Sequence


def insert(connection, into: str, rows: Sequence[tuple]) -> None:
    """into: a table, with its columns in brackets where not all are given. None is missing."""
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        listed = ", ".join("unnest(?)" for _ in columns)
        connection.execute(f"INSERT INTO {into} SELECT {listed}", columns)
