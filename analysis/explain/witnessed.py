"""The second witness of a partition: its full model fitted by statsmodels on the same rows."""

from contextlib import closing
from dataclasses import replace

import numpy as np

from analysis.explain.frame import prepare
from analysis.mixed.design import INTERCEPT
from analysis.mixed.problem import build_problem
from analysis.mixed.witness import RandomBlock, WitnessFit, witness
from analysis.scope import Scope
from analysis.store import catalogue
from analysis.store.dataset import open_dataset


def witness_partition(scope: Scope) -> WitnessFit:
    """statsmodels' fit of the full model of `partition(scope)`, by REML.

    Unlike the partition it needs every row in memory. Columns that add nothing are left out, as
    the partition does. ModelError where MixedLM has no such model.
    """
    info = catalogue.find(scope.dataset, scope.version)
    with open_dataset(info) as dataset, closing(dataset.cursor()) as cursor:
        moments = prepare(dataset, cursor, scope).moments
        # `prepare` leaves the complete rows in this table: the response, each part in the order
        # of the design, then the groups' keys.
        rows = cursor.execute("SELECT * FROM complete_parts").fetchnumpy()
    pooled = replace(moments, gram=moments.gram.sum(axis=0))
    kept = list(build_problem(pooled).x)
    parts = dict(zip(moments.names[1:-1], list(rows)[1 : len(moments.names) - 1], strict=True))
    y = np.asarray(rows["y"], dtype=float)
    one = np.ones((len(y), 1))
    x = np.column_stack([one[:, 0] if t == INTERCEPT else _numbers(rows[parts[t]]) for t in kept])
    blocks = tuple(
        RandomBlock(group, np.asarray(rows[f"text of {group}"]).astype(str), (INTERCEPT,), one)
        for group in moments.groupings
    )
    return witness(y, x, tuple(kept), blocks)


def _numbers(column) -> np.ndarray:
    return np.asarray(column, dtype=float)
