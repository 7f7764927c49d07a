"""A real PostgreSQL against DuckDB on the same rows: the same answer, read-only, one snapshot."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.base.errors import ModelError, RapportError, StoreError
from analysis.questions.lab.binary import fit_binary
from analysis.questions.lab.effects import fit_formula
from analysis.questions.lab.examine import examine
from analysis.questions.lab.question import ModelQuestion
from analysis.questions.lab.sums import formula_sums
from analysis.questions.lab.witness import witness_model
from analysis.questions.opening import open_source
from analysis.questions.pooling.pooling import site_sums
from tests.unit.store.sources.registers import postgres_server, rows
from tests.unit.store.sources.registers.same import assert_same

pytest.importorskip("adbc_driver_postgresql", reason="requirements-registers.txt: no PostgreSQL")
pytest.importorskip("sqlglot", reason="requirements-registers.txt: no translator of SQL")
pytestmark = pytest.mark.skipif(
    postgres_server.reason_without() != "", reason=postgres_server.reason_without()
)
SESSIONS = "care/Sessions%201"  # a name that needs quotes, in a schema


@pytest.fixture(scope="module")
def server():
    with postgres_server.running() as running:
        with running.connect() as connection, connection.cursor() as cursor:
            cursor.adbc_ingest("sent", rows.sent(), mode="create")
            connection.commit()
        running.run(
            "CREATE SCHEMA care",
            'CREATE TABLE care."Sessions 1" AS SELECT * FROM sent',
            'ALTER TABLE care."Sessions 1" ALTER dec TYPE numeric(6, 2), '
            "ALTER day TYPE date USING day::date",
            "CREATE TABLE secret AS SELECT 1 AS x",
            "CREATE TABLE half AS SELECT week, y, patient, x AS hidden FROM sent",
            "CREATE ROLE reader LOGIN",
            "GRANT USAGE ON SCHEMA care TO reader",
            'GRANT SELECT ON care."Sessions 1" TO reader',
            "GRANT SELECT (week, y, patient) ON half TO reader",
        )
        yield running


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return rows.write(tmp_path_factory.mktemp("rows") / "rows.parquet")


@pytest.mark.parametrize(
    ("formula", "options"),
    [
        (rows.FORMULA, {}),
        ("y ~ week + (1 | patient)", {"method": "ML", "df": "none", "weights": "w"}),
        # A row where a power is infinite, or a logarithm undefined, is left out on both sides.
        ("y ~ I((week - 3)**-1) + log(x) + I(1 / (dec - 3.7)) + (1 | patient)", {}),
        ("y ~ ns(week, 3) + poly(dec, 2) + offset(x) + (1 | patient)", {}),
        ("y ~ week + (1 | clinic) + (1 | day)", {}),  # crossed
        ("log2(dec + 2) ~ exp(-week) + I(week**2) + I(sqrt(abs(x)) / 3) + (1 | code)", {}),
    ],
)
def test_the_same_answer_as_from_a_file(server, file, formula, options):
    assert_same(formula, file, server.address(SESSIONS, "reader"), **options)


def test_the_sums_and_the_names_of_the_groups_are_those_of_a_file(server, file):
    formula = 'y ~ week*`q"cat` + (week | code) + (1 | `Therapist Ü`)'
    expected = formula_sums(formula, file, with_labels=True)
    found = formula_sums(formula, server.address(SESSIONS), with_labels=True)
    assert found.labels == expected.labels and found.names == expected.names
    assert np.array_equal(found.centre, expected.centre)  # a power of two from the same mean
    for name in ("gram", "cross", "counts"):
        # Sums of 2,100 doubles of size 1 to 10, in another order.
        assert np.allclose(getattr(found, name), getattr(expected, name), rtol=1e-12, atol=1e-9)


def test_the_sums_for_pooling_are_those_of_a_file(server, file):
    formula = "y ~ week + flag + x + I(exp(code - 209)) + (1 | patient)"  # of one patient
    expected, found = (
        site_sums(formula, source, allow_small=True)
        for source in (file, server.address(SESSIONS, "reader"))
    )
    told = [{where for where, _ in one.disclosure.singled_out} for one in (found, expected)]
    assert told[0] == told[1]
    assert replace(found.disclosure, singled_out=expected.disclosure.singled_out) == (
        expected.disclosure
    )
    assert found.levels == expected.levels
    assert np.allclose(found.sums.gram, expected.sums.gram, rtol=1e-12, atol=1e-9)


def test_more_sums_than_one_answer_of_postgresql_holds(server, tmp_path):
    server.run(
        "CREATE TABLE wide AS SELECT i % 60 AS kind, i % 25 AS g, sin(i) * 2 AS y "
        "FROM generate_series(1, 1500) i"
    )
    file = tmp_path / "wide.csv"
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT * FROM wide")
        lines = ["kind,g,y", *(f"{k},{g},{y!r}" for k, g, y in cursor.fetchall())]
    file.write_text("\n".join(lines))
    assert_same("y ~ C(kind) + (1 | g)", file, server.address("wide"))


def test_numbers_a_trillion_from_zero_lose_no_digit(server, tmp_path):
    """NIST's SmLs09 in small: plain sums of such squares are wrong from the first digit on."""
    server.run(
        "CREATE TABLE hard AS SELECT 'arm ' || i % 9 AS arm, i % 67 AS g, "
        "1e12::float8 + 0.1 * (i % 9) + CASE WHEN i % 2 = 0 THEN 0.1 ELSE -0.1 END AS y "
        "FROM generate_series(1, 1809) i"
    )
    fit = fit_formula("y ~ arm + (1 | g)", server.address("hard"))
    # A double near 1e12 is a multiple of 1.2e-4, so that much is lost before any sum.
    steps = [f.estimate for f in fit.fixed[1:]]
    assert steps == pytest.approx([0.1 * k for k in range(1, 9)], abs=2e-3)
    assert fit.sigma == pytest.approx(0.1, rel=5e-3)


