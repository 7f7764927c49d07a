"""Pooled sums against the fit on all rows, and what must not be pooled or handed out."""

import itertools

import numpy as np
import pandas as pd
import pytest

from analysis.base.errors import RequestError
from analysis.demo import make_demo
from analysis.measures.variables import Variable
from analysis.questions.lab.effects import fit_formula
from analysis.questions.pooling.pooled_fit import pool_files
from analysis.questions.pooling.pooling import write_moments
from tests.unit.models.stored import REFERENCE, stored_fits
from tests.unit.questions import datasets
from tests.unit.questions.pooling.pooled_sites import assert_same, on_all_rows, sites


@pytest.fixture
def written(tmp_path):
    """write(frames, formula, **options) -> the paths of their sums."""

    def write(frames, formula, **options):
        out = []
        for i, frame in enumerate(frames):
            frame.to_csv(tmp_path / f"{i}.csv", index=False)
            options = {"patient": "p", "allow_small": True} | options
            write_moments(formula, tmp_path / f"{i}.csv", tmp_path / f"{i}.sums", **options)
            out.append(tmp_path / f"{i}.sums")
        return out

    return write


# Crossed groups, which are refused; and tables of 7,000 rows or more, for the time they take.
LEFT_OUT = ("penicillin.csv", "scotssec.csv", "chem97.csv", "egsingle.csv", "hsb82.csv")


@pytest.mark.parametrize(
    "formula",
    [
        "y ~ x + arm",
        "y ~ x + t + arm*sex + (1 | p)",
        "y ~ x*arm + t + (1 | site/th/p)",
        "y ~ t*x + C(arm, Treatment('a')) + (t | th/p)",
        "y ~ 0 + arm + t:x + log(x) + (arm | site) + (1 | p)",
        "y ~ when + x + (when | p) + (1 | th)",
        "y ~ when + (1 | p) + (when | th) + (1 | site)",
        "y ~ t + (1 | site) + (0 + t | p)",
        "y ~ t + x + (t || p) + (0 + x | th)",
        "y ~ arm:x + (0 + sex | th)",
    ],
)
def test_pooled_sums_give_the_fit_of_all_rows(formula, written, tmp_path):
    frames = sites()
    paths = written(frames, formula)
    assert_same(pool_files(paths), on_all_rows(tmp_path, frames, formula))


@pytest.mark.parametrize(("method", "df"), [("ML", "satterthwaite"), ("REML", "kenward-roger")])
def test_methods_and_degrees_of_freedom_as_in_a_fit(method, df, written, tmp_path):
    frames, formula = sites(2), "y ~ t + x + sex + (1 | th/p)"
    fit = on_all_rows(tmp_path, frames, formula, method=method, df=df)
    assert_same(pool_files(written(frames, formula), method, df), fit)


def test_missing_values_are_left_out_and_counted(written, tmp_path):
    frames, formula = sites(3), "y ~ t + x + (t | p)"
    for frame in frames:
        frame.loc[frame.index[::7], "x"] = np.nan
    assert_same(pool_files(written(frames, formula)), on_all_rows(tmp_path, frames, formula))


def test_large_constants_cost_no_digits(written, tmp_path):
    frames, formula = sites(4), "y ~ day + (day | p)"
    for s, frame in enumerate(frames):  # whole days since an epoch: products of 1e10
        frame["day"] = 100_000 + 1_000 * s + 7 * frame["t"]
    assert_same(pool_files(written(frames, formula)), on_all_rows(tmp_path, frames, formula))


def test_the_order_of_the_files_is_irrelevant(written):
    paths = written(sites(), "y ~ t + arm + (1 | th/p)")
    first = pool_files(paths)
    for order in itertools.islice(itertools.permutations(paths), 1, None, 2):
        assert_same(pool_files(list(order)), first)


def nested_fits():
    """The stored REML fits with nested groups."""
    for key, fit in stored_fits().items():
        if fit["method"] == "REML" and fit["random"] and fit["data"] not in LEFT_OUT:
            yield pytest.param(fit, id=key)


@pytest.mark.parametrize("fit", list(nested_fits()))
def test_published_data_split_into_sites(fit, written, tmp_path):
    """Whole groups of the outermost level go to one of two sites."""
    outer = min(fit["groups"], key=fit["groups"].get).split(":")
    kinds = dict.fromkeys({n for g in fit["groups"] for n in g.split(":")}, str)
    frame = pd.read_csv(REFERENCE / "data" / fit["data"], dtype=kinds, keep_default_na=False)
    label = frame[outer].agg("|".join, axis=1)
    second = label.isin(sorted(label.unique())[::2])
    halves = [frame[~second], frame[second]]
    whole = on_all_rows(tmp_path, [frame], fit["formula"])
    assert_same(pool_files(written(halves, fit["formula"], patient=None)), whole)


