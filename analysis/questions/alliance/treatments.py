"""Treatments of a dataset with all their sessions: a table by patient, session and variable."""

from dataclasses import dataclass

import numpy as np

from analysis.base.errors import ModelError, RequestError
from analysis.measures.conventions import FEWEST_FOR_EFFECT
from analysis.questions.alliance.measures import Measure
from analysis.questions.alliance.rows import read_rows
from analysis.store.place import Store
from analysis.store.queries.long_rows import LongRows

MOST_SESSIONS = 60  # of a treatment: later ones are left out and counted
WITHOUT = "unknown"  # how a treatment ended that nobody noted


@dataclass(frozen=True, slots=True)
class Treatments:
    """values (N, T, V): NaN where missing; session t of the table is number t + 1. therapist,
    clinic (N,): codes, -1 where nobody is named. ending (N,): texts. names: level -> the keys of
    its codes. texts: category -> (N,) of each treatment, '' where missing."""

    dataset: str
    version: str
    variables: tuple[str, ...]
    values: np.ndarray
    therapist: np.ndarray
    clinic: np.ndarray
    ending: np.ndarray
    notes: tuple[str, ...]
    names: dict[str, np.ndarray]
    texts: dict[str, np.ndarray]

    def of(self, variable: str) -> np.ndarray:
        """(N, T) of one variable."""
        return self.values[:, :, self.variables.index(variable)]

    @property
    def sessions(self) -> np.ndarray:
        return np.arange(1, self.values.shape[1] + 1)


def check_rated(rows: Treatments, measure: Measure) -> None:
    """RequestError where nobody rated the measure, or all ratings are the same."""
    ratings = rows.of(measure.key)
    rated = ratings[np.isfinite(ratings)]
    if not len(rated):
        raise RequestError(f"'{measure.label}' was never rated", where=f"'{rows.dataset}'")
    if np.ptp(rated) == 0:
        raise RequestError(
            f"'{measure.label}' is the same in every session",
            where=f"'{rows.dataset}'",
            allowed="ratings that differ",
            next_step="choose another variable",
        )


def read_treatments(
    dataset: str,
    variables: tuple[str, ...],
    version: str = "",
    store: Store | None = None,
    texts: tuple[str, ...] = (),
) -> Treatments:
    """The `variables` (a name, or 'a+b' for a mean) of all treatments; texts: categories of a
    treatment.

    ModelError where fewer than ten treatments have any of them.
    """
    keys = ("patient", "therapist", "clinic", "ending", *texts)
    rows = read_rows(dataset, keys, ("session", *variables), version, store)
    number = rows.numbers["session"]
    own = np.isfinite(number) & (number >= 1) & (rows.keys["patient"] >= 0)
    late = own & (number > MOST_SESSIONS)
    own &= ~late
    place = number[own].astype(np.int64) - 1
    code, first, who = np.unique(rows.keys["patient"][own], return_index=True, return_inverse=True)
    if len(code) < FEWEST_FOR_EFFECT:
        raise ModelError(
            f"{len(code)} treatments have a session",
            where=f"'{rows.source}'",
            allowed=f"at least {FEWEST_FOR_EFFECT}",
            next_step="use more data",
        )
    table = np.full((len(code), int(place.max()) + 1, len(variables)), np.nan)
    for v, name in enumerate(variables):
        table[who, place, v] = rows.numbers[name][own]
    notes = list(rows.notes)
    if late.any():
        notes.append(f"{int(late.sum())} sessions after the {MOST_SESSIONS}th were left out.")
    return Treatments(
        rows.source,
        rows.version,
        variables,
        table,
        rows.keys["therapist"][own][first],
        rows.keys["clinic"][own][first],
        _texts(rows, "ending")[own][first],
        tuple(notes),
        {level: np.array(rows.labels[level], dtype=object) for level in ("therapist", "clinic")},
        {name: _texts(rows, name, "")[own][first] for name in texts},
    )


def _texts(rows: LongRows, key: str, without: str = WITHOUT) -> np.ndarray:
    labels = np.array([*rows.labels[key], without], dtype=object)
    return labels[rows.keys[key]]  # -1, of what is missing, takes the last


def last_scores(scores: np.ndarray) -> np.ndarray:
    """(N,) the last score of each treatment, NaN where it has fewer than two."""
    seen = np.isfinite(scores)
    place = scores.shape[1] - 1 - np.argmax(seen[:, ::-1], axis=1)
    found = scores[np.arange(len(scores)), place]
    return np.where(seen.sum(axis=1) >= 2, found, np.nan)


def first_scores(scores: np.ndarray) -> np.ndarray:
    """(N,) the first score of each treatment, NaN where it has none."""
    return scores[np.arange(len(scores)), np.argmax(np.isfinite(scores), axis=1)]


def means(values: np.ndarray, first: int = 1, last: int | None = None) -> np.ndarray:
    """(N,) mean over sessions first..last of values (N, T); NaN where none is there."""
    part = values[:, first - 1 : last]
    count = np.isfinite(part).sum(axis=1)
    total = np.where(np.isfinite(part), part, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
