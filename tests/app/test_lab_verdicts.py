"""Model lab's verdicts on the page: each has data that trigger it and data that don't; the files
that once led the engine astray are fitted, told of, or refused in words there too."""

from pathlib import Path

import pandas as pd
import pytest

from benchmarks.verdicts import CONDITIONS, made
from tests.app.cells import cells
from tests.app.open_page import answered, opened, tables, texts
from tests.app.table_dataset import dataset_of

HOSTILE = Path(__file__).resolve().parents[1] / "unit" / "models" / "hostile"
OUTCOMES = {
    condition: f"y{i}" for i, condition in enumerate(CONDITIONS) if not condition.startswith("VIF")
}


@pytest.fixture(scope="module")
def trial(module_store, tmp_path_factory) -> str:
    """One dataset with an outcome a condition, and predictors of a VIF of ten."""
    frame = made("clean", 4)
    own = {}
    for condition, name in OUTCOMES.items():
        one = made(condition, 4 if condition == "clean" else 1)
        own |= {name: one["y"], f"al_{name}": one["al"], f"w_{name}": one["w"]}
    twin = made("VIF of 10", 1)
    own |= {"y_vif": twin["y"], "al_y_vif": twin["al"], "w_y_vif": twin["w"]}
    rows = pd.concat([frame[["th", "pat", "s"]], pd.DataFrame(own)], axis=1)
    dataset_of("trial", rows, tmp_path_factory.mktemp("trial"), "pat", therapist="th")
    return "trial"


def graded(dataset: str, outcome: str) -> dict[str, str]:
    """Check -> grade, of all checks that the page shows for the outcome's model."""
    formula = f"{outcome} ~ al_{outcome} + s + w_{outcome} + (1 | therapist/patient)"
    at = answered(opened("model_lab", dataset=dataset, formula=formula))
    assert not at.exception
    found = next(t for t in reversed(tables(at)) if t and "Verdict" in t[0])
    return {row["Check"].replace("patient:therapist", "pat"): row["Grade"] for row in found}


@pytest.mark.parametrize("condition", list(CONDITIONS))
def test_what_is_wrong_is_named_on_the_page(trial, condition):
    found = graded(trial, OUTCOMES.get(condition, "y_vif"))
    wanted = CONDITIONS[condition].replace("'th'", "'therapist'").capitalize()
    loud = {check for check, grade in found.items() if grade != "no sign"}
    assert wanted in loud if wanted else loud == set()
    # What is made wrong in one set is no fault of the others.
    assert len(loud) <= 3, loud


@pytest.mark.parametrize(
    ("file", "formula", "said"),
    [
        ("fit_perfect_by_group", "y ~ x + (1 | patient)", "No residual variance is left"),
        ("fit_crossed_same", "y ~ x + (1 | patient) + (1 | h)", "are the same 10 groups"),
        ("fit_crossed_same", "y ~ x + (1 | patient) + (1 | patient)", "random term '1' twice"),
        ("fit_group_as_fixed", "y ~ x + patient + (1 | patient)", "told apart by the fixed"),
        ("fit_three_rows", "y ~ x + (1 | patient)", "3 complete rows cannot carry 4"),
        ("fit_log_neg", "y ~ log(x) + (1 | patient)", "17 rows were left out because log(x)"),
        ("fit_999_missing", "y ~ x + (1 | patient)", "is -999 in 6 rows, far from all"),
    ],
)
def test_a_table_that_led_astray_is_told_of_on_the_page(empty_store, tmp_path, file, formula, said):
    dataset_of("t", pd.read_csv(HOSTILE / f"{file}.csv"), tmp_path, "g")
    at = answered(opened("model_lab", dataset="t", formula=formula))
    assert not at.exception
    assert said in texts(at)
    # The page stays usable: the formula can be asked anew.
    assert at.text_area(key="formula").value == formula


def test_sleepstudy_far_from_zero_on_the_page(empty_store, tmp_path):
    frame = pd.read_csv(HOSTILE / "sleepstudy_days_minus10.csv")
    dataset_of("sleep", frame, tmp_path, "Subject")
    at = answered(opened("model_lab", dataset="sleep", formula="Reaction ~ D + (D || patient)"))
    shown = cells(at)
    assert not at.exception and "58.1" in shown and "5.12" in shown and "1,769.407" in shown
