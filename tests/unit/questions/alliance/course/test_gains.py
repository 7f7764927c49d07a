"""Sudden gains: the published counts, a loop over persons as oracle, and refusals."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

from analysis.application import cli
from analysis.models.process.sudden_gains import sudden_gains

DATA = Path(__file__).resolve().parents[4] / "reference" / "data"


def long_table() -> pd.DataFrame:
    wide = pd.read_csv(DATA / "sudden_gains.csv")
    names = [f"{m}_s{s}" for m in ("bdi", "rq") for s in range(1, 13)]
    table = pd.wide_to_long(wide[["id", *names]], ["bdi_s", "rq_s"], i="id", j="session")
    return table.reset_index().rename(columns={"id": "patient", "bdi_s": "bdi", "rq_s": "rq"})


def run(capsys, table, folder, *options):
    table.to_csv(folder / "s.csv", index=False)
    asked = ["gains", str(folder / "s.csv"), "--outcome", "bdi", "--cutoff", "7", *options]
    status = cli.main(asked)
    out, err = capsys.readouterr()
    return status, out, err


def test_the_published_gains(capsys, tmp_path):
    status, out, err = run(capsys, long_table(), tmp_path, "--json")
    answer = json.loads(out)
    assert (status, err) == (0, "")
    counts = [answer[k] for k in ("gains", "persons", "several", "reversals", "patients")]
    assert counts == [24, 15, 8, 4, 43]
    assert answer["magnitude"]["mean"] == 11
    assert round(answer["magnitude"]["sd"], 2) == 3.43
    assert sum(g["gains"] for g in answer["by_session"]) == 24


def test_left_out_rows_and_another_order_change_nothing(capsys, tmp_path):
    table = long_table().dropna(subset=["bdi"]).sample(frac=1, random_state=2)
    options = ("--json", "--alliance", "rq")
    one, other = (json.loads(run(capsys, t, tmp_path, *options)[1]) for t in (long_table(), table))
    for key in ("gains", "persons", "several", "reversals", "magnitude", "by_session"):
        assert one[key] == other[key]
    assert [a["offset"] for a in one["around"]] == [-2, -1, 0, 1, 2, 3]
    assert one["around"][2]["n"] == 24


def test_a_session_that_nobody_has_breaks_a_course(capsys, tmp_path):
    """Scores on both sides of it do not follow on one another."""
    table = long_table()
    one = json.loads(run(capsys, table, tmp_path, "--json")[1])
    fewer = json.loads(run(capsys, table[table["session"] != 4], tmp_path, "--json")[1])
    assert fewer["gains"] < one["gains"]
    assert {3, 4}.isdisjoint(g["session"] for g in fewer["by_session"])


def naive(scores, cutoff) -> list[tuple[int, int, bool]]:
    found = []
    for person, row in enumerate(scores):
        for n in range(len(row) - 1):
            pre = [v for v in row[max(0, n - 2) : n + 1] if np.isfinite(v)]
            post = [v for v in row[n + 1 : n + 4] if np.isfinite(v)]
            if len(pre) < 2 or len(post) < 2 or not np.isfinite(row[n] - row[n + 1]):
                continue
            drop = row[n] - row[n + 1]
            if drop < cutoff or drop < 0.25 * row[n]:
                continue
            df = len(pre) + len(post) - 2
            squares = sum((v - np.mean(pre)) ** 2 for v in pre)
            squares += sum((v - np.mean(post)) ** 2 for v in post)
            if np.mean(pre) - np.mean(post) > student.ppf(0.975, df) * np.sqrt(squares / df):
                later = [v for v in row[n + 2 :] if np.isfinite(v)]
                back = any(v >= row[n + 1] + drop / 2 for v in later)
                found.append((person, n, back))
    return found


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_they_are_those_of_a_loop_over_persons(seed):
    rng = np.random.default_rng(seed)
    steps = rng.normal(-0.5, 2, (20, 9)) - 9 * (rng.random((20, 9)) < 0.15)
    scores = np.round(30 + steps.cumsum(axis=1))
    scores[rng.random(scores.shape) < 0.15] = np.nan
    found = sudden_gains(scores, 6)
    ours = list(zip(found.person, found.place, found.reversed_, strict=True))
    assert ours == naive(scores, 6)


def bad_input():
    good = long_table()
    return {
        "no outcome": (good.drop(columns="bdi"), "There is no column 'bdi'"),
        "one session": (good[good["session"] == 1], "No patient has 'bdi' at 2 sessions before"),
        "empty": (good.assign(bdi=np.nan), "No patient has 'bdi' at 2 sessions before"),
        "twice": (pd.concat([good, good.assign(bdi=1)]), "rows repeat a 'session'"),
        "far": (good.assign(session=good["session"] ** 3), "Sessions are numbered from 1 to 1728"),
    }


@pytest.mark.parametrize("what", bad_input())
def test_bad_input_gets_one_sentence(capsys, tmp_path, what):
    table, sentence = bad_input()[what]
    status, out, err = run(capsys, table, tmp_path)
    assert (status, out) == (2, "") and sentence in err and err.count("\n") == 1


def test_bad_cutoffs_and_no_gain(capsys, tmp_path):
    for wrong in ("0", "-3", "nan", "seven"):
        status, _, err = run(capsys, long_table(), tmp_path, f"--cutoff={wrong}")
        assert status == 2 and "not a number of points above 0" in err
    status, out, _ = run(capsys, long_table(), tmp_path, "--cutoff", "60", "--json")
    answer = json.loads(out)
    assert status == 0 and answer["gains"] == 0
    assert answer["magnitude"] == {"mean": None, "sd": None}
