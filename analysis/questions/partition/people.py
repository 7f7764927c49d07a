"""Whom a partition is about: what must be known before it may be shared."""

from contextlib import closing
from dataclasses import dataclass, field

from analysis.questions.partition.rows.prepare import prepare
from analysis.questions.scope import Scope
from analysis.store.queries.patients import frame_patients, level_patients
from analysis.store.versions import catalogue
from analysis.store.versions.dataset import open_dataset


@dataclass(frozen=True, slots=True)
class People:
    """patients: the distinct ones, sorted; never shown. in_levels: patients in each value of each
    category among the predictors. coefficients: of the full model."""

    patients: tuple[str, ...] = field(repr=False)
    in_levels: tuple[int, ...]
    coefficients: int


def partition_people(scope: Scope) -> People:
    """The People behind `partition(scope)`; the same errors."""
    info = catalogue.find(scope.dataset, scope.version, scope.store)
    with open_dataset(info) as dataset, closing(dataset.cursor()) as cursor:
        prepared = prepare(dataset, cursor, scope)
        categories = {v.name for v in dataset.variables if v.kind == "category"}
        used = [name for _, names in prepared.blocks for name in names if name in categories]
        in_levels = [n for name in used for n in level_patients(cursor, name)]
        coefficients = len(prepared.columns_of(tuple(range(len(prepared.blocks))))) - 1
        return People(frame_patients(cursor), tuple(in_levels), coefficients)
