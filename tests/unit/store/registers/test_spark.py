"""A real Spark against DuckDB on the same rows, and plain words where it fails.

One test, because its server takes seconds to start and each worker would start its own.
"""

import pytest

from analysis.errors import RapportError
from analysis.store.source import open_source
from tests.unit.store.registers import rows, spark_server
from tests.unit.store.registers.same import assert_same

FORMULA = 'y ~ week + `q"cat` + x + log10(dec + 1) + (week | patient) + (1 | `Therapist Ü`)'

pytest.importorskip("pyspark", reason="requirements-registers.txt: no Spark Connect")
pytest.importorskip("sqlglot", reason="requirements-registers.txt: no translator of SQL")


@pytest.mark.skipif(spark_server.reason_without() != "", reason=spark_server.reason_without())
def test_spark_gives_the_same_answer_and_says_what_fails(tmp_path, capfd):
    file = rows.write(tmp_path / "rows.parquet")
    with spark_server.running() as server:
        server.run(
            "CREATE DATABASE care",
            f"CREATE TABLE care.sessions USING parquet AS SELECT * FROM parquet.`{file}`",
        )
        found = assert_same(FORMULA, file, server.address("care.sessions"))
        assert found["/rows_dropped"] > 0
        assert "did you mean 'care.sessions'?" in _refused(server.address("care/session"))
        with open_source(server.address("care/sessions"), ("week",)) as opened:
            assert opened.kinds["week"] == "number" and opened.kinds["day"] == "category"
            server.process.kill()
            with pytest.raises(RapportError, match="broke off before all sums were there"):
                opened.cursor.execute("SELECT count(*) FROM care.sessions")
        assert "no Spark Connect server answers" in _refused(server.address("care/sessions"))
    assert "".join(capfd.readouterr()) == ""  # the client logs queries and stacks, if it is let


def _refused(address: str) -> str:
    with pytest.raises(RapportError) as caught, open_source(address, ("week",)):
        pass
    assert "127.0.0.1" not in str(caught.value)
    return str(caught.value)
