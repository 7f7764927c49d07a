"""Pooled sums against the fit on all rows, and what must not be pooled or handed out."""

import itertools
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.application import cli
from analysis.base.errors import RapportError, RequestError
from analysis.demo import make_demo
from analysis.measures.variables import Variable
from analysis.questions.lab.effects import fit_formula
from analysis.questions.pooling.pooled_fit import pool_files
from analysis.questions.pooling.pooling import ROWS, site_sums, write_moments
from tests.unit.models.stored import REFERENCE, stored_fits
from tests.unit.questions import datasets

# Sums taken in another order differ by some 1e-13; the search stops in the same place.
SAME = 1e-8
# Crossed groups, which are refused; and tables of 7,000 rows or more, for the time they take.
LEFT_OUT = ("penicillin.csv", "scotssec.csv", "chem97.csv", "egsingle.csv", "hsb82.csv")


def sites(seed: int = 1) -> list[pd.DataFrame]:
    """Three sites of 4, 5, 6 therapists with 5-14 patients of 3-5 sessions. Site 1 lacks arm 'a',
    site 0 lacks sex 'x'; x differs between sites by thirty."""
    rng = np.random.default_rng(seed)
    return [
        pd.DataFrame(_rows(rng, s), columns="site th p t when x sex arm y".split())
        for s in range(3)
    ]


def _rows(rng, s: int):
    for th in range(4 + s):
        of_therapist = rng.normal()
        for p in range(rng.integers(5, 15)):
            level, slope = rng.normal(), 0.3 * rng.normal() - 0.5
            sex, arm = "fmx"[rng.integers(3 if s else 2)], "abc"[rng.integers(s == 1, 3)]
            for t in range(rng.integers(3, 6)):
                x = 40 + 30 * s + 5 * rng.normal()
                y = 10 + 0.1 * x + of_therapist + level + slope * t + (arm == "c") + rng.normal()
                when = t + rng.uniform(0, 0.5)
                yield f"S{s}", f"S{s}T{th}", f"S{s}T{th}P{p}", t, when, x, sex, arm, y


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


def on_all_rows(tmp_path, frames, formula, **options):
    pd.concat(frames).to_csv(tmp_path / "all.csv", index=False)
    return fit_formula(formula, tmp_path / "all.csv", **options)


def assert_same(pooled, fit):
    assert pooled.groups == fit.groups
    assert replace(pooled.status, messages=()) == replace(fit.status, messages=())
    # What the rows themselves tell (`lab/notes.py`) comes first, and pooled sums cannot.
    assert fit.status.messages[-len(pooled.status.messages) or len(fit.status.messages) :] == (
        pooled.status.messages
    )
    assert (pooled.rows, pooled.rows_dropped) == (fit.rows, fit.rows_dropped)
    for name in ("criterion", "sigma", "r2_marginal", "r2_conditional"):
        assert getattr(pooled, name) == pytest.approx(getattr(fit, name), rel=SAME)
    for one, two in zip(pooled.fixed, fit.fixed, strict=True):
        assert one.term == two.term
        assert one.estimate == pytest.approx(two.estimate, rel=SAME, abs=SAME * two.se)
        assert one.se == pytest.approx(two.se, rel=SAME)
        # A second derivative by differences: it carries their rounding.
        assert one.df == pytest.approx(two.df, rel=1e-5)
    for one, two in zip(pooled.random, fit.random, strict=True):
        assert (one.group, one.term) == (two.group, two.term)
        # A variance of zero is found to the root of its own rounding.
        assert one.sd == pytest.approx(two.sd, rel=SAME, abs=1e-6 * fit.sigma)


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


def regular(patients: int, sessions=(4,), seed: int = 0) -> pd.DataFrame:
    """Patients with as many sessions as `sessions` says in turn."""
    rng = np.random.default_rng(seed)
    cells = [(f"p{i}", t) for i in range(patients) for t in range(sessions[i % len(sessions)])]
    frame = pd.DataFrame(cells, columns=["p", "t"])
    return frame.assign(y=rng.normal(size=len(frame)), x=rng.normal(size=len(frame)))


@pytest.fixture
def told(tmp_path):
    """told(frame, formula, …) -> the Disclosure of its sums."""

    def disclosure(frame, formula, **options):
        frame.to_csv(tmp_path / "one.csv", index=False)
        return site_sums(formula, tmp_path / "one.csv", **options).disclosure

    return disclosure


