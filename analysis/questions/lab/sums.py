"""The sums of one formula, or of several over the same rows: what every answer is made from."""

from pathlib import Path

from analysis.base.errors import FormulaError
from analysis.models.language.design import (
    Design,
    Variables,
    build_design,
    formula_variables,
    mentioned,
)
from analysis.models.language.formula import Formula, parse_formula
from analysis.models.language.moments import Moments
from analysis.questions.lab.rows.robust import check_clusters, with_cluster
from analysis.questions.lab.rows.row_unit import check_row_unit
from analysis.questions.opening import open_source
from analysis.store.place import Store
from analysis.store.sources.relation import Source
from analysis.store.sums.complete import CompleteRows, complete_rows
from analysis.store.sums.moments import moments


def formula_sums(
    formula: str,
    source: str | Path,
    version: str = "",
    with_labels: bool = False,
    weights: str = "",
    crossed: bool = False,
    store: Store | None = None,
) -> Moments:
    """The Moments of lme4's `formula` on a dataset's name, a CSV or a Parquet file.

    version: of a dataset, '' for the current. with_labels: carry the groups' names, which identify
    patients. weights: a variable with each row's prior weight, '' for none. store: where a dataset
    lies, None for this process's own. Rows with a missing
    value in any variable of the formula, or in the weights, are left out and counted.
    """
    return shared_sums((formula,), source, version, with_labels, weights, crossed, store)[0]


def shared_sums(
    formulas: tuple[str, ...],
    source: str | Path,
    version: str = "",
    with_labels: bool = False,
    weights: str = "",
    crossed: bool = False,
    store: Store | None = None,
) -> tuple[Moments, ...]:
    """The Moments of each formula over the rows that are complete for all of them, so that the
    models can be compared; weights as in `formula_sums`. crossed: whether the caller can do with
    groupings that are not nested, which are refused otherwise."""
    parsed = [parse_formula(f, weights) for f in formulas]
    names = tuple(dict.fromkeys(name for p in parsed for name in mentioned(p)))
    with open_source(source, names, version, store) as opened:
        rows = complete_rows(
            opened, all_variables([formula_variables(p, opened.kinds) for p in parsed])
        )
        designs = [design_of(rows, p) for p in parsed]
        return tuple(moments(rows, d, with_labels=with_labels, crossed=crossed) for d in designs)


def model_rows(
    opened: Source, formula: Formula, cluster: str = "", variables: Variables | None = None
) -> tuple[CompleteRows, Design]:
    """The complete rows of `formula` in an open source, and the columns to compute from them.
    cluster: a group that each row must have, too; '' for none. variables: the formula's and others
    that each row must have; None for the formula's own."""
    own = formula_variables(formula, opened.kinds) if variables is None else variables
    variables = with_cluster(own, cluster)
    check_row_unit(formula, opened)
    rows = complete_rows(opened, variables)
    design = design_of(rows, formula)
    if cluster:
        check_clusters(rows, design, cluster)
    return rows, design


def design_of(rows: CompleteRows, formula: Formula) -> Design:
    """The columns of `formula`, with what they need to know of the rows."""
    try:
        return build_design(formula, rows.source.kinds, rows.levels, rows.distribution)
    except FormulaError as error:
        unsure = rows.source.dates.unsure if rows.source.dates else ()
        name = next((n for n in unsure if error.where == f"variable '{n}'"), None)
        if name is None:
            raise
        raise FormulaError(
            f"'{name}' looks like dates in a form that can be read in more ways than one; "
            f"{error.what}",
            where=error.where,
            allowed="dates as YYYY-MM-DD, which count in days",
            next_step="write the dates so, or leave them out",
        ) from None


def all_variables(each: list[Variables]) -> Variables:
    """What rows must have that are complete for each of several models of one weight."""
    return Variables(
        numeric=tuple(dict.fromkeys(v for e in each for v in e.numeric)),
        categorical=tuple(dict.fromkeys(v for e in each for v in e.categorical)),
        grouping=tuple(dict.fromkeys(v for e in each for v in e.grouping)),
        weights=each[0].weights,
    )
