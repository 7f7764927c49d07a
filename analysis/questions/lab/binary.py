"""Fit a formula whose outcome happens or doesn't: recovery, dropout."""

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from analysis.base.errors import FormulaError, ModelError
from analysis.models.language.design import (
    WEIGHTS,
    Column,
    Design,
    formula_variables,
    mentioned,
    offset_expressions,
)
from analysis.models.language.events import with_event
from analysis.models.language.formula import Formula, parse_formula
from analysis.models.logistic.averages import Alternative
from analysis.models.logistic.fit import LogisticRows, fit_logistic
from analysis.models.logistic.margins import AverageEffect, Move, average_effects, random_spread
from analysis.models.logistic.result import LogisticFit
from analysis.models.logistic.rows.random_block import RandomBlock
from analysis.models.result import Seconds
from analysis.questions.lab.alternatives import alternatives_of, moves_of, straight_terms
from analysis.questions.lab.fitting.fitted_grid import grid_about
from analysis.questions.lab.fitting.logit_grid import LogitGrid
from analysis.questions.lab.question import ModelQuestion
from analysis.questions.lab.rows.notes import data_notes
from analysis.questions.lab.rows.row_unit import check_row_unit, row_notes
from analysis.questions.lab.sums import design_of
from analysis.questions.opening import open_source
from analysis.store.place import Store
from analysis.store.sources.relation import Source
from analysis.store.sums.complete import complete_rows
from analysis.store.sums.moments import design_arrays, group_names

# One evaluation of the likelihood walks all rows, and a fit needs some hundred.
MOST_ROWS = 1_000_000

OFFSET = "(offset)"  # name of an offset's column, numbered


def fit_binary(
    formula: str,
    source: str | Path,
    version: str = "",
    quadrature: int = 1,
    weights: str = "",
    store: Store | None = None,
) -> LogisticFit:
    """Fit lme4's `formula` as glmer(family = binomial) does, on a dataset's name or a file.

    The outcome is a number of 0 and 1, a text with two categories (the second in sorted order
    counts as 1, which `event` says), or `I(variable == 'category')`. version: of a dataset, ''
    for the current. quadrature: points of adaptive quadrature for one random term, 1 for Laplace.
    weights: a variable with the number of trials behind each row, whose outcome then may be the
    share of them in which it happened; '' for one each. offset(…) is on the logit scale.
    store: where a dataset lies, None for this process's own.
    Rows with a missing value in any variable of the formula are left out and counted.
    FormulaError, ModelError as in `fit_formula` and `fit_logistic`.
    """
    began = time.perf_counter()
    whole = parse_formula(formula, weights)
    read = _opened(whole, source, version, store)
    reading = time.perf_counter() - began
    fit = _fitted(read, quadrature)
    fit = replace(fit, margins=_margins(read, fit))
    total, response = time.perf_counter() - began, read.design.response.name
    return replace(
        fit,
        formula=whole.text,
        event=response if read.design.formula.event else f"{response} == 1",
        rows_dropped=read.dropped,
        weights=whole.weights,
        row_unit=read.unit,
        status=replace(fit.status, messages=(*fit.status.messages, *read.notes)),
        seconds=Seconds(reading, total - reading, total),
    )


def logit_grid(question: ModelQuestion, about: tuple[str, str]) -> LogitGrid:
    """The fitted model for what is asked of its coefficients; errors as `fit_binary`, and
    RequestError where one of `about`, predictor and moderator, is none of its predictors."""
    q = question
    whole = parse_formula(q.formula, q.weights)
    read = _opened(whole, q.dataset, q.version, q.store, about)
    fit, (grid, raw) = _fitted(read, q.quadrature), read.about
    return LogitGrid(grid, read.design.x, fit, float(_spread(read, fit).mean()), raw)


def _opened(
    whole: Formula, source: str | Path, version: str, store: Store | None, about=()
) -> "_Read":
    # The offset stays out of the outcome: it belongs to the logit.
    parsed = with_event(replace(whole, offsets=()))
    named = mentioned(replace(parsed, offsets=whole.offsets))
    with open_source(source, named, version, store) as opened:
        return _read(whole, with_category(parsed, opened), opened, about)


@dataclass(frozen=True, slots=True)
class _Read:
    """The complete rows' columns and codes as `design_arrays` gives them, with what goes along."""

    design: Design
    columns: dict[str, np.ndarray]
    codes: dict[str, np.ndarray]
    labels: dict[str, tuple[str, ...]]
    offset: np.ndarray | None
    alternatives: tuple[Alternative, ...]
    moves: tuple[Move, ...]
    dropped: int
    notes: tuple[str, ...]
    unit: str
    about: Any = None


