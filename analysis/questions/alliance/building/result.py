"""What the page Building the alliance answers: frozen, each figure with its interval."""

from dataclasses import dataclass

from analysis.models.latent_means import LevelEffect
from analysis.models.process.mediation import Mediation
from analysis.questions.alliance.building.mediation import BetweenPaths
from analysis.questions.alliance.measures import Measure
from analysis.store.place import Store


@dataclass(frozen=True, slots=True)
class PracticesQuestion:
    """dataset, version: of the store. outcome, alliance: as in AllianceQuestion. lead: sessions by
    which the outcome follows practice and alliance."""

    dataset: str
    outcome: str = ""
    alliance: str = ""
    lead: int = 1
    version: str = ""
    seed: int = 1
    store: Store | None = None


@dataclass(frozen=True, slots=True)
class Slope:
    """What one point of a practice goes with in the alliance of the same session, within patients.
    group: whose; rows: sessions; patients: of the group."""

    group: str
    estimate: float
    low: float
    high: float
    rows: int
    patients: int


@dataclass(frozen=True, slots=True)
class Moderation:
    """Whether the slope differs between groups of patients: by 'severity' (first score below and
    above the median) or 'treatment_model'. p: of the test that all are alike."""

    by: str
    slopes: tuple[Slope, ...]
    p: float


@dataclass(frozen=True, slots=True)
class Here:
    """The slope of one therapist or clinic. level, unit: its key in the dataset; raw: its own,
    with its error; shrunken: towards all units', the more the less it says by itself, with its
    interval; positive: how sure one can be that it is above 0."""

    level: str
    unit: str
    patients: int
    raw: float
    se: float
    shrunken: float
    low: float
    high: float
    positive: float


@dataclass(frozen=True, slots=True)
class Practice:
    """One practice. filled: share of sessions in which it was rated. slope: within patients, with
    the alliance as it was chosen; others: with the same by another rater (None: nobody else
    rated). levels: between patients and therapists. robustness: share of what is left of both that
    an unmeasured cause must explain to bring the slope to nothing (None: it cannot be told from
    nothing anyway). sd_units: SD of slopes between
    units, by level; here: each unit. missing: why parts are absent."""

    measure: Measure
    filled: float
    slope: Slope | None
    other: Slope | None
    other_rater: str
    level_names: tuple[str, ...]
    levels: tuple[LevelEffect, ...]
    moderation: tuple[Moderation, ...]
    robustness: float | None
    sd_units: dict[str, float]
    here: tuple[Here, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PracticePath:
    """From one practice through the alliance to the outcome `lead` sessions later, within patients:
    1-1-1 mediation, and between patients' means. e_value: of the indirect effect of one SD, in the
    scale of risk ratios (None: it cannot be told from nothing). missing: why there is none."""

    practice: str
    within: Mediation | None
    between: BetweenPaths | None
    e_value: float | None
    missing: str


@dataclass(frozen=True, slots=True)
class PracticesAnswer:
    """practices: in the dictionary's order, those that are constant or hardly rated among them
    with what is missing."""

    question: PracticesQuestion
    version: str
    measure: Measure
    outcome: Measure
    treatments: int
    practices: tuple[Practice, ...]
    messages: tuple[str, ...]
    seconds: float
