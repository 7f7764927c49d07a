"""What a fitted logistic mixed model answers; the fields of a linear Fit, on the logit scale."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from analysis.measures.conventions import LEVEL
from analysis.models.inference.checks.verdict import Verdict
from analysis.models.language.moments import Crossing
from analysis.models.logistic.averages import ChanceAt, Chances
from analysis.models.logistic.margins import AverageEffect
from analysis.models.logistic.shares import shares_table
from analysis.models.result import (
    TIDY_COLUMNS,
    Correlation,
    FixedEffect,
    RandomEffect,
    Seconds,
    Status,
    group_rows,
)


@dataclass(frozen=True, slots=True)
class LogitEffects:
    """Predicted effects of one grouping's groups on the logit scale.

    labels: the n groups' names, sorted. terms: the q columns. mode (n, q): conditional modes.
    se (n, q): conditional standard deviations, all parameters taken as known. error (n, q): of the
    prediction, the estimation of coefficients and variances counted, and never more than the
    groups' own SD; the intervals rest on it. level: of the intervals, in 0..1.
    """

    group: str
    labels: tuple[str, ...]
    terms: tuple[str, ...]
    mode: np.ndarray
    se: np.ndarray
    error: np.ndarray
    level: float = LEVEL

    @property
    def interval(self) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper bounds, (n, q) each, by the normal law."""
        margin = special.ndtri((1 + self.level) / 2) * self.error
        return self.mode - margin, self.mode + margin

    def tidy(self) -> list[dict]:
        """One row a group and term: group, name, term, estimate, se, low, high."""
        columns = dict(estimate=self.mode, se=self.se)
        columns["low"], columns["high"] = self.interval
        return group_rows(self.group, self.labels, self.terms, columns)


@dataclass(frozen=True, slots=True)
class Bend:
    """Whether the square of `term` would explain more: its score's z, positive where the effect
    grows with the predictor, and p."""

    term: str
    z: float
    p: float


@dataclass(frozen=True, slots=True)
class WithoutGroup:
    """The fit without one group. number: its code; estimates, moved, pull (p,): the coefficients,
    how far the group moves them in standard errors without it, and the same in the shift's own
    standard deviations; sds: the SDs in the order of `LogisticFit.random`. distance: of the group
    from where the others put it, in standard deviations; p: of so far a one. estimable: whether
    there is an estimate of everything without it; all else is NaN where not."""

    number: int
    estimates: np.ndarray
    moved: np.ndarray
    pull: np.ndarray
    sds: np.ndarray
    distance: float
    p: float
    estimable: bool


@dataclass(frozen=True, slots=True)
class LogisticChecks:
    """bends: one a predictor that was tested. inflation: (term, VIF), of a category's columns the
    generalised one per column. without: the fits without single groups. verdicts: (name, Verdict)
    of each check that was made."""

    bends: tuple[Bend, ...]
    inflation: tuple[tuple[str, float], ...]
    without: tuple[WithoutGroup, ...]
    verdicts: tuple[tuple[str, Verdict], ...]

    def tidy(self) -> list[dict]:
        """One row a check: check, grade, sentence."""
        return [dict(check=n, grade=v.grade, sentence=v.sentence) for n, v in self.verdicts]


@dataclass(frozen=True, slots=True)
class LogisticFit:
    """A fitted logistic mixed model: log(p / (1 - p)) = X b + sum of Z u.

    formula, rows, rows_dropped, groups, fixed, random, correlations, status, seconds, crossings:
    as in Fit; effects are logarithms of odds ratios, their tests and intervals Wald's (z, df
    None). event: what counts as 1. events: in how many of the trials it happened, a trial being a
    row, or as many as its weight says. chances: of the event, at random effect 0 and in the
    population; chances_at: where one predictor has a certain value in all rows.
    method: 'Laplace' or 'quadrature' (adaptive, with `quadrature` points). criterion: -2
    log-likelihood; aic. covariance (p, p): of the effects, the estimation of the variances
    counted. predicted: the effects of each grouping's groups, in the order of the formula.
    checks: None where none were asked for. margins: average marginal effects, of what is no curve.
    shares: (level, source, share) of the variance on the latent scale (`shares.py`).
    r2_marginal, r2_conditional: on the latent scale, with pi^2 / 3 for the residual (Nakagawa &
    Schielzeth 2013, doi:10.1111/j.2041-210x.2012.00261.x).
    """

    formula: str
    event: str
    method: str
    quadrature: int
    criterion: float
    log_likelihood: float
    aic: float
    rows: int
    rows_dropped: int
    events: int | float
    trials: int | float
    groups: dict[str, int]
    fixed: tuple[FixedEffect, ...]
    covariance: np.ndarray
    random: tuple[RandomEffect, ...]
    correlations: tuple[Correlation, ...]
    predicted: tuple[LogitEffects, ...]
    chances: Chances
    chances_at: tuple[ChanceAt, ...]
    r2_marginal: float
    r2_conditional: float
    status: Status
    seconds: Seconds
    gradient: float = 0.0
    crossings: tuple[Crossing, ...] = ()
    checks: LogisticChecks | None = None
    sigma: None = None
    df_method: str = "none"
    weights: str = ""
    family: str = "binomial"
    row_unit: str = ""
    margins: tuple[AverageEffect, ...] = ()
    shares: tuple[tuple[str, str, float], ...] = ()

    def variance_shares(self) -> list[dict]:
        """Where the variance lies: group, term, estimate a row, as of linear models."""
        return shares_table(self.shares, self.r2_marginal, self.r2_conditional)

    def odds_ratios(self) -> list[dict]:
        """One row a term: term, odds_ratio, low, high (95 %), p."""
        return [
            dict(term=f.term, p=f.p)
            | {
                n: _exp(v)
                for n, v in (("odds_ratio", f.estimate), ("low", f.low), ("high", f.high))
            }
            for f in self.fixed
        ]

    def tidy(self) -> list[dict]:
        """One row a term, fixed effects first, with the columns TIDY_COLUMNS (logit scale)."""
        empty = dict.fromkeys(TIDY_COLUMNS)
        rows = [
            dict(group="", **{c: getattr(f, c) for c in TIDY_COLUMNS if c != "group"})
            for f in self.fixed
        ]
        rows += [
            empty | dict(group=r.group, term=f"sd {r.term}", estimate=r.sd) for r in self.random
        ]
        return rows + [
            empty | dict(group=c.group, term=f"r {c.term_1}, {c.term_2}", estimate=c.r)
            for c in self.correlations
        ]


def _exp(value: float) -> float:
    return float(np.exp(np.clip(value, -700, 700)))
