"""The answer to "and those who are not in it?": the shares by three ways of taking the lost in."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LineShare:
    """A factor's share 0..1 by one way; se: of Rubin's rules, None of complete cases and weighted
    ones; lost: the fraction of what is known of the share that is missing, 0..1, None likewise."""

    factor: str
    share: float | None
    low: float | None
    high: float | None
    se: float | None = None
    lost: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One way. way: 'complete' (those with everything), 'weighted' (they stand for those who were
    like them and left), 'imputed' (what is missing is drawn, several times). rows: treatments."""

    way: str
    rows: int
    shares: tuple[LineShare, ...]


@dataclass(frozen=True, slots=True)
class Shifted:
    """The imputed share of one factor if all whose last score was drawn had ended `shift` standard
    deviations of the outcome higher than those like them who stayed."""

    shift: float
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Tipping:
    """How far those who left may be off before the answer changes. factor: whose; reaches: whether
    the imputed interval reaches 0 without a shift; changed_at: the smallest shift tried at which it
    does the other, None for none of them; shifts: all that were tried."""

    factor: str
    reaches: bool
    changed_at: float | None
    shifts: tuple[Shifted, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """higher_is: of the outcome, 'better', 'worse' or ''. lines: complete, and where somebody is
    lost weighted and imputed. began: treatments with a first score in time; lost: those of them who
    are not among the complete; without_end: those of them without a last score. left_out: reason ->
    treatments that no way takes in. chance (lowest, mean): of reaching the landmark, among those
    who did. tipping: None where no last score is missing. imputations, seed: of the draws."""

    dataset: str
    version: str
    outcome: str
    higher_is: str
    lines: tuple[Line, ...]
    began: int
    lost: int
    without_end: int
    left_out: dict[str, int]
    chance: tuple[float, float] | None
    tipping: Tipping | None
    imputations: int
    seed: int
    messages: tuple[str, ...]
    seconds: float

    def line(self, way: str) -> Line | None:
        return next((line for line in self.lines if line.way == way), None)
