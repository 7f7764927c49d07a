"""Standard errors of a mixed model that allow for whatever likeness there is within clusters: CR2.

The bias-reduced sandwich with the fit's own covariance V as the working model, degrees of freedom
by Satterthwaite's approximation under it (Pustejovsky & Tipton 2018,
doi:10.1080/07350015.2016.1247004; R: clubSandwich). A cluster's adjustment is A = D'B^-1/2 D with
D'D = V_g and B = D (V_g - X_g M X_g') D', M = (X'V^-1 X)^-1. Off the span of the cluster's columns
[X Z] V is sigma^2 I and A is the identity, so that the span, of few dimensions, is all that is
worked in, whatever the cluster's rows. Clusters of many effects: `large_clusters.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analysis.base.errors import ModelError
from analysis.models.criterion.by_group import fixed_basis, relative_psi
from analysis.models.criterion.problem import Problem
from analysis.models.inference.checks.residual.residuals import base_rows
from analysis.models.inference.cluster_robust import ClusterRobust
from analysis.models.inference.large_clusters import Nested, adjusted_scores
from analysis.models.language.moments import Moments, is_nested
from analysis.models.linear.fit import Solution

SMALL = 20  # random effects of a cluster up to which its span is worked in; more: by poles
LARGEST = 1_000  # dimensions of one cluster's span: some twenty seconds each
# Of B: a direction that one cluster alone tells has no residual, and no score.
ALONE = 1e-12


def mixed_robust(
    moments: Moments,
    problem: Problem,
    solution: Solution,
    columns: dict[str, np.ndarray],
    codes: dict[str, np.ndarray],
    cluster: np.ndarray,
    name: str,
) -> ClusterRobust:
    """columns, codes: from `design_arrays`, of nested groupings; cluster (N,): codes of the group
    `name`. ModelError where groups of the random terms reach over several clusters, where there are
    fewer than two, or where one is too large."""
    outer = moments.groupings[-1]
    if not is_nested(codes[outer], cluster):
        raise ModelError(
            f"Groups of '{outer}' lie in several of '{name}', so these are not independent",
            where=f"--robust {name}",
            allowed=f"'{outer}', or a group around it",
            next_step=f"name '{outer.rpartition(':')[2]}' or what it lies in",
        )
    if cluster.max() < 1:
        raise ModelError(f"'{name}' has one group only", where=f"--robust {name}")
    p, products = problem.p, solution.evaluation.forward.products
    root = np.linalg.cholesky(np.linalg.inv(products[:p, :p]))
    rows = _rows(moments, problem, solution, columns, codes)
    found = _at_once(rows, solution, cluster, root) or _one_by_one(
        rows, solution, cluster, root, name
    )
    scores, adjusted, twice = found
    return ClusterRobust(root @ (scores.T @ scores) @ root.T, len(scores), root, adjusted, twice)


@dataclass(frozen=True, slots=True)
class _Rows:
    """x (N, p), y (N,); levels, innermost first: codes (N,) and the effects' columns times their
    SDs (N, q)."""

    x: np.ndarray
    y: np.ndarray
    levels: list[tuple[np.ndarray, np.ndarray]]


def _rows(moments: Moments, problem: Problem, solution: Solution, columns, codes) -> _Rows:
    base, weight = base_rows(moments, columns)
    base *= weight[:, None]
    w, z = base @ fixed_basis(moments, problem), base[:, moments.z]
    factors = [_factor(psi) for psi in relative_psi(moments, problem, solution.theta)]
    levels = [(codes[g], z @ f) for g, f in zip(moments.groupings, factors, strict=True)]
    return _Rows(w[:, : problem.p], w[:, problem.p], levels)


def _at_once(rows: _Rows, solution: Solution, cluster: np.ndarray, root: np.ndarray):
    """Scores and their products of every cluster, None where clusters are small or one alone tells
    a direction."""
    if _largest(rows, cluster) <= SMALL:
        return None
    order = np.lexsort([*(code for code, _ in rows.levels), cluster])

    def firsts(code: np.ndarray) -> np.ndarray:
        return np.flatnonzero(np.diff(code[order], prepend=-1))

    nested = Nested(
        tuple((own[order], firsts(code)) for code, own in rows.levels if own.shape[1]),
        firsts(cluster),
    )
    left = rows.y - rows.x @ solution.evaluation.beta
    return adjusted_scores(nested, rows.x[order] @ root, left[order])


def _one_by_one(rows: _Rows, solution: Solution, cluster: np.ndarray, root, name: str):
    beta, parts = solution.evaluation.beta, []
    for x, y, effects in _clusters(rows, cluster, name):
        parts.append(_of_cluster(x, y - x @ beta, effects, root))
    return tuple(np.array(part) for part in zip(*parts, strict=True))


def _of_cluster(x: np.ndarray, left: np.ndarray, effects: np.ndarray, root: np.ndarray):
    """Score (p,), f(T) T and f(T)^2 T (p, p) of one cluster, in the directions of `root`.

    x (n, p); left (n,): y - x beta; effects (n, r): V over sigma^2 is I + effects effects'."""
    q = np.linalg.qr(np.hstack([x, effects]))[0]
    x, left, effects = q.T @ x @ root, q.T @ left, q.T @ effects
    size, turn = np.linalg.svd(effects, full_matrices=True)[1::-1]
    v = np.ones(len(x))
    v[: len(size)] += size**2
    x, left = turn.T @ x, turn.T @ left  # the directions in which V is diagonal
    half = np.sqrt(v)
    b = np.diag(v**2) - (half[:, None] * x) @ (half[:, None] * x).T
    value, vectors = np.linalg.eigh((b + b.T) / 2)
    power = np.where(value > ALONE * value.max(), np.abs(value) + (value <= 0), np.inf) ** -0.5
    a = half[:, None] * ((vectors * power) @ vectors.T) * half
    given = a @ (x / v[:, None])  # A V^-1 X
    return given.T @ left, x.T @ given, given.T @ (v[:, None] * given)