def test_labels_are_told_apart_byte_by_byte_and_nan_is_missing(server, tmp_path):
    server.run(
        "CREATE COLLATION loose "
        "(provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
        "CREATE TABLE labels AS SELECT (CASE i % 4 WHEN 0 THEN 'b' WHEN 1 THEN 'B' WHEN 2 THEN 'ä' "
        "ELSE 'z' END) COLLATE loose AS arm, CASE WHEN i % 50 = 0 THEN 'NaN' ELSE (i % 9)::float8 "
        "END AS g, i % 2 = 0 AS even, i::numeric / 3 AS y FROM generate_series(1, 400) i",
    )
    with open_source(server.address("labels"), ("arm", "g", "even", "y")) as opened:
        assert opened.kinds == {"arm": "category", "g": "number", "even": "category", "y": "number"}
    fit = fit_formula("y ~ arm + (1 | g)", server.address("labels"), df="none")
    assert [f.term for f in fit.fixed] == ["(Intercept)", "arm[b]", "arm[z]", "arm[ä]"]
    assert fit.rows == 392 and fit.groups == {"g": 9}


def test_nothing_but_a_select_is_sent_and_nothing_else_would_pass(server):
    with open_source(server.address(SESSIONS), ("week",)) as opened:
        for statement in ("DELETE FROM sent", "CREATE TEMP TABLE t AS SELECT 1", "DROP TABLE sent"):
            with pytest.raises(ValueError, match="only ever asked"):
                opened.cursor.execute(statement)
        read_only = "SELECT current_setting('transaction_read_only')"
        assert opened.cursor.execute(read_only).fetchall() == [("on",)]


