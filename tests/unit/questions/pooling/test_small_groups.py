"""No sum leaves a site that stands for fewer than eight patients."""

import json

import numpy as np
import pandas as pd
import pytest

from analysis.application import cli
from analysis.base.errors import RapportError, RequestError
from analysis.questions.pooling.pooling import ROWS, site_sums, write_moments
from tests.unit.questions.pooling.pooled_sites import SAME


def regular(patients: int, sessions=(4,), seed: int = 0) -> pd.DataFrame:
    """Patients with as many sessions as `sessions` says in turn."""
    rng = np.random.default_rng(seed)
    cells = [(f"p{i}", t) for i in range(patients) for t in range(sessions[i % len(sessions)])]
    frame = pd.DataFrame(cells, columns=["p", "t"])
    return frame.assign(y=rng.normal(size=len(frame)), x=rng.normal(size=len(frame)))


@pytest.fixture
def told(tmp_path):
    """told(frame, formula, …) -> the Disclosure of its sums."""

    def disclosure(frame, formula, **options):
        frame.to_csv(tmp_path / "one.csv", index=False)
        return site_sums(formula, tmp_path / "one.csv", **options).disclosure

    return disclosure


def test_patterns_of_eight_patients_pass_and_of_seven_do_not(told):
    found = told(regular(16, (3, 4)), "y ~ t + (t | p)")
    assert (found.entries, found.small_entries, found.is_small) == (2, 0, False)
    found = told(regular(15, (3, 4)), "y ~ t + (t | p)")
    assert (found.entries, found.small_entries, found.patients) == (2, 1, 15)
    assert not told(regular(15, (3, 4)), "y ~ t + (t | p)", least=7).is_small


def test_irregular_times_stand_for_one_patient_each(told):
    frame = regular(20).assign(t=lambda f: f["t"] + f["x"])
    assert told(frame, "y ~ t + (t | p)").small_entries == 20
    assert told(frame, "y ~ t + (1 | p)").small_entries == 0


def test_patients_not_groups_are_counted(told):
    """Ten episodes of one pattern, but of five patients."""
    frame = regular(10).assign(who=lambda f: f["p"].str[1:].astype(int) // 2)
    assert not told(frame, "y ~ t + (1 | p)").is_small
    found = told(frame, "y ~ t + (1 | p)", patient="who")
    assert (found.patients, found.small_entries) == (5, 1)


def test_a_file_with_a_row_a_patient(told):
    frame = regular(3, (10,)).rename(columns={"p": "th"})
    assert told(frame, "y ~ x + (1 | th)").small_entries == 1  # the therapist counts as one
    assert not told(frame, "y ~ x + (1 | th)", patient=ROWS).is_small
    with pytest.raises(RequestError, match="Nothing tells patients apart"):
        told(frame, "y ~ x")
    assert told(frame, "y ~ x", patient=ROWS).patients == 30


def test_a_column_called_patient_is_taken(told):
    frame = regular(30, (2,)).assign(th=lambda f: "a", patient=lambda f: f["p"])
    assert told(frame, "y ~ x + (1 | th)").patients == 30


def test_rows_without_their_patient_are_refused(told):
    frame = regular(20).assign(who=lambda f: f["p"].where(f["t"] > 0))
    with pytest.raises(RequestError, match="20 rows do not say which patient"):
        told(frame, "y ~ t + (1 | p)", patient="who")
    with pytest.raises(RequestError, match="There is no column 'woh'; did you mean 'who'"):
        told(frame, "y ~ t + (1 | p)", patient="woh")


def test_refusal_writes_nothing_and_says_what_helps(tmp_path):
    regular(15, (3, 4)).to_csv(tmp_path / "one.csv", index=False)
    with pytest.raises(RequestError, match="fewer than 8 patients") as refused:
        write_moments("y ~ t + (t | p)", tmp_path / "one.csv", tmp_path / "out")
    assert "1 of 2 sums" in refused.value.where and "--allow-small" in refused.value.next_step
    assert not (tmp_path / "out").exists()


def test_by_command(tmp_path, capsys):
    frames = [regular(16, (3, 4), seed) for seed in range(2)]
    paths = [str(tmp_path / f"{i}.sums") for i in range(2)]
    for i, frame in enumerate(frames):
        frame["p"] = f"{i}" + frame["p"]
        frame.to_csv(tmp_path / f"{i}.csv", index=False)
        arguments = [str(tmp_path / f"{i}.csv"), "y ~ t + (t | p)", "--out", paths[i], "--json"]
        assert cli.main(["moments", *arguments]) == 0
        out, err = capsys.readouterr()
        answer = json.loads(out)
        assert answer["disclosure"]["small_entries"] == 0 and answer["rows"] == len(frame)
        assert "at least 8 patients" in err
    assert cli.main(["pool", *paths, "--json"]) == 0
    pooled = json.loads(capsys.readouterr().out)
    pd.concat(frames).to_csv(tmp_path / "all.csv", index=False)
    assert cli.main(["fit", "y ~ t + (t | p)", "--data", str(tmp_path / "all.csv"), "--json"]) == 0
    fit = json.loads(capsys.readouterr().out)
    assert pooled.keys() == fit.keys() and pooled["groups"] == fit["groups"] == {"p": 32}
    assert pooled["criterion"] == pytest.approx(fit["criterion"], rel=SAME)
    assert cli.main(["pool", paths[0]]) == 2
    assert "nothing to pool" in capsys.readouterr().err
    assert (
        cli.main(
            [
                "moments",
                str(tmp_path / "0.csv"),
                "y ~ t + (t | p)",
                "--min-patients",
                "9",
                "--out",
                paths[0],
            ]
        )
        == 2
    )
    assert "fewer than 9 patients" in capsys.readouterr().err


def test_a_model_that_crosses_groups_is_refused(told):
    frame = regular(16).assign(th=lambda f: f["t"] % 2)
    with pytest.raises(RapportError, match="not nested"):
        told(frame, "y ~ x + (1 | p) + (1 | th)")
