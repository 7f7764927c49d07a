"""statsmodels as second witness, against lme4's stored answers, and what it refuses."""

import numpy as np
import pytest

from analysis.base.errors import ModelError
from analysis.models.witness import RandomBlock, witness
from tests.unit.models.stored import dense_model, stored_fits

INSIDE = [
    "sleepstudy: Reaction ~ Days + (Days | Subject) REML",
    "sleepstudy: Reaction ~ Days + (Days | Subject) ML",
    "sleepstudy: Reaction ~ Days + (Days || Subject) REML",
    "sleepstudy: log(Reaction) ~ log(Days + 1) + (1 | Subject) REML",
    "dyestuff: Yield ~ 1 + (1 | Batch) REML",
    "dyestuff: Yield ~ 1 + (1 | Batch) ML",
    "pastes: strength ~ 1 + (1 | batch/cask) REML",
    "pastes: strength ~ 1 + (1 | batch/cask) ML",
    "machines: score ~ Machine + (1 | Worker/Machine) REML",
    "machines: score ~ Machine + (0 + Machine | Worker) REML",
    "oxide: Thickness ~ 1 + (1 | Lot/Wafer) REML",
    "orthodont: distance ~ age + Sex + (age || Subject) REML",
    "pbg: deltaBP ~ log(dose) * Treatment + (1 | Rabbit) ML",
    "pixel: pixel ~ day + I(day**2) + (day | Dog) + (1 | Side:Dog) REML",
    "ratpup: weight ~ Treatment * sex + Lsize + (1 | Litter) REML",
]
AT_THE_EDGE = [
    "dyestuff2: Yield ~ 1 + (1 | Batch) REML",
    "dyestuff2: Yield ~ 1 + (1 | Batch) ML",
    "oxide: Thickness ~ 1 + (1 | Source/Lot/Wafer) ML",
    "coop: Conc ~ 1 + (1 | Lab/Spc/Bat) REML",
]


@pytest.mark.parametrize("key", INSIDE)
def test_equals_lme4_inside_the_space(key):
    fit = stored(key)
    ours = second(fit)
    assert ours.converged and not ours.boundary
    # Its search stops at a slope of 1e-6; the criterion is quadratic in what is left.
    assert ours.criterion == pytest.approx(fit["criterion"], rel=1e-8)
    se = np.sqrt(np.diag(fit["covariance"]))
    assert np.abs((ours.beta - fit["estimates"]) / se).max() < 1e-4
    assert ours.se == pytest.approx(se, rel=1e-4)
    assert ours.sigma == pytest.approx(fit["sigma"], rel=1e-4)
    sds = [sd for block in fit["random"] for sd in block["sds"]]
    # A standard deviation is known to the square root of the criterion's error.
    assert [sd for _, _, sd in ours.random] == pytest.approx(sds, rel=1e-3)
    labels = [(b["group"], t) for b in fit["random"] for t in b["terms"]]
    assert [(g, t) for g, t, _ in ours.random] == labels


def test_correlation_of_sleepstudy():
    ours = second(stored("sleepstudy: Reaction ~ Days + (Days | Subject) REML"))
    ((group, first, other, r),) = ours.correlations
    assert (group, first, other) == ("Subject", "(Intercept)", "Days")
    assert r == pytest.approx(0.0656, abs=1e-3)  # lme4 prints .07


@pytest.mark.parametrize("key", AT_THE_EDGE)
def test_at_the_edge_it_says_so(key):
    fit = stored(key)
    ours = second(fit)
    assert ours.boundary
    # It stops beside the edge: 1.1e-4 on Dyestuff2, 4e-4 on coop; never below the minimum.
    assert -1e-6 < ours.criterion - fit["criterion"] < 2e-3


def test_order_of_rows_and_names_of_groups_do_not_matter():
    fit = stored("pastes: strength ~ 1 + (1 | batch/cask) REML")
    model, order = dense_model(fit), np.random.default_rng(1).permutation(fit["rows"])
    blocks = tuple(
        RandomBlock(
            block.group, np.array([hash(c) for c in block.codes])[order], block.terms, block.z
        )
        for block in blocks_of(fit)
    )
    shuffled = witness(model.y[order], model.x[order], tuple(fit["terms"]), blocks, "REML")
    # Sums in another order, and a search that stops elsewhere by its own tolerance.
    assert shuffled.criterion == pytest.approx(second(fit).criterion, rel=1e-9)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("penicillin: diameter ~ 1 + (1 | plate) + (1 | sample) REML", "crossed groups"),
        (
            "wafer: current ~ voltage + I(voltage**2) + (voltage | Wafer)"
            " + (voltage | Site:Wafer) REML",
            "correlated random terms within 'Site:Wafer'",
        ),
    ],
)
def test_what_it_cannot_fit_is_said_in_one_sentence(key, said):
    with pytest.raises(ModelError, match=said):
        second(stored(key))


def test_no_random_effects_no_witness():
    with pytest.raises(ModelError, match="without random effects"):
        witness(np.arange(4.0), np.ones((4, 1)), ("(Intercept)",), ())


@pytest.mark.parametrize(
    ("y", "said"), [([1, 1, 1, 1], "constant"), ([1, 2, 3, np.nan], "missing")]
)
def test_degenerate_outcomes(y, said):
    block = RandomBlock("g", np.array([0, 0, 1, 1]), ("(Intercept)",), np.ones((4, 1)))
    with pytest.raises(ModelError, match=said):
        witness(np.array(y, dtype=float), np.ones((4, 1)), ("(Intercept)",), (block,))


def test_collinear_predictors_are_refused_without_a_traceback():
    rng = np.random.default_rng(2)
    x = np.column_stack([np.ones(20), np.arange(20.0), 2 * np.arange(20.0)])
    block = RandomBlock("g", np.repeat(np.arange(5), 4), ("(Intercept)",), np.ones((20, 1)))
    with pytest.raises(ModelError, match="no answer"):
        witness(rng.normal(size=20), x, ("(Intercept)", "a", "b"), (block,))


def stored(key: str) -> dict:
    return stored_fits()[key.replace("**", "^")]


def second(fit: dict):
    model = dense_model(fit)
    return witness(model.y, model.x, tuple(fit["terms"]), blocks_of(fit), fit["method"])


def blocks_of(fit: dict) -> tuple[RandomBlock, ...]:
    dense = dense_model(fit).blocks
    return tuple(
        RandomBlock(stored["group"], block.ids, tuple(stored["terms"]), block.z)
        for stored, block in zip(fit["random"], dense, strict=True)
    )