def test_every_pass_sees_the_same_rows(server):
    server.run("CREATE TABLE growing AS SELECT 1.5 AS y")
    with open_source(server.address("growing"), ("y",)) as opened:
        server.run("INSERT INTO growing VALUES (2.5)")
        assert opened.cursor.execute('SELECT count(*), sum("y") FROM growing').fetchall() == [
            (1, 1.5)
        ]


def test_a_connection_that_breaks_off_leaves_a_message(server):
    with open_source(server.address(SESSIONS), ("week",)) as opened:
        ours = "application_name <> 'none' AND pid <> pg_backend_pid() AND datname = 'register'"
        server.run(f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE {ours}")
        with pytest.raises(StoreError, match="broke off before all sums were there; nothing was"):
            opened.cursor.execute("SELECT count(*) FROM sent")


def test_a_query_over_its_time_limit_is_told(server):
    address = server.address(SESSIONS) + "&options=-c%20statement_timeout%3D1000"
    with open_source(address, ("week",)) as opened:
        assert opened.name == "register table care.Sessions 1"
        with pytest.raises(StoreError, match="stopped the query; nothing was kept"):
            opened.cursor.execute("SELECT pg_sleep(60)")


@pytest.mark.parametrize(
    ("table", "user", "formula", "said"),
    [
        ("care.session", "owner", "y ~ 1 + (1 | g)", "did you mean 'care.Sessions 1'?"),
        (SESSIONS, "reader", "y ~ weak + (1 | patient)", "did you mean 'week'?"),
        ("secret", "reader", "x ~ 1", "may not read this table"),
        ("half", "reader", "y ~ hidden + (1 | patient)", "may not read column 'hidden'"),
        ("half", "nobody-such", "y ~ 1", "it knows no such account or database"),
    ],
)
def test_what_cannot_be_read_is_said_without_the_address(server, table, user, formula, said):
    with pytest.raises(RapportError) as caught:
        fit_formula(formula, server.address(table, user))
    text = str(caught.value)
    assert said in text and str(server.folder) not in text and user not in text


def test_a_connection_string_that_cannot_be_read(server):
    with pytest.raises(StoreError, match="connection string cannot be read"):
        fit_formula("y ~ 1", server.address(SESSIONS) + "&nonsense=1")


def test_columns_that_may_not_be_read_do_not_hinder_others(server):
    assert fit_formula("y ~ week + (1 | patient)", server.address("half", "reader")).rows == 2100


def test_numbers_beyond_what_the_database_computes_are_told(server):
    server.run(
        "CREATE TABLE sizes AS SELECT i * 1e200::float8 AS y, i % 5 AS g "
        "FROM generate_series(1, 50) i"
    )
    with pytest.raises(ModelError, match="too large or too small"):
        fit_formula("I(y**2) ~ 1 + (1 | g)", server.address("sizes"))


def test_names_that_postgresql_would_cut_stay_apart(server, tmp_path):
    # 'text of ' and such a name are longer than PostgreSQL's 63 bytes, and alike up to there.
    one, two = "Ж" * 27 + "_1", "Ж" * 27 + "_2"
    server.run(
        f'CREATE TABLE long AS SELECT sin(i) AS y, chr(97 + i % 3) AS "{one}", i % 20 AS "{two}" '
        "FROM generate_series(1, 200) i"
    )
    fit = fit_formula(f"y ~ `{one}` + (1 | `{two}`)", server.address("long"), df="none")
    assert fit.groups == {two: 20} and len(fit.fixed) == 3


def test_rows_stay_where_they_are(server):
    formula, address = "y ~ week + (1 | patient)", server.address(SESSIONS)
    asked = ModelQuestion(formula, address)
    for fit in (witness_model, lambda q: fit_binary(q.formula, q.dataset)):
        with pytest.raises(RapportError, match="rows of a register stay where they are"):
            fit(asked)
    found = examine(asked, replicates=0)
    assert found.residuals is None and "stay where they are" in found.messages[-1]
