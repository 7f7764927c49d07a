"""What the page on the alliance answers: frozen, each figure with its interval."""

from dataclasses import dataclass

from analysis.models.latent_means import LevelEffect
from analysis.models.process.reliability import mean_reliability
from analysis.questions.alliance.measures import Measure
from analysis.store.place import Store


@dataclass(frozen=True, slots=True)
class AllianceQuestion:
    """dataset, version: of the store. outcome: a variable rated in sessions. alliance: a measure's
    key (`measures.py`), '' for the first there is. resamples: of the intervals at each level."""

    dataset: str
    outcome: str = ""
    alliance: str = ""
    version: str = ""
    resamples: int = 200
    seed: int = 1
    store: Store | None = None


@dataclass(frozen=True, slots=True)
class CoursePoint:
    """Ratings at a session: n, median, middle half. group: whose ('all', or how it ended)."""

    measure: str
    group: str
    session: int
    n: int
    median: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Described:
    """One measure: treatments with a rating, ratings, mean, SDs of what lies behind ratings
    between patients and within them; ceiling: share of ratings at the scale's maximum, None where
    nobody says what that is; reliability: sessions -> of a patient's mean of so many."""

    measure: str
    treatments: int
    ratings: int
    mean: float
    sd_between: float
    sd_within: float
    ceiling: float | None
    reliability: dict[int, float]


@dataclass(frozen=True, slots=True)
class ItemsReliability:
    """With the components as items of one scale, on treatments with all of them at the first
    `sessions` sessions. between: sessions -> reliability of a patient's mean of so many; change:
    of a change between sessions (None: nothing varies). treatments: how many these are."""

    treatments: int
    sessions: int
    between: dict[int, float]
    change: float | None


@dataclass(frozen=True, slots=True)
class Correlation:
    """Two measures: within patients (about each one's own mean) and between patients' means."""

    first: str
    second: str
    within: float | None
    between: float | None


@dataclass(frozen=True, slots=True)
class Effect:
    """What one standard deviation more of a component goes with in the outcome, in points.

    level: 'within patients' (next session) or 'between patients' (end of treatment). apart: alone
    in the model; together: beside the other components, with intervals."""

    level: str
    component: str
    sd: float
    apart: float
    apart_low: float
    apart_high: float
    together: float
    together_low: float
    together_high: float


@dataclass(frozen=True, slots=True)
class Contrast:
    """The difference of two components' effects together, with its interval; and the explained
    variance at that level: of all, of each alone beyond the others, and what they share."""

    level: str
    first: str
    second: str
    difference: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Explained:
    """r2 of all components at a level; own: component -> what it adds to the others; shared:
    what two or more have in common."""

    level: str
    r2: float
    own: dict[str, float]
    shared: float
    rows: int
    clusters: int


@dataclass(frozen=True, slots=True)
class Levels:
    """Effects of one point of alliance on the outcome at each level (`level_effects`). target:
    'next session' or 'end of treatment'. names: of the levels, in their order. Within patients
    corrected is the panel model's lag (`NextLag`)."""

    target: str
    names: tuple[str, ...]
    effects: tuple[LevelEffect, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class NextLag:
    """What one point more of alliance goes with at the next session in the same patient, in points
    of the outcome, the scores so far held: the lag of the panel model ('ri-clpm' or 'lcm-sr') that
    the data want, as `sequence` gives it. sessions: those used; patients: with any rating there.
    standardised: in within-patient SDs. centred: slope of ratings and next scores less each
    patient's own mean on the same sessions, nothing held; expected: what that comes to were the
    panel model true; bias: expected less the lag. boundary, messages: as in `PanelStatus`."""

    model: str
    sessions: tuple[int, ...]
    patients: int
    estimate: float
    se: float
    low: float
    high: float
    standardised: float | None
    centred: float
    expected: float
    bias: float
    boundary: bool
    messages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Needed:
    """What it takes to know therapists' mean alliance: variances of ratings within patients,
    between patients of a therapist, between therapists; patients each and sessions each now;
    reliability now (None without a variance between therapists); patients for .7 and .8 at so
    many sessions, None beyond 1,000."""

    within: float
    between_patients: float
    between_therapists: float
    patients: float
    sessions: float
    reliability: float | None
    for_70: int | None
    for_80: int | None

    def known(self, patients: int, sessions: int) -> float:
        """Reliability of a therapist's mean with so many patients of so many sessions each."""
        chance = self.between_patients + self.within / sessions
        return mean_reliability(self.between_therapists, chance, patients)


@dataclass(frozen=True, slots=True)
class EarlyCorrelation:
    """r of early alliance (mean of the early sessions) and change until the end (last score less
    what the first one predicts; turned so that above 0 is better), with its 95 % interval; beyond:
    the same with the mean score of those sessions held, too, so that early change is not in it."""

    r: float
    low: float
    high: float
    treatments: int
    window: tuple[int, int]
    beyond: float | None = None
    beyond_low: float | None = None
    beyond_high: float | None = None


@dataclass(frozen=True, slots=True)
class AllianceAnswer:
    """All parts; those that cannot be told are empty or None, and messages say why."""

    question: AllianceQuestion
    version: str
    measure: Measure
    components: tuple[Measure, ...]
    outcome: Measure
    treatments: int
    therapists: int
    clinics: int
    course: tuple[CoursePoint, ...]
    described: tuple[Described, ...]
    items: ItemsReliability | None
    correlations: tuple[Correlation, ...]
    effects: tuple[Effect, ...]
    contrasts: tuple[Contrast, ...]
    explained: tuple[Explained, ...]
    levels: tuple[Levels, ...]
    lag: NextLag | None
    needed: Needed | None
    early: EarlyCorrelation | None
    messages: tuple[str, ...]
    seconds: float
