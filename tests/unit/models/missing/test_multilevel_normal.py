"""Values drawn from a multilevel normal model: against R's jomo, a textbook, known truth."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from analysis.models.courses.joint_normal import patterns_of
from analysis.models.missing.multilevel_normal import Incomplete, _fill, _inverse_wishart, drawn

REFERENCE = Path(__file__).parents[3] / "reference"
FOUND = json.loads((REFERENCE / "jomo.json").read_text())


def answers(y, x, w, group) -> list[float]:
    design = np.column_stack([np.ones(len(y)), x, w])
    _, of_x, of_w = np.linalg.lstsq(design, y, rcond=None)[0]
    means = np.bincount(group, y) / np.bincount(group)
    return [y.mean(), y.var(ddof=1), means.var(ddof=1), of_x, of_w]


def test_what_is_drawn_agrees_with_jomo():
    """Means and spreads over imputations of what each completed data set says, beside R's."""
    with (REFERENCE / "data" / "jomo.csv").open() as file:
        table = list(csv.DictReader(file))
    rows = np.array([[float(r[k] or "nan") for k in "yxw"] for r in table])
    group = np.unique([int(r["g"]) for r in table], return_inverse=True)[1]
    values = Incomplete(rows, np.zeros((40, 0)), group)
    rng = np.random.default_rng(1)
    each = np.array([answers(*found.T, group) for found, _ in drawn(values, 60, rng)])
    spread = np.array(FOUND["sd"])
    # Both are means of draws: 60 of ours, 100 of jomo's; four standard errors of the difference,
    # and an eighth of a spread for priors that are not the same.
    apart = spread * (4 * np.sqrt(1 / 60 + 1 / 100) + 0.125)
    assert (np.abs(each.mean(axis=0) - FOUND["mean"]) < apart).all()
    assert each.std(axis=0, ddof=1) == pytest.approx(spread, rel=0.5)
    assert abs(FOUND["complete"][0] - FOUND["mean"][0]) > 4 * apart[0]  # complete cases are off


def test_values_are_drawn_about_what_the_row_says():
    """Against the textbook's conditional mean and covariance, of one row drawn often."""
    covariance = np.array([[2.0, 0.8, 0.3], [0.8, 1.0, -0.2], [0.3, -0.2, 0.5]])
    row, often = np.array([np.nan, 1.4, np.nan]), 40_000
    values = np.tile(row, (often, 1))
    _fill(
        values,
        list(patterns_of(values)),
        np.tile([1.0, 0.4, 0.0], (often, 1)),
        covariance,
        np.random.default_rng(2),
    )
    assert values.mean(axis=0) == pytest.approx([1.8, 1.4, -0.2], abs=0.03)
    expected = np.array([[2.0 - 0.64, 0.3 + 0.16], [0.3 + 0.16, 0.5 - 0.04]])
    assert np.cov(values[:, [0, 2]].T) == pytest.approx(expected, abs=0.05)


def test_inverse_wishart_has_its_mean():
    scale = np.array([[3.0, 1.0], [1.0, 2.0]])
    rng = np.random.default_rng(3)
    mean = np.mean([_inverse_wishart(rng, scale, 12) for _ in range(6000)], axis=0)
    assert mean == pytest.approx(scale / 9, rel=0.06)


def test_what_belongs_to_the_group_is_drawn_once_for_all_its_rows():
    rng = np.random.default_rng(4)
    group = np.repeat(np.arange(60), 12)
    skill = rng.normal(size=60)
    y = skill[group] * 1.0 + rng.normal(size=len(group))
    known = skill.copy()
    known[:15] = np.nan
    values = Incomplete(np.column_stack([y, rng.normal(size=len(y))]), known[:, None], group)
    found = np.array([z[:, 0] for _, z in drawn(values, 20, rng)])
    assert found[:, 15:] == pytest.approx(np.tile(skill[15:], (20, 1)))
    # The group's mean of y tells its skill: 12 rows, reliability some .92.
    assert np.corrcoef(found.mean(axis=0)[:15], skill[:15])[0, 1] > 0.8
    assert found[:, :15].std(axis=0).min() > 0.1
