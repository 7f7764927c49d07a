"""A real PostgreSQL against DuckDB on the same rows: the same answer, read-only, one snapshot."""

import duckdb
import pytest

from tests.unit.store.registers import postgres_server
from tests.unit.store.registers.same import assert_same

pytest.importorskip("adbc_driver_postgresql", reason="requirements-registers.txt: no PostgreSQL")
pytest.importorskip("sqlglot", reason="requirements-registers.txt: no translator of SQL")
pytestmark = pytest.mark.skipif(
    postgres_server.reason_without() != "", reason=postgres_server.reason_without()
)

# Every kind of column that a register may hold, and names that need quotes. 'y' lies a billion
# from zero, as NIST's hard cases do.
ROWS = """
    SELECT 'c' || (i % 7) AS clinic, 't' || (i % 42) AS "Therapist Ü", (i % 210)::INT AS patient,
        (i // 210)::SMALLINT AS week,
        1e9 + 0.5 * (i // 210) + sin(i * 7.1) + cos((i % 210) * 3.3) * 2 AS y,
        CASE WHEN i % 11 = 0 THEN NULL WHEN i % 13 = 0 THEN 'nan'::DOUBLE ELSE sin(i) END AS x,
        ((i * 37 % 1000) / 100)::DECIMAL(6, 2) AS dec, i % 3 = 0 AS flag,
        DATE '2020-01-01' + (i % 3)::INT AS day,
        CASE i % 4 WHEN 0 THEN 'Zeta' WHEN 1 THEN 'alpha' WHEN 2 THEN 'Ärger' ELSE 'a''b\\c' END
            AS "q""cat"
    FROM range(2100) t(i)
"""


@pytest.fixture(scope="module")
def server():
    with postgres_server.running() as running:
        yield running


@pytest.fixture(scope="module")
def file(server, tmp_path_factory):
    """The rows as a Parquet file, and as the table `care."Sessions 1"` of the server."""
    path = tmp_path_factory.mktemp("rows") / "rows.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({ROWS}) TO '{path}'")
        sent = connection.sql(f"SELECT * REPLACE (dec::DOUBLE AS dec) FROM '{path}'")
        rows = sent.to_arrow_table()
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.adbc_ingest("sent", rows, mode="create")
        connection.commit()
    server.run(
        "CREATE SCHEMA care",
        'CREATE TABLE care."Sessions 1" AS SELECT * FROM sent',
        'ALTER TABLE care."Sessions 1" ALTER dec TYPE numeric(6, 2)',
    )
    return path


@pytest.mark.parametrize(
    "formula",
    [
        "y ~ week + (1 | patient)",
        'y ~ week*`q"cat` + x + log10(dec + 1) + flag + C(day) + (week | patient)'
        " + (1 | `Therapist Ü`)",
    ],
)
def test_the_same_answer_as_from_a_file(server, file, formula):
    assert_same(formula, file, server.address("care/Sessions%201"))
