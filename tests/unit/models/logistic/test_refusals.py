"""What a logistic model refuses: each by the name of its term, with a way out; exit 2."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from analysis.application import cli
from analysis.base.errors import ModelError
from analysis.models.logistic.fit import fit_logistic
from analysis.models.logistic.rows.random_block import RandomBlock


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """200 rows in 20 groups; a column for each thing that can be wrong."""
    rng = np.random.default_rng(5)
    g, x = np.repeat(np.arange(20), 10), rng.normal(size=200)
    y = (rng.random(200) < expit(x + rng.normal(size=20)[g])).astype(int)
    frame = pd.DataFrame(
        dict(
            y=y,
            x=x,
            g=[f"g{k}" for k in g],
            same=[f"h{k}" for k in g],
            row=np.arange(200),
            few=[f"f{k}" for k in g % 4],
            two=g % 2,
            told=(2 * y - 1) * (0.1 + rng.random(200)),
            cell=np.where((y == 1) & (rng.random(200) < 0.3), "b", "a"),
            always=1,
            share=rng.integers(0, 5, 200) / 4,
            size=4,
            none=np.where(g == 3, 0, 1),
            minus=-1,
            small=x * 1e-150,
            constant=3.0,
        )
    )
    path = tmp_path_factory.mktemp("refused") / "rows.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.mark.parametrize(
    ("formula", "weights", "said"),
    [
        ("y ~ told + x + (1 | g)", "", "told apart by 'told':"),
        ("y ~ x + cell + (1 | g)", "", "told apart by 'cell[b]':"),
        ("always ~ x + (1 | g)", "", "The outcome is 1 in every row"),
        ("share ~ x + (1 | g)", "", "nothing says of how many"),
        ("y ~ x + (1 | g)", "none", "10 rows have a weight in 'none' that is zero"),
        ("y ~ x + (1 | g)", "minus", "200 rows have a weight in 'minus' that is zero, negative"),
        ("y ~ x + (1 | row)", "", "'row' has 200 random effects for 200 outcomes"),
        ("two ~ x + (1 | g)", "", "the same in all rows of each group of 'g'"),
        ("two ~ x + (1 | few/g)", "", "the same in all rows of each group of 'few'"),
        ("y ~ small + (1 | g)", "", "'small' holds numbers too large or too small"),
        ("y ~ x + (small | g)", "", "'small' holds numbers too large or too small"),
        ("y ~ x + offset(1000 * x) + (1 | g)", "", "The offset holds numbers beyond 500"),
        ("y ~ x + (1 | g) + (1 | same)", "", "'g' and 'same' are the same 20 groups"),
        ("y ~ x + (1 | g) + (1 | g)", "", "'g' has the random term '1' twice"),
        ("y ~ x + (cell || g)", "", "The random terms of 'g' overlap"),
        ("y ~ x + few + (1 | few)", "", "'few' is both fixed and random"),
        ("y ~ x + (constant | g)", "", "'constant' is the same in all rows"),
    ],
)
def test_it_is_refused_by_name(path, capsys, formula, weights, said):
    asked = ["fit", formula, "--data", str(path), "--family", "binomial"]
    assert cli.main([*asked, *(["--weights", weights] if weights else [])]) == 2
    told = capsys.readouterr().err
    assert said in told and "Next:" in told and "Traceback" not in told


@pytest.mark.parametrize(
    ("formula", "weights"),
    [
        ("share ~ x + (1 | g)", "size"),
        ("share ~ x + (1 | row)", "size"),  # several trials a row: groups of one row are groups
        ("y ~ x + (x | g)", ""),
        ("y ~ x + offset(x) + (1 | g)", ""),
        ("y ~ x + (0 + x | g)", ""),
    ],
)
def test_their_neighbours_are_fitted(path, capsys, formula, weights):
    asked = ["fit", formula, "--data", str(path), "--family", "binomial"]
    assert cli.main([*asked, *(["--weights", weights] if weights else [])]) == 0
    assert "did not settle" not in capsys.readouterr().out


@pytest.mark.parametrize("power", [-150, 150])
def test_numbers_beyond_computing_are_named(power):
    x, code = np.random.default_rng(1).normal(size=60), np.repeat(np.arange(12), 5)
    block = RandomBlock("g", code, ("(Intercept)",), np.ones((60, 1)))
    columns = np.column_stack([np.ones(60), x * 10.0**power])
    with pytest.raises(ModelError, match="'great' holds numbers too large or too small"):
        fit_logistic(
            (x > 0.2 * code % 2).astype(float), columns, ("(Intercept)", "great"), (block,)
        )


def test_few_groups_and_perfect_correlations_are_said(path, capsys):
    asked = ["fit", "y ~ x + (1 | few)", "--data", str(path), "--family", "binomial"]
    assert cli.main(asked) == 0
    assert "'few' has 4 groups only" in capsys.readouterr().out
