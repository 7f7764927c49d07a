"""Files and datasets as relations: dialects, missing answers, types, ids, the finest unit."""

import datetime
import decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.base.errors import ImportRefused, RapportError, RequestError, StoreError
from analysis.importing.meaning.mapping import MISSING
from analysis.measures.variables import Variable
from analysis.questions.opening import open_source
from analysis.store.versions import dataset

ROWS = [("00123", "1.5", "low"), ("123", "-2", "high, very"), ("0123", "3e2", 'the "x"')]


def read(path: Path | str, *names: str) -> dict[str, list]:
    """Each name's values by its kind, in the relation's order."""
    with open_source(path, names) as source:
        sql = {
            n: source.numbers[n] if source.kinds[n] == "number" else source.texts[n] for n in names
        }
        rows = source.cursor.execute(
            f"SELECT {', '.join(sql.values())} FROM {source.relation}"
        ).fetchall()
        return {n: [row[i] for row in rows] for i, n in enumerate(names)}


def texts(path: Path, name: str) -> list:
    with open_source(path, (name,)) as source:
        sql = f"SELECT {source.texts[name]} FROM {source.relation}"
        return [row[0] for row in source.cursor.execute(sql).fetchall()]


def kinds(path: Path, *names: str) -> dict[str, str]:
    with open_source(path, names) as source:
        return {n: source.kinds[n] for n in names}


def csv_text(delimiter: str = ",", end: str = "\n", quote: bool = True) -> str:
    def field(value: str) -> str:
        doubled = value.replace('"', '""')
        return f'"{doubled}"' if quote else value

    lines = [("id", "x", "a b"), *ROWS]
    return end.join(delimiter.join(map(field, line)) for line in lines) + end


# --- CSV ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "delimiter", [",", ";", "\t", "|"], ids=["comma", "semicolon", "tab", "bar"]
)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["unix", "windows"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_dialects(tmp_path, delimiter, end, encoding):
    path = tmp_path / "rows.csv"
    path.write_bytes(csv_text(delimiter, end).encode(encoding))
    assert read(path, "id", "x", "a b") == {
        "id": [123.0] * 3,  # as numbers they are one …
        "x": [1.5, -2.0, 300.0],
        "a b": ["low", "high, very", 'the "x"'],
    }
    assert texts(path, "id") == ["00123", "123", "0123"]  # … as groups they are three


@pytest.mark.parametrize("name", ["rows.CSV", "rows.txt", "rows.tsv", "rows", "rows.dat"])
def test_the_name_says_nothing_of_the_delimiter(tmp_path, name):
    path = tmp_path / name
    path.write_text(csv_text(";"))
    assert read(path, "x")["x"] == [1.5, -2.0, 300.0]


def test_a_name_with_a_quote_in_it(tmp_path):
    path = tmp_path / "Ann's rows;--.csv"
    path.write_text(csv_text())
    assert read(path, "x")["x"] == [1.5, -2.0, 300.0]


@pytest.mark.parametrize("token", [t for t in MISSING] + [" NA ", "  "])
def test_missing_answers(tmp_path, token):
    path = tmp_path / "rows.csv"
    path.write_text(f'g,x,a\n{token},1,u\nB,{token},v\nC,3,{token}\n"{token}",4,w\n')
    assert kinds(path, "g", "x", "a") == {"g": "category", "x": "number", "a": "category"}
    assert read(path, "g", "x", "a") == {
        "g": [None, "B", "C", None],
        "x": [1.0, None, 3.0, 4.0],
        "a": ["u", "v", None, "w"],
    }


@pytest.mark.parametrize("word", ["None", "missing?", "NANA", "0x10", "1,5 (est)", "7 of 9", "3b"])
def test_other_words_make_a_category(tmp_path, word):
    path = tmp_path / "rows.csv"
    path.write_text(f'x;y\n1;2\n"{word}";3\n')
    assert kinds(path, "x", "y") == {"x": "category", "y": "number"}
    assert read(path, "x")["x"] == ["1", word]


def test_a_column_without_a_value_is_a_number_that_is_missing(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("x,y\n,1\nNA,2\n")
    assert read(path, "x")["x"] == [None, None]


def test_only_the_named_columns_are_read(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text(csv_text())
    with open_source(path, ("x", "unknown")) as source:
        assert list(source.numbers) == ["x"] and list(source.texts) == ["x"]
        assert set(source.kinds) == {"id", "x", "a b"}
        assert (source.name, source.version) == ("rows.csv", "")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b" \n\n ", "empty"),
        (b"g,x,y\n", "a header and no rows"),
        (b"%PDF-1.4\nxx", "This is no table"),
        (b"PK\x03\x04abc", "This is no table"),
        (bytes(range(256)) * 8, "This is no table"),
        (b"PAR1 but no Parquet PAR1", "The Parquet file cannot be read"),
        (b'g,x,y\nA,1,2\nB,2,"3\n', "A quote is not closed"),
        (b"g,x\nA,1\nB,2,3\n", "1 of 2 rows have too many or too few fields"),
        (b"g,x,y\nA,1\nB,2\n", "No row has as many fields as the header"),
        (b"y,x,y\n1,2,3\n", "2 columns have the same name: column 1 'y' and column 3 'y'"),
        (b"y,x,Y\n1,2,3\n", "2 columns have the same name: column 1 'y' and column 3 'Y'"),
        (b"y,x, y\n1,2,3\n", "2 columns have the same name: column 1 'y' and column 3 'y'"),
    ],
    ids=lambda v: str(v)[:30],
)
def test_what_is_no_table_is_refused(tmp_path, content, said):
    path = tmp_path / "rows.csv"
    path.write_bytes(content)
    with pytest.raises(ImportRefused) as refused, open_source(path, ("g", "x", "y")):
        pass
    assert said in refused.value.what
    assert "rows.csv" in refused.value.where and str(tmp_path) not in str(refused.value)
    assert refused.value.next_step


