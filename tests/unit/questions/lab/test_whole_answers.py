"""Whole answers of five models as a user would take them from R, each figure beside R's."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.questions.lab.answer import fit
from analysis.questions.lab.inference import model_tests, profile
from analysis.questions.lab.meaning import meaning
from analysis.questions.lab.question import ModelQuestion

REFERENCE = Path(__file__).resolve().parents[3] / "reference"
STORED = json.loads((REFERENCE / "whole.json").read_text(encoding="utf-8"))["models"]


@pytest.mark.parametrize("r", STORED, ids=lambda r: r["formula"])
def test_every_figure_is_rs(r):
    question = ModelQuestion(r["formula"], str(REFERENCE / "data" / r["data"]))
    found = fit(question)
    # lme4's search leaves variances some 1e-5; estimates move by a hundredth of that.
    assert [f.estimate for f in found.fixed] == pytest.approx(r["estimate"], rel=1e-6)
    assert [f.se for f in found.fixed] == pytest.approx(r["se"], rel=1e-4)
    assert [f.df for f in found.fixed] == pytest.approx(r["df"], rel=1e-3)
    assert [f.p for f in found.fixed] == pytest.approx(r["p"], abs=1e-5)
    assert (found.aic, found.bic) == pytest.approx((r["aic"], r["bic"]), abs=1e-6)
    sds = [s.sd for s in found.random] + [found.sigma]
    assert sds == pytest.approx(r["sds"], rel=1e-3, abs=1e-4 * found.sigma)
    assert [found.r2_marginal, found.r2_conditional] == pytest.approx(r["r2"], abs=1e-5)
    corrected = fit(replace(question, df="kenward-roger")).fixed
    assert [f.se for f in corrected] == pytest.approx(r["kr_se"], rel=1e-4)
    assert [f.df for f in corrected] == pytest.approx(r["kr_df"], rel=1e-3)
    robust = fit(replace(question, robust=r["cluster"])).fixed
    assert [f.se for f in robust] == pytest.approx(r["cr2_se"], rel=1e-5)
    assert [f.df for f in robust] == pytest.approx(r["cr2_df"], rel=1e-4)
    tests = model_tests(question).terms.tests
    assert [t.statistic for t in tests] == pytest.approx(r["f"], rel=1e-4)
    assert [t.den_df for t in tests] == pytest.approx(r["f_df"], rel=1e-3)
    # R reads its bounds off a spline through a dozen fits.
    bounds = [row for row in profile(question).tidy() if not row["group"]]
    for row, se, low, high in zip(bounds, r["se"], r["low"], r["high"], strict=True):
        assert (row["low"], row["high"]) == pytest.approx((low, high), abs=5e-3 * se)
    if r["of"]:
        rows = meaning(question, r["of"]).tidy()
        same([m for m in rows if m["what"] == "mean"], r["means"])
        same([m for m in rows if m["what"] == "difference"], r["pairs"])
    if r.get("slope"):
        same(meaning(question, r["slope"], r["of"]).tidy(), r["slopes"])


def same(rows, theirs):
    columns = [v if isinstance(v, list) else [v] for v in theirs.values()]
    for row, estimate, se, df in zip(rows, *columns, strict=True):
        assert row["estimate"] == pytest.approx(estimate, abs=1e-4 * se)
        assert row["se"] == pytest.approx(se, rel=1e-4)
        assert row["df"] == pytest.approx(df, rel=1e-3)
