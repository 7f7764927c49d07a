"""What the data cannot tell apart, whatever their values: said before numbers are made of it.

A covariance is identified where no other one gives the same law of the outcome. Three ways of
losing that are told from the columns and groups alone; what else may be flat shows in the
criterion's curvature where a search ended (`settle.py`).
"""

from collections.abc import Iterable

import numpy as np

from analysis.base.errors import ModelError
from analysis.base.joining import listed, named
from analysis.base.sentence import Sentence
from analysis.models.criterion.passes import forward_pass, product_derivatives
from analysis.models.criterion.problem import AnyProblem, Level
from analysis.models.criterion.theta import lambdas
from analysis.models.language.design import INTERCEPT
from analysis.models.language.moments import Moments

# Of a column's sum of squares: what rounding leaves of nothing.
NOTHING = 1e-9
# Below this share of the outcome's variance no digits of a residual variance are left.
NO_RESIDUAL = 1e-10
# With four groups a standard deviation's 95 % interval spans a factor of 6.6 (chi-square law with
# three degrees of freedom), with five still 4.8.
FEW_GROUPS = 5


def unidentified(moments: Moments, problem: AnyProblem) -> ModelError | None:
    """Why the model's parameters cannot be told apart, None where they can: more parameters than
    rows, the same random term twice, two groupings that are one, a grouping that is a fixed
    effect."""
    try:
        _check(moments, problem)
    except ModelError as found:
        return found
    return None


def check_residual(moments: Moments, problem: AnyProblem, sigma2: float) -> None:
    """ModelError where nothing is left for the residual: it then says so, and why."""
    p = problem.p
    solved = np.linalg.solve(problem.gram[:p, :p], problem.gram[:p, p])
    beside = (problem.gram[p, p] - problem.gram[:p, p] @ solved) / problem.rows
    if np.isfinite(sigma2) and sigma2 > NO_RESIDUAL * beside:
        return
    groups = named(moments.groupings, most=0)
    raise ModelError(
        "No residual variance is left: "
        f"'{moments.design.response.name}' follows exactly from the predictors and the groups of "
        f"{groups} (it may be one constant in each group)",
        where=f"'{moments.design.formula.text}'",
        allowed="an outcome that varies within its groups",
        next_step="take one row a group and leave the random term out, or check whether the "
        "outcome was meant to vary by row",
    )


def group_sentences(groups: Iterable[tuple[str, int]]) -> list[str]:
    """A word on each grouping of very few groups, from their names and numbers."""
    return [
        Sentence(
            f"'{name}' has ",
            number,
            " groups only: how much such groups differ is known to little more than its order of "
            "magnitude; with so few, a fixed effect says more",
        )
        for name, number in groups
        if number < FEW_GROUPS
    ]


def flat_sentences(problem: AnyProblem, flat: np.ndarray) -> list[str]:
    """A word on directions (k, n) of theta along which the criterion does not change."""
    if not len(flat):
        return []
    named, largest = [], np.abs(flat).max(axis=0)
    for level, m in zip(problem.levels, lambdas(problem, largest), strict=True):
        moving = np.abs(m).max(axis=1) > 0.1 * largest.max()
        named += [_term(level.terms[i], level.group) for i in np.flatnonzero(moving)]
    return [
        Sentence(
            f"The data do not tell the variances of {listed(named)} apart: other values fit "
            "exactly as well, so these are arbitrary; leave one of the terms out"
        )
    ]


def check_terms(level) -> None:
    """ModelError where a level's random terms overlap.

    The covariances of its blocks enter as products of columns: where these products depend on each
    other, some covariances could be exchanged for others. level: with group, terms, blocks and
    mean_zz (q, q).
    """
    size = np.sqrt(np.maximum(np.diag(level.mean_zz), 0.0))
    if not (size > 0).all():
        return
    value, vectors = np.linalg.eigh(level.mean_zz / np.outer(size, size))
    kept = value > NOTHING
    columns = (vectors[:, kept] * np.sqrt(value[kept])).T  # (k, q): in an orthonormal basis
    products, owners = [], []
    for block in level.blocks:
        for i, a in enumerate(block):
            for b in block[i:]:
                product = np.outer(columns[:, a], columns[:, b])
                products.append((product + product.T).ravel())
                owners.append(block)
    stacked = np.array(products)
    stacked /= np.linalg.norm(stacked, axis=1, keepdims=True)
    size = np.linalg.svd(stacked, compute_uv=False)
    if len(size) == len(stacked) and size[-1] > 1e-6:
        return
    raise ModelError(_same_terms(level), **_exchange(level))


