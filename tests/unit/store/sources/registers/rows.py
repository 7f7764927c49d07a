"""One table with every kind of column that a register may hold, and names that need quotes.

The outcome lies a billion from zero with a spread of two, as NIST's hard cases do: sums of its
squares would lose every digit that matters. Category 'q"cat' sorts otherwise in most languages
than byte by byte.
"""

from pathlib import Path

import duckdb
import pyarrow as pa

ROWS = """
    SELECT 'c' || (i % 7) AS clinic, 't' || (i % 42) AS "Therapist Ü", (i % 210)::INT AS patient,
        (i % 210)::DOUBLE AS code, (i // 210)::SMALLINT AS week,
        1e9 + 0.5 * (i // 210) + sin(i * 7.1) + cos((i % 210) * 3.3) * 2 AS y,
        CASE WHEN i % 11 = 0 THEN NULL WHEN i % 13 = 0 THEN 'nan'::DOUBLE ELSE sin(i) END AS x,
        ((i * 37 % 1000) / 100)::DECIMAL(6, 2) AS dec, i % 3 = 0 AS flag, 1 + i % 2 AS w,
        DATE '2020-01-01' + (i % 3)::INT AS day,
        CASE i % 4 WHEN 0 THEN 'Zeta' WHEN 1 THEN 'alpha' WHEN 2 THEN 'Ärger' ELSE 'a''b\\c' END
            AS "q""cat"
    FROM range(2100) t(i)
"""
FORMULA = (
    'y ~ week*`q"cat` + x + log10(dec + 1) + flag + C(day) + (week | patient) + (1 | `Therapist Ü`)'
)


def write(path: Path) -> Path:
    """The rows as a Parquet file."""
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({ROWS}) TO '{path}'")
    return path


def sent() -> pa.Table:
    """The rows as PostgreSQL takes them; its numeric and date columns are made there."""
    with duckdb.connect() as connection:
        plain = f"SELECT * REPLACE (dec::DOUBLE AS dec, day::VARCHAR AS day) FROM ({ROWS})"
        return connection.sql(plain).to_arrow_table()
