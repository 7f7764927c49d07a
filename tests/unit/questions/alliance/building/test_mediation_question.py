"""From practice through alliance to outcome: rows, lead and words."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.application import cli
from analysis.base.errors import ModelError, RequestError
from analysis.models.process.mediation import fit_mediation
from analysis.questions.alliance.building.mediation import mediation

DATA = Path(__file__).resolve().parents[4] / "reference" / "data"


def table(seed=1, patients=60, sessions=8) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(patients, sessions))
    m = 0.5 * x + rng.normal(size=(patients, 1)) + rng.normal(size=(patients, sessions))
    y = rng.normal(size=(patients, sessions))
    y[:, 1:] -= 0.6 * m[:, :-1]
    return pd.DataFrame(
        dict(
            patient=np.repeat(np.arange(patients), sessions),
            session=np.tile(np.arange(1, sessions + 1), patients),
            empathy=x.ravel(),
            wai=m.ravel(),
            phq9=y.ravel(),
        )
    )


def asked(folder, rows, **keys):
    rows.to_csv(folder / "s.csv", index=False)
    return mediation(str(folder / "s.csv"), "empathy", "wai", "phq9", **keys)


def test_the_outcome_is_the_next_sessions(tmp_path):
    rows = table()
    found = asked(tmp_path, rows.sample(frac=1, random_state=1))
    assert found.rows == 60 * 7 and found.within.indirect.high < 0
    later = rows.assign(phq9=rows.groupby("patient")["phq9"].shift(-1)).dropna()
    own = [later[c] - later.groupby("patient")[c].transform("mean") for c in ("empathy", "wai")]
    direct = fit_mediation(later["patient"].to_numpy(), *(v.to_numpy() for v in own),
                           later["phq9"].to_numpy())  # fmt: skip
    assert found.within.indirect.estimate == pytest.approx(direct.indirect.estimate, abs=1e-6)
    assert "an association, not a cause" in found.sentence


def test_at_the_same_session_nothing_and_a_warning(tmp_path):
    found = asked(tmp_path, table(), lead=0)
    assert found.rows == 60 * 8 and found.between.patients == 60
    assert "cannot be told from nothing" in found.sentence
    assert any("no order between them" in m for m in found.messages)


def test_a_missing_session_is_no_step(tmp_path):
    rows = table()
    assert asked(tmp_path, rows[rows["session"] != 4]).rows == 60 * 5


def test_too_little_is_refused(tmp_path):
    with pytest.raises(ModelError, match="patients have 3 rows"):
        asked(tmp_path, table(patients=8))
    with pytest.raises(RequestError, match="three different"):
        mediation(str(tmp_path / "s.csv"), "wai", "wai", "phq9")


def test_the_published_example_by_the_command(capsys):
    """Bauer, Preacher & Gil's data: an R package prints .45243 with c fixed (nlme: .45243)."""
    source = str(DATA / "mediation.csv")
    words = ["mediation", source, "--practice", "x", "--alliance", "m", "--outcome", "y"]
    words += ["--lead", "0", "--patient", "id", "--as-they-are", "--json"]
    assert cli.main(words) == 0
    within = json.loads(capsys.readouterr().out)["within"]
    # Printed to five digits.
    assert within["indirect"]["estimate"] == pytest.approx(0.45243, abs=1e-4)
    assert within["a"]["estimate"] == pytest.approx(0.61202, abs=1e-4)
    assert within["covariance"]["estimate"] == pytest.approx(0.09254, abs=1e-4)
