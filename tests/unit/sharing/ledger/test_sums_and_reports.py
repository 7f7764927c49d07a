"""A shared report and a file of sums of the same service: neither tells of few beside the other.

`benchmarks/shared_sums.py` does the same over many random services.
"""

import contextlib
import io

import numpy as np
import pytest

from analysis.application import cli
from analysis.base.errors import ExportRefused
from analysis.questions.opening import open_source
from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.scope import Scope
from analysis.sharing.build import build
from analysis.sharing.export import admit
from analysis.sharing.request import KINDS, ReportRequest
from analysis.store.queries.treatments.outcome_cells import EVERYTHING
from tests.attackers.programmes import SumsFile, narrowed
from tests.attackers.truth import Truth
from tests.random_clinics import random_clinic

BY_ARM = "age ~ arm"  # says how many treatments each arm has
TABLES = {"Outcomes by period": "period", "Outcomes by treatment model": "model"}


def previewed():
    request = ReportRequest(Scope("d"), KINDS["outcomes"], question=OutcomeQuestion("d"))
    return build(request)


def share():
    report = previewed()
    admit(report)
    return report.document


def write(tmp_path, formula: str, *options) -> tuple[int, str]:
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        status = cli.main(["moments", "d", formula, "--out", str(tmp_path / "d.sums"), *options])
    return status, said.getvalue()


def with_age() -> list[str]:
    with open_source("d", ("age", "episode")) as opened:
        query = f"SELECT {opened.texts['episode']} FROM {opened.relation} WHERE age IS NOT NULL"
        return [episode for (episode,) in opened.cursor.execute(query).fetchall()]


def told_beside(document) -> list[tuple]:
    truth = Truth(OutcomeQuestion("d"))
    file = SumsFile(np.isin(truth.of["episode"].astype(str), with_age()), ("model",))
    rng = np.random.default_rng(0)
    found = narrowed([(document, EVERYTHING)], truth, 40, rng, TABLES, sums=[file])
    return [one for one in found if False in one[2:]]


def test_a_report_after_a_file_hides_what_its_exact_numbers_would_tell(store, tmp_path):
    random_clinic(115, "d", treatments=300, ageless=4)
    assert told_beside(previewed().document)  # the attack works
    assert write(tmp_path, BY_ARM)[0] == 0
    assert told_beside(share()) == []


def test_a_file_after_a_report_is_refused_or_tells_nothing(store, tmp_path):
    random_clinic(115, "d", treatments=300, ageless=4)
    document = share()
    assert told_beside(document)
    status, said = write(tmp_path, BY_ARM)
    assert status == 2 and "beside the reports" in said
    assert write(tmp_path, BY_ARM, "--allow-small")[0] == 0


def test_of_two_versions_few_patients_are_too_near(store, tmp_path):
    random_clinic(104, "d", treatments=120, without_first=True)
    assert write(tmp_path, "age ~ 1")[0] == 0
    random_clinic(104, "d", treatments=120)
    with pytest.raises(ExportRefused, match="1 to 7 patients"):
        share()
