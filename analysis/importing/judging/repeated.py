"""Rows that describe the same thing: which are equal, and which are not."""

MOST_REFUSED = 0.1  # share of a file's rows; beyond it a rule no longer fits the file, and one asks
FEWEST_ASKED = 2  # a single bad cell of a small file is listed, not asked about


def find_repeated(connection, table: str, key: str) -> None:
    """`repeated` (file, line, key, copy, same): the rows of `table` that share a key with another.

    table: with file, line, the columns of `key` and `content`, which is equal in equal rows. copy:
    1, 2, … in the order of the file. same: all rows with this key are equal.
    """
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE repeated AS SELECT file, line, ({key}) AS key, "
        f"row_number() OVER (PARTITION BY {key} ORDER BY file, line) AS copy, "
        f"min(content) OVER (PARTITION BY {key}) = max(content) OVER (PARTITION BY {key}) AS same "
        f"FROM {table} SEMI JOIN (SELECT {key} FROM {table} GROUP BY ALL HAVING count(*) > 1) "
        f"USING ({key})"
    )
