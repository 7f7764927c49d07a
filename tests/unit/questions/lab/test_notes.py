"""What is said of rows and terms, through the command: each note with data that call for it and
data that do not."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.application.cli import main
from analysis.models.language.expressions import Distribution
from analysis.models.language.far_values import far_values

HOSTILE = Path(__file__).parents[2] / "models" / "hostile"


def answered(capsys, formula: str, path) -> dict:
    assert main(["fit", formula, "--data", str(path), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def said(capsys, formula: str, path) -> list[str]:
    return answered(capsys, formula, path)["status"]["messages"]


def table(tmp_path, **columns) -> Path:
    """240 rows in 20 groups: y, x and what is given."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"g": np.repeat([f"g{i}" for i in range(20)], 12)})
    frame["x"] = rng.normal(size=240)
    frame["y"] = frame["x"] + rng.normal(size=240) + np.repeat(rng.normal(size=20), 12)
    for name, values in columns.items():
        frame[name] = values
    path = tmp_path / "table.csv"
    frame.to_csv(path, index=False)
    return path


def test_rows_lost_to_a_logarithm_are_counted(capsys):
    answer = answered(capsys, "y ~ log(x) + (1 | g)", HOSTILE / "fit_log_neg.csv")
    assert answer["rows"] == 23 and answer["rows_dropped"] == 17
    (message,) = answer["status"]["messages"]
    assert message.startswith("17 rows were left out because log(x) has no value")


def test_they_are_counted_apart_from_missing_ones(capsys, tmp_path):
    x = np.arange(240.0) - 9.5  # ten of them below zero
    path = table(tmp_path, x=np.where(np.arange(240) > 234, np.nan, x))
    answer = answered(capsys, "y ~ sqrt(x) + (1 | g)", path)
    assert answer["rows_dropped"] == 15
    assert answer["status"]["messages"][0].startswith("10 rows were left out because sqrt(x)")


@pytest.mark.parametrize("term", ["x", "I(x**2)", "poly(x, 2)", "scale(x)"])
def test_terms_that_lose_no_row_are_not_mentioned(capsys, tmp_path, term):
    assert said(capsys, f"y ~ {term} + (1 | g)", table(tmp_path)) == []


def test_a_code_for_missing_is_said_with_its_count(capsys):
    (message,) = said(capsys, "y ~ x + (1 | g)", HOSTILE / "fit_999_missing.csv")
    assert message.startswith("'x' is -999 in 6 rows")


def test_a_code_in_the_outcome(capsys, tmp_path):
    y = np.random.default_rng(2).integers(0, 28, 240)
    y[5:9] = 99
    (message,) = said(capsys, "y ~ x + (1 | g)", table(tmp_path, y=y))
    assert message.startswith("'y' is 99 in 4 rows")


def distribution(values) -> Distribution:
    return Distribution(*np.unique(np.asarray(values, dtype=float), return_counts=True))


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ([*range(28)] * 3 + [99] * 4, [99]),
        ([0, 1, 2, 3] * 30 + [9, 9], [9]),
        ([*np.linspace(18, 64, 50), 998, 998, 999, 999, 999], [998, 999]),
        ([*np.linspace(0, 1, 50), -9, -9, -8, -8], [-9, -8]),
        ([*np.linspace(0, 1, 50), -99, -99, 99, 99], [-99, 99]),
        ([*np.linspace(0, 1, 50), 1e6, 1e6, 1e6], [1e6]),
        # No code: one value alone, a count's long tail, two treatments, a dose, ages, a scale.
        ([*np.linspace(0, 1, 50), 99], []),
        ([0] * 40 + [1] * 30 + [2] * 9 + [3] * 3 + [5] * 2, []),
        ([0] * 50 + [1] * 50, []),
        ([0] * 50 + [10] * 50 + [20] * 50, []),
        ([*range(18, 100)] * 2, []),
        ([-1, 0, 1] * 30, []),
        (np.random.default_rng(3).normal(size=500).round(1), []),
        (np.random.default_rng(3).lognormal(size=500).round(0), []),
    ],
)
def test_what_stands_far_off_and_repeats(values, codes):
    assert [f.value for f in far_values(distribution(values))] == codes


def test_a_date_counts_in_days(capsys):
    answer = answered(capsys, "y ~ d + (1 | g)", HOSTILE / "fit_date_pred.csv")
    assert [f["term"] for f in answer["fixed"]] == ["(Intercept)", "d"]
    assert "'d' holds dates (40 different ones)" in answer["status"]["messages"][0]
    frame = pd.read_csv(HOSTILE / "fit_date_pred.csv", parse_dates=["d"])
    days = (frame["d"] - pd.Timestamp("1970-01-01")).dt.days
    slope = np.polyfit(days, frame["y"], 1)[0]  # near the mixed model's: a month a group's row
    assert answer["fixed"][1]["estimate"] == pytest.approx(slope, abs=0.003)


def test_a_date_stays_a_group_and_a_category(capsys, tmp_path):
    days = np.repeat(["2024-01-03", "2024-02-01", "2024-10-01", "2023-12-31"], 60)
    path = table(tmp_path, d=days)
    answer = answered(capsys, "y ~ C(d) + (1 | g)", path)
    assert [f["term"] for f in answer["fixed"]][1:] == [
        "d[2024-01-03]", "d[2024-02-01]", "d[2024-10-01]"
    ]  # fmt: skip
    assert answered(capsys, "y ~ x + (1 | d)", path)["groups"] == {"d": 4}


def test_a_date_that_cannot_be_read_for_sure_is_said(capsys, tmp_path):
    path = table(tmp_path, d=np.tile(["3/1/2024", "1/2/2024", "1/10/2024"], 80))
    (message,) = said(capsys, "y ~ d + (1 | g)", path)
    assert message.startswith("'d' looks like dates") and "its 3 texts" in message


@pytest.mark.parametrize("way", ["%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d %H:%M"])
def test_dates_written_in_one_way_count_in_days(capsys, tmp_path, way):
    when = pd.date_range("2024-01-01", periods=240, freq="D")
    answer = answered(capsys, "y ~ d + (1 | g)", table(tmp_path, d=when.strftime(way)))
    assert [f["term"] for f in answer["fixed"]] == ["(Intercept)", "d"]
    expected = answered(capsys, "y ~ d + (1 | g)", table(tmp_path, d=when.strftime("%Y-%m-%d")))
    assert answer["fixed"] == expected["fixed"]


def test_many_dates_that_cannot_be_read_for_sure_are_asked_about(capsys, tmp_path):
    year, month = 2024 + np.arange(240) % 20, 1 + np.arange(240) // 20
    path = table(tmp_path, d=[f"{m}/{m}/{y}" for m, y in zip(month, year, strict=True)])
    assert main(["fit", "y ~ d + (1 | g)", "--data", str(path)]) == 2
    assert "'d' looks like dates in a form that can be read in more ways" in capsys.readouterr().err


def test_what_zero_means_inside_an_interaction(capsys, tmp_path):
    rng = np.random.default_rng(4)
    arm, age = np.tile(["care", "wait"], 120), rng.integers(18, 60, 240)
    path = table(tmp_path, arm=arm, age=age)
    messages = said(capsys, "y ~ x * arm + x:age + (1 | g)", path)
    assert messages == [
        "'x' is inside an interaction: its own coefficient holds where 'arm' is 'care' and 'age' "
        "is 0, beyond all its values",
        "'arm' is inside an interaction: its own coefficient holds where 'x' is 0",
    ]
    assert said(capsys, "y ~ x + arm + age + (1 | g)", path) == []
