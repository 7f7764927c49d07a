"""What a logistic model cannot be fitted to, each said by name before anything is computed."""

from itertools import combinations

import numpy as np

from analysis.base.errors import ModelError, RequestError
from analysis.models.language.design import INTERCEPT
from analysis.models.logistic.rows.random_block import RandomBlock

MOST_POINTS = 25
REPRODUCED = 1e-9  # of an indicator's rows: what rounding leaves of one that x reproduces
FARTHEST = 500.0  # logit of an offset; e^-709 is the smallest probability a computer knows


def check_outcome(y: np.ndarray, size: np.ndarray | None) -> None:
    """y (N,): 0 and 1, or with sizes (N,) shares of them in 0..1."""
    _check_sizes(size)
    shares = (y >= 0) & (y <= 1)
    if shares.all() and size is None and not np.isin(y, (0.0, 1.0)).all():
        raise ModelError(
            "The outcome holds shares between 0 and 1, and nothing says of how many",
            where="the outcome",
            allowed="0 and 1; or shares together with the number of trials behind each",
            next_step="name the variable with the numbers of trials as the weights "
            "(--weights VARIABLE)",
        )
    if not shares.all():
        raise ModelError(
            "The outcome holds other numbers than 0 and 1",
            where="the outcome",
            allowed="0 (did not happen) and 1 (happened), or a text with two categories",
            next_step="name the category that counts as 1: I(outcome == '…') ~ …",
        )
    if y.min() == y.max() and y[0] in (0.0, 1.0):
        raise ModelError(
            f"The outcome is {int(y[0])} in every row: there is nothing to explain",
            where="the rows used",
            allowed="an outcome that happens in some rows and not in others",
            next_step="choose another outcome or other rows",
        )


def _check_sizes(size: np.ndarray | None) -> None:
    if size is None or (np.isfinite(size) & (size > 0)).all():
        return
    raise ModelError(
        f"{int((~(np.isfinite(size) & (size > 0))).sum()):,} rows have a weight that is zero, "
        "negative or not finite",
        where="the weights",
        allowed="positive finite numbers",
        next_step="correct the weights, or leave these rows out before",
    )


def check_offset(offset: np.ndarray | None) -> None:
    if offset is not None and np.abs(offset).max(initial=0.0) > FARTHEST:
        raise ModelError(
            f"The offset holds numbers beyond {FARTHEST:.0f}: on the logit scale nothing can be "
            "that sure",
            where="offset(…)",
            allowed=f"logits between -{FARTHEST:.0f} and {FARTHEST:.0f}",
            next_step="give the offset as a logarithm of odds",
        )


def check_model(y, size, p: int, blocks: tuple[RandomBlock, ...], quadrature: int) -> None:
    """Whether `size` (N,) trials can carry p effects and the random terms."""
    trials = int(size.sum())
    if trials <= p:
        counted = f"{len(y)} complete rows cannot"
        if (size != 1).any():
            counted = f"The weights sum to {size.sum():.3g} trials, which cannot"
        raise ModelError(
            f"{counted} carry {p} fixed effects",
            where="the rows used",
            allowed="more rows than fixed effects",
            next_step="leave out predictors or gather more data",
        )
    _check_points(blocks, quadrature)
    for block in blocks:
        _check_groups(block, trials)
        _check_slopes(block)
        _check_mixed(y, block)
    for one, other in combinations(blocks, 2):
        _check_different(one, other)


def _check_groups(block: RandomBlock, trials: int) -> None:
    """At least two groups; fewer of them than trials, and no more effects than that."""
    groups, terms = int(block.codes.max()) + 1, " + ".join(block.terms)
    if groups < 2:
        raise ModelError(
            f"'{block.group}' has one group only, so nothing can vary between its groups",
            where=f"({terms} | {block.group})",
            allowed="at least two groups",
            next_step=f"leave the random term of '{block.group}' out",
        )
    effects = groups * len(block.terms)
    if groups >= trials or effects > trials:
        raise ModelError(
            f"'{block.group}' has {effects:,} random effects for {trials:,} outcomes of yes or no: "
            "what differs between groups cannot be told from chance",
            where=f"({terms} | {block.group})",
            allowed="several outcomes in a group, and no more random effects than outcomes",
            next_step="leave the term out, or use data with several rows in each group",
        )


