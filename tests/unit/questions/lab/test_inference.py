"""What a page asks of a formula: the engine's numbers, over the right rows, without names."""

import numpy as np
import pandas as pd
import pytest

from analysis.base.errors import ModelError, RequestError
from analysis.questions.lab import inference
from analysis.questions.lab.effects import fit_formula
from analysis.questions.lab.question import ModelQuestion

FORMULA = "y ~ x + (1 | g)"


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """200 rows in 20 groups; `z` is missing in ten rows, `x` in five others."""
    rng = np.random.default_rng(4)
    of = np.repeat(np.arange(20), 10)
    frame = pd.DataFrame({"x": rng.normal(size=200), "z": rng.normal(size=200)})
    frame["y"] = frame["x"] + rng.normal(size=20)[of] + rng.normal(size=200)
    frame["g"] = [f"patient {i}" for i in of]
    frame.loc[:9, "z"] = np.nan
    frame.loc[50:54, "x"] = np.nan
    file = tmp_path_factory.mktemp("inference") / "rows.parquet"
    frame.to_parquet(file)
    return file


def test_two_models_are_compared_on_the_rows_complete_for_both(path):
    found = inference.ask("compared", ModelQuestion(FORMULA, path), "y ~ x + z + (1 | g)")
    assert found.rows == 185 and found.nested and found.df == 1
    larger = fit_formula("y ~ x + z + (1 | g)", path, method="ML", df="none")
    # The same rows, the same search: equal to the digits in which the criterion is sharp.
    assert found.larger.log_likelihood == pytest.approx(larger.log_likelihood, rel=1e-10)


def test_terms_and_variances_are_tested(path):
    found = inference.ask("model_tests", ModelQuestion(FORMULA, path, df="kenward-roger"))
    fit = fit_formula(FORMULA, path, df="kenward-roger")
    (test,) = found.terms.tests
    # One coefficient: F is t squared.
    assert test.statistic == pytest.approx(fit.fixed[1].statistic ** 2, rel=1e-8)
    assert found.variances.tests[0].group == "g" and found.variances.tests[0].p < 0.001


def test_joint_tests_need_degrees_of_freedom(path):
    with pytest.raises(RequestError, match="need degrees of freedom"):
        inference.ask("model_tests", ModelQuestion(FORMULA, path, df="none"))


def test_predictions_carry_no_names(path):
    (effects,) = inference.ask("predicted", ModelQuestion(FORMULA, path))
    assert effects.groups == len(effects.quantiles) == 20
    estimates = [row["estimate"] for row in effects.tidy()]
    assert estimates == sorted(estimates)
    assert effects.clear == sum(r["low"] > 0 or r["high"] < 0 for r in effects.tidy())
    assert "patient" not in str(effects)


def test_intervals_by_profile_and_bootstrap_agree(path):
    by_profile = {
        (r["group"], r["term"]): r
        for r in inference.ask("profile", ModelQuestion(FORMULA, path)).tidy()
    }
    drawn = inference.ask("bootstrap", ModelQuestion(FORMULA, path), 2000, 1)
    for row in drawn.tidy():
        other = by_profile[row["group"], row["term"]]
        # Two ways to one interval on a regular problem: a few hundredths of its width apart, and
        # the SD between groups further, as REML and ML differ with twenty of them.
        width = other["high"] - other["low"]
        assert abs(row["low"] - other["low"]) < 0.2 * width
        assert abs(row["high"] - other["high"]) < 0.2 * width


def test_groups_can_be_resampled(tmp_path):
    rng = np.random.default_rng(7)
    of = np.repeat(np.arange(40), 6)
    frame = pd.DataFrame({"x": rng.normal(size=240), "g": [f"patient {i}" for i in of]})
    frame["y"] = frame["x"] + rng.normal(size=40)[of] + rng.normal(size=240)
    frame.to_parquet(tmp_path / "rows.parquet")
    asked = ("bootstrap", ModelQuestion(FORMULA, tmp_path / "rows.parquet"), 400, 1)
    drawn, model = inference.ask(*asked, True), inference.ask(*asked)
    assert drawn.kind == "cluster: g" and model.kind == "parametric" and drawn.failed == 0
    for one, other in zip(drawn.tidy(), model.tidy(), strict=True):
        assert one["estimate"] == pytest.approx(other["estimate"], rel=1e-9)
        # The data are as the model says: both ways have the same spread, but for the Monte-Carlo
        # error of 400 (4 % each) and forty groups.
        assert one["se"] == pytest.approx(other["se"], rel=0.3)


def test_a_model_without_random_terms_has_nothing_to_predict(path):
    with pytest.raises(ModelError, match="no random effects"):
        inference.ask("predicted", ModelQuestion("y ~ x", path))
