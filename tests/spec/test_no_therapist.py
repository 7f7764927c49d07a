"""No therapist is no therapist: not counted, no group of a fit, alone in a partition."""

import json
import random
import subprocess
import sys

import pytest

from analysis.importing import doors as importing
from analysis.questions.lab.effects import fit_formula
from analysis.questions.partition.answer import partition
from analysis.questions.scope import Scope
from analysis.store.queries.overview import dataset_overview
from analysis.store.versions import catalogue


@pytest.fixture
def half(store, tmp_path):
    """Of 160 patients 120 have one of 12 therapists, the others none; those fare worse."""
    rng = random.Random(4)
    lines = ["patient,therapist,clinic,session,phq9,wai"]
    for p in range(160):
        therapist = f"t{p % 12:02}" if p < 120 else ""
        level = 14 + (p % 12) / 4 if p < 120 else 20
        bond = rng.gauss(0, 4)
        for s in range(1, 7):
            phq9 = round(min(27, max(0, rng.gauss(level - s - bond / 4, 2))))
            wai = round(min(60, max(12, 40 + bond + rng.gauss(0, 2))))
            lines.append(f"p{p:03},{therapist},{'ab'[p % 2]},{s},{phq9},{wai}")
    path = tmp_path / "half.csv"
    path.write_text("\n".join(lines) + "\n")
    report = importing.import_by_command("half", [path], None, importing.Answers())
    return path, report


def test_it_is_not_counted(half):
    _, report = half
    assert report.tables["therapist"] == 12
    info = catalogue.find("half")
    assert info.counts["therapist"] == 12 and dataset_overview(info).therapists == 12
    assert any("240 sessions name no therapist" in w for w in report.warnings)


def test_a_fit_with_therapists_leaves_such_rows_out_as_a_file_does(half):
    path, _ = half
    formula = "phq9 ~ session + (1 | therapist/patient)"
    found, told = fit_formula(formula, "half"), fit_formula(formula, str(path))
    assert found.rows == 720 and found.rows_dropped == 240
    assert found.groups["therapist"] == 12
    assert found.log_likelihood == pytest.approx(told.log_likelihood, rel=1e-9)


def test_a_partition_keeps_the_treatments_and_counts_no_therapist_for_them(half):
    found = partition(Scope("half", question="end", bootstrap=0))
    assert found.groups["therapist"] == 12
    assert found.rows > 150
    assert any("40 treatments name no therapist" in str(m) for m in found.status.messages)


def test_no_command_shows_it_as_a_unit(half):
    command = [sys.executable, "-m", "analysis", "datasets", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["datasets"][0]["counts"]["therapist"] == 12
