"""The problem of crossed groupings: what is left of the moments when they are to be eliminated."""

from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from analysis.models.criterion.problem import AnyProblem, Level


@dataclass(frozen=True, slots=True)
class Lead:
    """Where the groups of one eliminated level lie. block (n,): of each group; place (n,): of its
    first effect in the block; slots: groups of this level that one block holds at most; first:
    the place of slot 0."""

    block: np.ndarray
    place: np.ndarray
    slots: int
    first: int


@dataclass(frozen=True, slots=True)
class Pairs:
    """(Z1'Z2)' K (Z1'Z2) where a block is one effect: a sum over pairs of a block's entries.

    products (K, b): of each pair, where it belongs and of which block it is, sparse; row, column
    (K,): the places, row >= column.
    """

    products: sparse.csr_array
    row: np.ndarray
    column: np.ndarray

    def sums(self, weights: np.ndarray) -> np.ndarray:
        """(K,): the sums of the pairs' products by the weight (b,) of their block."""
        return self.products @ weights


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossedProblem(AnyProblem):
    """Everything an evaluation over crossed groupings needs.

    leads: one for each of the first levels, which are eliminated in blocks of `size` effects.
    own (b, size, size), own_w (b, size, d): Z1'Z1 and Z1'W of each block.
    between (size, e), columns (e,), starts (b + 1,): Z1'Z2 as sparse rows, all effects of a block
    with the same columns. full: whether to multiply it as full matrices.
    rest (m, m), rest_w (m, d): Z2'Z2 and Z2'W of the other levels' effects, term by term.
    pairs: None where blocks have several effects, or there are too many pairs to keep.
    last: the last forward pass by its factors: a search's end is asked for again and again.
    """

    leads: tuple[Lead, ...]
    own: np.ndarray
    own_w: np.ndarray
    between: np.ndarray
    columns: np.ndarray
    starts: np.ndarray
    full: bool
    rest: np.ndarray
    rest_w: np.ndarray
    pairs: Pairs | None = None
    last: dict = field(default_factory=dict, compare=False, repr=False)

    @property
    def rest_levels(self) -> tuple[Level, ...]:
        return self.levels[len(self.leads) :]

    @property
    def block_of_entry(self) -> np.ndarray:
        """(e,) block of each entry of `between`."""
        return np.repeat(np.arange(len(self.own)), np.diff(self.starts))
