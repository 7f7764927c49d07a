"""Versions: immutable, named by content, hardened, private; damage is said, never a traceback."""

import os
import stat
import threading

import duckdb
import pytest

from analysis.base.errors import StoreError
from analysis.measures.variables import Variable
from analysis.store.versions import catalogue, dataset

PHQ = Variable("phq9", "PHQ-9", "session", factor="outcome")
SESSIONS = [("e", 1, None, 0.0, 12.0), ("e", 2, None, 1.0, 9.0)]


def write(name="a", sessions=SESSIONS, **meta):
    with dataset.new_version(name) as writer:
        writer.add_variables([PHQ, Variable("hamd.b", "Baseline", "episode")])
        c = writer.connection
        c.execute("INSERT INTO clinic VALUES ('k')")
        c.execute("INSERT INTO therapist VALUES ('t', 'k')")
        c.execute("INSERT INTO episode VALUES ('e', 'p', 't', NULL, NULL, NULL, 20)")
        c.executemany("INSERT INTO session VALUES (?, ?, ?, ?, ?)", sessions)
        for key, value in meta.items():
            writer.set_meta(key, value)
    return writer


def test_what_is_written_is_read_back(store):
    info = write(main_outcome="phq9").info
    assert info.counts == {"clinic": 1, "therapist": 1, "episode": 1, "session": 2, "patient": 1}
    with dataset.open_dataset(catalogue.find("a")) as d:
        assert d.variables == (PHQ, Variable("hamd.b", "Baseline", "episode"))
        assert d.meta["main_outcome"] == "phq9"
        assert d.cursor().execute("SELECT sum(phq9) FROM session").fetchone() == (21.0,)


def test_the_order_of_rows_does_not_make_a_version_and_a_value_does(store):
    first = write()
    again = write(sessions=SESSIONS[::-1])
    other = write(sessions=[*SESSIONS[:1], ("e", 2, None, 1.0, 9.5)])
    assert (again.info.version, again.already_loaded) == (first.info.version, True)
    assert other.info.version != first.info.version and not other.already_loaded
    assert [i.version for i in catalogue.versions("a")] == [other.info.version, first.info.version]
    assert [i.version for i in catalogue.datasets()] == [other.info.version]
    assert catalogue.find("a", first.info.version) == first.info


def test_the_name_is_no_part_of_the_version(store):
    assert write("a").info.version == write("b").info.version


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
def test_files_are_private(store):
    old = os.umask(0o000)  # the laxest surroundings
    try:
        info = write().info
    finally:
        os.umask(old)
    assert stat.S_IMODE(info.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(info.path.parent.stat().st_mode) == 0o700


def test_a_failed_write_leaves_nothing(store):
    with pytest.raises(ZeroDivisionError), dataset.new_version("a") as writer:
        writer.connection.execute("INSERT INTO clinic VALUES ('k')")
        raise ZeroDivisionError
    assert catalogue.datasets() == ()
    assert list(store.iterdir()) == []


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("INSERT INTO clinic VALUES ('k'), ('k')", "repeat the key"),
        ("INSERT INTO therapist VALUES ('t', 'nowhere')", "name a clinic"),
        ("INSERT INTO session VALUES ('nobody', 1, NULL, NULL)", "name a episode"),
    ],
)
def test_tables_that_do_not_fit_together_are_refused(store, statement, told):
    with pytest.raises(StoreError, match=told), dataset.new_version("a") as writer:
        writer.connection.execute(statement)
    assert catalogue.datasets() == ()


@pytest.mark.parametrize("name", ["", "A", "-a", "a b", "../a", "a" * 65, "ä", "a/b", "a."])
def test_names_outside_the_allow_list_are_refused(store, name):
    with pytest.raises(StoreError, match="lower-case letters"), dataset.new_version(name):
        pass


@pytest.mark.parametrize(
    "variable",
    [
        Variable("Session", "x", "session"),
        Variable('a"b', "x", "session"),
        Variable("a`b", "x", "session"),
        Variable("", "x", "session"),
        Variable("x", "x", "ward"),
        Variable("x", "x", "session", kind="text"),
        Variable("x", "x", "session", factor="luck"),
        Variable("PHQ9", "x", "episode"),
    ],
)
def test_variables_that_cannot_be_are_refused(store, variable):
    with pytest.raises(StoreError), dataset.new_version("a") as writer:
        writer.add_variables([PHQ])
        writer.add_variables([variable])


