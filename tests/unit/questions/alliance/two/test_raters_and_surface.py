"""Truth and bias, and response surfaces: the numbers of R (alliance.R), words, refusals."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.application import cli
from analysis.models.process.response_surface import polynomial, surface_of
from analysis.questions.alliance.two.raters import raters
from analysis.questions.alliance.two.surface import surface

REFERENCE = Path(__file__).resolve().parents[4] / "reference"
R = json.loads((REFERENCE / "alliance.json").read_text(encoding="utf-8"))
DATA = REFERENCE / "data"
RATINGS = {"two_raters": ("rated_by_patient", "rated_by_therapist"), "raters_gaps": ("p", "t")}


def run(capsys, *arguments):
    status = cli.main([str(a) for a in arguments])
    out, err = capsys.readouterr()
    return status, out, err


@pytest.mark.parametrize("name", RATINGS)
def test_truth_and_bias_are_lme4s(capsys, name):
    p, t = RATINGS[name]
    status, out, _ = run(
        capsys, "raters", DATA / f"{name}.csv",
        "--patient-rating", p, "--therapist-rating", t, "--json",
    )  # fmt: skip
    answer, their = json.loads(out), R["raters"][name]
    assert status == 0
    for key, se in zip(("bias", "congruence"), their["se"], strict=True):
        assert answer[key]["estimate"] == pytest.approx(their[key], abs=1e-5)
        assert answer[key]["se"] == pytest.approx(se, abs=1e-5)
    for key, value in their["variances"].items():
        assert answer["variances"][key] == pytest.approx(value, abs=1e-5)
    assert answer["log_likelihood"] == pytest.approx(their["log_likelihood"], abs=1e-6)
    assert answer["surface"] is None


def test_the_surface_is_rs_from_r_s_own_file_and_from_a_csv(capsys, tmp_path):
    """motcon.tab is what write.table leaves: blanks, quotes, a header one field short."""
    table = pd.read_csv(DATA / "surface_motcon.tab", sep=" ", index_col=0)
    table.to_csv(tmp_path / "motcon.csv", index=False)
    for path in (DATA / "surface_motcon.tab", tmp_path / "motcon.csv"):
        status, out, _ = run(
            capsys, "surface", path, "--x", "ePow", "--y", "iPow", "--outcome", "postVA", "--json"
        )
        answer = json.loads(out)
        assert status == 0 and answer["rows"] == 84
        assert answer["r2"] == pytest.approx(R["surfaces"]["motcon"]["r2"], abs=1e-8)
        compare(answer["surface"], R["surfaces"]["motcon"]["shapes"])
        assert answer["surface"]["verdict"].startswith("No congruence effect can be claimed")
        assert not answer["surface"]["congruence_effect"]


def compare(shapes: dict, theirs: dict) -> None:
    """Estimates and errors to 1e-5, of the large ones to 1e-5 of their size."""
    for name, their in theirs.items():
        assert shapes[name]["estimate"] == pytest.approx(their["estimate"], abs=1e-5, rel=1e-5)
        # R's script takes differences of the ridge, too: five digits of their errors.
        assert shapes[name]["se"] == pytest.approx(their["se"], abs=1e-5, rel=1e-5)


def test_another_surface_with_gaps(capsys):
    found = surface(str(DATA / "raters_gaps.csv"), "p", "t", "z")
    shapes = {s.name: {"estimate": s.estimate, "se": s.se} for s in found.surface.shapes}
    compare(shapes, R["surfaces"]["raters_gaps"]["shapes"])
    assert found.r2 == pytest.approx(R["surfaces"]["raters_gaps"]["r2"], abs=1e-8)
    assert found.rows + found.rows_dropped == len(pd.read_csv(DATA / "raters_gaps.csv"))


def test_the_surface_within_dyads_is_lme4s():
    found = raters(str(DATA / "raters_gaps.csv"), "p", "t", "z")
    shapes = {s.name: {"estimate": s.estimate, "se": s.se} for s in found.surface.shapes}
    theirs = R["within"]["raters_gaps"]["shapes"]
    for name, their in theirs.items():  # two optimisers: four digits
        assert shapes[name]["estimate"] == pytest.approx(their["estimate"], rel=1e-4, abs=1e-4)
        assert shapes[name]["se"] == pytest.approx(their["se"], rel=1e-3)


def test_a_made_congruence_effect_is_found_and_its_mirror_is_a_valley(tmp_path):
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(2, 600))
    z = 1 + 0.2 * (x + y) - 0.6 * (x - y) ** 2 - 0.1 * (x + y) ** 2 + rng.normal(size=600)
    pd.DataFrame(dict(x=x, y=y, z=z, s=-z)).to_csv(tmp_path / "made.csv", index=False)
    good = surface(str(tmp_path / "made.csv"), "x", "y", "z")
    low = surface(str(tmp_path / "made.csv"), "x", "y", "s", lower_is_better=True)
    wrong = surface(str(tmp_path / "made.csv"), "x", "y", "s")
    assert good.surface.is_congruence and good.sentence.startswith("Agreement goes with a higher")
    assert low.surface.is_congruence and "lower outcome" in low.sentence
    assert not wrong.surface.is_congruence
    assert good.surface.shape("p10").holds(0) and good.surface.shape("p11").holds(1)


def test_one_condition_missing_is_named(tmp_path):
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(2, 600))
    z = 0.8 * x - 0.6 * (x - y) ** 2 + rng.normal(size=600)
    pd.DataFrame(dict(x=x, y=y, z=z)).to_csv(tmp_path / "made.csv", index=False)
    found = surface(str(tmp_path / "made.csv"), "x", "y", "z")
    assert found.surface.conditions["a4 below 0"] and not found.surface.conditions["a3 may be 0"]
    assert "goes with another outcome than the reverse (a3)" in found.sentence


def test_units_change_the_coefficients_alone(tmp_path):
    table = pd.read_csv(DATA / "surface_motcon.tab", sep=" ", index_col=0)
    table[["ePow", "iPow"]] *= 1e6
    table.to_csv(tmp_path / "scaled.csv", index=False)
    found = surface(str(tmp_path / "scaled.csv"), "ePow", "iPow", "postVA")
    their = R["surfaces"]["motcon"]["shapes"]
    assert found.r2 == pytest.approx(R["surfaces"]["motcon"]["r2"], abs=1e-8)
    assert found.surface.shape("p11").estimate == pytest.approx(their["p11"]["estimate"], abs=1e-6)
    a4 = found.surface.shape("a4")
    assert a4.estimate / a4.se == pytest.approx(their["a4"]["estimate"] / their["a4"]["se"], 1e-6)


def test_the_worked_surface():
    found = surface_of(np.array([0, 0.3, 0.2, -0.1, 0.2, -0.1]), np.eye(6) * 0.01)
    values = [found.shape(f"a{i}").estimate for i in range(1, 6)]
    assert values == pytest.approx([0.5, 0.0, 0.1, -0.4, 0.0])
    assert found.stationary is None and found.shape("p11").estimate is None
    assert found.value(np.array([2.0]), np.array([1.0])) == pytest.approx([0.7])
    assert len(polynomial(np.ones(3), np.ones(3))) == 6


def test_scales_apart_are_said(tmp_path):
    table = pd.read_csv(DATA / "two_raters.csv")
    table["rated_by_therapist"] *= 12
    table.to_csv(tmp_path / "apart.csv", index=False)
    found = raters(str(tmp_path / "apart.csv"), "rated_by_patient", "rated_by_therapist")
    assert any("different ranges" in m for m in found.messages)


def bad_raters():
    good = pd.read_csv(DATA / "raters_gaps.csv")
    return {
        "one rater": (good.assign(t=np.nan), "'t' was never rated: there is one rater alone"),
        "no column": (good.drop(columns="t"), "There is no column 't'"),
        "constant": (good.assign(p=4.0), "'p' is the same in every row"),
        "one session each": (good.drop_duplicates("patient"), "0 patients have two sessions"),
        "few": (good[good["patient"] < 6], "patients have two sessions or more rated by both"),
    }


@pytest.mark.parametrize("what", bad_raters())
def test_bad_ratings_get_one_sentence(capsys, tmp_path, what):
    table, sentence = bad_raters()[what]
    table.to_csv(tmp_path / "bad.csv", index=False)
    status, out, err = run(
        capsys, "raters", tmp_path / "bad.csv", "--patient-rating", "p", "--therapist-rating", "t"
    )
    assert (status, out) == (2, "") and sentence in err and err.count("\n") == 1


def bad_surfaces():
    good = pd.read_csv(DATA / "raters_gaps.csv")
    return {
        "no outcome": (good.drop(columns="z"), "There is no column 'z'"),
        "few rows": (good[:15], "rows have p, t and z"),
        "constant x": (good.assign(p=1.0), "'p' is the same in every row"),
        "a copy": (good.assign(t=good["p"]), "The ratings carry no surface"),
        "yes and no": (good.assign(p=(good["p"] > 4) * 1.0), "The ratings carry no surface"),
        "text": (good.assign(z="good"), "'z' has entries that are no numbers"),
    }


@pytest.mark.parametrize("what", bad_surfaces())
def test_bad_surfaces_get_one_sentence(capsys, tmp_path, what):
    table, sentence = bad_surfaces()[what]
    table.to_csv(tmp_path / "bad.csv", index=False)
    arguments = ("--x", "p", "--y", "t", "--outcome", "z")
    status, out, err = run(capsys, "surface", tmp_path / "bad.csv", *arguments)
    assert (status, out) == (2, "") and sentence in err and err.count("\n") == 1


def test_the_words_hold_the_numbers(capsys):
    arguments = ("--patient-rating", "p", "--therapist-rating", "t", "--outcome", "z")
    status, out, _ = run(capsys, "raters", DATA / "raters_gaps.csv", *arguments)
    assert status == 0 and out.startswith("Therapists rate 0.18 points lower")
    assert "a4" in out and "what goes together, not what follows" in out


def test_two_scales_are_put_on_the_patients_range(tmp_path):
    rng = np.random.default_rng(6)
    own = np.round(rng.normal(3.5, 0.4, 40)[:, None] + rng.normal(0, 0.4, (40, 6)), 2).ravel()
    noise = rng.normal(0, 0.05, len(own))
    rows = pd.DataFrame(dict(patient=np.repeat(np.arange(40), 6), p=own, t=10 * (own - 1 + noise)))
    rows.to_csv(tmp_path / "two.csv", index=False)
    ranges = ((1.0, 5.0), (0.0, 40.0))  # the therapist's is nearly the same rating on 0 to 40
    found = raters(str(tmp_path / "two.csv"), "p", "t", ranges=ranges)
    # Noise of .05 in 240 sessions: errors of .003 and .008.
    assert found.bias.estimate == pytest.approx(0, abs=0.02)
    assert found.congruence.estimate == pytest.approx(1, abs=0.04)
    assert any("range of 'p' (1 to 5)" in m for m in found.messages)
