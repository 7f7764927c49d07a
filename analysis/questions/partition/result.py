"""The answer to "what explains outcome?": shares of the outcome's variance with intervals."""

from dataclasses import dataclass

from analysis.models.result import Fit, Status


@dataclass(frozen=True, slots=True)
class BlockShare:
    """One factor's Shapley share of the outcome's variance, 0..1, None where it cannot be told;
    alone and last are its R2 entered first and last. corrected: the share if the true means of
    patients and groups were known; reliability: of the factor as it was measured."""

    factor: str
    variables: tuple[str, ...]
    share: float | None
    low: float | None
    high: float | None
    alone: float | None
    last: float | None
    corrected: float | None = None
    corrected_low: float | None = None
    corrected_high: float | None = None
    reliability: float | None = None


@dataclass(frozen=True, slots=True)
class AdjustedFor:
    variables: tuple[str, ...]
    share: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Unexplained:
    """What no predictor explains, at one level: 'clinic', 'therapist', 'patient' or 'session'."""

    level: str
    share: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class LevelShare:
    """The share of one level's variance that one factor explains (fixed over fixed plus random
    variance of the level; a level whose predictors are not told apart is counted inside it).
    Shares of levels do not add up to the total. corrected: if the groups' true means were known,
    None where reliability (lambda) of their observed means is below .3; needed: groups of the
    level inside for a lambda of .7. effect: points of the outcome between groups one standard
    deviation of the factor (over rows) apart, of observed means; true_effect: of true ones."""

    level: str
    factor: str
    share: float | None
    low: float | None
    high: float | None
    corrected: float | None = None
    corrected_low: float | None = None
    corrected_high: float | None = None
    reliability: float | None = None
    needed: float | None = None
    effect: float | None = None
    effect_low: float | None = None
    effect_high: float | None = None
    true_effect: float | None = None
    true_effect_low: float | None = None
    true_effect_high: float | None = None


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """kind: 'cluster: therapist', 'parametric' or 'none'. failed replicates are counted."""

    replicates: int
    failed: int
    kind: str
    seed: int


@dataclass(frozen=True, slots=True)
class Landmark:
    """Of 'end' and 'growth'. window: first and last session that count as early, the last being
    the landmark. chosen: whether it followed the data. adjusted_for: columns of the course (or the
    score at intake), empty for none. left_out: reason -> treatments (rows, for 'growth').
    treatments: with a score; outlived: those of them with one after the landmark. reliability: of a
    score at the landmark, None where it was not told or not needed."""

    window: tuple[int, int]
    chosen: bool
    adjusted_for: tuple[str, ...]
    left_out: dict[str, int]
    treatments: int
    outlived: int
    reliability: float | None = None


@dataclass(frozen=True, slots=True)
class Partition:
    """Shares of the outcome's variance; adjusted_for + blocks + unexplained sum to 1 (a share that
    cannot be told counts 0).

    rows: rows used (episodes for 'end', sessions for 'next'). rows_out: reason -> rows left out.
    groups: number of groups at each level. landmark: the time order, None for 'next'.
    truth: the demo's known shares by factor, else None.
    fit: the full model that the shares come from.
    """

    dataset: str
    version: str
    synthetic: bool
    question: str
    outcome: str
    adjusted_for: AdjustedFor | None
    rows: int
    rows_out: dict[str, int]
    groups: dict[str, int]
    blocks: tuple[BlockShare, ...]
    unexplained: tuple[Unexplained, ...]
    levels: tuple[LevelShare, ...]
    bootstrap: Bootstrap
    status: Status
    truth: dict[str, float] | None
    fit: Fit
    seconds: float
    landmark: Landmark | None = None

    def tidy(self) -> list[dict]:
        """One row a share: kind ('adjusted', 'factor', 'unexplained'), name, share, low, high,
        alone, last."""
        rows = []
        if self.adjusted_for:
            a = self.adjusted_for
            rows.append(_row("adjusted", ", ".join(a.variables), a.share, a.low, a.high))
        rows += [
            _row("factor", b.factor, b.share, b.low, b.high, b.alone, b.last) for b in self.blocks
        ]
        rows += [_row("unexplained", u.level, u.share, u.low, u.high) for u in self.unexplained]
        return rows


def _row(kind, name, share, low, high, alone=None, last=None) -> dict:
    return dict(kind=kind, name=name, share=share, low=low, high=high, alone=alone, last=last)
