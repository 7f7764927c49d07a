"""A fit held to R's stored numbers, each with its tolerance."""

import numpy as np
import pytest


def assert_same_fit(ours, stored: dict) -> None:
    """Rows, groups, criterion, coefficients, variances, R2 and singularity; R stops its search at
    a slope of up to 2e-3, which leaves its estimates with the errors that are allowed here."""
    assert ours.rows == stored["rows"]
    assert ours.rows_dropped == stored["rows_dropped"]
    assert ours.groups == stored["groups"]
    assert ours.method == stored["method"]
    assert ours.status.converged
    assert ours.status.singular == stored["singular"]
    # Quadratic in the search's error, so far better than asked: a wrong constant can't hide.
    assert ours.criterion == pytest.approx(stored["criterion"], rel=1e-8, abs=1e-7)
    assert ours.log_likelihood == pytest.approx(-ours.criterion / 2, rel=1e-12)
    assert_same_coefficients(ours, stored)
    assert_same_variances(ours, stored)


def assert_same_coefficients(ours, stored: dict) -> None:
    terms = [plain(term.term) for term in ours.fixed]
    assert sorted(terms) == sorted(plain(term) for term in stored["terms"])
    se = np.sqrt(np.diag(stored["covariance"]))
    for term, estimate, error in zip(stored["terms"], stored["estimates"], se, strict=True):
        effect = ours.fixed[terms.index(plain(term))]
        # 1e-5 relative; an estimate near 0 is known to its standard error, not to its own size.
        assert effect.estimate == pytest.approx(estimate, rel=1e-5, abs=1e-5 * error), term
        assert effect.se == pytest.approx(error, rel=1e-4), term


def assert_same_variances(ours, stored: dict) -> None:
    assert ours.sigma**2 == pytest.approx(stored["sigma"] ** 2, rel=1e-3)
    sds = {(r.group, plain(r.term)): r.sd for r in ours.random}
    for block in stored["random"]:
        for i, term in enumerate(block["terms"]):
            variance = block["covariance"][i][i]
            # Below a millionth of the residual variance it is R's way of writing zero.
            expected = pytest.approx(variance, rel=1e-3, abs=1e-6 * stored["sigma"] ** 2)
            assert sds[block["group"], plain(term)] ** 2 == expected, term
            for j in range(i):
                assert_same_correlation(ours, block, j, i)
    r2 = stored["r2"]["sample"]  # with N - 1: the figures published for these data
    assert ours.r2_marginal == pytest.approx(r2["marginal"], abs=1e-4)
    assert ours.r2_conditional == pytest.approx(r2["conditional"], abs=1e-4)


def assert_same_correlation(ours, block: dict, i: int, j: int) -> None:
    pair = {plain(block["terms"][i]), plain(block["terms"][j])}
    found = [
        c.r
        for c in ours.correlations
        if c.group == block["group"] and {plain(c.term_1), plain(c.term_2)} == pair
    ]
    assert len(found) == 1, pair
    if found[0] is None:  # only where one of the two has no variance
        assert min(block["sds"][i], block["sds"][j]) < 1e-6 * max(block["sds"])
        return
    expected = block["covariance"][i][j] / (block["sds"][i] * block["sds"][j])
    assert found[0] == pytest.approx(expected, abs=1e-3), pair


def assert_same_tests(ours, fit: dict, df: str) -> None:
    effects = {plain(effect.term): effect for effect in ours.fixed}
    stored = fit[df]
    for i, term in enumerate(fit["terms"]):
        effect = effects[plain(term)]
        # lmerTest differentiates numerically: its own error shows in the fourth digit.
        assert effect.df == pytest.approx(stored["df"][i], rel=1e-3), term
        assert effect.se == pytest.approx(stored["se"][i], rel=1e-4), term
        statistic = stored["statistic"][i]
        assert effect.statistic == pytest.approx(statistic, rel=2e-4, abs=1e-5), term
        # p moves by up to statistic times more, relatively, in the far tail.
        assert effect.p == pytest.approx(stored["p"][i], rel=1e-2, abs=1e-12), term
        assert effect.low < effect.estimate < effect.high


def plain(term: str) -> str:
    """A term without spaces and with the factors of a product in one order."""
    return ":".join(sorted(term.replace(" ", "").split(":")))
