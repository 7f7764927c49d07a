"""Files of sums against whoever knows every predictor: no sum of few patients can be had.

The attacker is a linear programme over the rows, written without the code that decides: for the odd
patient of a random dataset it looks for a combination of columns that is zero for all but few, and
reads that combination's sum of outcomes off the file.
"""

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from analysis.base.errors import RequestError
from analysis.questions.opening import open_source
from analysis.questions.pooling import pooling
from analysis.questions.pooling.isolation import isolated
from analysis.questions.pooling.pooling import ROWS, site_sums

DATA = Path(__file__).parents[3] / "sharing_attacks"
LEAST = 8


def test_a_patient_alone_in_an_arm_of_a_pattern_is_not_handed_out(tmp_path):
    """Of 20 patients with 7 sessions one was in 'wait': her scores were 104 in all."""
    frame = pd.read_csv(DATA / "rare.csv")
    frame["y"] = frame["phq9"].astype(float)
    frame.to_csv(tmp_path / "rare.csv", index=False)
    for slopes in ("1", "1 + session", "1 + session + I(session^2) + I(session^3)"):
        formula = f"y ~ session + arm + ({slopes} | patient)"
        assert site_sums(formula, tmp_path / "rare.csv").disclosure.singled_out


@contextmanager
def as_register(*asked, **options):
    """Rows that stay where they are."""
    with open_source(*asked, **options) as opened:
        yield replace(opened, inline=True)


def test_a_register_s_units_tell_the_same(tmp_path, monkeypatch):
    """Its rows are not read again: what its patients' sums give away is judged by these."""
    frame = pd.read_csv(DATA / "rare.csv")
    frame["y"] = frame["phq9"].astype(float)
    frame.to_csv(tmp_path / "rare.csv", index=False)
    monkeypatch.setattr(pooling, "open_source", as_register)
    found = site_sums("y ~ session + arm + (1 | patient)", tmp_path / "rare.csv").disclosure
    assert {where for where, _ in found.singled_out} == {
        "categories and numbers inside a pattern of measurements",
        "arm[wait] inside one sum",
    }