REFUSED = [
    "SELECT * FROM read_csv('{file}')",
    "SELECT * FROM read_text('{file}')",
    "ATTACH '{folder}/other.duckdb'",
    "COPY session TO '{folder}/out.csv'",
    "EXPORT DATABASE '{folder}/out'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET memory_limit = '100GB'",
    "SET enable_external_access = true",
    "CREATE TABLE more (i INTEGER)",
    "DELETE FROM session",
]


@pytest.mark.parametrize("statement", REFUSED)
def test_an_open_dataset_cannot_reach_out_or_change(store, tmp_path, statement):
    file = tmp_path / "secret.csv"
    file.write_text("a,b\n1,2\n")
    with dataset.open_dataset(write().info) as d, pytest.raises(duckdb.Error):
        d.cursor().execute(statement.format(file=file, folder=tmp_path))


def test_python_variables_are_out_of_reach(store):
    pandas = pytest.importorskip("pandas")
    secret = pandas.DataFrame({"a": [1]})
    with dataset.open_dataset(write().info) as d, pytest.raises(duckdb.Error):
        d.cursor().execute("SELECT * FROM secret")
    assert len(secret) == 1


def test_temporary_tables_are_a_cursors_own(store):
    with dataset.open_dataset(write().info) as d:
        mine, other = d.cursor(), d.cursor()
        mine.execute("CREATE TEMP TABLE t AS SELECT * FROM session")
        assert mine.execute("SELECT count(*) FROM t").fetchone() == (2,)
        with pytest.raises(duckdb.Error):
            other.execute("SELECT count(*) FROM t")


def test_threads_get_their_own_answers(store):
    info, wrong = write().info, []

    def ask(number):
        for _ in range(30):
            with dataset.open_dataset(info) as d, d.cursor() as cursor:
                if cursor.execute("SELECT ?", [number]).fetchone() != (number,):
                    wrong.append(number)

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def foreign(path):
    with duckdb.connect(str(path)) as c:
        c.execute("CREATE TABLE cake (slices INTEGER)")


def newer(path):
    with duckdb.connect(str(path)) as c:
        c.execute("CREATE TABLE meta (key VARCHAR, value VARCHAR)")
        c.execute("CREATE TABLE dictionary (name VARCHAR, unit VARCHAR)")
        c.execute("INSERT INTO meta VALUES ('schema', '99')")


DAMAGE = {
    "random bytes": lambda path: path.write_bytes(bytes(range(256)) * 50),
    "empty": lambda path: path.write_bytes(b""),
    "foreign": foreign,
    "newer": newer,
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_file_that_is_not_ours_is_listed_as_damaged(store, kind):
    write("good")
    folder = store / "bad"
    folder.mkdir()
    DAMAGE[kind](folder / "0123456789ab.duckdb")
    bad, good = catalogue.datasets()
    assert (bad.name, bad.counts, good.problem) == ("bad", {}, "")
    assert bad.problem
    with pytest.raises(StoreError, match="cannot be read"):
        catalogue.find("bad")
    with pytest.raises(StoreError, match="cannot be read"), dataset.open_dataset(bad):
        pass
    catalogue.delete("bad")
    assert [i.name for i in catalogue.datasets()] == ["good"]


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.9])
def test_a_truncated_file_never_gives_a_traceback(store, share):
    path = write().info.path
    raw = path.read_bytes()
    catalogue.release(store)
    path.write_bytes(raw[: int(len(raw) * share)])
    for info in catalogue.datasets():
        if not info.problem:  # what is missing may be free space: then everything must be there
            assert info.counts["session"] == 2


def test_deleting_removes_everything_and_unknown_names_get_a_hint(store):
    write("clinic-2026")
    with pytest.raises(StoreError, match="did you mean 'clinic-2026'"):
        catalogue.delete("clinic-2025")
    with pytest.raises(StoreError, match="did you mean"):
        catalogue.find("clinic_2026")
    with pytest.raises(StoreError, match="no such version"):
        catalogue.find("clinic-2026", "nope")
    catalogue.delete("clinic-2026")
    assert catalogue.datasets() == () and not any(store.glob("clinic*"))


def test_deleted_and_written_again_is_the_new_file(store):
    write("a")
    catalogue.delete("a")
    write("a", sessions=SESSIONS[:1])
    with dataset.open_dataset(catalogue.find("a")) as d:
        assert d.cursor().execute("SELECT count(*) FROM session").fetchone() == (1,)
