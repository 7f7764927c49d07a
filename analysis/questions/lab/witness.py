"""A second opinion: the same model fitted by statsmodels, which shares no line with the engine."""

from contextlib import closing
from dataclasses import replace

import numpy as np

from analysis.base.errors import ModelError
from analysis.models.language.design import WEIGHTS, Design, mentioned
from analysis.models.language.formula import parse_formula
from analysis.models.witness import RandomBlock, WitnessFit, witness
from analysis.questions.lab.fitting.following import independent
from analysis.questions.lab.question import ModelQuestion
from analysis.questions.lab.sums import model_rows
from analysis.questions.opening import open_source
from analysis.questions.partition.rows.prepare import prepare
from analysis.questions.scope import Scope
from analysis.store.sums.complete import CompleteRows
from analysis.store.sums.moments import design_arrays
from analysis.store.versions import catalogue
from analysis.store.versions.dataset import open_dataset

# statsmodels takes a minute for 95,000 rows with a random slope.
MOST_ROWS = 50_000


def witness_model(question: ModelQuestion) -> WitnessFit:
    """Fit a linear model as `effects.fit_formula` does.

    ModelError for a model that statsmodels does not have, or for more than MOST_ROWS rows.
    """
    independent(question.serial, question.spread, "MixedLM's models")
    parsed = parse_formula(question.formula, question.weights)
    with open_source(
        question.dataset, mentioned(parsed), question.version, question.store
    ) as opened:
        rows, design = model_rows(opened, parsed)
        return _witness(rows, design, design.x, question.method)


def witness_partition(scope: Scope) -> WitnessFit:
    """Fit the full model of the partition that `scope` asks for (REML)."""
    info = catalogue.find(scope.dataset, scope.version, scope.store)
    with open_dataset(info) as dataset, closing(dataset.cursor()) as cursor:
        prepared = prepare(dataset, cursor, scope)
        used = prepared.columns_of(tuple(range(len(prepared.blocks))))[:-1]
        x = tuple(prepared.moments.names[i] for i in used)
        return _witness(prepared.complete, prepared.moments.design, x, "REML")


def _witness(rows: CompleteRows, design: Design, x: tuple[str, ...], method: str) -> WitnessFit:
    if rows.rows > MOST_ROWS:
        raise ModelError(
            f"{rows.rows:,} rows are too many for statsmodels",
            where="the second witness",
            allowed=f"at most {MOST_ROWS:,} rows",
            next_step="check the model on a part of the data",
        )
    columns, codes = design_arrays(rows, design)
    weights = columns.pop(WEIGHTS, np.ones(rows.rows))
    columns = {name: values * np.sqrt(weights) for name, values in columns.items()}
    blocks = tuple(
        RandomBlock(
            b.label, codes[b.label], b.columns, np.stack([columns[c] for c in b.columns], 1)
        )
        for b in design.blocks
    )
    fixed = np.stack([columns[name] for name in x], axis=1)
    found = witness(columns[design.response.name], fixed, x, blocks, method)
    # MixedLM has no weights; rows times the root of their weight are the same model, whose
    # density differs by the product of the roots.
    return replace(found, criterion=found.criterion - float(np.log(weights).sum()))
