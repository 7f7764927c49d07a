"""Models of a study as a part of a report: told where enough patients stand behind each figure."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from analysis.base.errors import RequestError
from analysis.demo import make_demo
from analysis.presentation.tables.table import Table
from analysis.questions.lab.question import ModelQuestion
from analysis.questions.lab.studies import keeping
from analysis.questions.lab.studies.study import Member
from analysis.questions.lab.way_back.behind import ModelPeople, model_people
from analysis.questions.scope import Scope
from analysis.sharing.audit import audit
from analysis.sharing.build import build
from analysis.sharing.plan import Plan, request_of
from analysis.sharing.request import ReportRequest, of_kind
from analysis.sharing.sections.models import beside, lab_section
from analysis.sharing.sections.models.lab_section import WHY_NOT, why_not
from tests.attackers.models import read_models

TIME = Member("phq9 ~ session + (1 | patient) + (1 | therapist)", label="Over time")
DROPOUT = Member("I(ending == 'unplanned') ~ employed", family="binomial", label="Dropout")
BY_THERAPIST = Member("phq9 ~ session + therapist + (1 | patient)", label="Each therapist")


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAPPORT_STORE", str(tmp_path_factory.mktemp("store")))
        make_demo("lab", 600, 3)
        yield "lab"


def _report(dataset, *members, profile="share"):
    return build(of_kind("lab", Scope(dataset), profile=profile, study=members))


def test_a_shared_model_has_its_tables_and_no_exact_count(demo):
    found = _report(demo, TIME, DROPOUT, BY_THERAPIST)
    section = found.document.sections[0]
    captions = [b.caption for b in section.blocks if isinstance(b, Table)]
    assert captions == [
        "Over time: coefficients",
        "Over time: random effects",
        "Over time: where the variance lies",
        "Dropout: odds ratios",
        "Dropout: where the variance lies",
    ]
    assert not any(c.name == "df" for t in found.document.tables for c in t.columns)
    behind = model_people(TIME.question(demo, "", None))
    assert f"{len(behind.patients):,}" not in str(section)
    assert section.of == "model 1|its rows\x1fmodel 2|its rows"
    assert found.hidden == 1 and WHY_NOT["persons"] in str(section)
    read_models(section)


def test_an_internal_one_says_all(demo):
    found = _report(demo, TIME, BY_THERAPIST, profile="internal")
    columns = [c.name for t in found.document.tables for c in t.columns]
    assert columns.count("df") == 2 and found.hidden == 0


def test_the_audit_asks_for_the_models_sets(demo):
    """Fails closed: a set of few patients, or one that the ledger does not hold, is refused."""
    found = _report(demo, TIME)
    held = {"model 1|its rows": 400}
    audit(found.document, held)
    for sets in ({}, {"model 1|its rows": 5}):
        with pytest.raises(Exception, match="does not say whose it is"):
            audit(found.document, sets)


def test_whom_a_model_is_about_is_counted_as_a_loop_would(demo):
    """employed: patients in each of its groups, with and without an unplanned ending."""
    from analysis.store.versions import catalogue
    from analysis.store.versions.dataset import open_dataset

    with open_dataset(catalogue.find(demo)) as dataset:
        rows = dataset.cursor().execute("SELECT * FROM episode").df()
    rows = rows[rows.employed.notna() & rows.ending.isin(["planned", "unplanned"])]
    people = model_people(DROPOUT.question(demo, "", None))
    assert people.patients == tuple(sorted(rows.patient.unique()))
    each = rows.groupby("employed").patient.nunique()
    assert set(people.cells) >= set(each)
    happened = rows[rows.ending == "unplanned"].groupby("employed").patient.nunique()
    assert set(people.events) >= set(happened)
    loads = rows.groupby(["employed", "therapist"]).patient.nunique()
    for _, own in loads.groupby(level=0):
        assert tuple(sorted(own)) in [tuple(sorted(load)) for load in people.caseloads]


ENOUGH = ModelPeople(
    patients=tuple(f"p{k}" for k in range(60)),
    coefficients=3,
    behind=(("x", 30.0),),
    cells=(30, 30),
    events=(15, 15),
    caseloads=((20, 20, 20),),
    names_persons=False,
)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({}, ""),
        ({"patients": tuple(f"p{k}" for k in range(39))}, "patients"),
        ({"coefficients": 51}, "patients"),  # 60 patients less 51 leave 9
        ({"cells": (51, 9)}, "cells"),
        ({"events": (51, 9)}, "events"),
        ({"behind": (("x", 30.0), ("z", 9.9))}, "behind"),
        ({"names_persons": True}, "persons"),
        ({"largest": (0.51, 0.6)}, "outcome"),
        ({"largest": (0.46, 0.91)}, "outcome"),
        ({"caseloads": ((20, 20, 20), (15, 15))}, "caseloads"),
    ],
)
def test_a_model_is_shared_where_nobody_is_told_of(change, why):
    fitted = SimpleNamespace(random=(), groups={"patient": 60})
    assert why_not(fitted, replace(ENOUGH, **change)) == why


def test_a_spread_of_few_therapists_is_not_told():
    fitted = SimpleNamespace(random=(), groups={"patient": 60, "therapist": 9})
    assert why_not(fitted, ENOUGH) == "therapists"


@pytest.mark.parametrize(
    "formula",
    [
        # An indicator of three patients, hidden in an interaction with time.
        "phq9 ~ session + I(motivation > 0)",
        "phq9 ~ session:therapist",
    ],
)
def test_what_cannot_be_read_or_names_somebody_is_not_shared(demo, formula):
    found = _report(demo, Member(formula))
    assert found.hidden == 1 and not found.document.tables


def test_a_coefficient_that_rests_on_few_counts_them(demo):
    """A power that nearly all of its size comes from a few patients for: their number, not all."""
    people = model_people(ModelQuestion("phq9 ~ session + exp(2 * age)", demo))
    found = dict(people.behind)
    assert people.largest[1] < 0.1
    assert found["exp(2 * age)"] < 10 < found["session"]


def test_models_that_single_somebody_out_together_are_not_told_beside_each_other(demo):
    """|x - 58| - 2 |x - 59| + |x - 60| is zero for all but four; each of the three is not."""
    ages = tuple(Member(f"phq9 ~ session + I(abs(age - {at}))") for at in (58, 59, 40, 60))
    found = _report(demo, *ages)
    said = [str(b) for b in found.document.sections[0].blocks]
    refused = [said[k - 1] for k, text in enumerate(said) if WHY_NOT["together"] in text]
    assert found.hidden == 1 == len(refused) and "age - 60" in refused[0]


def test_models_whose_rows_few_lack_are_not_told_beside_each_other(demo, monkeypatch):
    def people(question):
        less = 3 if "motivation" in question.formula else 0
        return replace(ENOUGH, patients=ENOUGH.patients[less:])

    for room in (lab_section, beside):
        monkeypatch.setattr(room, "model_people", people)
    members = Member("phq9 ~ session"), Member("phq9 ~ session + motivation")
    found = _report(demo, *members, Member("age ~ motivation"))
    assert found.hidden == 1 and WHY_NOT["near"] in str(found.document.sections[0])


def test_a_plan_names_a_study_or_its_file(demo, tmp_path):
    study = keeping.add("kept", TIME, demo, "")
    plan = Plan(dataset=demo, kind="lab", study="kept")
    assert request_of(plan).study == study.models
    from analysis.questions.lab.studies.study import study_text

    path = tmp_path / "kept.toml"
    path.write_text(study_text(study), encoding="utf-8")
    assert request_of(replace(plan, study=str(path))).study == study.models
    with pytest.raises(RequestError, match="needs a study"):
        request_of(replace(plan, study=""))
    path.write_text(study_text(replace(study, dataset="another")), encoding="utf-8")
    with pytest.raises(RequestError, match="is of 'another'"):
        request_of(replace(plan, study=str(path)))


def test_a_section_without_a_study_is_a_sentence(demo):
    found = build(ReportRequest(Scope(demo), ("lab",))).document
    assert "choose a study" in str(found.sections[0])