def test_groups_of_different_sites_are_different_groups(written):
    frames = sites()
    for frame in frames:
        frame["th"] = frame["th"].str[2:]  # T0, T1 … at every site
    pooled = pool_files(written(frames, "y ~ t + (1 | th)"))
    assert pooled.groups == {"th": 4 + 5 + 6}


def test_declared_levels_change_nothing(written, tmp_path):
    frames, formula = sites(), "y ~ x*arm + sex + (1 | p)"
    paths = written(frames, formula, levels={"arm": ("c", "a", "b"), "sex": ("f", "m", "x")})
    assert_same(pool_files(paths), on_all_rows(tmp_path, frames, formula))


def test_declared_levels_must_hold_those_that_occur(written):
    with pytest.raises(RequestError, match="levels that --levels does not name"):
        written(sites(), "y ~ arm + (1 | p)", levels={"arm": ("a", "b")})
    with pytest.raises(RequestError, match="no category of the formula"):
        written(sites(), "y ~ arm + (1 | p)", levels={"t": ("1", "2")})


def test_datasets_are_pooled_and_their_dictionaries_compared(store, tmp_path):
    formula = "phq9 ~ session + wai_bond + employed + (session | patient)"
    paths = [tmp_path / "one.sums", tmp_path / "two.sums"]
    for seed, path in enumerate(paths):
        make_demo(name=f"d{seed}", episodes=150, seed=seed)
        site = write_moments(formula, f"d{seed}", path, allow_small=True)
        assert site.dictionary["phq9"]["maximum"] == 27
    singles = [fit_formula(formula, f"d{seed}") for seed in range(2)]
    pooled = pool_files(paths)
    assert pooled.rows == sum(f.rows for f in singles)
    assert pooled.groups["patient"] == sum(f.groups["patient"] for f in singles)
    low, high = sorted(f.fixed[1].estimate for f in singles)
    assert low < pooled.fixed[1].estimate < high


def _dataset(name: str, **changes):
    tables = datasets.r_tables()
    tables["session"] = tables["session"].assign(bond=lambda f: f["bond"] + len(name))
    variables = [
        Variable(**({s: getattr(v, s) for s in Variable.__slots__} | changes))
        if v.name == "bond"
        else v
        for v in datasets.VARIABLES
    ]
    datasets.write(name, tables, variables)


@pytest.mark.parametrize(
    ("field", "value"), [("higher_is", "worse"), ("minimum", 12.0), ("rater", "therapist")]
)
def test_another_meaning_of_a_variable_is_refused(field, value, store, tmp_path):
    _dataset("one")
    _dataset("three", **{field: value})
    for name in ("one", "three"):
        write_moments("phq9 ~ bond + (1 | episode)", name, tmp_path / name, allow_small=True)
    with pytest.raises(RequestError, match=f"dictionaries differ: {field} of 'bond'"):
        pool_files([tmp_path / "one", tmp_path / "three"])


def test_a_plain_file_beside_a_dataset_is_pooled_with_a_word(store, tmp_path):
    _dataset("one")
    formula = "phq9 ~ bond + (1 | episode)"
    session = datasets.r_tables()["session"]
    session.assign(phq9=session["phq9"] + 1).to_csv(tmp_path / "s.csv", index=False)
    write_moments(formula, "one", tmp_path / "a", allow_small=True)
    write_moments(formula, tmp_path / "s.csv", tmp_path / "b", allow_small=True)
    assert (
        "without a dictionary" in pool_files([tmp_path / "a", tmp_path / "b"]).status.messages[-1]
    )


def test_what_does_not_belong_together_is_refused(written, tmp_path):
    paths = written(sites(), "y ~ t + (1 | th/p)")
    with pytest.raises(RequestError, match="nothing to pool"):
        pool_files(paths[:1])
    with pytest.raises(RequestError, match="given twice"):
        pool_files([*paths, paths[0]])
    kept = tmp_path / "kept"
    paths[0].rename(kept)
    other = written(sites()[:1], "y ~ t + x + (1 | th/p)")
    with pytest.raises(RequestError, match="formulae differ"):
        pool_files([kept, *other])
    texts = [sites()[0].assign(t=lambda f: "week " + f["t"].astype(str))]
    with pytest.raises(RequestError, match="'t' is a number at one site and a category"):
        pool_files([kept, *written(texts, "y ~ t + (1 | th/p)")])


def test_the_same_rows_in_another_order_and_under_other_names_are_the_same_site(written, tmp_path):
    first = written(sites()[:1], "y ~ t + (1 | th/p)")[0].rename(tmp_path / "first")
    again = sites()[0].sample(frac=1, random_state=1)
    again["p"], again["th"] = "z" + again["p"].str[::-1], again["th"].str[::-1]
    with pytest.raises(RequestError, match="given twice"):
        pool_files([first, *written([again], "y ~ t + (1 | th/p)")])
