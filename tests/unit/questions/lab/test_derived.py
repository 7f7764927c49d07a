"""within(x) and its like: against pandas, on a file and a dataset; over what rows a model is."""

import numpy as np
import pandas as pd
import pytest

from analysis.base.errors import FormulaError, ModelError
from analysis.importing import doors as importing
from analysis.models.language.derived import Derived, derived_of
from analysis.presentation.words.models.r_code import glmer_code, lmer_code
from analysis.questions.lab.binary import fit_binary
from analysis.questions.lab.effects import fit_formula

MAPPING = """
[keys]
clinic = "clinic"
therapist = "therapist"
patient = "patient"
session = "session"
ending = "ending"
[variables.y]
unit = "session"
[variables.x]
unit = "session"
[variables.age]
unit = "episode"
"""
PARTS = "y ~ within(x) + patient(x) + therapist(x) + clinic(x) + lag(x) + (1 | patient)"


def sessions() -> pd.DataFrame:
    """3 clinics x 4 therapists x 5 patients x 2 to 7 sessions; some x and y are missing."""
    rng = np.random.default_rng(3)
    rows = []
    for p in range(60):
        t = p // 5
        for s in range(1, 3 + rng.integers(0, 6)):
            rows.append((f"c{t // 4}", f"t{t:02d}", f"p{p:02d}", s))
    d = pd.DataFrame(rows, columns=["clinic", "therapist", "patient", "session"])
    code = d.patient.str[1:].astype(int)
    d["x"] = rng.normal(size=len(d)) + rng.normal(size=60)[code] + rng.normal(size=12)[code // 5]
    d["y"] = d.x * 0.5 + rng.normal(size=len(d)) + rng.normal(size=60)[code]
    d["age"] = np.round(20 + 40 * rng.random(60))[code]
    d["ending"] = np.where(rng.random(60) < 0.4, "unplanned", "planned")[code]
    d.loc[rng.random(len(d)) < 0.1, "x"] = np.nan
    d.loc[rng.random(len(d)) < 0.1, "y"] = np.nan
    return d


def by_pandas(d: pd.DataFrame) -> pd.DataFrame:
    """The same rows with a column for each part."""
    means = [d.x, *(d.groupby(k).x.transform("mean") for k in ("patient", "therapist", "clinic"))]
    means.append(pd.Series(d.x.mean(), index=d.index))
    names = ("within", "between_patients", "between_therapists", "between_clinics")
    parts = {n: a - b for n, a, b in zip(names, means, means[1:], strict=False)}
    return d.assign(**parts, before=d.groupby("patient").x.shift(1))


@pytest.fixture
def source(request, tmp_path, store):
    """The sessions as a file, or as a dataset."""
    path = tmp_path / "rows.csv"
    sessions().to_csv(path, index=False)
    if request.param == "file":
        return str(path)
    importing.import_files("made", [path], importing.Mapping.from_text(MAPPING))
    return "made"


@pytest.mark.parametrize("source", ["file", "dataset"], indirect=True)
def test_parts_are_those_of_pandas(source, tmp_path):
    own = tmp_path / "own.parquet"
    by_pandas(sessions()).to_parquet(own)
    found = fit_formula(PARTS, source)
    columns = "within + between_patients + between_therapists + between_clinics + before"
    plain = fit_formula(f"y ~ {columns} + (1 | patient)", str(own))
    assert found.rows == plain.rows and found.criterion == pytest.approx(plain.criterion, rel=1e-9)
    # Sums in another order: ten digits stay.
    assert [f.estimate for f in found.fixed] == pytest.approx(
        [f.estimate for f in plain.fixed], rel=1e-8
    )
    assert [f.term for f in found.fixed][1:3] == ["within(x)", "patient(x)"]
    assert found.row_unit == ("" if source.endswith("csv") else "session")


@pytest.mark.parametrize("source", ["file"], indirect=True)
def test_any_group_can_be_named(source):
    one = fit_formula("y ~ within(x, therapist) + between(x, therapist) + (1 | patient)", source)
    d = sessions()
    mean = d.groupby("therapist").x.transform("mean")
    d["a"], d["b"] = d.x - mean, mean - d.x.mean()
    d.to_csv(source, index=False)
    other = fit_formula("y ~ a + b + (1 | patient)", source)
    assert one.criterion == pytest.approx(other.criterion, rel=1e-9)


@pytest.mark.parametrize("source", ["dataset"], indirect=True)
def test_an_outcome_of_the_treatment_counts_each_treatment_once(source):
    d = sessions()
    early = d[d.session.between(3, 5)].groupby("patient").x.mean()
    one = d.groupby("patient").agg(ending=("ending", "first"), age=("age", "first"))
    one = one.assign(early=early).dropna()
    found = fit_binary("ending ~ early(x) + age", source)
    assert (found.rows, found.row_unit) == (len(one), "treatment")
    assert found.events == (one.ending == "unplanned").sum()
    last = d.dropna(subset="x").groupby("patient").x.last()
    means = d.groupby("patient").x.mean()
    whole = fit_formula("age ~ last(x) + mean(x)", source)
    own = pd.DataFrame(dict(last=last, mean=means, age=d.groupby("patient").age.first())).dropna()
    x = np.column_stack([np.ones(len(own)), own["last"], own["mean"]])
    assert [f.estimate for f in whole.fixed] == pytest.approx(np.linalg.lstsq(x, own.age)[0])
    # Up to a landmark, of the treatments that reached it.
    reached = d.groupby("patient").session.max() >= 4
    until = d[d.session <= 4].groupby("patient")
    three = d[d.session.between(2, 4)].groupby("patient").x.mean()
    last = until.x.agg(lambda v: v.dropna().iloc[-1:].mean())
    age = d.groupby("patient").age.first()
    own = pd.DataFrame(dict(early=three, mean=until.x.mean(), last=last, age=age))
    own = own[reached].dropna()
    found = fit_formula("age ~ early(x, 4) + mean(x, 4) + last(x, 4)", source)
    x = np.column_stack([np.ones(len(own)), own.early, own["mean"], own["last"]])
    assert found.rows == len(own)
    assert [f.estimate for f in found.fixed] == pytest.approx(np.linalg.lstsq(x, own.age)[0])
    with pytest.raises(ModelError, match=r"every treatment would count once a session.*early\(x\)"):
        fit_binary("ending ~ x + (1 | therapist)", source)
    for term, of in (("age", "age"), ("patient(x)", r"patient\(x\)"), ("mean(x)", r"mean\(x\)")):
        with pytest.raises(ModelError, match=f"'{of}' has one value in each patient"):
            fit_formula(f"y ~ x + ({term} | patient)", source)
    assert fit_formula("y ~ x + (0 + age | therapist) + (1 | patient)", source).groups
    alone = fit_formula("y ~ x", source)
    assert (alone.cluster, alone.df_method) == ("patient", "CR2")
    assert fit_formula("y ~ x", source, robust="none").cluster == ""
    said = fit_formula("y ~ x + (1 | patient)", source, weights="age").status.messages
    assert any("weighs by it and by its number of sessions" in m for m in said)


@pytest.mark.parametrize("source", ["file"], indirect=True)
@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("y ~ within(z)", "There is no variable 'z'"),
        ("y ~ within(x, g)", "There is no variable 'g'"),
        ("y ~ within(log(x))", "takes a variable of the data"),
        ("y ~ between(x)", "takes a variable of the data and a group"),
        ("y ~ early(x)", "sums up a treatment's sessions"),
        ("y ~ within(clinic)", "cannot be made of these data"),
    ],
)
def test_what_cannot_be_made_is_said(source, formula, said):
    with pytest.raises(FormulaError, match=said):
        fit_formula(formula, source)


