"""Building the alliance on a page: slopes first, paths as they come, no cause claimed."""

import pytest

from analysis.demo.worlds.make import make_world
from tests.app.alliance_dataset import alliance_dataset
from tests.app.open_page import answered, opened, tables, texts


@pytest.fixture
def world(empty_store):
    make_world("both-ways", treatments=300)
    return answered(opened("practices", dataset="demo-both-ways"))


def test_what_builds_the_alliance_is_told_from_what_does_not(world):
    assert not world.exception and not world.error and not world.warning
    said = texts(world)
    lead = said.splitlines()[3]
    assert "empathy" in lead and "explaining" in lead and "adapting" not in lead
    paths = next(t for t in tables(world) if "Through the alliance" in t[0])
    found = {row["Practice"]: float(row["Through the alliance"].replace("−", "-")) for row in paths}
    assert found["Empathy"] < -0.1  # truth -.34; the interval of 300 treatments is .12 wide
    assert "no meta-analysis of its own" in str(tables(world))
    assert "cause" in said and "causes" not in said
    assert all(c.proto.alt for c in world.get("vega_lite_chart"))
    everything = said + str(tables(world))
    assert "T000" not in everything  # therapists have codes


@pytest.mark.parametrize(
    "kind, said",
    [
        ("no practices", "this dataset lacks one"),
        ("no alliance", "this dataset lacks one"),
        ("constant practices", "No practice varies enough"),
        ("practices mostly missing", "% of the sessions"),
        ("one rater", "have one rater"),
        ("no therapist", "Practices and the alliance"),
        ("one session each", "No practice varies enough"),
        ("three sessions", "The way through the alliance cannot be told"),
    ],
)
def test_what_is_missing_is_said_and_the_rest_is_shown(empty_store, kind, said):
    alliance_dataset(kind)
    at = answered(opened("practices", dataset="made"))
    assert not at.exception and not at.error
    everything = texts(at) + " ".join(w.value for w in at.warning)
    assert said in everything.replace("\\", ""), everything