def _clusters(
    rows: _Rows, cluster: np.ndarray, name: str
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """x (n, p), y (n,) and the random effects' columns times their SDs (n, r) of each cluster."""
    order = np.argsort(cluster, kind="stable")
    for at in np.split(order, np.cumsum(np.bincount(cluster))[:-1]):
        parts = [_apart(code[at], own[at]) for code, own in rows.levels]
        size = rows.x.shape[1] + sum(part.shape[1] for part in parts)
        if min(size, len(at)) > LARGEST:
            raise ModelError(
                f"A cluster of '{name}' has {size:,} random effects and alone tells a coefficient: "
                "too many to be worked out",
                where=f"--robust {name}",
                allowed=f"at most {LARGEST:,}",
                next_step="name a smaller group",
            )
        yield rows.x[at], rows.y[at], np.hstack(parts)


def _largest(rows: _Rows, cluster: np.ndarray) -> int:
    """The random effects of the cluster with most of them."""
    each = np.zeros(int(cluster.max()) + 1, dtype=np.int64)
    for code, own in rows.levels:
        first = np.unique(code, return_index=True)[1]
        each += own.shape[1] * np.bincount(cluster[first], minlength=len(each))
    return int(each.max(initial=0))


def _apart(code: np.ndarray, own: np.ndarray) -> np.ndarray:
    """(n, q groups): the columns of each group for itself."""
    groups, place = np.unique(code, return_inverse=True)
    out = np.zeros((len(own), len(groups), own.shape[1]))
    out[np.arange(len(own)), place] = own
    return out.reshape(len(own), -1)


def _factor(psi: np.ndarray) -> np.ndarray:
    """(z, k) whose square is psi, without directions of no variance."""
    value, vectors = np.linalg.eigh(psi)
    kept = value > 1e-14 * max(value.max(initial=0.0), 1e-300)
    return vectors[:, kept] * np.sqrt(value[kept])
