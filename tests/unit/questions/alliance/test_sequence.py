"""`sequence`: from a long file to the verdict, and what bad files get."""

import json

import numpy as np
import pandas as pd
import pytest

from analysis.application import cli
from tests.unit.models.panels.panel_data import LAG_NAMES, LAVAAN, made, stored

LAGS = [[0.3, -0.18], [-0.2, 0.3]]


def long_table(values, first: int = 1) -> pd.DataFrame:
    n, t, _ = values.shape
    return pd.DataFrame(
        {
            "patient": np.repeat([f"p{i:04d}" for i in range(n)], t),
            "session": np.tile(np.arange(first, first + t), n),
            "phq9": values[:, :, 0].ravel(),
            "wai": values[:, :, 1].ravel(),
        }
    )


def run(capsys, table, folder, *options, name="sessions.csv"):
    path = folder / name
    if name.endswith("parquet"):
        table.to_parquet(path)
    else:
        table.to_csv(path, index=False)
    asked = ["sequence", str(path), "--symptoms", "phq9", "--alliance", "wai", *options]
    status = cli.main(asked)
    out, err = capsys.readouterr()
    return status, out, err


@pytest.mark.parametrize("model", ["ri-clpm", "lcm-sr"])
@pytest.mark.parametrize("file", ["panel_complete.csv", "panel_missing.csv"])
def test_the_command_prints_lavaans_numbers(capsys, tmp_path, file, model):
    table = long_table(stored(file)).sample(frac=1, random_state=1)
    status, out, err = run(capsys, table, tmp_path, "--model", model, "--json")
    assert (status, err) == (0, "")
    answer = json.loads(out)
    their = next(f for f in LAVAAN if (f["file"], f["model"]) == (file, model))
    for key in ("patients", "patterns", "df"):
        assert answer[key] == their[key]
    for key in ("log_likelihood", "chi_square", "bic"):
        assert answer[key] == pytest.approx(their[key], abs=2e-4)
    assert answer["rmsea"] == pytest.approx(their["rmsea"], abs=1e-5)
    ways = [(lag["from"][0] + lag["to"][0]) for lag in answer["lags"]]
    assert ways == ["ss", "as", "sa", "aa"]  # from … to: alliance → symptoms is lavaan's 'sa'
    for lag, name in zip(answer["lags"], LAG_NAMES, strict=True):
        assert lag["estimate"] == pytest.approx(their["lags"][name]["estimate"], abs=1e-4)
        assert lag["se"] == pytest.approx(their["lags"][name]["se"], abs=1e-4)
        assert lag["low"] < lag["estimate"] < lag["high"]
    assert answer["verdict"] in ("both", "can't be told")
    assert answer["status"]["converged"] and not answer["status"]["boundary"]


def test_rows_without_forms_are_as_good_as_empty_ones(capsys, tmp_path):
    table = long_table(stored("panel_missing.csv"))
    seen = table.dropna(subset=["phq9", "wai"], how="all")
    numbers = []
    for rows in (table, seen):
        _, out, _ = run(capsys, rows, tmp_path, "--model", "ri-clpm", "--json")
        numbers.append(json.loads(out)["log_likelihood"])
    assert len(seen) < len(table) and numbers[0] == numbers[1]


def test_parquet_other_names_and_a_range_of_sessions(capsys, tmp_path):
    table = long_table(made(1, 300, 7, LAGS, gaps=0.1), first=0)
    table = table.rename(columns={"patient": "code", "session": "visit"})
    options = ("--patient", "code", "--session", "visit", "--sessions", "1:5", "--json")
    status, out, _ = run(capsys, table, tmp_path, *options, name="s.parquet")
    answer = json.loads(out)
    assert status == 0 and answer["sessions"] == [1, 2, 3, 4, 5]
    assert [e["sessions"] for e in answer["response"][::4]] == [1, 2, 4]
    assert answer["left_out"] == {"outside the sessions": 600}


def test_the_words_are_the_numbers(capsys, tmp_path):
    table = long_table(made(3, 400, 8, LAGS))
    status, out, _ = run(capsys, table, tmp_path)
    assert status == 0
    assert out.startswith("Both: alliance goes with later symptoms")
    assert "expected bias" in out and "RI-CLPM: patients' own trends are not seen" in out


