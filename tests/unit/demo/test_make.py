"""The demo as a dataset in the store."""

from dataclasses import replace

import pytest

from analysis.base.errors import RequestError
from analysis.demo import DEFAULT, make_demo
from analysis.demo.dictionary import VARIABLES
from analysis.demo.drawing import layout as layouts
from analysis.store.versions import dataset


def _ask(info, question: str):
    with dataset.open_dataset(info) as d:
        return d.cursor().execute(question).fetchall()


@pytest.fixture
def demo(store):
    return make_demo(episodes=400, seed=2)


def test_it_says_that_it_is_synthetic_and_carries_its_truth(demo):
    with dataset.open_dataset(demo) as d:
        meta, variables = d.meta, d.variables
    assert demo.synthetic and meta["synthetic"] is True
    assert meta["main_outcome"] == "phq9" and meta["seed"] == 2
    end = meta["truth"]["end"]
    assert set(end["shares"]) == {"alliance", "technique", "expectancy", "extra-therapeutic"}
    parts = (end["adjusted"], *end["shares"].values(), *end["unexplained"].values())
    assert sum(parts) == pytest.approx(1.0, abs=1e-8)  # stored with 10 decimals
    assert variables == VARIABLES
    assert all(v.description.startswith("Synthetic") for v in variables)


def test_every_variable_is_filled_and_within_its_range(demo):
    for v in VARIABLES:
        column = f'"{v.name}"'
        ((filled, kinds),) = _ask(
            demo, f"SELECT count({column}), count(DISTINCT {column}) FROM {v.unit}"
        )
        assert filled and kinds > 1, v.name
        if v.kind == "number":
            ((low, high),) = _ask(demo, f"SELECT min({column}), max({column}) FROM {v.unit}")
            assert v.minimum is None or low >= v.minimum, v.name
            assert v.maximum is None or high <= v.maximum, v.name
            ((nans,),) = _ask(demo, f"SELECT count(*) FROM {v.unit} WHERE isnan({column})")
            assert nans == 0, v.name  # missing is null, never NaN


def test_sessions_are_numbered_without_gaps_and_dates_fit(demo):
    wrong = """
        SELECT count(*) FROM (
            SELECT episode, count(*) n, min(session) low, max(session) high,
                   min(date) first, max(date) last, max(weeks_since_intake) AS lasted
            FROM session GROUP BY episode) s
        JOIN episode e USING (episode)
        WHERE low <> 1 OR high <> n OR first <> started OR lasted * 7 <> last - first
           OR (ending = 'ongoing') <> (ended IS NULL) OR ended <> last"""
    assert _ask(demo, wrong) == [(0,)]
    assert dict(_ask(demo, "SELECT DISTINCT ending, 1 FROM episode")) == dict.fromkeys(
        ("planned", "unplanned", "ongoing"), 1
    )


def test_a_patient_has_one_therapist_and_one_gender(demo):
    crossed = """SELECT count(*) FROM (SELECT patient FROM episode GROUP BY patient
                 HAVING count(DISTINCT therapist) > 1 OR count(DISTINCT gender) > 1)"""
    assert _ask(demo, crossed) == [(0,)]
    assert demo.counts["patient"] < demo.counts["episode"] == 400


def test_same_request_same_version_and_anything_else_another(demo):
    assert make_demo("twin", 400, 2).version == demo.version
    others = {
        make_demo("a", 401, 2).version,
        make_demo("b", 400, 3).version,
        make_demo("c", 400, 2, replace(DEFAULT, technique=0.0)).version,
    }
    assert len(others | {demo.version}) == 4


def test_chunks_join_into_one_dataset(store, monkeypatch):
    monkeypatch.setattr(layouts, "CHUNK", 100)
    info = make_demo(episodes=250, seed=5)
    assert info.counts["episode"] == 250  # the store refuses repeated keys
    assert info.counts["clinic"] == 3 * layouts.FEWEST_CLINICS


@pytest.mark.parametrize("wrong", [{"episodes": 10}, {"episodes": 10**9}, {"seed": -1}])
def test_a_request_out_of_range_leaves_the_store_alone(store, wrong):
    with pytest.raises(RequestError):
        make_demo(**wrong)
    assert not store.exists()
