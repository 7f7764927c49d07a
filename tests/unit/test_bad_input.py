"""What cannot be done: status 2, one message, nothing on standard output, the store as it was."""

import hashlib
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from analysis.application import cli
from analysis.demo import make_demo
from tests.unit.bad_files import FILES


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder of files, and a store with a demo, a foreign, a damaged and a cut-off version."""
    folder = tmp_path_factory.mktemp("files")
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    pd.DataFrame({"y": [1.0, 2, 4], "g": ["a", "b", "c"], "x": [1.0, 1, 1]}).to_parquet(
        folder / "small.parquet"
    )
    (folder / "folder.csv").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        store = tmp_path_factory.mktemp("store")
        patch.setenv("RAPPORT_STORE", str(store))
        patch.delenv("RAPPORT_DEBUG", raising=False)
        patch.chdir(folder)
        info = make_demo("demo", 60)
        for name in ("junk", "foreign", "half"):
            (store / name).mkdir()
        (store / "junk" / "0123456789ab.duckdb").write_bytes(b"no database " * 400)
        with duckdb.connect(str(store / "foreign" / "0123456789ab.duckdb")) as other:
            other.execute("CREATE TABLE patients AS SELECT 'Ann' AS name")
        whole = info.path.read_bytes()
        (store / "half" / info.path.name).write_bytes(whole[: len(whole) // 2])
        yield store


def state(store: Path) -> dict[str, str]:
    """Every file of the store with a hash of its bytes."""
    return {
        str(p.relative_to(store)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in store.rglob("*")
        if p.is_file()
    }


def refused(store: Path, capsys, *argv: str) -> str:
    """The one message of a command that cannot be done."""
    before = state(store)
    status = cli.main([*argv, "--json"])
    out, err = capsys.readouterr()
    assert (status, out) == (2, ""), err
    assert err.startswith("Rapport: ") and err.count("\n") == 1
    assert "Traceback" not in err and "duckdb." not in err and "Error:" not in err
    assert "Next: " in err or "Allowed: " in err
    assert len(err) < 900
    assert str(store) not in err  # a message may be sent on: no path of this machine
    assert state(store) == before
    return err


# --- fit ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("", "one '~'"),
        ("phq9", "one '~'"),
        ("phq9 ~", "one '~'"),
        ("phq9 ~ (1 | therapist", "do not match"),
        ("phq9 ~ age +", "cannot be read"),
        ("phq9 ~ age | therapist", "stands in parentheses"),
        ("phq9 ~ spline(age, 2)", "'spline' is not known"),
        ("phq9 ~ poly(age)", "needs its degree"),
        ("phq9 ~ poly(age, 2, raw=maybe)", "'raw' cannot be read"),
        ("phq9 ~ ns(gender, df=3)", "'gender' holds text"),
        ("phq9 ~ ns(poly(age, 2), df=2)", "'poly' makes a term of its own"),
        ("phq9 ~ ns(C(session), 3)", "'C' is not known"),
        ("phq9 ~ poly(I(session > 3), 2)", "cannot be read"),
        ("phq9 ~ poly(I(0 * age), 1)", "1 different value, too few"),
        ("phq9 ~ ns(I(abs(age) / abs(age)), df=2)", "1 different value, too few"),
        ("phq9 ~ ns(age, knots=c(-5, 1e9))", "do not lie between"),
        ("phq9 ~ age + offset(gender)", "'gender' holds text"),
        ("phq9 ~ age * offset(session)", "term of its own"),
        ("phq9 ~ age + (offset(age) | patient)", "does not vary between groups"),
        ("phq9 ~ __import__('os')", "'__import__' is not known"),
        ("phq9 ~ agee", "did you mean 'age'"),
        ("phq9 ~ age + (1 | Therapist)", "did you mean 'therapist'"),
        ("PHQ9 ~ age", "did you mean 'phq9'"),
        ("phq9 ~ qqqqqqq", "no variable 'qqqqqqq'"),
        ("phq9 ~ log(gender)", "'gender' holds text"),
        ("gender ~ age", "'gender' holds text"),
        ("phq9 ~ C(gender, Treatment('zzz'))", "base level 'zzz'"),
        ("phq9 ~ 0", "no fixed effect"),
        ("phq9 ~ log(0 * age)", "No row has a value"),
        ("phq9 ~ I(2 * phq9)", "exactly"),
        ("I(phq9 * 0 + 1) ~ age", "constant"),
        ("age ~ 1 + (1 | episode)", "cannot be told from the residual"),
        ("phq9 ~ " + "*".join("abcdefghijkl"), "too many terms"),
    ],
)
def test_formulas(place, capsys, formula, said):
    assert said in refused(place, capsys, "fit", formula, "--data", "demo")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("dmo", "did you mean 'demo'"),
        ("", "no dataset of this name"),
        ("../demo", "no dataset of this name"),
        ("nowhere.csv", "no such file"),
        ("okk.csv", "did you mean 'ok.csv'"),
        ("empty.csv", "empty"),
        ("blank.csv", "empty"),
        ("header.csv", "a header and no rows"),
        ("binary.csv", "This is no table"),
        ("report.csv", "This is no table"),
        ("workbook.csv", "cut off or damaged"),
        ("ragged.csv", "1 of 3 rows have too many or too few fields"),
        ("open.csv", "A quote is not closed"),
        ("twice.csv", "2 columns have the same name"),
        ("damaged.parquet", "The Parquet file cannot be read"),
        ("folder.csv", "no such file"),
        ("junk", "truncated, damaged or no database"),
        ("foreign", "another program"),
        ("half", "cannot be read"),
    ],
)
def test_sources(place, capsys, source, said):
    err = refused(place, capsys, "fit", "phq9 ~ 1", "--data", source)
    assert said in err and "Ann" not in err


@pytest.mark.parametrize(
    ("formula", "said"),
    [("y ~ x + (1 | g)", "cannot be told"), ("y ~ g", "3 complete rows cannot carry 3")],
)
def test_models_that_the_rows_cannot_carry(place, capsys, formula, said):
    assert said in refused(place, capsys, "fit", formula, "--data", "small.parquet")


@pytest.mark.parametrize(
    ("weights", "said"),
    [("gender", "cannot weigh rows"), ("agee", "did you mean 'age'"), ("zero", "in 'zero'")],
)
def test_weights(place, tmp_path, capsys, weights, said):
    rows = [f"{i % 7},{i},{i % 2},{'fm'[i % 2]}" for i in range(30)]
    path = tmp_path / "weighed.csv"
    path.write_text("\n".join(["phq9,age,zero,gender", *rows]))
    err = refused(place, capsys, "fit", "phq9 ~ age", "--data", str(path), "--weights", weights)
    assert said in err and ("15 rows" in err) == (weights == "zero")


@pytest.mark.parametrize(
    "command", [["partition", "demo"], ["moments", "demo", "phq9 ~ 1", "--out", "o"]]
)
def test_weights_where_there_are_none(place, capsys, command):
    assert "--weights" in refused(place, capsys, *command, "--weights", "age")


@pytest.mark.parametrize("option", [["--method", "MLE"], ["--df", "residual"], ["--dat", "demo"]])
def test_options_of_fit(place, capsys, option):
    assert "--help" in refused(place, capsys, "fit", "phq9 ~ 1", "--data", "demo", *option)


# --- partition ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["dmo"], "did you mean 'demo'"),
        ([""], "no dataset of this name"),
        (["demo", "--outcome", "phq"], "did you mean 'phq9'"),
        (["demo", "--outcome", "age"], "no outcome"),
        (["demo", "--question", "nxt"], "nxt"),
        (["demo", "--adjust", "all"], "all"),
        (["demo", "--bootstrap", "-1"], "0 to 100,000"),
        (["demo", "--bootstrap", "many"], "0 to 100,000"),
        (["demo", "--seed", "1.5"], "--seed"),
        (["junk"], "truncated, damaged or no database"),
        (["foreign"], "another program"),
        (["half"], "cannot be read"),
    ],
)
def test_partitions(place, capsys, argv, said):
    err = refused(place, capsys, "partition", *argv)
    assert said in err and "Ann" not in err


# --- import and delete ----------------------------------------------------------------------------


@pytest.mark.parametrize("mapping", ["guessed", "good.toml"])
@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("empty.csv", "empty"),
        ("blank.csv", "empty"),
        ("header.csv", "no rows"),
        ("binary.csv", "no table"),
        ("report.csv", "PDF"),
        ("workbook.csv", "cut off or damaged"),
        ("open.csv", "quote"),
        ("twice.csv", "phq9"),
        ("damaged.parquet", "Parquet"),
        ("nowhere.csv", "cannot be read"),
        ("folder.csv", "cannot be read"),
    ],
)
def test_files_to_import(place, capsys, file, said, mapping):
    option = [] if mapping == "guessed" else ["--mapping", mapping]
    err = refused(place, capsys, "import", "new", file, *option)
    assert said in err and file in err


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ("nowhere.toml", "cannot be opened"),
        ("folder.csv", "cannot be opened"),
        ("broken.toml", "not TOML"),
        ("empty.toml", "no variable"),
        ("absent.toml", "'phq'"),
        ("binary.csv", "binary.csv"),
    ],
)
def test_mappings(place, capsys, mapping, said):
    assert said in refused(place, capsys, "import", "new", "ok.csv", "--mapping", mapping)


@pytest.mark.parametrize("name", ["", "A", "a b", "../up", "a/b", "x" * 65])
def test_names_of_datasets(place, capsys, name):
    err = refused(place, capsys, "import", name, "ok.csv", "--mapping", "good.toml")
    assert "lower-case letters" in err


@pytest.mark.parametrize("name", ["dmo", "", "../demo", "demo/.."])
def test_deleting_what_is_not_there(place, capsys, name):
    assert "no dataset" in refused(place, capsys, "delete", name)


def test_demos_out_of_range(place, capsys):
    assert "50" in refused(place, capsys, "demo", "--episodes", "3")
    assert "lower-case" in refused(place, capsys, "demo", "--episodes", "60", "--name", "My demo")


def test_a_damaged_version_does_not_hide_the_others(place, capsys):
    """`datasets` lists what is broken and says so, beside what is whole."""
    assert cli.main(["datasets"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in ("demo", "junk", "foreign", "half"))
    assert out.count("60 episodes") == 1


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("phq9 ~ age + (1 | therapist)", "other numbers than 0 and 1"),
        ("I(gender == 'zzz') ~ age", "never has the value"),
        ("therapist ~ age", "categories, so it is not clear"),
        ("ending ~ offset(100 * age)", "The offset holds numbers beyond 500"),
    ],
)
def test_outcomes_that_neither_happen_nor_not(place, capsys, formula, said):
    assert said in refused(place, capsys, "fit", formula, "--data", "demo", "--family", "binomial")


def test_sums_of_crossed_groups_are_not_written(place, capsys):
    formula = "phq9 ~ 1 + (1 | patient) + (1 | session)"
    asked = ["moments", "demo", formula, "--out", str(place / "sums.json")]
    assert "is not nested in" in refused(place, capsys, *asked)
    assert not (place / "sums.json").exists()
