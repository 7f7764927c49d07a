"""The sums of one formula, or of several over the same rows: what every answer is made from."""

from pathlib import Path

from analysis.mixed.design import Variables, build_design, formula_variables, mentioned
from analysis.mixed.formula import Formula, parse_formula
from analysis.mixed.moments import Moments
from analysis.store.complete import complete_rows
from analysis.store.moments import moments
from analysis.store.source import open_source


def formula_sums(
    formula: str, source: str | Path, version: str = "", with_labels: bool = False
) -> Moments:
    """The Moments of lme4's `formula` on a dataset's name, a CSV or a Parquet file.

    version: of a dataset, '' for the newest. with_labels: carry the groups' names, which identify
    patients. Rows with a missing value in any variable of the formula are left out and counted.
    """
    return shared_sums((formula,), source, version, with_labels)[0]


def shared_sums(
    formulas: tuple[str, ...], source: str | Path, version: str = "", with_labels: bool = False
) -> tuple[Moments, ...]:
    """The Moments of each formula over the rows that are complete for all of them, so that the
    models can be compared."""
    parsed = [parse_formula(f) for f in formulas]
    names = tuple(dict.fromkeys(name for p in parsed for name in mentioned(p)))
    with open_source(source, names, version) as opened:
        rows = complete_rows(opened, _all_variables(parsed, opened.kinds))
        designs = [build_design(p, opened.kinds, rows.levels) for p in parsed]
        return tuple(moments(rows, design, with_labels=with_labels) for design in designs)


def _all_variables(parsed: list[Formula], kinds: dict[str, str]) -> Variables:
    each = [formula_variables(p, kinds) for p in parsed]
    parts = ("numeric", "categorical", "grouping")
    return Variables(*(tuple(dict.fromkeys(v for e in each for v in getattr(e, p))) for p in parts))
