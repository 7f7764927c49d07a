"""One call from a formula to R2 and every check."""

import numpy as np
import pytest

from analysis.base.errors import RequestError
from analysis.questions.lab import examine as module
from analysis.questions.lab.effects import fit_formula
from analysis.questions.lab.examine import examine, shared_part
from analysis.questions.lab.question import ModelQuestion
from tests.unit.models.nested import nested_table


@pytest.fixture
def path(tmp_path):
    nested_table(3, clinics=20).to_parquet(tmp_path / "rows.parquet")
    return tmp_path / "rows.parquet"


def test_three_levels_are_examined_at_once(path):
    formula = "y ~ x + t + a + (1 | p) + (1 | th) + (1 | c)"
    found = examine(ModelQuestion(formula, path), replicates=60)
    fit = fit_formula(formula, path)
    # The fit divides random slopes by N, not N - 1; without slopes the two are one.
    assert found.r2.marginal.value == pytest.approx(fit.r2_marginal, rel=1e-9)
    assert found.r2.conditional.value == pytest.approx(fit.r2_conditional, rel=1e-9)
    assert found.r2.kind == found.parts.kind == "simulation"
    assert [i.group for i in found.influence] == ["p", "th", "c"]
    assert [len(i.cook) for i in found.influence] == list(fit.groups.values())
    shared = shared_part(ModelQuestion(formula, path), ("x",), ("t", "a"), replicates=60)
    assert shared.together.value == pytest.approx(found.r2.marginal.value, abs=1e-9)
    assert shared.first_name == "x" and shared.second_name == "t, a"
    rows = found.tidy()
    assert {"search", "collinearity", "leverage", "influence of each 'c'"} <= {
        r["check"] for r in rows
    }
    assert all(r["sentence"] for r in rows)


def test_slopes_are_simulated_and_no_group_is_no_harm(path):
    found = examine(ModelQuestion("y ~ x + t + (t | p)", path), replicates=60)
    assert found.r2.kind == "simulation"
    plain = examine(ModelQuestion("y ~ x + t", path), replicates=60)
    assert plain.influence == () and plain.r2.kind == "simulation"
    assert np.isfinite(plain.r2.marginal.low)


def test_what_is_too_large_is_left_out_and_said(path, monkeypatch):
    monkeypatch.setattr(module, "MOST_ROWS", 10)
    monkeypatch.setattr(module, "MOST_GROUPS", 25)
    found = examine(ModelQuestion("y ~ x + (1 | p) + (1 | c)", path), replicates=0)
    assert found.residuals is None
    assert [i.group for i in found.influence] == ["c"]
    assert "'p' has" in found.messages[0] and "residuals" in found.messages[1]


def test_unknown_method_is_refused(path):
    with pytest.raises(RequestError, match="no method 'MLE'"):
        examine(ModelQuestion("y ~ x + (1 | p)", path, method="MLE"))
