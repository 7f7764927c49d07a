"""One chunk of the demo as Arrow tables in the store's four units."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from analysis.demo.drawing.episodes import PLANNED, RUNNING, UNPLANNED
from analysis.demo.drawing.predictors import NAMES
from analysis.demo.drawing.process import MISSING_INTAKE
from analysis.demo.generate import Chunk

FIRST_DAY = np.datetime64("2022-01-03")  # a Monday; a fixed date, so that a seed fixes the data
_ENDINGS = {PLANNED: "planned", UNPLANNED: "unplanned", RUNNING: "ongoing"}
_MODELS = ("CBT", "psychodynamic", "integrative")
_GENDERS = ("female", "male", "other")
_SETTINGS = ("hospital", "outpatient clinic", "private practice", "university clinic")
# What one form or interview holds is there or missing together.
_FORMS = (
    ("expectation", "credibility", "motivation"),
    ("chronicity", "comorbidity", "social_support", "life_events", "employed"),
    ("adherence",),
)


@dataclass(frozen=True, slots=True)
class Written:
    """Clinics, therapists, episodes and patients numbered so far, so that codes go on."""

    clinics: int = 0
    therapists: int = 0
    episodes: int = 0
    patients: int = 0


def chunk_tables(chunk: Chunk, before: Written) -> tuple[dict[str, pa.Table], Written]:
    """Unit -> table with the columns of schema.sql and of the dictionary (missing = null), and
    the numbers after this chunk. Codes: 'C001', 'T00001', 'P0000001', 'E0000001'."""
    layout, patients = chunk.layout, chunk.patients
    n = len(patients.sessions)
    is_first = patients.first_episode == np.arange(n)
    after = Written(
        before.clinics + layout.clinics,
        before.therapists + len(layout.clinic_of_therapist),
        before.episodes + n,
        before.patients + int(is_first.sum()),
    )
    clinics = _codes("C", before.clinics, layout.clinics, 3)
    therapists = _codes("T", before.therapists, len(layout.clinic_of_therapist), 5)
    people = _codes("P", before.patients, int(is_first.sum()), 7)
    person = (np.cumsum(is_first) - 1)[patients.first_episode]
    episodes = _codes("E", before.episodes, n, 7)
    tables = {
        "clinic": pa.table({"clinic": clinics, "setting": _settings(chunk.rng, layout.clinics)}),
        "therapist": _therapists(chunk, therapists, clinics.take(layout.clinic_of_therapist)),
        "episode": _episodes(
            chunk, episodes, people.take(person), therapists.take(layout.therapist_of_episode)
        ),
        "session": _sessions(chunk, episodes),
    }
    return tables, after


def _codes(letter: str, before: int, count: int, digits: int) -> pa.Array:
    return pa.array([f"{letter}{k:0{digits}d}" for k in range(before + 1, before + count + 1)])


def _settings(rng, clinics: int) -> pa.Array:
    return _category(rng.choice(len(_SETTINGS), clinics, p=[0.25, 0.4, 0.2, 0.15]), _SETTINGS)


def _therapists(chunk: Chunk, therapists: pa.Array, clinic: pa.Array) -> pa.Table:
    layout = chunk.layout
    first = np.searchsorted(layout.therapist_of_episode, np.arange(len(therapists)))
    experience = np.round(chunk.rng.gamma(2.0, 5.0, len(therapists)).clip(0.0, 45.0))
    return pa.table(
        {
            "therapist": therapists,
            "clinic": clinic,
            "competence": _predictor(chunk, "competence")[first],
            "experience_years": experience,
        }
    )


def _episodes(chunk: Chunk, episodes, people, therapists) -> pa.Table:
    patients, rng = chunk.patients, chunk.rng
    n = len(episodes)
    last = patients.session_days[np.arange(n), patients.sessions - 1]
    started = FIRST_DAY + patients.start_day
    running = patients.ending == RUNNING
    columns = {
        "episode": episodes,
        "patient": people,
        "therapist": therapists,
        "started": pa.array(started),
        "ended": pa.array(started + last, mask=running),
        "ending": _category(patients.ending, [_ENDINGS[k] for k in range(len(_ENDINGS))]),
    }
    missing = {v: form for form in _FORMS for v in form}
    absent = {form: rng.random(n) < MISSING_INTAKE for form in _FORMS}
    for name, form in missing.items():
        values = _predictor(chunk, name)
        if name == "employed":
            columns[name] = _category(values.astype(int), ("no", "yes"), absent[form])
        else:
            columns[name] = pa.array(values, mask=absent[form])
    columns["treatment_model"] = _category(rng.choice(3, n, p=[0.5, 0.25, 0.25]), _MODELS)
    columns["wait_weeks"] = np.round(rng.gamma(2.0, 4.0, n).clip(0.0, 104.0))
    columns["age"] = _ages(chunk)
    gender = rng.choice(3, n, p=[0.64, 0.34, 0.02])[patients.first_episode]
    columns["gender"] = _category(gender, _GENDERS)
    return pa.table(columns)


def _ages(chunk: Chunk) -> np.ndarray:
    """Whole years; a returning patient is older by the time that went by. Never younger than
    the complaint is old plus 12 years."""
    first = chunk.patients.first_episode
    age = 18.0 + 52.0 * chunk.rng.beta(1.6, 2.4, len(first))
    age = np.maximum(age, _predictor(chunk, "chronicity") + 12.0)[first]
    years_on = (chunk.patients.start_day - chunk.patients.start_day[first]) / 365.25
    return np.floor(age + years_on)


def _sessions(chunk: Chunk, episodes: pa.Array) -> pa.Table:
    patients = chunk.patients
    row, column = np.nonzero(np.arange(patients.session_days.shape[1]) < patients.sessions[:, None])
    days = patients.session_days[row, column]
    columns = {
        "episode": episodes.take(row),
        "session": (column + 1).astype(np.int32),
        "date": pa.array(FIRST_DAY + (patients.start_day[row] + days)),
        "weeks_since_intake": days / 7.0,
    }
    for name, scores in chunk.sessions.scores.items():
        columns[name] = pa.array(scores[row, column], from_pandas=True)  # NaN becomes null
    return pa.table(columns)


def _predictor(chunk: Chunk, name: str) -> np.ndarray:
    return chunk.sessions.predictors[:, NAMES.index(name)]


def _category(codes: np.ndarray, labels, absent: np.ndarray | None = None) -> pa.Array:
    return pa.array(list(labels)).take(pa.array(codes, mask=absent))
