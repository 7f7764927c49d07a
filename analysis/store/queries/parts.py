"""Each predictor split into its parts: within groups, and between them at each level.

part of level l = mean over the groups of l minus mean over the groups one level out; the
innermost part is the value minus its group's mean. The parts are uncorrelated over rows by
construction, so the variance of a sum of predictors splits by level.
Source: Curran & Bauer 2011, doi:10.1146/annurev.psych.093008.100356 (centring within groups).
"""

from dataclasses import dataclass

from analysis.store.naming import quoted
from analysis.store.queries.frames import Frame

# The row's own level is named by what a row is: a session, or a patient's episode.
WORDS = {
    ("session", True): "within patients",
    ("patient", True): "within therapists",
    ("patient", False): "between patients",
    ("therapist", True): "between therapists",
    ("therapist", False): "between therapists",
    ("clinic", False): "between clinics",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One term: column (of the table), predictor (its FrameColumn's name) and its level."""

    column: str
    predictor: str
    term: str
    level: str


def split_parts(
    cursor, frame: Frame, levels: tuple[str, ...], split: dict[str, tuple[str, ...]]
) -> tuple[str, tuple[Part, ...]]:
    """The table 'parts' (clinic, therapist, patient, y, adjust, a_<level>, one column a part).

    levels: innermost (the row's) first, e.g. ('patient', 'therapist', 'clinic').
    split: predictor -> the levels at which it gets a part of its own, innermost first; what is
    between the groups of a level that is not listed stays in the part of the next inner one.
    a_<level>: the adjusting score's part at each level, for the shares by level.
    """
    columns, parts = [], []
    for item in frame.columns:
        own = split[item.name]
        for i, level in enumerate(own):
            outer = own[i + 1] if i + 1 < len(own) else None
            column = f"{item.name}_{level}"
            columns.append(f"{_part(item.name, level, outer, levels[0])} AS {column}")
            word = WORDS[level, level == levels[0]] if len(own) > 1 or level != levels[0] else ""
            term = f"{item.term} ({word})" if word else item.term
            parts.append(Part(column, item.name, term, level))
    for i, level in enumerate(levels):
        outer = levels[i + 1] if i + 1 < len(levels) else None
        columns.append(f"{_part('adjust', level, outer, levels[0])} AS a_{level}")
    picked = ", ".join(["clinic", "therapist", "patient", "y", "adjust", *columns])
    cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE parts AS SELECT {picked} FROM {frame.relation}"
    )
    return "parts", tuple(parts)


def _part(name: str, level: str, outer: str | None, innermost: str) -> str:
    own = name if level == innermost else _mean(name, level)
    return f"{own} - {_mean(name, outer)}" if outer else own


def _mean(name: str, level: str) -> str:
    return f"avg({quoted(name)}) OVER (PARTITION BY {level})"
