"""Checks as pictures: every point of the result, each with its verdict as the alternative."""

import pytest

from analysis.presentation.charts.lab.check_pictures import pictures_of
from analysis.presentation.charts.theme import DARK, LIGHT
from analysis.questions.lab.examine import examine
from analysis.questions.lab.question import ModelQuestion
from tests.unit.models.nested import nested_table


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    path = tmp_path_factory.mktemp("checks") / "d.csv"
    nested_table(3).to_csv(path, index=False)
    return examine(ModelQuestion("y ~ x + (1 | p)", path), replicates=0)


def values_of(spec: dict) -> list[list[dict]]:
    """The rows of every layer, and of the whole."""
    places = [spec, *spec["layer"]]
    return [place["data"]["values"] for place in places if "values" in place.get("data", {})]


@pytest.mark.parametrize("look", [LIGHT, DARK])
def test_each_is_drawn_with_its_verdict(found, look):
    drawn = pictures_of(found)
    names = [name for name, _, _ in drawn]
    assert "Along the prediction: rows" in names and "Quantiles: residuals" in names
    assert "Influence of single ps" in names
    for _, said, build in drawn:
        spec = build(look).to_dict()
        assert spec["width"] == "container"
        assert max(len(v) for v in values_of(spec)) >= 1 and len(said) > 40


def test_no_group_is_named(found):
    for _, _, build in pictures_of(found):
        for values in values_of(build(LIGHT).to_dict()):
            assert all("group" not in row for row in values)
