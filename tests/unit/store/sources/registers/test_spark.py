"""A real Spark against DuckDB on the same rows, and plain words where it fails.

One test, because its server takes seconds to start and each worker would start its own.
"""

import sys

import pytest

from analysis.base.errors import RapportError
from analysis.questions.opening import open_source
from tests.unit.store.sources.registers import rows, spark_server
from tests.unit.store.sources.registers.same import assert_same

FORMULA = 'y ~ week + `q"cat` + x + log10(dec + 1) + (week | patient) + (1 | `Therapist Ü`)'

pytest.importorskip("pyspark", reason="requirements-registers.txt: no Spark Connect")
pytest.importorskip("sqlglot", reason="requirements-registers.txt: no translator of SQL")


@pytest.fixture(autouse=True)
def a_main_module(monkeypatch):
    """Where no file is behind the main module, as in a worker of pytest-xdist, the client believes
    that it runs its own tests and looks for a whole Spark."""
    monkeypatch.setattr(sys.modules["__main__"], "__file__", __file__, raising=False)


@pytest.mark.skipif(spark_server.reason_without() != "", reason=spark_server.reason_without())
def test_spark_gives_the_same_answer_and_says_what_fails(tmp_path, capfd):
    file = rows.write(tmp_path / "rows.parquet")
    with spark_server.running() as server:
        server.run(
            "CREATE DATABASE care",
            f"CREATE TABLE care.sessions USING parquet AS SELECT * FROM parquet.`{file}`",
            "CREATE VIEW care.labels AS SELECT arm COLLATE UNICODE_CI AS arm, code AS `a``code` "
            "FROM VALUES ('a', 12345678D), ('A', double('nan')) AS t(arm, code)",
        )
        found = assert_same(FORMULA, file, server.address("care.sessions"))
        assert found["/rows_dropped"] > 0
        with open_source(server.address("care.labels"), ("arm",)) as opened:
            labels = ", ".join(opened.texts[name] for name in ("arm", "a`code"))
            found = opened.cursor.execute(f"SELECT DISTINCT {labels} FROM {opened.relation}")
            assert sorted(found.fetchall()) == [("A", None), ("a", "12345678")]
        assert "did you mean 'care.sessions'?" in _refused(server.address("care/session"))
        with open_source(server.address("care/sessions"), ("week",)) as opened:
            assert opened.kinds["week"] == "number" and opened.kinds["day"] == "category"
            server.process.kill()
            with pytest.raises(RapportError, match="broke off before all sums were there"):
                opened.cursor.execute("SELECT count(*) FROM care.sessions")
        assert "no Spark Connect server answers" in _refused(server.address("care/sessions"))
    assert "".join(capfd.readouterr()) == ""  # the client logs queries and stacks, if it is let


@pytest.mark.parametrize("options", ["nonsense", "use_ssl"])
def test_a_connection_string_that_cannot_be_read(options):
    assert "connection string cannot be read" in _refused(f"sc://127.0.0.1/;{options}/care.t")


def _refused(address: str) -> str:
    with pytest.raises(RapportError) as caught, open_source(address, ("week",)):
        pass
    assert "127.0.0.1" not in str(caught.value)
    return str(caught.value)
