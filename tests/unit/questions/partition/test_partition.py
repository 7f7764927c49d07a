"""The partition against R, its invariances, its intervals."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.base.errors import RapportError
from analysis.measures.variables import Variable
from analysis.questions.partition.answer import partition
from analysis.questions.partition.fits.subset_fits import SubsetFits
from analysis.questions.partition.result import Partition
from analysis.questions.partition.rows.prepare import prepare
from analysis.questions.scope import Scope
from analysis.store.versions import catalogue
from analysis.store.versions.dataset import open_dataset
from tests.unit.questions.datasets import VARIABLES, r_tables, write
from tests.unit.questions.partition.reframed import (
    other_base,
    renamed,
    rescaled,
    shares,
    shown,
    shuffled,
    unit,
    whole,
    with_strangers,
)

REFERENCE = json.loads(
    (Path(__file__).parents[3] / "reference" / "partition.json").read_text(encoding="utf-8")
)
R = Scope("r", adjust="intake", window=(3, 5), bootstrap=0)
SCOPES = {
    "end": R,
    "end_not_adjusted": replace(R, adjust="none"),
    "next": replace(R, question="next"),
    "growth": replace(R, question="growth", window=(1, 2)),
    "growth_not_adjusted": replace(R, question="growth", adjust="none", window=(1, 2)),
}
FACTORS = ["alliance", "technique", "expectancy", "extra-therapeutic"]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """R's tables as the dataset 'r', for all tests of this module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAPPORT_STORE", str(tmp_path_factory.mktemp("store")))
        write("r", r_tables())
        yield


@pytest.fixture(scope="module")
def plain(written) -> dict[str, Partition]:
    """Each of SCOPES without intervals."""
    return {name: partition(scope) for name, scope in SCOPES.items()}


@pytest.fixture(scope="module")
def resampled(written) -> Partition:
    return partition(replace(R, bootstrap=40))


# --- R --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCOPES)
def test_rs_own_partition(plain, name):
    """16 fits by lmer, the variances by their formulas: tests/reference/partition.R."""
    answer, expected = plain[name], REFERENCE[name]
    assert answer.rows == expected["rows"]
    # lmer stops at a criterion within some 1e-8 of its minimum: variances within 1e-5.
    # The slopes of these patients hardly vary: a criterion that agrees to 1e-8 (all 32 do) leaves
    # 1e-4 of a share of that variance open.
    same = {"abs": 5e-4 if answer.question == "growth" else 2e-5}
    adjusted = answer.adjusted_for.share if answer.adjusted_for else 0.0
    parts = shown(expected)
    assert adjusted == pytest.approx(parts["adjusted"], **same)
    assert {b.factor: b.share for b in answer.blocks} == pytest.approx(parts["blocks"], **same)
    for block in answer.blocks:
        theirs = expected["blocks"][block.factor]
        for name in ("alone", "last"):
            assert getattr(block, name) == pytest.approx(unit(theirs[name]), **same)
    assert {u.level: u.share for u in answer.unexplained} == pytest.approx(parts["left"], **same)
    for level in expected["levels"]:
        ours = {v.factor: v.share for v in answer.levels if v.level == level}
        theirs = expected["level_shares"][level]
        assert ours == pytest.approx({f: unit(theirs[f]) for f in ours}, **same)
        # Without a part of its own at a level, a factor moves the level's share hardly at all.
        assert all(abs(theirs[f]) < 1e-3 for f in set(theirs) - set(ours))


# --- Sums and invariances -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {},  # those of SCOPES
        {"question": "next", "adjust": "none"},
        {"factors": ("expectancy",)},
        {"factors": ("technique", "alliance")},
        {"window": (1, 2)},
        {"clinics": ("k01", "k03", "k05", "k08", "k10")},
        {"outcome": "homework"},
    ],
    ids=str,
)
def test_the_shares_are_the_whole(plain, changes):
    answer = partition(replace(SCOPES["end"], **changes)) if changes else None
    for found in [answer] if answer else plain.values():
        check_whole(found)


def check_whole(answer: Partition) -> None:
    assert whole(answer) == pytest.approx(1, abs=1e-9)  # sums of a dozen doubles below 1
    assert all(u.share >= 0 for u in answer.unexplained)