@pytest.mark.parametrize(
    ("content", "left_out"),
    [
        ("g,x\n" + "A,1\n" * 50 + "B,2,3\n" * 5, "5 rows have too many or too few fields"),
        ("g,x\n" + "A,1\n" * 50 + "B,2\0\n", "1 rows hold a NUL byte"),
    ],
)
def test_rows_are_never_skipped_in_silence(tmp_path, content, left_out):
    """The sniffer of DuckDB drops first rows that do not look like the later ones."""
    path = tmp_path / "rows.csv"
    path.write_text(content)
    with open_source(path, ("g", "x")) as source:
        assert any(left_out in note for note in source.notes)
    assert read(path, "x")["x"] == [1.0] * 50


def test_a_file_that_is_not_there(tmp_path, store):
    (tmp_path / "sessions.csv").write_text(csv_text())
    with pytest.raises(RequestError, match=r"did you mean 'sessions\.csv'"):
        read(tmp_path / "session.csv", "x")
    with pytest.raises(StoreError) as refused:
        read("nowhere", "x")
    assert "CSV or Parquet" in refused.value.allowed


# --- Parquet --------------------------------------------------------------------------------------

MONEY = [decimal.Decimal("1.50"), decimal.Decimal("2.25"), None]
DAYS = [datetime.date(2024, 5, 1), datetime.date(2024, 5, 2), None]


@pytest.mark.parametrize(
    ("values", "kind", "expected", "as_text"),
    [
        ([1, 2, 300], "number", [1.0, 2.0, 300.0], ["1", "2", "300"]),
        (np.array([1, 2, 3], "uint8"), "number", [1.0, 2.0, 3.0], ["1", "2", "3"]),
        ([1.0, 2.5, np.nan], "number", [1.0, 2.5, None], ["1", "2.5", None]),
        (np.array([0.5, 1, 2], "float32"), "number", [0.5, 1.0, 2.0], ["0.5", "1", "2"]),
        (MONEY, "number", [1.5, 2.25, None], ["1.50", "2.25", None]),
        ([True, False, None], "category", ["true", "false", None], ["true", "false", None]),
        (DAYS, "number", [19844.0, 19845.0, None], ["2024-05-01", "2024-05-02", None]),
        (["00123", "123", None], "category", ["00123", "123", None], ["00123", "123", None]),
        (["NA", "", "u"], "category", [None, None, "u"], [None, None, "u"]),  # as in a CSV file
        (pd.Categorical(["v", "u", "v"]), "category", ["v", "u", "v"], ["v", "u", "v"]),
    ],
    ids=["int", "uint8", "float", "float32", "decimal", "bool", "date", "text", "NA", "factor"],
)
def test_parquet_types(tmp_path, values, kind, expected, as_text):
    path = tmp_path / "rows.parquet"
    pd.DataFrame({"x": values, "n": range(3)}).to_parquet(path)
    assert kinds(path, "x") == {"x": kind}
    assert read(path, "x")["x"] == expected
    assert texts(path, "x") == as_text


