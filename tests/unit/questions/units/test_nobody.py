"""Treatments that name no therapist have none: nobody is compared in their name."""

import random

from analysis.importing import doors as importing
from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.outcomes.rates import open_treatments
from analysis.questions.units.adjusted import adjusted_scores

MAPPING = """
[keys]
patient = "patient"
therapist = "therapist"
clinic = "clinic"
session = "session"
[variables.phq9]
factor = "outcome"
instrument = "phq9"
"""


def test_no_therapist_is_no_therapist(store, tmp_path):
    rng = random.Random(1)
    rows = ["patient,therapist,clinic,session,phq9"]
    for p in range(200):
        code = "" if p % 5 == 0 else f"t{p % 8}"
        first = rng.randrange(12, 27)
        rows += [
            f"p{p},{code},c{p % 2},1,{first}",
            f"p{p},{code},c{p % 2},2,{rng.randrange(0, first)}",
        ]
    path = tmp_path / "s.csv"
    path.write_text("\n".join(rows))
    importing.import_files("d", [path], importing.Mapping.from_text(MAPPING))
    question = OutcomeQuestion("d")
    with open_treatments(question).cursor() as cursor:
        named = cursor.execute(
            "SELECT count(DISTINCT therapist), count(*) FILTER (therapist IS NULL) FROM treatments"
        ).fetchone()
    assert named == (8, 40)
    answer = adjusted_scores(question, level="therapist")
    assert len(answer.units) == 8 and not any("unknown" in u.key for u in answer.units)
