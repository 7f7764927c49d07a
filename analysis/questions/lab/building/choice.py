"""What a model is made of, as one chooses it: outcome, predictors in their ways, who differs."""

from collections.abc import Iterable
from dataclasses import dataclass

from analysis.measures.variables import Variable
from analysis.models.language.derived import LAST_LANDMARK as LAST
from analysis.models.language.derived import PARTS, SUMMARIES

ROLES = {
    "outcome": "Outcome",
    "time": "Time",
    "alliance": "Alliance",
    "practice": "Practice",
    "technique": "Technique",
    "expectancy": "Expectancy",
    "extra-therapeutic": "Extra-therapeutic",
    "process": "Process",
    "": "Other",
}
GROUPS = ("patient", "therapist", "clinic")
ROWS = ("session", "treatment", "patient", "therapist")
_UNIT_OF = {"session": 0, "treatment": 1, "patient": 2, "therapist": 3}
_UNITS = ("session", "episode", "patient", "therapist", "clinic")
# The ways in which a number enters; a category enters as itself.
WAYS = {
    "parts": "Parts by level",
    "plain": "As it is",
    "centred": "Less its mean",
    "parabola": "Curve: parabola",
    "spline": "Curve: spline",
    "before": "The session before",
    "early": "Early mean (sessions 3 to 5)",
    "mean": "Mean of the treatment",
    "last": "Last value",
}
LAST_LANDMARK = LAST  # of a landmark, a session number
OF_TREATMENTS = tuple(SUMMARIES)  # ways of a session's variable where rows are treatments


@dataclass(frozen=True, slots=True)
class Known:
    """A variable that can be chosen. unit: 'session', 'episode', 'therapist' or 'clinic'. alone:
    the levels with fewer than two units, between which it cannot differ."""

    name: str
    label: str
    unit: str
    kind: str
    role: str
    alone: tuple[str, ...] = ()

    @property
    def ways(self) -> tuple[str, ...]:
        """How it can enter where rows are sessions, the usual way first."""
        if self.kind == "category":
            return ("plain",)
        if self.role == "time":
            return ("plain", "centred", "parabola", "spline")
        if self.unit == "session":
            return ("parts", "plain", "centred", "parabola", "spline", "before")
        return ("plain", "centred", "parts", "parabola", "spline")

    def ways_over(self, rows: str) -> tuple[str, ...]:
        """How it can enter over such rows; not at all where that is empty."""
        if rows != "session" and self.unit == "session":
            return OF_TREATMENTS if self.kind == "number" else ()
        if _UNITS.index(self.unit) < _UNIT_OF[rows]:
            return ("mean",) if self.kind == "number" else ()
        found = self.ways
        return tuple(w for w in found if w != "parts") if rows != "session" else found

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts by level that it has."""
        first = {"session": 0, "episode": 1, "therapist": 2, "clinic": 3}[self.unit]
        return tuple(part for part in PARTS[first:] if part not in self.alone)


@dataclass(frozen=True, slots=True)
class Predictor:
    """variable, and the way it enters, one of WAYS. parts: which, of the way 'parts'. base: of a
    category, '' for its first level. landmark: of a treatment's summary, 0 for none; over: the
    unit over whose treatments it is averaged, '' for the treatment itself."""

    variable: str
    way: str = "plain"
    parts: tuple[str, ...] = ()
    base: str = ""
    landmark: int = 0
    over: str = ""

    def factors(self) -> tuple[str, ...]:
        """As the formula's terms. Worked: ('x', 'parts', ('within', 'patient')) ->
        ('within(x)', 'patient(x)')."""
        x = spelled(self.variable)
        if self.way == "parts":
            return tuple(f"{part}({x})" for part in self.parts)
        if self.base:
            return (f"C({x}, Treatment('{self.base}'))",)
        called = {
            "centred": f"center({x})",
            "parabola": f"poly({x}, 2)",
            "spline": f"ns({x}, df=3)",
            "before": f"lag({x})",
        }
        second = self.over or (str(self.landmark) if self.landmark else "")
        second = f", {second}" if second else ""
        called |= {kind: f"{kind}({x}{second})" for kind in SUMMARIES}
        return (called.get(self.way, x),)


@dataclass(frozen=True, slots=True)
class Differing:
    """Groups that differ in their level, and in the slopes of `slopes` (terms of the formula)."""

    group: str
    slopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """outcome: as the formula has it. together: pairs of variables with an interaction. further,
    further_random: terms that no click makes, kept as they are written."""

    outcome: str
    rows: str = "session"
    predictors: tuple[Predictor, ...] = ()
    together: tuple[tuple[str, str], ...] = ()
    differing: tuple[Differing, ...] = ()
    further: tuple[str, ...] = ()
    further_random: tuple[str, ...] = ()

    @property
    def landmark(self) -> int:
        """The last session that predictors summed up over a treatment know; 0 for none."""
        return max((p.landmark for p in self.predictors), default=0)

    def predictor(self, variable: str) -> Predictor | None:
        """The predictor of this variable."""
        return next((p for p in self.predictors if p.variable == variable), None)


def known(variables: Iterable[Variable], alone: tuple[str, ...] = ()) -> dict[str, Known]:
    """What can be chosen of a dataset, by name, in the order of the roles. alone: as of Known."""
    found = [
        Known("session", "Session number", "session", "number", "time"),
        Known("weeks_since_intake", "Weeks since intake", "session", "number", "time"),
    ]
    for v in variables:
        role = v.factor if v.factor in ROLES else ""
        found.append(Known(v.name, v.label or v.name, v.unit, v.kind, role, alone))
    order = list(ROLES)
    return {k.name: k for k in sorted(found, key=lambda k: order.index(k.role))}


def spelled(name: str) -> str:
    """A name as the formula writes it. Worked: 'a b' -> '`a b`'."""
    return name if not name or name.isidentifier() else f"`{name}`"
