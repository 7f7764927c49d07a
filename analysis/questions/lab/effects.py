"""Fit a formula on a source: the way from rows to a Fit."""

import time
from dataclasses import replace
from pathlib import Path

from analysis.models.criterion.by_group import by_group
from analysis.models.language.design import formula_variables, mentioned
from analysis.models.language.formula import Formula, parse_formula
from analysis.models.linear.fit import DF_METHODS, METHODS, fit_moments
from analysis.models.result import Fit, Seconds
from analysis.questions.lab.fitting.following import Unlike, fit_unlike
from analysis.questions.lab.fitting.mixed_errors import mixed_errors
from analysis.questions.lab.question import check_option
from analysis.questions.lab.rows.notes import data_notes
from analysis.questions.lab.rows.robust import (
    cluster_of,
    named_cluster,
    robust_of,
    robustly,
    with_unit,
)
from analysis.questions.lab.rows.row_unit import row_notes
from analysis.questions.lab.sums import model_rows
from analysis.questions.opening import open_source
from analysis.store.place import Store
from analysis.store.sources.relation import Source
from analysis.store.sums.moments import moments


def fit_formula(
    formula: str,
    source: str | Path,
    method: str = "REML",
    df: str = "satterthwaite",
    version: str = "",
    weights: str = "",
    store: Store | None = None,
    robust: str = "",
    serial: str = "",
    spread: str = "",
) -> Fit:
    """Fit lme4's `formula` on a dataset's name, a CSV or a Parquet file.

    method: 'REML' or 'ML'. df: 'satterthwaite', 'kenward-roger' or 'none' (z). version: of a
    dataset, '' for the current. weights: a variable with each row's prior weight (lme4's: residual
    variance sigma^2 / weight, so twice the weights change sigma alone), '' for none. store: where a
    dataset lies, None for this process's own. robust: the group within
    which rows may be alike, for CR2 standard errors; '' for none, but of a model without random
    terms for the unit around a dataset's rows, unless 'none' is named. serial: a time along which
    residuals follow each other, 'TIME' or 'TIME | SERIES'; spread: a category by whose levels their
    SD differs; '' for none.
    Rows with a missing value in any variable of the formula or in the weights are left out and
    counted. ModelError where a weight is not positive and finite.
    """
    began = time.perf_counter()
    check_options(method, df)
    parsed = parse_formula(formula, weights)
    unlike = Unlike.of(serial, spread)
    names = (*mentioned(parsed), *named_cluster(robust), *unlike.names)
    with open_source(source, names, version, store) as opened:
        if unlike:
            return _fit_unlike(opened, parsed, unlike, method, df, robust, began)
        cluster = cluster_of(robust, parsed, opened)
        opened = with_unit(opened, names, cluster)
        rows, design = model_rows(opened, parsed, cluster)
        mixed = mixed_errors(rows, design, cluster, method) if cluster and parsed.random else None
        sums = mixed.sums if mixed else moments(rows, design, by=cluster, crossed=True)
        notes = data_notes(rows, parsed, formula_variables(parsed, opened.kinds))
        read, unit = opened.notes, opened.unit
        notes += row_notes(parsed, opened, cluster)
    summed = time.perf_counter()
    fit = fit_moments(by_group(sums, ""), method, df)
    if cluster:
        fit = robustly(fit, mixed or robust_of(sums), cluster)
    ended = time.perf_counter()
    status = replace(fit.status, messages=(*notes, *fit.status.messages, *read))
    seconds = Seconds(summed - began, ended - summed, ended - began)
    return replace(fit, status=status, seconds=seconds, row_unit=unit)


def _fit_unlike(
    opened: Source, parsed: Formula, unlike: Unlike, method: str, df: str, robust: str, began: float
) -> Fit:
    rows, found = fit_unlike(opened, parsed, unlike, method, df, robust)
    notes = data_notes(rows, parsed, formula_variables(parsed, opened.kinds))
    status = replace(found.fit.status, messages=(*notes, *found.fit.status.messages, *opened.notes))
    ended = time.perf_counter()
    seconds = Seconds(0.0, ended - began, ended - began)
    return replace(found.fit, status=status, seconds=seconds, row_unit=opened.unit)


def check_options(method: str, df: str) -> None:
    """RequestError where there is no such method or way to degrees of freedom."""
    check_option("method", method, METHODS)
    check_option("df", df, DF_METHODS)
