"""The dictionary: what each variable of a dataset means."""

from dataclasses import dataclass

UNITS = ("clinic", "therapist", "episode", "session")
FACTORS = (
    "alliance",
    "practice",
    "technique",
    "expectancy",
    "extra-therapeutic",
    "outcome",
    "process",
)
KINDS = ("number", "category")
RATERS = ("patient", "therapist", "observer")
DIRECTIONS = ("better", "worse")


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of a dataset: a column of the table of its unit.

    unit: the table it lives in, one of UNITS. kind: one of KINDS.
    factor: one of FACTORS, or '' when it belongs to none. component: e.g. 'bond', 'goal', 'task'.
    rater: 'patient', 'therapist', 'observer' or ''. instrument: id of an Instrument or ''.
    minimum, maximum: the range of valid scores, None when open.
    higher_is: 'better', 'worse' or ''.
    """

    name: str
    label: str
    unit: str
    kind: str = "number"
    factor: str = ""
    component: str = ""
    rater: str = ""
    instrument: str = ""
    minimum: float | None = None
    maximum: float | None = None
    higher_is: str = ""
    description: str = ""
