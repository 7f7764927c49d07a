"""What the shares of a partition are computed from."""

from dataclasses import dataclass, field

import numpy as np

from analysis.models.language.moments import Moments
from analysis.questions.partition.result import Landmark
from analysis.store.sums.complete import CompleteRows


@dataclass(frozen=True, slots=True)
class HiddenParts:
    """What the expected course does not show, in the moments' scaled units: covariance
    (levels, d, d) of its parts at each level; root and wide (c, c): roots of how unsure its slopes
    on the predictors are in themselves, and in its covariance with them; scale (q, q): a root of
    that between predictors. course and others (levels, c) and (levels, q): positions of their
    parts at each level, -1 for none."""

    covariance: np.ndarray
    root: np.ndarray
    wide: np.ndarray
    scale: np.ndarray
    course: np.ndarray
    others: np.ndarray


@dataclass(frozen=True)
class Prepared:
    """Everything the shares are computed from.

    moments: gram by cluster; complete: the rows that they sum. blocks: (factor, variables).
    block_columns: for each block the positions of its columns; adjust_columns likewise.
    part_level: position -> level of its part.
    levels: those at which predictors have parts, the row's first. random_levels: the residual's
    level, then the random intercepts'.
    Of 'growth': time, what it counts; course, the positions of time and its square, in every
    model; change, the position of each part's product with time. What is shared out are then the
    differences in change: levels and random_levels are the patients', then those around them.
    part_of: position -> (predictor, level) of every part, used or not; predictors: the frame's
    columns, those adjusted for and those of each block; rating_noise (q, q): the covariance of
    their errors as measures of a treatment, None where it is not told; course_seen: positions
    of the course's columns as they were scored; course_error (2, 2 + q): the covariance of their
    noise with one another and with the other predictors. hidden: what of the course's
    columns at each level their expectations do not show; None where nothing.
    cluster: the outermost level, whose units the bootstrap draws where resample is true.
    """

    moments: Moments
    complete: CompleteRows
    blocks: tuple[tuple[str, tuple[str, ...]], ...]
    block_columns: tuple[np.ndarray, ...]
    adjust_columns: np.ndarray
    part_level: dict[int, str]
    levels: tuple[str, ...]
    random_levels: tuple[str, ...]
    cluster: str
    resample: bool
    dataset: str
    version: str
    synthetic: bool
    outcome: str
    adjusted: tuple[str, ...]
    rows_out: dict[str, int]
    groups: dict[str, int]
    truth: dict[str, float] | None
    messages: tuple[str, ...]
    part_of: dict[int, tuple[str, str]]
    predictors: tuple[str, ...]
    adjusted_predictors: tuple[str, ...]
    block_predictors: tuple[tuple[str, ...], ...]
    rating_noise: np.ndarray | None = None
    course_seen: tuple[int, ...] = ()
    course_error: np.ndarray | None = None
    hidden: HiddenParts | None = None
    landmark: Landmark | None = None
    time: str = ""
    course: tuple[int, ...] = ()
    change: dict[int, int] = field(default_factory=dict)

    def columns_of(self, subset: tuple[int, ...]) -> np.ndarray:
        """Positions of intercept, adjusting score, the subset's columns and the response."""
        parts = [self.adjust_columns, *(self.block_columns[b] for b in subset)]
        changes = [[self.change[i] for i in part] for part in parts if self.change]
        last = len(self.moments.names) - 1
        return np.concatenate([[0], self.course, *parts, *changes, [last]]).astype(np.int64)

    def columns_at(self, level: str) -> np.ndarray:
        """Positions of the columns that are parts at `level`."""
        return np.array([i for i, at in self.part_level.items() if at == level], dtype=np.int64)

    @property
    def home(self) -> np.ndarray:
        """(1 + L,) position in `levels` of each random part; the last one where it has none."""
        last = len(self.levels) - 1
        found = [self.levels.index(r) if r in self.levels else last for r in self.random_levels]
        return np.array(found)

    def degrees(self, level: str) -> int:
        """How many groups of `level` differ freely from those around them."""
        found = {"session": self.moments.rows, **self.groups}
        at = self.levels.index(level)
        outer = found[self.levels[at + 1]] if at + 1 < len(self.levels) else 1
        return max(found[level] - outer, 1)

    def has_part(self, block: int, level: str) -> bool:
        return self.parts_at(block, level) > 0

    def parts_at(self, block: int, level: str) -> int:
        """How many columns the block has at `level`."""
        return sum(self.part_level[int(i)] == level for i in self.block_columns[block])