def test_the_order_of_the_factors_is_irrelevant(plain):
    one = shares(plain["end"])
    other = partition(replace(SCOPES["end"], factors=tuple(FACTORS[::-1])))
    assert [b.factor for b in other.blocks] == FACTORS[::-1]
    # The same 16 fits; only a column's place differs.
    assert shares(other) == pytest.approx(one, abs=1e-7)


@pytest.mark.parametrize("question", ["end", "next", "growth"])
@pytest.mark.parametrize(
    "change", [rescaled, shuffled, renamed, other_base, with_strangers], ids=lambda f: f.__name__
)
def test_units_names_and_order_are_irrelevant(plain, change, question):
    name = change.__name__
    write(name, change(r_tables()))
    ours, before = partition(replace(SCOPES[question], dataset=name)), plain[question]
    assert ours.rows == before.rows and ours.groups == before.groups
    # The search stops at a variance within some 1e-5 of itself, of a share below 1. With slopes
    # the patients' covariance is singular here: a valley, flat along its bottom.
    same = 5e-4 if question == "growth" else 1e-5
    assert shares(ours) == pytest.approx(shares(before), abs=same)


def test_a_factor_of_pure_noise_gets_a_share_around_zero(store):
    """The correction for chance: over 6 draws of 15 noise columns the share is 0."""
    noise = [f"noise{i}" for i in range(15)]
    variables = (*VARIABLES, *(Variable(n, n, "episode", factor="practice") for n in noise))
    found = []
    for seed in range(6):
        tables, rng = r_tables(), np.random.default_rng(seed)
        drawn = {n: rng.normal(size=len(tables["episode"])) for n in noise}
        write("noise", tables | {"episode": tables["episode"].assign(**drawn)}, variables)
        found.append(partition(replace(R, dataset="noise", factors=("practice",))).blocks[0].share)
    # 15 columns of noise on 200 rows alone would raise R2 by 7 % of what intake leaves: by .04.
    # Half of the shares around zero are below it, and shown as 0.
    assert min(found) == 0.0 and np.mean(found) < 0.02


# --- Intervals ------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_intervals(written, resampled):
    again = partition(replace(R, bootstrap=40))
    assert (again.blocks, again.unexplained, again.levels) == (
        resampled.blocks,
        resampled.unexplained,
        resampled.levels,
    )
    other = partition(replace(R, bootstrap=40, seed=2))
    assert [b.share for b in other.blocks] == [b.share for b in resampled.blocks]
    assert [b.low for b in other.blocks] != [b.low for b in resampled.blocks]


def test_intervals_are_there_and_ordered(resampled):
    assert resampled.bootstrap.kind == "parametric"  # ten clinics are too few to be drawn
    assert resampled.bootstrap.failed == 0
    for part in (*resampled.blocks, *resampled.unexplained, resampled.adjusted_for):
        assert part.low <= part.high
    for block in resampled.blocks:
        assert block.low <= block.share < block.high
    assert all(u.low >= 0 and u.high <= 1 for u in resampled.unexplained)


def test_without_bootstrap_there_is_no_interval(plain):
    answer = plain["end"]
    parts = (*answer.blocks, *answer.unexplained, *answer.levels, answer.adjusted_for)
    assert all(p.low is None and p.high is None for p in parts)
    assert answer.bootstrap.kind == "none" and answer.bootstrap.failed == 0


def test_few_replicates_are_said_to_be_few(written):
    answer = partition(replace(SCOPES["end"], bootstrap=12))
    assert any("Only 12 bootstrap replicates" in m for m in answer.status.messages)
    assert answer.blocks[0].low is not None
    # Fewer than 10 usable ones say nothing about the ends of an interval.
    assert partition(replace(SCOPES["end"], bootstrap=5)).blocks[0].low is None


