"""Which of a dataset's variables are alliance, practice and outcome, and how several become one."""

from collections.abc import Iterable
from dataclasses import dataclass

from analysis.measures.variables import Variable

TOGETHER = "+"  # between the names of variables whose mean is one measure
COMPONENTS = ("bond", "goal", "task")


@dataclass(frozen=True, slots=True)
class Measure:
    """One number a session. key: a variable's name, or several with '+' between them: their mean
    where all are there. rater: 'patient', 'therapist', 'observer' or ''. low, high: the range of
    its scores, None where the dictionary has none. higher_is: 'better', 'worse' or ''."""

    key: str
    label: str
    rater: str = ""
    low: float | None = None
    high: float | None = None
    higher_is: str = ""

    @property
    def span(self) -> tuple[float, float] | None:
        """Lowest and highest score, None where the dictionary does not say both."""
        if self.low is None or self.high is None or not self.low < self.high:
            return None
        return self.low, self.high

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.key.split(TOGETHER))


def alliance_measures(variables: Iterable[Variable]) -> tuple[Measure, ...]:
    """The alliance as it can be asked for: the components of one rater together, then each alone;
    the patient's before the therapist's."""
    rated = [v for v in variables if _is_number(v, "alliance")]
    raters = sorted(dict.fromkeys(v.rater for v in rated), key=lambda r: (r != "patient", r))
    found: list[Measure] = []
    for rater in raters:
        own = [v for v in rated if v.rater == rater]
        parts = [v for v in own if v.component in COMPONENTS and _same_range(v, own)]
        if len(parts) > 1:
            found.append(_together(parts, rater))
        found += [_single(v) for v in own]
    return tuple(found)


def components(variables: Iterable[Variable], rater: str = "patient") -> tuple[Measure, ...]:
    """Bond, goal and task as one person rated them, in that order; those that are there."""
    rated = [v for v in variables if _is_number(v, "alliance") and v.component in COMPONENTS]
    own = [v for v in rated if v.rater == rater]
    return tuple(_single(v) for v in sorted(own, key=lambda v: COMPONENTS.index(v.component)))


def practices(variables: Iterable[Variable]) -> tuple[Measure, ...]:
    """What a therapist does to build the alliance, rated in sessions."""
    return tuple(_single(v) for v in variables if _is_number(v, "practice"))


def outcomes(variables: Iterable[Variable]) -> tuple[Measure, ...]:
    """What a treatment is to change, rated in sessions."""
    return tuple(_single(v) for v in variables if _is_number(v, "outcome"))


def measure_of(variables: Iterable[Variable], key: str) -> Measure:
    """The measure `key` as the dictionary describes it."""
    known = {v.name: v for v in variables}
    parts = [known[name] for name in key.split(TOGETHER) if name in known]
    if len(parts) > 1:
        return _together(parts, parts[0].rater)
    return _single(parts[0]) if parts else Measure(key, key)


def _is_number(v: Variable, factor: str) -> bool:
    return v.factor == factor and v.unit == "session" and v.kind == "number"


def _same_range(v: Variable, others: list[Variable]) -> bool:
    return (v.minimum, v.maximum) == (others[0].minimum, others[0].maximum)


def _single(v: Variable) -> Measure:
    return Measure(v.name, v.label or v.name, v.rater, v.minimum, v.maximum, v.higher_is)


def _together(parts: list[Variable], rater: str) -> Measure:
    first = parts[0]
    named = ", ".join(v.component or v.name for v in parts[:-1])
    label = f"Alliance: {named} and {parts[-1].component or parts[-1].name}"
    key = TOGETHER.join(v.name for v in parts)
    label += f" ({rater})" if rater else ""
    return Measure(key, label, rater, first.minimum, first.maximum, first.higher_is)
