"""Which rows follow each other, and whose residuals spread alike: as a question says it, and the
fit."""

from dataclasses import dataclass, replace

import numpy as np

from analysis.base.errors import FormulaError, ModelError, RequestError
from analysis.models.language.design import Design, Variables, formula_variables
from analysis.models.language.expressions import Expression
from analysis.models.language.factors import check_known
from analysis.models.language.formula import Formula
from analysis.models.language.moments import Moments, is_nested
from analysis.models.residuals.fit import Named, ResidualFit, fit_residuals
from analysis.models.residuals.structure import Structure, series_of, spreads_of
from analysis.questions.lab.rows.robust import NONE
from analysis.questions.lab.sums import model_rows
from analysis.store.sources.relation import Source
from analysis.store.sums.column_sql import key_name, text_name
from analysis.store.sums.complete import CompleteRows
from analysis.store.sums.groups import numbers_of, sorted_codes
from analysis.store.sums.moments import moments, row_arrays
from analysis.store.versions.naming import quoted

MOST_ROWS = 2_000_000
# A second treatment does not go on where the first one ended.
IN_SESSIONS = "episode"


@dataclass(frozen=True, slots=True)
class Unlike:
    """serial: the time along which residuals follow each other, '' for none; series: the group in
    which they do, '' for what the rows call for; spread: a category, '' for none."""

    serial: str = ""
    series: str = ""
    spread: str = ""

    @classmethod
    def of(cls, serial: str, spread: str) -> "Unlike":
        """Worked: ('week | patient', 'arm') -> Unlike('week', 'patient', 'arm')."""
        time, _, series = (part.strip().strip("`") for part in serial.partition("|"))
        return cls(time, series, spread.strip().strip("`"))

    def __bool__(self) -> bool:
        return bool(self.serial or self.spread)

    @property
    def names(self) -> tuple[str, ...]:
        """The variables that a source is opened for."""
        return tuple(n for n in (self.serial, self.series, self.spread) if n)


def fit_unlike(
    opened: Source, formula: Formula, asked: Unlike, method: str, df: str, robust: str = ""
) -> tuple[CompleteRows, ResidualFit]:
    """The complete rows and the fit. FormulaError for an unknown variable; ModelError where rows
    cannot follow each other so; RequestError for a register, whose rows stay where they are."""
    if robust not in ("", NONE):
        raise RequestError(
            "Robust errors beside residuals that follow each other or spread unlike are not given",
            where=f"--robust {robust}",
            allowed="the one or the other",
            next_step="leave one of them out",
        )
    series = series_name(asked, formula, opened)
    variables = with_residuals(formula_variables(formula, opened.kinds), asked, series, opened)
    rows, design = model_rows(opened, formula, variables=variables)
    sums = moments(rows, design)
    return rows, fit_of_rows(rows, design, sums, asked, series, method, df)


def fit_of_rows(
    rows: CompleteRows,
    design: Design,
    sums: Moments,
    asked: Unlike,
    series: str,
    method: str,
    df: str,
) -> ResidualFit:
    """sums: of these rows as they are; series: as `series_name` gives it. Errors as above."""
    if rows.rows > MOST_ROWS:
        raise ModelError(
            f"{rows.rows:,} rows are too many to be taken one by one",
            where="the residuals' structure",
            allowed=f"at most {MOST_ROWS:,}",
            next_step="leave the choice out, or ask a part of the data",
        )
    wanted = {asked.serial: quoted, series: key_name}
    texts = [write(name) for name, write in wanted.items() if name]
    texts += [text_name(asked.spread)] if asked.spread else []
    columns, codes, more = row_arrays(rows, design, tuple(texts))
    runs, spreads = None, None
    if asked.serial:
        inner = sums.groupings[0] if sums.groupings else ""
        code = sorted_codes(more[1]) if series else codes[inner]
        _check_inside(series, code, inner, codes)
        runs = series_of(code, numbers_of(more[0]), asked.serial)
        series = series or inner
    if asked.spread:
        levels = tuple(sorted(set(more[-1].to_pylist())))
        spreads = spreads_of(sorted_codes(more[-1]), levels, asked.spread)
    named = Named(asked.serial, series, asked.spread)
    return fit_residuals(sums, columns, codes, Structure(runs, spreads), named, method, df)


def independent(serial: str, spread: str, what: str) -> None:
    """RequestError where residuals are not independent and alike, for `what` that needs it."""
    if serial or spread:
        raise RequestError(
            f"{what} take residuals for independent and alike",
            where="the residuals' structure",
            allowed="coefficients and their tests, expected outcomes, slopes, comparisons",
            next_step="leave the serial correlation and the spread by group out for this",
        )


def series_name(asked: Unlike, formula: Formula, opened: Source) -> str:
    """The group in which rows follow each other: the named one, a treatment of a dataset's
    sessions; '' for the innermost group of the random terms."""
    if not asked.serial:
        return ""
    if asked.series:
        check_known(asked.series, opened.kinds, "the series of the serial correlation")
        return asked.series
    if opened.unit == "session":
        return IN_SESSIONS
    if not formula.random:
        raise ModelError(
            "Without a random term it is open in which group rows follow each other",
            where=f"the serial correlation over '{asked.serial}'",
            allowed="a named series, or a random term",
            next_step=f"write '{asked.serial} | GROUP'",
        )
    return ""


def with_residuals(variables: Variables, asked: Unlike, series: str, opened: Source) -> Variables:
    """The formula's variables and those of the residuals, which each row must have, too."""
    for name in (asked.serial, asked.spread):
        if name:
            check_known(name, opened.kinds, "the residuals' structure")
    if asked.serial and opened.kinds[asked.serial] != "number":
        raise FormulaError(
            f"'{asked.serial}' is no number: rows have no distance in it",
            where="the serial correlation",
            allowed="a time in numbers",
            next_step="name the number of the session, or the weeks since the intake",
        )
    time = (Expression("variable", (asked.serial,)),) if asked.serial else ()
    return replace(
        variables,
        numeric=(*variables.numeric, *time),
        categorical=tuple(dict.fromkeys((*variables.categorical, *filter(None, [asked.spread])))),
        grouping=tuple(dict.fromkeys((*variables.grouping, *filter(None, [series])))),
    )


def _check_inside(series: str, code: np.ndarray, inner: str, codes: dict) -> None:
    """ModelError where a series reaches over groups whose random effects it would mix."""
    if inner and series and not is_nested(code, codes[inner]):
        raise ModelError(
            f"Rows of one '{series}' lie in several groups of '{inner}'",
            where="the serial correlation",
            allowed="series that lie within the innermost group of the random terms",
            next_step="leave the series out: rows then follow each other within that group",
        )