def _check_points(blocks: tuple[RandomBlock, ...], quadrature: int) -> None:
    scalar = len(blocks) == 1 and len(blocks[0].terms) == 1
    if not 1 <= quadrature <= MOST_POINTS or (quadrature > 1 and not scalar):
        raise RequestError(
            "Quadrature is for one random term of one grouping",
            where="option quadrature",
            allowed=f"1 (Laplace), or up to {MOST_POINTS} points with one term such as (1 | group)",
            next_step="leave the option out",
        )


def _check_slopes(block: RandomBlock) -> None:
    """A slope on something that doesn't vary is no slope."""
    for term, z in zip(block.terms, block.z.T, strict=True):
        nothing = z.max() == z.min() and (INTERCEPT in block.terms or z[0] == 0)
        if term != INTERCEPT and nothing:
            raise ModelError(
                f"'{term}' is the same in all rows, so its effect cannot vary between the groups "
                f"of '{block.group}'",
                where=f"({' + '.join(block.terms)} | {block.group})",
                allowed="random slopes of what varies",
                next_step=f"leave '{term}' out of the random term",
            )


def _check_mixed(y: np.ndarray, block: RandomBlock) -> None:
    """Where each group has one outcome only, the likelihood rises with the variance for ever."""
    if INTERCEPT not in block.terms:
        return
    groups = int(block.codes.max()) + 1
    low, high = np.ones(groups), np.zeros(groups)
    np.minimum.at(low, block.codes, y)
    np.maximum.at(high, block.codes, y)
    if ((low == high) & ((low == 0) | (low == 1))).all():
        raise ModelError(
            f"The outcome is the same in all rows of each group of '{block.group}': the groups "
            "tell it apart, so the size of their differences has no finite estimate (separation)",
            where=f"({' + '.join(block.terms)} | {block.group})",
            allowed="groups of which some hold both outcomes",
            next_step=f"leave the random term of '{block.group}' out and use one row for each of "
            "its groups",
        )


def _check_different(one: RandomBlock, other: RandomBlock) -> None:
    """Two groupings that are one and the same cannot have two variances."""
    if one.group == other.group or not set(one.terms) & set(other.terms):
        return
    groups = int(one.codes.max()) + 1
    pairs = np.unique(one.codes * (int(other.codes.max()) + 1) + other.codes)
    if len(pairs) == groups == other.codes.max() + 1:
        raise ModelError(
            f"'{one.group}' and '{other.group}' are the same {groups:,} groups (each of one lies "
            "in one of the other and fills it), so their variances cannot be told apart",
            where=f"(… | {one.group}) + (… | {other.group})",
            allowed="groupings of which one has several groups within the other",
            next_step=f"leave the random term of '{one.group}' or '{other.group}' out",
        )


def check_not_fixed(x: np.ndarray, blocks: tuple[RandomBlock, ...]) -> None:
    """A grouping whose groups the fixed effects x (p, N) tell apart leaves nothing to vary."""
    for block in blocks:
        groups = int(block.codes.max()) + 1
        if INTERCEPT not in block.terms or groups > len(x):
            continue
        sums = np.stack([np.bincount(block.codes, row, minlength=groups) for row in x])
        solved = np.linalg.lstsq(x @ x.T, sums, rcond=None)[0]
        left = np.bincount(block.codes) - (sums * solved).sum(axis=0)
        if (left < REPRODUCED * len(block.codes)).all():
            raise ModelError(
                f"'{block.group}' is both fixed and random: the fixed effects tell its groups "
                "apart, so that nothing is left to vary between them",
                where=f"({' + '.join(block.terms)} | {block.group})",
                allowed="a grouping as fixed effects or as random ones",
                next_step=f"leave one of the two out; with {groups} groups keep the fixed ones",
            )
