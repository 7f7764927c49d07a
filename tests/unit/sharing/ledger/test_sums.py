"""A second file of sums is no way to one patient's: through the command, as a clinic would."""

import contextlib
import io
import json
import stat

import numpy as np
import pandas as pd
import pytest

from analysis.application import cli
from analysis.measures.variables import Variable
from analysis.sharing.ledger import keeping
from tests.unit.questions.datasets import write

PLAIN = "phq9 ~ session + age + (1 | patient)"
VARIABLES = (
    Variable("phq9", "PHQ-9", "session"),
    *(Variable(n, n, "episode") for n in ("age", "one", "seven", "eight")),
)


def clinic(patients=range(48), changed=()) -> None:
    """A version of 'clinic': four sessions a patient. Of 'one', 'seven' and 'eight' so many
    patients lack a value. changed: patients whose outcome is another one."""
    rng = np.random.default_rng(5)
    every = pd.DataFrame(rng.normal(50, 9, (100, 4)), columns=["age", "one", "seven", "eight"])
    scores = rng.normal(10, 3, (100, 4))
    scores[list(changed)] += 1
    episode = every.round(3).iloc[list(patients)]
    for name, lacking in {"one": 1, "seven": 7, "eight": 8}.items():
        episode.iloc[:lacking, episode.columns.get_loc(name)] = np.nan
    names = [f"person-{i:02}" for i in patients]
    rows = [
        (p, s + 1, scores[i, s]) for i, p in zip(patients, names, strict=True) for s in range(4)
    ]
    write(
        "clinic",
        {
            "clinic": pd.DataFrame({"clinic": ["c"]}),
            "therapist": pd.DataFrame({"therapist": ["t"], "clinic": ["c"]}),
            "episode": episode.assign(episode=names, patient=names, therapist="t"),
            "session": pd.DataFrame(rows, columns=["episode", "session", "phq9"]),
        },
        VARIABLES,
    )


@pytest.fixture
def sums(store, tmp_path):
    """sums(formula, options…) -> status, what was said, whether a file was written."""

    def asked(formula, *options, name="clinic"):
        out = tmp_path / "out.sums"
        out.unlink(missing_ok=True)
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            status = cli.main(["moments", str(name), formula, "--out", str(out), *options])
        assert out.exists() == (status == 0), said.getvalue()
        return status, said.getvalue()

    return asked


def with_covariate(name: str) -> str:
    return PLAIN.replace("age", f"age + {name}")


def test_a_covariate_that_few_lack_gives_no_second_file(sums, store):
    clinic()
    assert sums(PLAIN)[0] == 0
    for name in ("one", "seven"):
        status, said = sums(with_covariate(name))
        assert status == 2 and "1 to 7 patients set these sums apart" in said
        assert PLAIN in said and "how many rows they have" in said
    assert sums(PLAIN)[0] == 0  # the same again
    assert sums("phq9 ~ session + I(age^2) + (session | patient)")[0] == 0  # the same rows
    assert sums(with_covariate("eight"))[0] == 0
    status, said = sums(with_covariate("one"), "--patient", "episode")
    assert status == 2  # whoever is said to count as a patient
    status, said = sums(with_covariate("one"), "--allow-small")
    assert status == 0
    ledger = store / "clinic" / keeping.FILE
    assert stat.S_IMODE(ledger.stat().st_mode) == 0o600
    assert b"person-" not in ledger.read_bytes()


def test_files_whose_columns_single_somebody_out_together(sums):
    """|x - 49| - 2 |x - 50| + |x - 51| is zero for all but whoever is 50; products have no side."""
    clinic()
    hinge, (below, at, above) = "I(abs(age - {}))", ages_around_somebody()
    assert sums(f"phq9 ~ session + {hinge.format(below)} + (1 | patient)")[0] == 0
    assert sums(f"phq9 ~ session + {hinge.format(at)} + (1 | patient)")[0] == 0
    third = hinge.format(above)
    for formula in (f"phq9 ~ session + {third}", f"{third} ~ phq9 + session + (1 | patient)"):
        status, said = sums(formula)
        assert status == 2 and "shared before" in said and "combinations of" in said, said
        assert "fewer than 8" in said
    assert sums("phq9 ~ session + I(abs(eight - 50)) + (1 | patient)")[0] == 0
    assert sums(f"phq9 ~ session + {third}", "--allow-small")[0] == 0


def ages_around_somebody() -> tuple[float, float, float]:
    """An age, and two beside it, between which there is nobody else; many on either side."""
    rng = np.random.default_rng(5)
    ages = np.sort(rng.normal(50, 9, (100, 4))[:48, 0].round(3))
    gaps = np.minimum(ages[15:33] - ages[14:32], ages[16:34] - ages[15:33])
    at, near = ages[15 + gaps.argmax()], gaps.max() / 2
    return at - near, at, at + near


def test_the_other_way_round_and_in_another_unit(sums):
    clinic()
    assert sums(with_covariate("seven"))[0] == 0
    assert sums(PLAIN)[0] == 2
    assert sums("age ~ seven", "--patient", "patient")[0] == 0  # one row a treatment, same people
    assert sums("age ~ 1", "--patient", "patient")[0] == 2


def test_two_versions_that_few_patients_set_apart(sums):
    clinic()
    assert sums(PLAIN)[0] == 0
    for few in ({"changed": [3]}, {"patients": range(1, 48)}, {"patients": range(49)}):
        clinic(**few)
        status, said = sums(PLAIN)
        assert status == 2 and "set these sums apart" in said, few
    clinic(changed=[3])
    assert "differ in 'phq9'" in sums(PLAIN)[1]
    clinic(patients=range(60))
    assert sums(PLAIN)[0] == 0
    clinic()
    assert sums(PLAIN)[0] == 0  # as the first


@pytest.mark.parametrize("lose", ["delete", "empty", "older"])
def test_a_lost_ledger_lets_no_sums_out(sums, store, lose):
    clinic()
    assert sums(PLAIN)[0] == 0
    ledger = store / "clinic" / keeping.FILE
    older = ledger.read_bytes()
    assert sums(with_covariate("eight"))[0] == 0
    if lose == "delete":
        ledger.unlink()
    else:
        ledger.write_bytes(older if lose == "older" else b"")
    for options in ((), ("--allow-small",)):
        status, said = sums(PLAIN, *options)
        assert status == 2 and "nothing is shared" in said


def test_a_plain_file_has_no_memory_and_is_told_so(sums, tmp_path):
    rows = [(f"p{i}", t, np.sin(7.0 * i + t)) for i in range(20) for t in range(3)]
    path = tmp_path / "rows.csv"
    pd.DataFrame(rows, columns=["patient", "t", "y"]).to_csv(path, index=False)
    status, said = sums("y ~ t + (1 | patient)", "--json", name=path)
    assert status == 0 and "is not remembered" in said
    assert json.loads(said[said.index("{") :])["rows"] == 60