def test_parquet_is_known_by_its_bytes(tmp_path):
    path = tmp_path / "rows.csv"
    pd.DataFrame({"x": [1, 2]}).to_parquet(path)
    assert read(path, "x")["x"] == [1.0, 2.0]


# --- Datasets -------------------------------------------------------------------------------------

VARIABLES = (
    Variable("size", "Size", "clinic"),
    Variable("years", "Years", "therapist"),
    Variable("age", "Age", "episode"),
    Variable("gender", "Gender", "episode", kind="category"),
    Variable("phq9", "PHQ-9", "session", factor="outcome"),
)


@pytest.fixture(scope="module")
def clinic_data(tmp_path_factory):
    """2 clinics, 3 therapists, 4 episodes (one without sessions), 6 sessions."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAPPORT_STORE", str(tmp_path_factory.mktemp("store")))
        write_clinic_data()
        yield


def write_clinic_data():
    with dataset.new_version("d") as writer:
        writer.add_variables(VARIABLES)
        run = writer.connection.execute
        run("INSERT INTO clinic VALUES ('k1', 10), ('k2', 20)")
        run("INSERT INTO therapist VALUES ('t1', 'k1', 1), ('t2', 'k1', 2), ('t3', 'k2', NULL)")
        run(
            "INSERT INTO episode VALUES ('e1', 'p1', 't1', NULL, NULL, NULL, 30, 'f'),"
            "('e2', 'p1', 't2', NULL, NULL, NULL, 31, 'm'),"
            "('e3', 'p2', 't3', NULL, NULL, NULL, NULL, 'f'),"
            "('e4', 'p3', 't3', NULL, NULL, NULL, 50, NULL)"
        )
        run(
            "INSERT INTO session VALUES ('e1', 1, NULL, 0, 20), ('e1', 2, NULL, 1.5, 18),"
            "('e2', 1, NULL, 0, 15), ('e2', 3, NULL, 4, NULL), ('e3', 1, NULL, 0, 9),"
            "('e3', 2, NULL, 1, 8)"
        )


@pytest.mark.parametrize(
    ("names", "rows"),
    [
        (("size",), 2),
        (("years",), 3),
        (("years", "size"), 3),
        (("years", "clinic"), 3),
        (("age",), 4),
        (("age", "size", "years"), 4),
        (("years", "patient"), 4),
        (("patient",), 4),
        (("clinic",), 4),  # groups alone are those of the episodes
        (("phq9",), 6),
        (("session", "age"), 6),
        (("weeks_since_intake",), 6),
        (("phq9", "size", "patient", "therapist", "clinic", "episode"), 6),
    ],
)
def test_rows_are_those_of_the_finest_unit(clinic_data, names, rows):
    assert {len(v) for v in read("d", *names).values()} == {rows}


def test_outer_values_are_joined_to_their_sessions(clinic_data):
    names = ("episode", "session", "phq9", "age", "years", "size", "patient", "therapist", "clinic")
    found = read("d", *names)
    rows = sorted(zip(*(found[n] for n in names), strict=True))
    assert rows[0] == ("e1", 1.0, 20.0, 30.0, 1.0, 10.0, "p1", "t1", "k1")
    assert rows[3] == ("e2", 3.0, None, 31.0, 2.0, 10.0, "p1", "t2", "k1")
    assert rows[5] == ("e3", 2.0, 8.0, None, None, 20.0, "p2", "t3", "k2")


def test_kinds_and_texts_of_a_dataset(clinic_data):
    with open_source("d", ("phq9", "gender", "session")) as source:
        assert source.kinds["phq9"] == source.kinds["session"] == "number"
        assert source.kinds["gender"] == source.kinds["therapist"] == "category"
        assert (source.name, len(source.version)) == ("d", 12)
        sql = f"SELECT DISTINCT {source.texts['session']} FROM {source.relation} ORDER BY 1"
        assert source.cursor.execute(sql).fetchall() == [("1",), ("2",), ("3",)]  # not '1.0'


def test_a_file_beside_a_dataset_of_its_name_counts_as_a_file(clinic_data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("d").write_text("x\n1\n")
    assert read("d", "x")["x"] == [1.0]


def test_every_refusal_is_of_the_family(tmp_path):
    for name in ("a.csv", "b.parquet", "c"):
        with pytest.raises(RapportError):
            read(tmp_path / name, "x")