def test_names_go_both_ways():
    for made in (Derived("within", "x"), Derived("between", "a b", "g"), Derived("early", "x")):
        assert derived_of(made.name) == made
    assert derived_of("x") is None and derived_of("log(x)") is None


def test_r_makes_the_same_columns():
    code = lmer_code("y ~ within(x) + between(x, g) + lag(x) + (within(x) | patient)", "REML")
    assert "d$within_x <- d$x - ave(d$x, d$patient, FUN = mean_of)" in code
    assert "d$between_x_g <- ave(d$x, d$g, FUN = mean_of) - mean_of(d$x)" in code
    assert "y ~ within_x + between_x_g + lag_x + (within_x | patient)" in code
    code = glmer_code("ending ~ early(x)", "ending == unplanned")
    assert code.startswith("# early_x: each treatment's mean over sessions 3 to 5 of x\n")


@pytest.mark.parametrize("source", ["dataset"], indirect=True)
def test_rows_of_therapists_and_patients_are_made_of_treatments(source):
    d = sessions()
    of = d.groupby("patient").agg(therapist=("therapist", "first"), age=("age", "first"))
    of["x"] = d.groupby("patient").x.mean()
    of["y"] = d.dropna(subset="y").groupby("patient").y.last()
    for unit in ("therapist", "patient"):
        own = of.reset_index().groupby(unit)[["x", "y", "age"]].mean().dropna()
        formula = f"last(y, {unit}) ~ mean(x, {unit}) + mean(age, {unit})"
        found = fit_formula(formula, source, robust="none")
        x = np.column_stack([np.ones(len(own)), own.x, own.age])
        assert (found.row_unit, found.rows) == (unit, len(own))
        assert [f.estimate for f in found.fixed] == pytest.approx(np.linalg.lstsq(x, own.y)[0])
    assert fit_formula("last(y, therapist) ~ mean(x, therapist)", source).cluster == "clinic"
    with pytest.raises(
        ModelError, match=r"'last\(y, therapist\)' is one for a therapist, but 'age'"
    ):
        fit_formula("last(y, therapist) ~ age", source)
    with pytest.raises(ModelError, match="one for a therapist, but 'patient'"):
        fit_formula("last(y, therapist) ~ 1 + (1 | patient)", source)


@pytest.mark.parametrize("second", ["0", "501", "'a'", "g"])
def test_a_landmark_is_a_session_and_a_unit_one_that_is_there(second):
    with pytest.raises(FormulaError, match="no session number, nor a unit"):
        fit_formula(f"y ~ mean(x, {second})", "nowhere")