def _check(moments: Moments, problem: AnyProblem) -> None:
    _check_parameters(problem)
    for level in problem.levels:
        check_terms(level)
    _check_groupings(moments)
    _check_fixed(problem)


def _check_parameters(problem: AnyProblem) -> None:
    variances = 1 + sum(
        len(b) * (len(b) + 1) // 2 for level in problem.levels for b in level.blocks
    )
    if problem.levels and problem.rows <= problem.p + variances:
        raise ModelError(
            f"{problem.rows} complete rows cannot carry {problem.p + variances} parameters "
            f"({problem.p} fixed effects, {variances} variances and covariances)",
            where="the rows used",
            allowed="more rows than parameters",
            next_step="leave out predictors or random terms, or gather more data",
        )


def _same_terms(level: Level) -> str:
    names = [_written(level.terms[i]) for block in level.blocks for i in block]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        return f"'{level.group}' has the random term {named(twice, most=0)} twice"
    return (
        f"The random terms of '{level.group}' overlap: some are sums of others (as the levels of a "
        "category are of the intercept), so that their variances cannot be told apart"
    )


def _exchange(level: Level) -> dict:
    blocks = (" + ".join(_written(level.terms[i]) for i in block) for block in level.blocks)
    return dict(
        where=" + ".join(f"({b} | {level.group})" for b in blocks),
        allowed="each random term once for a grouping",
        next_step="leave one of them out; of a category f write (0 + f | group) or (f | group), "
        "not (f || group)",
    )


def _check_groupings(moments: Moments) -> None:
    counts = moments.group_counts
    for k, (inner, code) in enumerate(zip(moments.groupings, moments.codes, strict=True)):
        for outer, other in list(zip(moments.groupings, moments.codes, strict=True))[k + 1 :]:
            pairs = len(np.unique(code * (int(other.max(initial=0)) + 1) + other))
            if pairs == counts[inner] == counts[outer]:
                raise ModelError(
                    f"'{inner}' and '{outer}' are the same {pairs:,} groups (each of one lies in "
                    "one of the other and fills it), so their variances cannot be told apart",
                    where=f"(… | {inner}) + (… | {outer})",
                    allowed="groupings of which one has several groups within the other",
                    next_step=f"leave the random term of '{inner}' or '{outer}' out",
                )


def _check_fixed(problem: AnyProblem) -> None:
    """Whether the fixed effects leave something of each random term's columns: with M = I -
    X(X'X)^-1 X', the trace of Z'MZ against that of Z'Z."""
    p = problem.p
    if not any(level.groups <= p for level in problem.levels):
        return  # too few columns to say as much as any grouping
    nothing = [np.zeros((level.q, level.q)) for level in problem.levels]
    forward = forward_pass(problem, nothing)
    inverse = np.linalg.inv(problem.gram[:p, :p])
    for level, products in zip(problem.levels, product_derivatives(problem, forward), strict=True):
        for j, term in enumerate(level.terms):
            own = problem.rows * level.mean_zz[j, j]
            taken = -float(np.sum(products[j, j, :p, :p] * inverse))
            if own > 0 and own - taken < NOTHING * own:
                raise ModelError(
                    f"The groups of '{level.group}' are told apart by the fixed effects already, "
                    f"so nothing of {_term(term, level.group)} is left to vary at random",
                    where=f"{_term(term, level.group)} beside the fixed effects",
                    allowed="a grouping as a fixed effect or as a random one, not both",
                    next_step=f"leave '{level.group}' out of the fixed effects, or its random term "
                    "out",
                )


def _term(name: str, group: str) -> str:
    return f"({_written(name)} | {group})"


def _written(name: str) -> str:
    """As a formula has it."""
    return "1" if name == INTERCEPT else name