def test_sessions_evenly_apart_are_taken_and_said(capsys, tmp_path):
    table = long_table(made(1, 300, 5, LAGS))
    table["session"] = table["session"] * 4
    status, out, _ = run(capsys, table, tmp_path, "--json")
    answer = json.loads(out)
    assert status == 0 and answer["spacing"] == 4
    assert any("4 numbers apart" in m for m in answer["status"]["messages"])


def test_of_a_long_course_the_first_eight_sessions(capsys, tmp_path):
    table = long_table(made(1, 300, 14, LAGS, gaps=0.2))
    _, out, _ = run(capsys, table, tmp_path, "--model", "ri-clpm", "--json")
    answer = json.loads(out)
    assert answer["sessions"] == list(range(1, 9))
    assert any("(--sessions)" in m for m in answer["status"]["messages"])


def test_three_sessions_answer_one_model_by_name_alone(capsys, tmp_path):
    table = long_table(made(1, 200, 3, LAGS))
    status, out, _ = run(capsys, table, tmp_path, "--model", "ri-clpm", "--json")
    assert status == 0 and json.loads(out)["df"] == 5
    for model in ("auto", "lcm-sr"):
        status, out, err = run(capsys, table, tmp_path, "--model", model)
        assert (status, out) == (2, "") and "3 sessions" in err and "ri-clpm" in err


def spoiled():
    good = long_table(made(1, 200, 5, LAGS))
    text = good.assign(wai=[f"about {v:.1f}" for v in good["wai"]])
    again = pd.concat([good, good.assign(wai=good["wai"] + 1)])
    constant = good.assign(wai=40.0)
    unnumbered = good.assign(session=good["session"] + 0.5)
    return {
        "no alliance": (good.drop(columns="wai"), "There is no column 'wai'"),
        "no session": (good.drop(columns="session"), "tells it with --session"),
        "no patient": (good.drop(columns="patient"), "tells it with --patient"),
        "empty alliance": (good.assign(wai=np.nan), "Session 1 has 'alliance' of 0 patients"),
        "text": (text, "'wai' has entries that are no numbers"),
        "constant": (constant, "'alliance' is the same for everybody in session 1"),
        "twice": (again, "1000 rows repeat a 'session'"),
        "half sessions": (unnumbered, "'session' has numbers that are not whole"),
        "a gap": (good[good["session"] != 3], "The sessions do not follow evenly: 1, 2, 4, 5"),
        "one session": (good[good["session"] == 1], "One session each cannot tell"),
        "two sessions": (good[good["session"] < 3], "2 sessions cannot tell"),
        "20 patients": (good[:100], "20 patients are too few"),
        "no rows": (good[:0], "a header and no rows"),
        "a thin end": (
            good[(good["session"] < 5) | (good["patient"] < "p0002")],
            "Session 5 has 'symptoms' of 2 patients",
        ),
    }


def test_what_reading_leaves_out_is_said(capsys, tmp_path):
    """Single cells that are no numbers count as missing, equal rows count once (file_rows)."""
    good = long_table(made(1, 200, 5, LAGS))
    spoilt = pd.concat([good.astype({"wai": object, "phq9": object}), good[:3]])
    spoilt.iloc[7, 3], spoilt.iloc[9, 2] = "high", "inf"
    good.iloc[7, 3] = good.iloc[9, 2] = np.nan
    one, other = (
        json.loads(run(capsys, t, tmp_path, "--model", "ri-clpm", "--json")[1])
        for t in (good, spoilt)
    )
    assert other["log_likelihood"] == pytest.approx(one["log_likelihood"], abs=1e-6)
    said = " ".join(other["status"]["messages"])
    assert "'wai' are no numbers" in said and "3 rows repeat a session" in said


@pytest.mark.parametrize("what", spoiled())
def test_bad_input_gets_one_sentence(capsys, tmp_path, what):
    table, sentence = spoiled()[what]
    status, out, err = run(capsys, table, tmp_path)
    assert (status, out) == (2, "")
    assert err.count("\n") == 1 and sentence in err and "Traceback" not in err


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--sessions", "6"), "not FIRST:LAST"),
        (("--sessions", "4:2"), "not FIRST:LAST"),
        (("--sessions", "1:9"), "Nobody has a rating at session 9"),
        (("--model", "clpm"), "invalid choice"),
        (("--alliance", "phq9"), "both 'phq9'"),
    ],
)
def test_bad_options_get_one_sentence(capsys, tmp_path, options, sentence):
    status, out, err = run(capsys, long_table(made(1, 100, 5, LAGS)), tmp_path, *options)
    assert (status, out) == (2, "") and sentence in err
