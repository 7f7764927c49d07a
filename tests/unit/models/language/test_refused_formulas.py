"""What a formula may not ask: refused before a row is read."""

import pytest

from analysis.base.errors import FormulaError
from analysis.models.language.design import build_design, formula_variables
from analysis.models.language.formula import parse_formula
from tests.unit.models.language.test_design import KINDS


def test_more_columns_than_a_model_can_take_are_refused_before_they_are_made():
    levels = [f"v{i}" for i in range(100)]
    for text, said in (
        ("y ~ a*b*h", "'a:b' has 9,801 columns"),
        ("y ~ 0 + a + b + g + h", "columns"),
        ("y ~ x + (a | g)", "100 effects that vary"),
    ):
        with pytest.raises(FormulaError, match=said):
            build_design(parse_formula(text), KINDS, lambda variable: levels)


@pytest.mark.parametrize("text", ["y ~ x + (1 | y)", "log(y) ~ 1 + (1 | g:y)"])
def test_the_outcome_is_no_group(text):
    with pytest.raises(FormulaError, match="'y' is the outcome and the group"):
        formula_variables(parse_formula(text), KINDS)
