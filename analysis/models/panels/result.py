"""What a fitted panel model answers: frozen, with its status as data."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Effect:
    """What one point more of `origin` goes with in `target`, in points of `target`.

    sessions: how many sessions later (None: in the long run, were the point to stay).
    standardised: in within-patient SDs, the mean over sessions (lags only). se and the bounds of
    the 95 % interval are None where the data cannot tell them.
    """

    origin: str
    target: str
    estimate: float
    se: float | None
    low: float | None
    high: float | None
    sessions: int | None = 1
    standardised: float | None = None

    @property
    def z(self) -> float | None:
        return self.estimate / self.se if self.se else None


@dataclass(frozen=True, slots=True)
class PanelStatus:
    """Whether the numbers can be used. converged: the best point is a maximum by gradient and
    curvature; identified: the data tell all parameters apart there; boundary: a variance lies
    below zero, or a correlation beyond ±1. messages are sentences for the reader."""

    converged: bool
    identified: bool
    boundary: bool
    messages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Variances:
    """In the measures' own units, symptoms before alliance.

    random_names: of the effects that differ between patients ('symptoms', 'alliance', then their
    slopes a session, counted from the first session); random: their covariance (2 or 4 rows).
    first (2, 2): within patients at the first session; innovations (T-1, 2, 2): what is new in
    each later session; within_sd (T, 2): implied SDs about a patient's own line.
    """

    random_names: tuple[str, ...]
    random: np.ndarray
    first: np.ndarray
    innovations: np.ndarray
    within_sd: np.ndarray


@dataclass(frozen=True, slots=True)
class Held:
    """The same model with Psi held to what variances can be, where it lies outside."""

    log_likelihood: float
    lags: tuple[Effect, ...]
    converged: bool


@dataclass(frozen=True, slots=True)
class PanelFit:
    """RI-CLPM or LCM-SR by full-information maximum likelihood.

    patients: with any value; patterns: of missing values; cells: observed values. chi_square, df,
    p, rmsea: against the saturated model, None where that has no maximum. mean (T, 2);
    lag_matrix (2, 2): A, row = target; lag_covariance (4, 4) of ss, sa, as, aa by observed
    information. theta: all parameters on the panel's standardised columns (structure.py). lags in
    that order: symptoms → symptoms, alliance → symptoms, symptoms →
    alliance, alliance → alliance. held: None unless status.boundary.
    """

    model: str
    names: tuple[str, str]
    sessions: tuple[int, ...]
    patients: int
    patterns: int
    cells: int
    parameters: int
    log_likelihood: float
    chi_square: float | None
    df: int
    p: float | None
    rmsea: float | None
    bic: float
    aic: float
    lags: tuple[Effect, ...]
    long_run: tuple[Effect, ...]
    response: tuple[Effect, ...]
    mean: np.ndarray
    lag_matrix: np.ndarray
    lag_covariance: np.ndarray
    variances: Variances
    status: PanelStatus
    held: Held | None
    iterations: int
    gradient: float
    theta: np.ndarray

    def lag(self, origin: str, target: str) -> Effect:
        """The lag from one measure to another, by their names here."""
        return next(e for e in self.lags if (e.origin, e.target) == (origin, target))

    def tidy(self) -> list[dict]:
        """One row a lag, response or long-run effect: kind, from, to, sessions, estimate, se,
        low, high, standardised."""
        kinds = (("lag", self.lags), ("response", self.response), ("long run", self.long_run))
        return [
            dict(
                kind=kind,
                **{"from": e.origin},
                to=e.target,
                sessions=e.sessions,
                estimate=e.estimate,
                se=e.se,
                low=e.low,
                high=e.high,
                standardised=e.standardised,
            )
            for kind, effects in kinds
            for e in effects
        ]