def test_patterns_of_eight_patients_pass_and_of_seven_do_not(told):
    found = told(regular(16, (3, 4)), "y ~ t + (t | p)")
    assert (found.entries, found.small_entries, found.is_small) == (2, 0, False)
    found = told(regular(15, (3, 4)), "y ~ t + (t | p)")
    assert (found.entries, found.small_entries, found.patients) == (2, 1, 15)
    assert not told(regular(15, (3, 4)), "y ~ t + (t | p)", least=7).is_small


def test_irregular_times_stand_for_one_patient_each(told):
    frame = regular(20).assign(t=lambda f: f["t"] + f["x"])
    assert told(frame, "y ~ t + (t | p)").small_entries == 20
    assert told(frame, "y ~ t + (1 | p)").small_entries == 0


def test_patients_not_groups_are_counted(told):
    """Ten episodes of one pattern, but of five patients."""
    frame = regular(10).assign(who=lambda f: f["p"].str[1:].astype(int) // 2)
    assert not told(frame, "y ~ t + (1 | p)").is_small
    found = told(frame, "y ~ t + (1 | p)", patient="who")
    assert (found.patients, found.small_entries) == (5, 1)


def test_a_file_with_a_row_a_patient(told):
    frame = regular(3, (10,)).rename(columns={"p": "th"})
    assert told(frame, "y ~ x + (1 | th)").small_entries == 1  # the therapist counts as one
    assert not told(frame, "y ~ x + (1 | th)", patient=ROWS).is_small
    with pytest.raises(RequestError, match="Nothing tells patients apart"):
        told(frame, "y ~ x")
    assert told(frame, "y ~ x", patient=ROWS).patients == 30


def test_a_column_called_patient_is_taken(told):
    frame = regular(30, (2,)).assign(th=lambda f: "a", patient=lambda f: f["p"])
    assert told(frame, "y ~ x + (1 | th)").patients == 30


def test_rows_without_their_patient_are_refused(told):
    frame = regular(20).assign(who=lambda f: f["p"].where(f["t"] > 0))
    with pytest.raises(RequestError, match="20 rows do not say which patient"):
        told(frame, "y ~ t + (1 | p)", patient="who")
    with pytest.raises(RequestError, match="There is no column 'woh'; did you mean 'who'"):
        told(frame, "y ~ t + (1 | p)", patient="woh")


def test_refusal_writes_nothing_and_says_what_helps(tmp_path):
    regular(15, (3, 4)).to_csv(tmp_path / "one.csv", index=False)
    with pytest.raises(RequestError, match="fewer than 8 patients") as refused:
        write_moments("y ~ t + (t | p)", tmp_path / "one.csv", tmp_path / "out")
    assert "1 of 2 sums" in refused.value.where and "--allow-small" in refused.value.next_step
    assert not (tmp_path / "out").exists()


def test_by_command(tmp_path, capsys):
    frames = [regular(16, (3, 4), seed) for seed in range(2)]
    paths = [str(tmp_path / f"{i}.sums") for i in range(2)]
    for i, frame in enumerate(frames):
        frame["p"] = f"{i}" + frame["p"]
        frame.to_csv(tmp_path / f"{i}.csv", index=False)
        arguments = [str(tmp_path / f"{i}.csv"), "y ~ t + (t | p)", "--out", paths[i], "--json"]
        assert cli.main(["moments", *arguments]) == 0
        out, err = capsys.readouterr()
        answer = json.loads(out)
        assert answer["disclosure"]["small_entries"] == 0 and answer["rows"] == len(frame)
        assert "at least 8 patients" in err
    assert cli.main(["pool", *paths, "--json"]) == 0
    pooled = json.loads(capsys.readouterr().out)
    pd.concat(frames).to_csv(tmp_path / "all.csv", index=False)
    assert cli.main(["fit", "y ~ t + (t | p)", "--data", str(tmp_path / "all.csv"), "--json"]) == 0
    fit = json.loads(capsys.readouterr().out)
    assert pooled.keys() == fit.keys() and pooled["groups"] == fit["groups"] == {"p": 32}
    assert pooled["criterion"] == pytest.approx(fit["criterion"], rel=SAME)
    assert cli.main(["pool", paths[0]]) == 2
    assert "nothing to pool" in capsys.readouterr().err
    assert (
        cli.main(
            [
                "moments",
                str(tmp_path / "0.csv"),
                "y ~ t + (t | p)",
                "--min-patients",
                "9",
                "--out",
                paths[0],
            ]
        )
        == 2
    )
    assert "fewer than 9 patients" in capsys.readouterr().err


def test_a_model_that_crosses_groups_is_refused(told):
    frame = regular(16).assign(th=lambda f: f["t"] % 2)
    with pytest.raises(RapportError, match="not nested"):
        told(frame, "y ~ x + (1 | p) + (1 | th)")
