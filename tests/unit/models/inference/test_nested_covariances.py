"""Covariances of true means by level: their expectation, by many sets of known covariances."""

import numpy as np
import pytest

from analysis.models.inference.nested_covariances import (
    level_covariances,
    mean_squares,
    nested_sums,
)

CLINIC = np.array([[0.5, 0.25], [0.25, 1.0]])
THERAPIST = np.array([[1.0, -0.3], [-0.3, 0.5]])
ROW = np.array([[2.0, 0.2], [0.2, 1.0]])


def one_set(seed: int) -> np.ndarray:
    """(3, 2, 2) estimates from 12 clinics, 60 therapists and unequal caseloads."""
    rng = np.random.default_rng(seed)
    clinic = np.sort(np.concatenate([np.arange(12), rng.integers(0, 12, 48)]))
    each = rng.integers(2, 9, 60)
    therapist = np.repeat(np.arange(60), each)

    def drawn(covariance, n):
        return rng.multivariate_normal([0, 0], covariance, n)

    v = 3 + drawn(CLINIC, 12)[clinic][therapist] + drawn(THERAPIST, 60)[therapist]
    v = v + drawn(ROW, len(therapist))
    sums = np.stack([np.bincount(therapist, v[:, i]) for i in range(2)], axis=1)
    products = np.stack(
        [v[clinic[therapist] == k].T @ v[clinic[therapist] == k] for k in range(12)]
    )
    nested = nested_sums(products, sums, each.astype(float), (np.arange(60), clinic), clinic)
    squares, _, coefficients = mean_squares(nested, np.ones((1, 12)))
    return level_covariances(squares, coefficients)[0]


def test_the_mean_over_sets_is_the_truth():
    found = np.stack([one_set(seed) for seed in range(300)])
    error = found.std(axis=0) / np.sqrt(len(found))
    # Twelve numbers: the largest of as many standard normals is below 3.5 in 99.5 % of the cases.
    assert (np.abs(found.mean(axis=0) - [ROW, THERAPIST, CLINIC]) < 3.5 * error).all()


def test_a_cluster_drawn_twice_counts_as_two():
    rng = np.random.default_rng(1)
    v, home = rng.normal(size=(30, 1)), np.repeat(np.arange(6), 5)

    def sums(values, codes):
        products = np.stack(
            [values[codes == k].T @ values[codes == k] for k in range(codes.max() + 1)]
        )
        totals = np.stack([values[codes == k].sum(axis=0) for k in range(codes.max() + 1)])
        counts = np.bincount(codes).astype(float)
        groups = np.arange(len(counts))
        return nested_sums(products, totals, counts, (groups,), groups)

    weighted = mean_squares(sums(v, home), np.array([[2.0, 1, 1, 1, 1, 1]]))
    repeated = np.concatenate([v, v[home == 0]])
    plain = mean_squares(sums(repeated, np.concatenate([home, np.full(5, 6)])), np.ones((1, 7)))
    for ours, expected in zip(weighted, plain, strict=True):
        assert ours == pytest.approx(expected)
