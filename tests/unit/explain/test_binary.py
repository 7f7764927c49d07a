"""Logistic mixed models: against glmer's stored answers, and every outcome that cannot be one."""

import pytest

from analysis.explain.binary import fit_binary
from tests.unit.mixed.stored import REFERENCE

CBPP = REFERENCE / "data" / "cbpp.csv"


def test_cbpp_gives_glmers_numbers():
    """lme4's example as single animals; R 4.2, lme4 1.1-31 with tolPwrss = 1e-12."""
    fit = fit_binary("sick ~ period + (1 | herd)", CBPP)
    assert fit.criterion == pytest.approx(555.003883, abs=1e-6)
    estimates = [-1.3985323, -0.9923326, -1.1286717, -1.5803141]
    assert [f.estimate for f in fit.fixed] == pytest.approx(estimates, abs=2e-6)
