"""What a fitted mixed model answers: frozen, with its status and its warnings as data."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from analysis.models.language.moments import Crossing

TIDY_COLUMNS = ("group", "term", "estimate", "se", "df", "statistic", "p", "low", "high")


@dataclass(frozen=True, slots=True)
class FixedEffect:
    """One coefficient. df is None for a z statistic; low and high bound the 95 % interval."""

    term: str
    estimate: float
    se: float
    df: float | None
    statistic: float | None
    p: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class RandomEffect:
    """Standard deviation of one random term of one grouping factor, on the outcome's scale."""

    group: str
    term: str
    sd: float


@dataclass(frozen=True, slots=True)
class Correlation:
    """Correlation of two random terms of one grouping factor; None when one has no variance."""

    group: str
    term_1: str
    term_2: str
    r: float | None


@dataclass(frozen=True, slots=True)
class Status:
    """Whether the numbers can be used. messages are sentences for the reader."""

    converged: bool
    singular: bool
    messages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LevelSpread:
    """The residual SD of one level of a category, on the outcome's scale, with its interval."""

    level: str
    sd: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Residuals:
    """What residuals are instead of independent and alike.

    serial: the time along which they follow each other within `series`, '' where they don't;
    correlation: of two rows `unit` apart in that time, low and high its 95 % interval, whole:
    whether all times are whole numbers of units (AR(1), else its continuous-time form). spread:
    the category by whose levels their SDs `sds` differ, '' for one SD. fall: of the deviance
    against independent residuals of one SD, with as many parameters more, and its p.
    """

    fall: float
    parameters: int
    p: float
    serial: str = ""
    series: str = ""
    unit: float = 1.0
    whole: bool = False
    correlation: float | None = None
    low: float | None = None
    high: float | None = None
    spread: str = ""
    sds: tuple[LevelSpread, ...] = ()


@dataclass(frozen=True, slots=True)
class Seconds:
    moments: float
    fit: float
    total: float


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted linear mixed model.

    parameters: coefficients, variances and covariances, the residual's among them; aic, bic: by
    them, of the criterion (REML: for models of the same predictors alone; n is the rows).
    criterion: the REML criterion, or -2 log-likelihood under ML (lme4's numbers).
    rows: rows used; rows_dropped: rows left out because a variable of the formula was missing.
    groups: number of groups by grouping factor, innermost first.
    r2_marginal, r2_conditional: Nakagawa & Schielzeth (2013), Johnson (2014), in 0..1, of the
    outcome less its offsets; rows count by their weights where they have some.
    sigma: residual SD, of a row of weight 1. weights: the variable of the weights, '' for none.
    crossings: groupings that are not nested, with how many of their groups make them so.
    cluster: the group for whose likeness the standard errors allow (CR2), '' for none.
    row_unit: what a row is, 'session', 'treatment', 'therapist' or 'clinic'; '' of a file's rows.
    residuals: what they are instead of independent and alike, None where they are; sigma is then
    the SD of the level with most rows.
    """

    formula: str
    method: str
    criterion: float
    log_likelihood: float
    rows: int
    rows_dropped: int
    groups: dict[str, int]
    fixed: tuple[FixedEffect, ...]
    random: tuple[RandomEffect, ...]
    correlations: tuple[Correlation, ...]
    sigma: float
    r2_marginal: float
    r2_conditional: float
    status: Status
    seconds: Seconds
    df_method: str = "satterthwaite"
    gradient: float = field(default=0.0)
    weights: str = ""
    crossings: tuple[Crossing, ...] = ()
    family: str = "gaussian"
    row_unit: str = ""
    cluster: str = ""
    residuals: Residuals | None = None

    @property
    def parameters(self) -> int:
        own = self.residuals.parameters if self.residuals else 0
        return len(self.fixed) + len(self.random) + len(self.correlations) + 1 + own

    @property
    def aic(self) -> float:
        return self.criterion + 2 * self.parameters

    @property
    def bic(self) -> float:
        return self.criterion + self.parameters * float(np.log(self.rows))

    def tidy(self) -> list[dict]:
        """One row a term, fixed effects first, with the columns TIDY_COLUMNS."""
        rows = [
            dict(group="", **{c: getattr(f, c) for c in TIDY_COLUMNS if c != "group"})
            for f in self.fixed
        ]
        empty = dict.fromkeys(TIDY_COLUMNS)
        rows += [
            empty | dict(group=r.group, term=f"sd {r.term}", estimate=r.sd) for r in self.random
        ]
        rows += [
            empty | dict(group=c.group, term=f"r {c.term_1}, {c.term_2}", estimate=c.r)
            for c in self.correlations
        ]
        rows.append(empty | dict(group="residual", term="sd", estimate=self.sigma))
        return rows + [empty | row for row in self._of_residuals()]

    def _of_residuals(self) -> list[dict]:
        """The residuals' correlation and SDs by level, each with its interval."""
        found = self.residuals
        if found is None:
            return []
        out: list[dict] = [
            dict(group="residual", term=f"sd {s.level}", estimate=s.sd, low=s.low, high=s.high)
            for s in found.sds
        ]
        if found.serial:
            term = f"r {found.serial}, {found.unit:.4g} apart"
            ends = dict(low=found.low, high=found.high)
            out.append(dict(group="residual", term=term, estimate=found.correlation) | ends)
        return out


def group_rows(
    group: str, names: Iterable[str], terms: tuple[str, ...], columns: dict[str, np.ndarray]
) -> list[dict]:
    """One row a group and term: group, name, term, and each column's (groups, terms) number."""
    return [
        dict(group=group, name=name, term=term)
        | {column: float(values[i, j]) for column, values in columns.items()}
        for i, name in enumerate(names)
        for j, term in enumerate(terms)
    ]