@pytest.mark.parametrize(
    ("formula", "tells"),
    [
        # One patient of 50 years.
        (" + ".join(f"I(abs(age - {at}))" for at in (49, 50, 51)), "combinations of"),
        ("age + I(cost^6)", "the squares of I(cost^6)"),
        ("place + (1 | therapist)", "place inside one sum"),  # six in all
        ("age + (age2 | therapist)", "columns with random effects inside one group"),
        ("age + cost + (1 | therapist)", None),
    ],
)
def test_rows_that_stay_in_a_register_are_judged_as_a_file_s(tmp_path, monkeypatch, formula, tells):
    rng = np.random.default_rng(4)
    age = np.delete(np.arange(20, 81), 30).repeat(2)[:119]
    rows = pd.DataFrame({"age": np.append(age, 50), "therapist": np.arange(120) // 60})
    rows["cost"] = rng.uniform(1, 2, 120)
    rows.loc[3, "cost"] = 4.0
    rows["place"] = (np.arange(120) % 60 < 3) * 1.0  # three of each therapist's
    rows["age2"] = np.where(np.arange(120) % 60 < 55, 30.0, rows["age"])
    rows["y"] = rng.normal(size=120)
    rows.to_csv(tmp_path / "f.csv", index=False)
    told = []
    for door in (open_source, as_register):
        monkeypatch.setattr(pooling, "open_source", door)
        found = site_sums(f"y ~ {formula}", tmp_path / "f.csv", patient=ROWS).disclosure.singled_out
        told.append({where for where, _ in found})
    assert told[0] == told[1]
    assert any(where.startswith(tells) for where in told[1]) if tells else not told[1]


@pytest.mark.parametrize(
    "formula", ["suicide_attempts + I(suicide_attempts^2)", "C(suicide_attempts)"]
)
def test_a_number_of_three_values_is_judged_as_its_category(formula):
    found = site_sums(f"post ~ {formula}", DATA / "three_values.csv", patient=ROWS).disclosure
    assert found.is_small and found.singled_out


def rows_of(rng, patients: int = 60, odd: int = 0) -> pd.DataFrame:
    """Patients with 3 to 5 rows; the odd one is alone in an arm, or in a value, or far out."""
    frame = pd.DataFrame([(f"p{i}", t) for i in range(patients) for t in range(3 + i % 3)])
    frame.columns = ["patient", "t"]

    def own(values):
        return frame["patient"].map(dict(zip(frame["patient"].unique(), values, strict=True)))

    arm, few, cost = (
        rng.integers(0, 2, patients),
        rng.integers(0, 2, patients),
        rng.gamma(2, 1, patients),
    )
    kind = rng.integers(4)
    if kind == 0:
        arm[odd] = 2
    elif kind == 1:
        few[odd] = 2
    elif kind == 2:
        cost[odd] = 40
    else:
        few[:], few[odd] = 0, 1
    frame["arm"], frame["few"] = own([f"a{a}" for a in arm]), own(few)
    frame["cost"], frame["y"] = own(cost), rng.normal(10, 3, len(frame)).round(3)
    return frame


TERMS = ("arm", "few", "I(few^2)", "cost", "I(cost^2)", "I(cost^6)", "arm:cost", "few:cost", "t")
RANDOM = ("(1 | patient)", "(t | patient)", "(1 + t + I(t^2) | patient)", "")


def random_formula(rng) -> str:
    fixed = rng.choice(TERMS, rng.integers(1, 5), replace=False)
    return "y ~ " + " + ".join([*fixed, *filter(None, [rng.choice(RANDOM)])])


def attacked(x: np.ndarray, people: np.ndarray, odd) -> int:
    """The fewest people, the odd one among them, in a combination that a programme finds."""
    x = x / np.maximum(np.abs(x).max(axis=0), 1e-300)
    row = np.flatnonzero(people == odd)[0]
    n, m = x.shape
    cost = np.concatenate([np.zeros(m), np.ones(n)])
    both = np.vstack([np.hstack([x, -np.eye(n)]), np.hstack([-x, -np.eye(n)])])
    found = linprog(
        cost,
        A_ub=both,
        b_ub=np.zeros(2 * n),
        A_eq=np.concatenate([x[row], np.zeros(n)])[None],
        b_eq=[1.0],
        bounds=[(None, None)] * m + [(0, None)] * n,
    )
    values = np.abs(x @ found.x[:m]) if found.success else np.ones(n)
    return len(set(people[values > 1e-6 * values.max()]))


def by_hand(frame: pd.DataFrame, formula: str) -> np.ndarray:
    """The predictors of the formula's fixed part, written out."""
    columns = [np.ones(len(frame))]
    arms = [(frame["arm"] == a).to_numpy(float) for a in sorted(frame["arm"].unique())[1:]]
    every = [(frame["arm"] == a).to_numpy(float) for a in sorted(frame["arm"].unique())]
    values = {n: frame[n].to_numpy(float) for n in ("few", "cost", "t")}
    for term in formula.split("~")[1].split(" + "):
        term = term.strip()
        if term == "arm":
            columns += arms
        elif term == "arm:cost":
            columns += [a * values["cost"] for a in every]
        elif term == "few:cost":
            columns.append(values["few"] * values["cost"])
        elif term.startswith("I("):
            name, power = term[2:-1].split("^")
            columns.append(values[name] ** int(power) if name in ("few", "cost") else values["t"])
        elif term in values:
            columns.append(values[term])
    return np.stack(columns, axis=1)


@pytest.mark.parametrize("seed", range(24))
def test_what_is_written_tells_of_no_few(seed, tmp_path):
    rng = np.random.default_rng(seed)
    frame, formula = rows_of(rng), random_formula(rng)
    frame.to_csv(tmp_path / "f.csv", index=False)
    if site_sums(formula, tmp_path / "f.csv").disclosure.is_small:
        return
    x, people = by_hand(frame, formula), frame["patient"].to_numpy()
    assert attacked(x, people, "p0") >= LEAST
    for rows in (3, 4, 5):  # each pattern of measurements
        here = frame.groupby("patient")["t"].transform("size").to_numpy() == rows
        units = pd.DataFrame(x[here]).groupby(people[here]).sum()
        if "p0" in units.index and "|" in formula:
            assert attacked(units.to_numpy(), units.index.to_numpy(), "p0") >= LEAST


def test_harmless_sums_are_written(tmp_path):
    """The rule is no refusal of everything: two arms of thirty, whole sessions."""
    rng = np.random.default_rng(0)
    frame = rows_of(rng).query("patient != 'p0'").assign(arm=lambda f: "a" + f["patient"].str[-1:])
    frame["arm"] = frame["arm"].map(lambda a: "a0" if a in ("a0", "a2", "a4", "a6", "a8") else "a1")
    frame.to_csv(tmp_path / "f.csv", index=False)
    assert not site_sums("y ~ t + arm + (t | patient)", tmp_path / "f.csv").disclosure.is_small


def test_a_combination_for_one_is_found_among_many_columns():
    rng = np.random.default_rng(3)
    x = np.c_[np.ones(200), rng.normal(size=(200, 6))]
    hidden = np.zeros(200)
    hidden[17] = 1
    mixed = np.c_[x, hidden + x @ rng.normal(size=7)]  # no single column tells
    assert isolated(x, np.arange(200), LEAST) == 0
    assert isolated(mixed, np.arange(200), LEAST) == 1


def test_rows_of_one_patient_are_no_patients(tmp_path):
    frame = rows_of(np.random.default_rng(1))
    frame.to_csv(tmp_path / "f.csv", index=False)
    with pytest.raises(RequestError, match="The rows are no patients: 'patient' has 60 values"):
        site_sums("y ~ t", tmp_path / "f.csv", patient=ROWS)


def test_equal_numbers_are_one_patient(tmp_path):
    frame = pd.DataFrame({"patient": ["10", "10.00", "11", "11.0"] * 15, "y": np.arange(60.0)})
    frame["patient"] = [f"{100 + i // 2}{'.00' * (i % 2)}" for i in range(60)]
    frame.to_csv(tmp_path / "f.csv", index=False)
    assert site_sums("y ~ 1", tmp_path / "f.csv").disclosure.patients == 30


def test_names_of_persons_are_no_levels(tmp_path):
    frame = rows_of(np.random.default_rng(1)).assign(
        therapist=lambda f: f["patient"].str[-1:] + "x"
    )
    frame.to_csv(tmp_path / "f.csv", index=False)
    with pytest.raises(RequestError, match="levels of 'therapist' are persons"):
        site_sums("y ~ t + therapist + (1 | patient)", tmp_path / "f.csv")
