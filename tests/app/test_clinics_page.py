"""Clinics and therapists on the page: sentence first, codes for therapists, calm refusals."""

import pytest

from analysis.base.settings import THERAPIST_NAMES as SETTING
from analysis.questions.outcomes.question import OutcomeQuestion
from tests.app.cells import cells
from tests.app.open_page import answered, opened, texts
from tests.app.phq9_dataset import PHQ9, dataset_of


@pytest.fixture(scope="module")
def page(demo_store):
    return answered(opened("clinics"))


def test_the_answer_comes_first(page):
    assert not page.exception and not page.error and not page.warning
    said = texts(page)
    # Title, badge and what was asked stand before it.
    assert "be told from average" in said.splitlines()[3]
    assert "lie outside the 99.8 % limits" in said or "lies outside the 99.8 % limits" in said
    charts = page.get("vega_lite_chart")
    assert len(charts) == 3 and all(c.proto.alt for c in charts)


def test_therapists_are_codes_unless_the_server_says_otherwise(demo_store, monkeypatch):
    monkeypatch.delenv(SETTING, raising=False)
    at = answered(opened("clinics", level="Therapists"))
    assert not at.exception
    everything = (
        cells(at)
        + texts(at)
        + "".join(c.proto.spec + c.proto.alt for c in at.get("vega_lite_chart"))
    )
    assert "Therapist " in everything
    assert "T00001" not in everything and "T0000" not in everything
    assert f"{SETTING}=show" in texts(at)


def test_case_mix_and_caseload_are_in_the_address(demo_store):
    at = answered(opened("clinics", fewest="200", case_mix=["Age at intake (years)"]))
    assert not at.exception
    assert "`first score` + `age`" in texts(at) and "`chronicity`" not in texts(at)
    assert "fewer than 200 patients" in texts(at)


def test_one_clinic_is_told_calmly_and_the_rates_stay(demo_store):
    from analysis.questions.outcomes.rates import open_treatments

    clinic = open_treatments(OutcomeQuestion("demo")).values("clinic")[0]
    at = answered(opened("clinics", clinics=[clinic]))
    assert not at.exception and not at.error
    assert "nothing to compare" in at.warning[0].value.replace("\\", "")
    assert "Try again" not in [b.label for b in at.button]  # the data allow it no more then
    assert "in a funnel" in texts(at)
    assert "of 1 clinic lie" in texts(at)


def test_a_tiny_dataset_is_told_calmly(empty_store):
    dataset_of({"a": [20.0, 4.0], "b": [18.0, 9.0]}, PHQ9)
    at = answered(opened("clinics", dataset="tiny"))
    assert not at.exception and not at.error
    assert "has 10 patients with both scores" in texts(at)


def test_without_data_the_demo_is_offered(empty_store):
    assert "This page needs a dataset" in texts(opened("clinics"))