def _read(whole: Formula, parsed: Formula, opened: Source, about) -> _Read:
    check_row_unit(parsed, opened)
    offsets = offset_expressions(whole, opened.kinds)
    variables = formula_variables(parsed, opened.kinds)
    rows = complete_rows(opened, replace(variables, numeric=(*variables.numeric, *offsets)))
    if parsed.event:
        parsed = with_value(parsed, rows.levels(parsed.event[0]))
    _check_rows(rows.rows)
    design = _with_offsets(design_of(rows, parsed), offsets)
    columns, codes = design_arrays(rows, design)
    return _Read(
        design,
        columns,
        codes,
        group_names(rows, design),
        _summed(columns, offsets),
        alternatives_of(design, columns, rows.levels),
        moves_of(design, rows.levels),
        rows.dropped,
        (*data_notes(rows, parsed, variables), *row_notes(whole, opened), *opened.notes),
        opened.unit,
        grid_about(rows, design, about) if about else None,
    )


def logistic_rows(question: ModelQuestion) -> LogisticRows:
    """The rows of a logistic model, for what refits it; errors as `fit_binary`."""
    whole = parse_formula(question.formula, question.weights)
    return _rows_of(_opened(whole, question.dataset, question.version, question.store))


def _rows_of(read: _Read) -> LogisticRows:
    design, columns = read.design, read.columns
    blocks = []
    for block in design.blocks:
        z = np.stack([columns[c] for c in block.columns], axis=1)
        blocks.append(RandomBlock(block.label, read.codes[block.label], block.columns, z))
    return LogisticRows(
        columns[design.response.name],
        np.stack([columns[name] for name in design.x]).T,
        design.x,
        tuple(blocks),
        columns.get(WEIGHTS),
        read.offset,
    )


def _fitted(read: _Read, quadrature: int) -> LogisticFit:
    rows = _rows_of(read)
    return fit_logistic(
        rows.y,
        rows.x,
        rows.terms,
        rows.blocks,
        read.labels,
        quadrature,
        sizes=rows.sizes,
        offset=rows.offset,
        alternatives=read.alternatives,
        straight=straight_terms(read.design, read.columns),
    )


def _margins(read: _Read, fit: LogisticFit) -> tuple[AverageEffect, ...]:
    """Average marginal effects of the fitted model over the rows used."""
    return average_effects(
        read.columns,
        tuple(f.term for f in fit.fixed),
        np.array([f.estimate for f in fit.fixed]),
        fit.covariance,
        read.offset,
        read.columns.get(WEIGHTS),
        _spread(read, fit),
        read.moves,
    )


def _spread(read: _Read, fit: LogisticFit) -> np.ndarray:
    """(N,) variance of each row's random part."""
    blocks = [(b.label, b.columns) for b in read.design.blocks]
    return random_spread(blocks, fit.random, fit.correlations, read.columns)


def _with_offsets(design: Design, offsets) -> Design:
    columns = [Column(f"{OFFSET}{i}", (e,)) for i, e in enumerate(offsets)]
    return replace(design, columns=(*design.columns, *columns))


def _summed(columns: dict[str, np.ndarray], offsets) -> np.ndarray | None:
    """(N,), None where there is no offset."""
    found = [columns[f"{OFFSET}{i}"] for i in range(len(offsets))]
    return sum(found[1:], found[0]) if found else None


def with_category(parsed: Formula, opened: Source) -> Formula:
    """A text as the outcome: its category is chosen when its values are known."""
    name = parsed.response.strip("`")
    if parsed.event is None and opened.kinds.get(name) == "category":
        return replace(parsed, event=(name, ""))
    if parsed.event and parsed.event[0] not in opened.kinds:
        return replace(parsed, response=parsed.event[0], event=None)  # said by formula_variables
    return parsed


def with_value(parsed: Formula, levels: list[str]) -> Formula:
    assert parsed.event is not None
    name, value = parsed.event
    if value:
        same = [level for level in levels if _equal(level, value)]
        if len(same) != 1:
            often = "never has" if not same else "writes in several ways"
            raise FormulaError(
                f"'{name}' {often} the value that the formula names",
                where=f"'{parsed.response}'",
                allowed="a category that occurs in the rows used, written in one way",
                next_step="look at the variable's values in the dictionary",
            )
        return replace(parsed, event=(name, same[0]))
    if len(levels) != 2:
        raise ModelError(
            f"'{name}' has {len(levels):,} categories, so it is not clear what happened or didn't",
            where=f"the outcome '{name}'",
            allowed="two categories",
            next_step=f"name the one that counts as 1: I({name} == '…') ~ …",
        )
    return replace(parsed, event=(name, levels[1]))


def _equal(level: str, value: str) -> bool:
    """As texts, or as the numbers that both are: '1.0' is 1."""
    try:
        return level == value or float(level) == float(value)
    except ValueError:
        return False


def _check_rows(rows: int) -> None:
    if rows > MOST_ROWS:
        raise ModelError(
            f"{rows:,} rows are too many for a logistic mixed model",
            where="the rows used",
            allowed=f"at most {MOST_ROWS:,} rows",
            next_step="ask it of episodes instead of sessions, or of part of the data",
        )
