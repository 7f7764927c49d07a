"""Whom a model of the lab is about: what must be known before it may be shared."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace

import numpy as np

from analysis.base.errors import ModelError
from analysis.models.language.design import (
    INTERCEPT,
    BasisFunction,
    Column,
    Design,
    Level,
    formula_variables,
)
from analysis.models.language.design import mentioned as named_in
from analysis.models.language.events import with_event
from analysis.models.language.formula import parse_formula
from analysis.questions.lab.binary import with_category, with_value
from analysis.questions.lab.fitting.following import Unlike, series_name, with_residuals
from analysis.questions.lab.question import ModelQuestion, checked_question
from analysis.questions.lab.rows.robust import with_cluster, with_unit
from analysis.questions.lab.rows.row_unit import check_row_unit
from analysis.questions.lab.sums import design_of
from analysis.questions.opening import open_source
from analysis.store.queries.patients import treated
from analysis.store.sources.relation import Source
from analysis.store.sums.column_sql import key_name
from analysis.store.sums.complete import complete_rows
from analysis.store.sums.groups import key_texts
from analysis.store.sums.moments import row_arrays
from analysis.store.versions import catalogue
from analysis.store.versions.dataset import open_dataset

PERSONS = ("patient", "episode", "therapist")
# The key of a row's unit that says whose it is.
_KEYS = {"session": "episode", "treatment": "episode", "patient": "patient"}


@dataclass(frozen=True, slots=True)
class ModelPeople:
    """patients: the distinct ones behind the rows, sorted; never shown. coefficients: of the fixed
    part. behind: (term, how many patients' worth a coefficient rests on): Kish's effective number,
    (sum of w)^2 / sum of w^2 over patients, w a patient's part in the least-squares coefficient's
    variance. cells: patients in each group of rows that categories and indicators set apart, alone
    and in interactions. events: of an outcome of two values, the patients with and without it in
    each of these groups and in all; () for a number. caseloads: patients of each therapist in each
    group of rows and in all. names_persons: whether a predictor is who somebody is. largest: the
    shares that one patient, and two, have at most in the outcome's squares about its mean."""

    patients: tuple[str, ...] = field(repr=False)
    coefficients: int
    behind: tuple[tuple[str, float], ...]
    cells: tuple[int, ...]
    events: tuple[int, ...]
    caseloads: tuple[tuple[int, ...], ...]
    names_persons: bool
    largest: tuple[float, float] = (0.0, 0.0)


def model_people(question: ModelQuestion) -> ModelPeople:
    """The ModelPeople behind `fit(question)` of a dataset; the same errors, and ModelError where
    the rows are therapists or clinics."""
    q = checked_question(question)
    parsed = parse_formula(q.formula, q.weights)
    offsets = parsed.offsets
    if q.logistic:  # the offset belongs to the logit
        parsed = with_event(replace(parsed, offsets=()))
    unlike = Unlike.of(q.serial, q.spread)
    names = (*named_in(replace(parsed, offsets=offsets)), *unlike.names)
    with open_source(q.dataset, names, q.version, q.store) as opened:
        parsed = with_category(parsed, opened) if q.logistic else parsed
        key = _key_of(opened)
        opened = with_unit(opened, names, key)
        check_row_unit(parsed, opened)
        variables = with_cluster(formula_variables(parsed, opened.kinds), key)
        series = series_name(unlike, parsed, opened)
        rows = complete_rows(opened, with_residuals(variables, unlike, series, opened))
        if parsed.event:
            parsed = with_value(parsed, rows.levels(parsed.event[0]))
        design = design_of(rows, parsed)
        columns, _, (keys,) = row_arrays(rows, design, (key_name(key),))
        owners = key_texts(opened, key, keys).to_pylist()
    info = catalogue.find(str(q.dataset), q.version, q.store)
    with open_dataset(info) as dataset, closing(dataset.cursor()) as cursor:
        by = {row[0 if key == "episode" else 1]: row[1:] for row in treated(cursor)}
    return _people(design, columns, [by[o] for o in owners])


def _key_of(opened: Source) -> str:
    key = _KEYS.get(opened.unit)
    if key is None:
        raise ModelError(
            "The rows of this model are no patients' treatments or sessions",
            where=f"rows: one a {opened.unit or 'line of a file'}",
            allowed="rows of sessions, treatments or patients of a dataset",
            next_step="leave it out of what is shared",
        )
    return key


def _people(design: Design, columns: Mapping[str, np.ndarray], owners) -> ModelPeople:
    patients, code = np.unique([p for p, _ in owners], return_inverse=True)
    therapists, by = np.unique([t or "" for _, t in owners], return_inverse=True)
    fixed = [c for c in design.columns if c.name in design.x]
    y = columns[design.response.name]
    cells = [np.ones(len(y), dtype=bool), *_cells(fixed, columns)]
    two = len(np.unique(y)) <= 2 or bool(design.formula.event)
    top = float(y.max())
    events = [n for cell in cells for n in _both(cell, y, top, code)] if two else []
    return ModelPeople(
        tuple(patients.tolist()),
        len(design.x),
        tuple(_behind([columns[c.name] for c in fixed], [c.name for c in fixed], code)),
        tuple(_distinct(code[cell]) for cell in cells[1:]),
        tuple(events),
        tuple(_caseloads(code[cell], by[cell], therapists) for cell in cells),
        any(set(_variables(c)) & set(PERSONS) for c in fixed),
        _largest(y, code),
    )


def _largest(y: np.ndarray, code: np.ndarray) -> tuple[float, float]:
    size = float(np.abs(y).max()) or 1.0  # squares of what is very large are no numbers
    parts = np.sort(np.bincount(code, weights=((y - y.mean()) / size) ** 2))[::-1]
    total = float(parts.sum()) or 1.0
    return float(parts[0]) / total, float(parts[:2].sum()) / total


def _behind(columns: list[np.ndarray], names: list[str], code: np.ndarray):
    """(term, effective number of patients) of each column that the others leave something of."""
    x = np.stack([c / (np.abs(c).max() or 1.0) for c in columns], axis=1)
    weights = x @ np.linalg.pinv(x.T @ x)
    for name, own in zip(names, weights.T, strict=True):
        parts = np.bincount(code, weights=own**2)
        total = parts.sum()
        if total > 0:
            yield name, float(total**2 / (parts**2).sum())


def _cells(fixed: list[Column], columns: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """Each group of rows that categories and columns of two values set apart, (N,) True there."""
    codes = _codes(fixed, columns)
    out = []
    for column in fixed:
        values = columns[column.name]
        if column.name != INTERCEPT and len(found := np.unique(values)) == 2:
            out += [values == v for v in found]
    sets = {tuple(v for v in dict.fromkeys(_variables(c)) if v in codes) for c in fixed}
    for names in sets:
        if names:
            _, own = np.unique(np.stack([codes[n] for n in names]), axis=1, return_inverse=True)
            own = own.ravel()
            out += [own == k for k in range(int(own.max()) + 1)]
    return out


def _codes(fixed: list[Column], columns: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Variable -> a number for each row's value, of those whose own columns are indicators or have
    two values."""
    out: dict[str, np.ndarray] = {}
    for k, column in enumerate(fixed, 1):
        values = columns[column.name]
        if len(column.atoms) != 1 or len(np.unique(values)) > 2:
            continue
        (atom,) = column.atoms
        for name in _variables(column):
            where = values if isinstance(atom, Level) else values == values.max()
            out[name] = out.get(name, np.zeros(len(values))) + k * where
    return out


def _variables(column: Column) -> list[str]:
    found: list[str] = []
    for atom in column.atoms:
        if isinstance(atom, Level):
            found.append(atom.variable)
        else:
            found += (atom.expression if isinstance(atom, BasisFunction) else atom).variables()
    return found


def _both(cell: np.ndarray, y: np.ndarray, top: float, code: np.ndarray) -> tuple[int, int]:
    """Patients with the event in these rows, and those without it; a share of trials is both."""
    low = float(y.min())
    return _distinct(code[cell & (y > low)]), _distinct(code[cell & (y < top)])


def _caseloads(code: np.ndarray, by: np.ndarray, therapists: np.ndarray) -> tuple[int, ...]:
    pairs = np.unique(np.stack([by, code]), axis=1)
    loads = np.bincount(pairs[0], minlength=len(therapists))
    return tuple(int(n) for n, name in zip(loads, therapists, strict=True) if name and n)


def _distinct(code: np.ndarray) -> int:
    return len(np.unique(code))