@pytest.mark.parametrize("question", ["end", "growth"])
def test_a_replicate_is_the_partition_of_the_repeated_therapists(written, question):
    # No ratings in sessions, so that every therapist has rows.
    factors = ("expectancy", "extra-therapeutic")
    scope = replace(SCOPES[question], factors=factors, adjust="none")

    def sums_of(name):
        with open_dataset(catalogue.find(name)) as dataset, dataset.cursor() as cursor:
            return SubsetFits(prepare(dataset, cursor, replace(scope, dataset=name)))

    tables = r_tables()
    one = {
        "clinic": tables["clinic"].head(1),
        "therapist": tables["therapist"].assign(clinic="k01"),
    }
    tables |= one
    write("one", tables)
    plain = sums_of("one")
    order = tables["therapist"].sort_values(["clinic", "therapist"])["therapist"]
    weights = np.random.default_rng(4).choice([1, 1, 2, 3], len(order))
    copies = {k: [] for k in tables}
    for name, weight in zip(order, weights, strict=True):
        episodes = tables["episode"].query("therapist == @name")
        for copy in map(str, range(weight)):
            own = tables["therapist"].query("therapist == @name").assign(therapist=name + copy)
            copies["therapist"].append(own)
            moved = episodes.assign(therapist=name + copy, episode=episodes["episode"] + copy)
            copies["episode"].append(moved)
            rows = tables["session"].loc[tables["session"]["episode"].isin(episodes["episode"])]
            copies["session"].append(rows.assign(episode=rows["episode"] + copy))
    repeated = {k: pd.concat(v) for k, v in copies.items() if v}
    write("repeated", tables | repeated)
    plain.sample()
    plain.ready()
    replicate = plain.replicates(weights[None].astype(float))
    expected = sums_of("repeated").sample()
    for subset, ours in replicate.items():
        # Replicates stop within a tenth of a standard error of a variance; with 42 therapists
        # that of their slopes' is half the slopes' variance.
        wide = 5 if question == "growth" else 1
        assert ours.total == pytest.approx(expected[subset].total, abs=wide * 2e-3)
        assert ours.random == pytest.approx(expected[subset].random, abs=wide * 4e-3)


def test_subsets_from_a_known_maximum_are_those_of_searches_from_several_starts(written):
    with open_dataset(catalogue.find("r")) as dataset, dataset.cursor() as cursor:
        fits = SubsetFits(prepare(dataset, cursor, SCOPES["growth_not_adjusted"]))
    searched, full = fits.sample(), fits.starts[fits.subsets[0]].theta
    for subset, ours in fits.sample(full).items():
        assert ours.random == pytest.approx(searched[subset].random, abs=1e-6)  # both are sharp


def test_progress_goes_from_nothing_to_done(written):
    told = []
    partition(replace(SCOPES["end"], bootstrap=20), progress=lambda s, text: told.append((s, text)))
    done = [s for s, _ in told]
    assert done[0] == 0.0 and done[-1] == 1.0 and done == sorted(done)
    assert all(text for _, text in told)


def test_head_and_groups(resampled):
    assert (resampled.dataset, resampled.question, resampled.outcome) == ("r", "end", "phq9")
    assert not resampled.synthetic and resampled.truth is None
    assert resampled.adjusted_for.variables == ("phq9 at intake",)
    assert [b.factor for b in resampled.blocks] == FACTORS
    assert resampled.blocks[1].variables == ("homework", "competence")
    assert resampled.groups == {"patient": 176, "therapist": 42, "clinic": 10}
    assert resampled.rows + sum(resampled.rows_out.values()) == 260
    assert resampled.fit.rows == 176
    assert {r["kind"] for r in resampled.tidy()} == {"adjusted", "factor", "unexplained"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"dataset": "rr"}, "'r'"),
        ({"question": "nxt"}, "did you mean 'next'"),
        ({"adjust": "intak"}, "did you mean 'intake'"),
        ({"outcome": "phq"}, "did you mean 'phq9'"),
        ({"outcome": "support"}, "no outcome"),
        ({"outcome": "employed"}, "no outcome"),
        ({"factors": ("practice",)}, "None of the chosen factors"),
        ({"factors": ()}, "None of the chosen factors"),
        ({"factors": ("aliance",)}, "alliance"),
        ({"clinics": ("k01", "nowhere")}, "1 of the chosen clinics"),
        ({"window": (5, 3)}, "window"),
        ({"window": (-1, 3)}, "window"),
        ({"window": (40, 50)}, "sessions 40 to 50"),
        ({"bootstrap": -1}, "bootstrap"),
        ({"bootstrap": 1_000_000}, "bootstrap"),
        ({"version": "0" * 12}, "version"),
    ],
    ids=str,
)
def test_refusals(written, changes, said):
    with pytest.raises(RapportError) as refused:
        partition(replace(SCOPES["end"], **changes))
    assert said in str(refused.value)
    assert refused.value.where
