"""What the page From the first contact answers: frozen, each figure with its interval."""

from dataclasses import dataclass

from analysis.models.process.ruptures import RuleRate
from analysis.questions.alliance.components.result import CoursePoint
from analysis.questions.alliance.measures import Measure
from analysis.store.place import Store


@dataclass(frozen=True, slots=True)
class CourseQuestion:
    """dataset, version: of the store. outcome, alliance: as in AllianceQuestion. rate: share of
    courses without a rupture in which one may be said, above 0 and up to .5."""

    dataset: str
    outcome: str = ""
    alliance: str = ""
    rate: float = 0.05
    version: str = ""
    seed: int = 1
    store: Store | None = None


@dataclass(frozen=True, slots=True)
class Followed:
    """Treatments by what became of a rupture: how many; change beyond the first score until the
    last (points, above 0 is better; None with fewer than ten) with its interval; share that ended
    unplanned (None where nobody noted endings)."""

    group: str
    treatments: int
    change: float | None
    low: float | None
    high: float | None
    unplanned: float | None


@dataclass(frozen=True, slots=True)
class Ruptures:
    """rate: chosen; nominal: what the limits were set by, another one where ratings crowd at an
    end of the scale. courses: with three ratings or more; with_rupture: of them; expected: how many
    would be by chance; ruptures: sessions; repaired of known: those whose repair can be told.
    rules: each rule's false alarms and finds, simulated from the fit; flags: rule -> share of the
    courses here that it flags. followed: what became of the treatments. within_sd, carry: of the
    fit; noise_share: of the variance within patients that a rating adds of its own.
    """

    rate: float
    nominal: float
    courses: int
    with_rupture: int
    expected: float
    ruptures: int
    repaired: int
    known: int
    by_session: dict[int, int]
    rules: tuple[RuleRate, ...]
    flags: dict[str, float]
    followed: tuple[Followed, ...]
    within_sd: float
    carry: float
    noise_share: float
    converged: bool


@dataclass(frozen=True, slots=True)
class Phase:
    """A third of the sessions: its sessions; mean alliance; r with the change until the end,
    turned so that above 0 is better, with its interval."""

    name: str
    sessions: tuple[int, int]
    mean: float
    r: float | None
    low: float | None
    high: float | None
    treatments: int


@dataclass(frozen=True, slots=True)
class AtSession:
    """The effect of one point of alliance at a session, beyond what was to be expected, on the next
    score, likewise."""

    session: int
    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class OverTime:
    """The effect by session, with its band; p: of the test that it stays the same (2 df)."""

    points: tuple[AtSession, ...]
    p: float
    rows: int
    treatments: int


@dataclass(frozen=True, slots=True)
class Attended:
    """Treatments of so many sessions: how many, share reliably improved at their last score, and
    the share that would have improved by that session had all stayed (Kaplan-Meier)."""

    sessions: int
    treatments: int
    improved: float
    by_then: float


@dataclass(frozen=True, slots=True)
class Response:
    """criterion: points of a reliable change; origin: whose. responders: of the `treatments` longer
    than `early_sessions`, those changed reliably by then; improved_of_…: share of them and of the
    others that had at the last score. median: sessions until half have changed, None if fewer."""

    criterion: float
    origin: str
    early_sessions: int
    responders: int
    treatments: int
    improved_of_responders: float | None
    improved_of_others: float | None
    median: int | None
    attended: tuple[Attended, ...]


@dataclass(frozen=True, slots=True)
class CourseAnswer:
    """All parts; those that cannot be told are None or empty, and messages say why."""

    question: CourseQuestion
    version: str
    measure: Measure
    outcome: Measure
    treatments: int
    course: tuple[CoursePoint, ...]
    phases: tuple[Phase, ...]
    over_time: OverTime | None
    ruptures: Ruptures | None
    response: Response | None
    messages: tuple[str, ...]
    seconds: float
