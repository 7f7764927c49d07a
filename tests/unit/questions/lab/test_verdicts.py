"""Each verdict of Model lab has data that trigger it and data that don't. How often they do so is
measured by `benchmarks/verdicts.py`, whose tables these are."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.application.cli import main
from analysis.questions.lab.examine import examine
from analysis.questions.lab.question import ModelQuestion
from benchmarks.verdicts import CONDITIONS, FORMULA, made

HOSTILE = Path(__file__).parents[2] / "models" / "hostile"


def verdicts(folder, frame: pd.DataFrame, formula: str = FORMULA) -> dict:
    path = folder / "rows.parquet"
    frame.to_parquet(path)
    found = examine(ModelQuestion(formula, str(path)), replicates=0)
    return dict(found.verdicts())


@pytest.mark.parametrize("seed", [4, 5])
def test_nothing_wrong_is_nothing_said(tmp_path, seed):
    found = verdicts(tmp_path, made("clean", seed))
    assert {n: v.sentence for n, v in found.items() if v.grade != "fine"} == {}
    # A verdict claims what was looked at, nothing of what may follow.
    for verdict in found.values():
        assert not any(w in verdict.sentence for w in ("normal,", "fit the data", "as they are"))


@pytest.mark.parametrize("condition", [c for c in CONDITIONS if c != "clean"])
def test_what_is_wrong_is_named_by_its_name(tmp_path, condition):
    found = verdicts(tmp_path, made(condition, 1))
    assert found[CONDITIONS[condition]].grade != "fine", found[CONDITIONS[condition]].sentence


def test_serial_correlation_is_told_from_slopes(tmp_path):
    """Each makes the residuals of a patient alike; only the one that is there is named."""
    serial = verdicts(tmp_path, made("residuals follow each other, .4", 2))
    assert "correlate by 0." in serial["serial correlation"].sentence
    assert serial["omitted slopes"].grade == "fine"
    slope = verdicts(tmp_path, made("slope of s differs between patients", 2))
    assert "'s' differs between the groups of 'pat:th'" in slope["omitted slopes"].sentence
    assert slope["serial correlation"].grade == "fine"


def test_a_slope_in_the_model_is_not_missed(tmp_path):
    frame = made("slope of s differs between patients", 3)
    found = verdicts(tmp_path, frame, "y ~ al + s + w + (1 | th) + (s | pat)")
    assert found["omitted slopes"].grade == "fine"


def test_no_single_group_is_blamed_for_an_omitted_slope(tmp_path):
    frame = made("slope of al differs between therapists", 1)
    rng = np.random.default_rng(5)
    frame["y"] += 2 * rng.normal(size=30)[frame["th"].str[1:].astype(int)] * frame["al"]
    sentence = verdicts(tmp_path, frame)["influence of each 'th'"].sentence
    assert "before a single group is judged" in sentence or "No sign" in sentence


def test_one_therapist_far_out_is_named_with_what_it_does():
    path = str(HOSTILE / "outlier_therapist_0.csv")
    found = examine(ModelQuestion("y ~ al + s + (1 | th/pat)", path), replicates=0)
    verdict = dict(found.verdicts())["variances without each 'th'"]
    assert verdict.grade == "problem"
    assert "1.43, without it 1.09" in verdict.sentence
    worst = found.left_out[-1].without[0]
    assert (worst.number, worst.rows) == (0, 48)
    assert found.left_out[-1].sd == pytest.approx(1.43, abs=0.005)
    assert worst.sd == pytest.approx(1.09, abs=0.005) and worst.icc < 0.7 * found.left_out[-1].icc


@pytest.mark.parametrize("formula", ["y ~ al + s + (0 + al | th)", "y ~ al + s + (1 | empty)"])
def test_without_a_spread_no_group_carries_it(tmp_path, formula):
    """Slopes alone, or a variance estimated as zero."""
    frame = made("clean", 4)
    empty = np.random.default_rng(1).integers(0, 30, len(frame))
    frame["empty"] = [f"e{i}" for i in empty]
    found = verdicts(tmp_path, frame, formula)
    group = formula.split("| ")[1].strip(")")
    verdict = found[f"variances without each '{group}'"]
    assert verdict.grade == "fine"
    if group == "th":
        assert "no spread" in verdict.sentence


def test_rows_in_another_order_are_ordered_by_their_time(tmp_path):
    frame = made("residuals follow each other, .4", 1)
    mixed = frame.sample(frac=1, random_state=1)
    one, other = (verdicts(tmp_path, f)["serial correlation"].sentence for f in (frame, mixed))
    assert one == other and "ordered by 's'" in one


def test_without_a_time_the_datas_own_order_counts(tmp_path):
    frame = made("residuals follow each other, .4", 1)
    found = verdicts(tmp_path, frame, "y ~ al + w + (1 | th/pat)")
    assert "in the data's own order" in found["serial correlation"].sentence
    assert found["serial correlation"].grade != "fine"


def test_the_command_tells_the_verdicts(capsys):
    path = str(HOSTILE / "vif_within.csv")
    asked = ["fit", "y ~ x1 + x2 + (1 | g)", "--data", path, "--json"]
    assert main(asked) == 0 and "checks" not in json.loads(capsys.readouterr().out)
    assert main([*asked, "--checks"]) == 0
    checks = {c["check"]: c for c in json.loads(capsys.readouterr().out)["checks"]}
    assert checks["collinearity"]["grade"] == "problem"
    assert "20.0" in checks["collinearity"]["sentence"]
    assert (
        main(["fit", "y ~ x1 + (1 | g)", "--data", path, "--family", "binomial", "--checks"]) == 2
    )
    assert "checks are those of a linear model" in capsys.readouterr().err
