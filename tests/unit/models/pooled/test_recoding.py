"""Columns of one coding in the terms of another, held to the columns themselves."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.models.language.design import Column, Level, build_design
from analysis.models.language.formula import parse_formula
from analysis.models.pooled.recoding import combination, model_columns
from tests.unit.models.nested import column

KINDS = {"y": "number", "x": "number", "a": "category", "b": "category"}


@settings(max_examples=60, deadline=None)
@given(
    right=st.sampled_from(
        ["a", "a*b", "0 + a", "0 + a + b", "x*a", "0 + x:a", "a*b*x", "b + a:x", "0 + a:b"]
    ),
    here=st.lists(st.sampled_from("pqrs"), min_size=1, unique=True),
    seed=st.integers(0, 999),
)
def test_wanted_columns_are_the_combination_in_every_row(right, here, seed):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "y": rng.normal(size=30),
            "x": rng.normal(size=30),
            "a": rng.choice(here, 30),
            "b": rng.choice(["u", "v"], 30),
        }
    )
    # Every cell of the levels that a site has may be empty, but each level occurs.
    site = {n: tuple(sorted(frame[n].unique())) for n in "ab"}
    every = {"a": tuple("pqrs"), "b": ("u", "v")}
    formula = parse_formula(f"y ~ {right}")
    known, wanted = (
        model_columns(build_design(formula, KINDS, lambda n, v=v: list(v[n])))
        for v in (site, every)
    )
    matrix, failed = combination(known, wanted, site)
    assert failed == []
    values = [np.column_stack([column(frame, c.name) for c in of]) for of in (known, wanted)]
    assert values[0] @ matrix == pytest.approx(values[1], abs=1e-12)


def test_worked_example_of_another_base():
    one, a, b, c = (Column(n, (Level("g", n),) if n else ()) for n in ("", "a", "b", "c"))
    matrix, failed = combination([one, c], [one, a, b, c], {"g": ("b", "c")})
    assert failed == []
    assert matrix.tolist() == [[1, 0, 1, 0], [0, 0, -1, 1]]


def test_what_no_combination_gives_is_named():
    one, b, c = (Column(n, (Level("g", n),) if n else ()) for n in ("", "b", "c"))
    assert combination([one], [one, b, c], {"g": ("b", "c")})[1] == ["b", "c"]
