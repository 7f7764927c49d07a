"""A real trial's file (CC BY-SA 4.0, ../shared/data/refraMED) through the import."""

import pytest

from analysis.importing import doors as importing
from analysis.store.versions import catalogue, dataset
from tests.spec.reframed import FILE, MAPPING

pytestmark = pytest.mark.skipif(
    not FILE.exists(), reason="the refraMED file (../shared/data/refraMED) is not here"
)


@pytest.fixture
def kept(store):
    mapping = importing.Mapping.from_text(MAPPING + 'out_of_range = "keep"\n')
    return importing.import_files("refra", [FILE], mapping)


def test_every_row_is_kept_or_quarantined(kept):
    assert (kept.rows_read, kept.kept, kept.quarantined) == (2825, 2627, 198)
    assert kept.tables["patient"] == 250 and kept.tables["clinic"] == 3
    quarantine = kept.quarantine_path.read_text(encoding="utf-8")
    assert quarantine.count("Post-Rx; Post-Rx") == 198
    assert quarantine.count("is not a session number") == 198


def test_the_scores_that_lme4_saw_are_there(kept):
    with dataset.open_dataset(catalogue.find("refra")) as d:
        scores, patients, therapists = (
            d.cursor()
            .execute(
                "SELECT count(phq9), count(DISTINCT patient), "
                "count(DISTINCT therapist) FILTER (grp = 'RO-DBT') "
                "FROM session JOIN episode USING (episode) WHERE phq9 IS NOT NULL"
            )
            .fetchone()
        )
        assert d.cursor().execute("SELECT m = session FROM session GROUP BY ALL").fetchall() == [
            (True,)
        ]
    assert (scores, patients, therapists) == (2433, 246, 22)


def test_the_perturbed_values_are_found(kept):
    assert any("1 rows are kept although 'phq9'" in w for w in kept.warnings)
    assert any("55 values of 'phq9' are not whole" in w for w in kept.warnings)
    assert any("881 sessions name no therapist" in w for w in kept.warnings)


def test_by_default_the_negative_score_is_quarantined(store):
    report = importing.import_files("refra", [FILE], importing.Mapping.from_text(MAPPING))
    assert (report.kept, report.quarantined) == (2626, 199)
    assert "outside the range of PHQ-9: 0 to 27" in report.quarantine_path.read_text("utf-8")


def test_the_guess_finds_the_trial(store):
    mapping = importing.guess_mapping([FILE])
    assert dict(mapping.keys) == {
        "patient": "patient",
        "therapist": "therapist",
        "clinic": "site",
        "session": "month",
    }
    found = {v.name: v for v in mapping.variables}
    assert mapping.main_outcome == "phq9" and found["phq9"].instrument == "phq9"
    assert found["hamd_b"].unit == "episode" and found["hamd_b"].factor == "extra-therapeutic"
    assert found["month"].factor == "process" and found["grp"].kind == "category"
    assert importing.import_files("refra", [FILE], mapping).rows_read == 2825
