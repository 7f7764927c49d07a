"""Small cells against counts by hand."""

import pandas as pd
import pytest

from analysis.models.language.design import build_design, formula_variables, mentioned
from analysis.models.language.formula import parse_formula
from analysis.questions.opening import open_source
from analysis.store.sums.complete import complete_rows
from analysis.store.sums.people_behind import people, small_cells, unit_people


@pytest.fixture
def found(tmp_path):
    """found(frame, formula, person, least) -> {variables: cells}."""

    def search(frame, formula, person="who", least=3):
        frame.to_parquet(tmp_path / "f.parquet")
        parsed = parse_formula(formula + f" + (1 | {person})" * bool(person))
        with open_source(tmp_path / "f.parquet", mentioned(parsed)) as source:
            rows = complete_rows(source, formula_variables(parsed, source.kinds))
            design = build_design(parse_formula(formula), source.kinds, rows.levels)
            cells = small_cells(rows, design, person, least)
            return {c.variables: c.cells for c in cells}

    return search


def table(**columns) -> pd.DataFrame:
    """Twelve people with two rows each; each column is given by person."""
    frame = pd.DataFrame({"who": [f"w{i}" for i in range(12)]} | columns)
    frame = pd.concat([frame, frame], ignore_index=True)
    return frame.assign(y=[i * 1.37 for i in range(24)], x=[(i * 7) % 24 + 0.5 for i in range(24)])


def test_people_are_counted_not_rows(found):
    frame = table(sex=["f"] * 10 + ["m"] * 2)
    assert found(frame, "y ~ x + sex") == {("sex",): 1}
    assert found(frame, "y ~ x + sex", person="") == {}  # four rows


def test_the_base_counts_too(found):
    assert found(table(sex=["a"] * 2 + ["f"] * 10), "y ~ sex") == {("sex",): 1}


def test_products_of_indicators_are_cells_of_both(found):
    frame = table(sex=["f"] * 6 + ["m"] * 6, arm=["n", "o"] * 3 + ["n"] * 5 + ["o"])
    assert found(frame, "y ~ sex + arm") == {("arm", "sex"): 1}
    assert found(frame, "y ~ sex") == {}


def test_numbers_with_two_values_make_cells_as_categories_do(found):
    assert found(table(dead=[0] * 10 + [1] * 2), "y ~ x + dead") == {("dead",): 1}
    assert found(table(dead=[0] * 9 + [1] * 3), "y ~ x + dead") == {}


def test_a_number_that_is_the_same_for_nearly_all_tells_about_the_rest(found):
    assert found(table(days=[0] * 10 + [4, 9]), "y ~ x + days") == {("days",): 1}
    assert found(table(days=[0] * 9 + [4, 9, 9]), "y ~ x + days") == {}


def test_computed_columns_are_judged_by_their_values(found):
    assert found(table(n=[-1] * 6 + [1] * 4 + [2] * 2), "y ~ I(n**2)") == {("n ** 2",): 1}


def test_units_and_people(tmp_path):
    frame = pd.DataFrame(
        {"g": ["b", "a", "a", "b"], "who": ["u", "u", "v", "u"], "y": [1.0, 2, 3, 5]}
    )
    frame.to_parquet(tmp_path / "f.parquet")
    parsed = parse_formula("y ~ 1 + (1 | g) + (1 | who)")
    with open_source(tmp_path / "f.parquet", mentioned(parsed)) as source:
        rows = complete_rows(source, formula_variables(parsed, source.kinds))
        design = build_design(parse_formula("y ~ 1 + (1 | g)"), source.kinds, rows.levels)
        units, who = unit_people(rows, design, "who")
        assert sorted(zip(units.tolist(), who.tolist(), strict=True)) == [(0, 0), (0, 1), (1, 0)]
        assert people(rows, "who") == 2 and people(rows, "") == 4
