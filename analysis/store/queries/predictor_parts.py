"""Each predictor split into its parts: within groups, and between them at each level.

part of level l = mean over the groups of l minus mean over the groups one level out; the
innermost part is the value minus its group's mean. The parts are uncorrelated over rows by
construction, so the variance of a sum of predictors splits by level.
Source: Curran & Bauer 2011, doi:10.1146/annurev.psych.093008.100356 (centring within groups).
"""

from dataclasses import dataclass

from analysis.store.queries.frames import Frame
from analysis.store.versions.naming import quoted


@dataclass(frozen=True, slots=True)
class Part:
    """One term: column (of the table), predictor (its FrameColumn's name) and its level."""

    column: str
    predictor: str
    term: str
    level: str


def split_parts(
    cursor, frame: Frame, rows: str, split: dict[str, tuple[tuple[str, str | None], ...]]
) -> tuple[str, tuple[Part, ...]]:
    """The table 'parts': clinic, therapist, patient, treatment, y (t, where the frame has it) and
    one column a part.

    rows: the level of the rows, 'session', 'treatment' or 'patient'. split: predictor -> its parts
    as (level, level one out or None), innermost first: the mean over the groups of the first minus
    the mean over those of the second. What is between the groups of a level that is not listed
    stays in the part of the next inner one.
    """
    columns, parts = [], []
    for item in frame.columns:
        for level, outer in split[item.name]:
            column = f"{item.name}_{level}"
            columns.append(f"{_part(item.name, level, outer, rows)} AS {column}")
            whole = outer is None and level == rows
            term = item.term if whole else f"{item.term} ({_where(level, outer, rows)})"
            parts.append(Part(column, item.name, term, level))
    own = ["clinic", "therapist", "patient", "treatment", "y", *(["t"] if frame.time else [])]
    own += [*frame.carried, *([frame.weights] if frame.weights else [])]
    picked = ", ".join([*own, *columns])
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE parts AS SELECT {picked} FROM {frame.relation}")
    return "parts", tuple(parts)


def _where(level: str, outer: str | None, rows: str) -> str:
    """Worked: of sessions, ('session', 'patient') -> 'within patients'."""
    if level != rows:
        return f"between {level}s"
    return f"within {outer or 'patient'}s" if level == "session" else "within therapists"


def _part(name: str, level: str, outer: str | None, rows: str) -> str:
    own = name if level == rows else _mean(name, level)
    return f"{own} - {_mean(name, outer)}" if outer else own


def _mean(name: str, level: str) -> str:
    return f"avg({quoted(name)}) OVER (PARTITION BY {level})"
