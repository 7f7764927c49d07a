"""The verdict on which comes first: right in worlds of known truth, its chances add up."""

import numpy as np
import pytest

from analysis.models.panels.choice import choose
from analysis.models.panels.panel import panel_of
from analysis.models.panels.worlds import UNKNOWN, WORLDS, verdict_of
from tests.unit.models.panels.panel_data import made

TRUTHS = {
    "alliance first": [[0.3, -0.18], [0.0, 0.3]],
    "symptoms first": [[0.3, 0.0], [-0.2, 0.3]],
    "both": [[0.3, -0.18], [-0.2, 0.3]],
    "neither": [[0.3, 0.0], [0.0, 0.3]],
}


def verdict(values):
    panel = panel_of(values)
    return verdict_of(panel, choose(panel, "auto").fit)


@pytest.mark.parametrize("world", WORLDS)
def test_each_world_is_told_in_most_of_five_sets(world):
    """400 patients, 8 sessions; the benchmark asks for four in five of a hundred sets."""
    said = [verdict(made(50 + i, 400, 8, TRUTHS[world], gaps=0.05)).world for i in range(5)]
    assert said.count(world) >= 4
    if world in ("symptoms first", "neither"):
        assert said.count("alliance first") == 0


def test_chances_are_chances():
    found = verdict(made(1, 400, 8, TRUTHS["both"]))
    for world in found.worlds:
        assert sum(world.said.values()) == pytest.approx(1)
        assert set(world.said) == {*WORLDS, UNKNOWN}
    given = [w.said[found.world] for w in found.worlds]
    right = next(w.said[w.name] for w in found.worlds if w.name == found.world)
    assert found.wrong == pytest.approx(1 - right / sum(given))
    assert 0 < found.patients_needed < 400


def test_few_patients_tell_nothing_and_more_are_asked_for():
    found = verdict(made(2, 60, 5, TRUTHS["neither"]))
    assert found.world == UNKNOWN and found.wrong is None
    assert found.patients_needed > 60


def test_the_chances_are_those_of_sets_drawn_and_fitted():
    """In the empty world of 150 patients and 6 sessions: how often "neither" and a lag across is
    said, against 20 sets, whose share has a Monte-Carlo standard error of .11."""
    sets = [verdict(made(300 + i, 150, 6, TRUTHS["neither"])) for i in range(20)]
    said = np.mean([v.world == "neither" for v in sets])
    promised = np.mean([w.said["neither"] for v in sets for w in v.worlds if w.name == "neither"])
    assert said == pytest.approx(promised, abs=0.25)
