"""A panel ready for its models: two measures, T sessions, patients by missing pattern."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.base.errors import ModelError
from analysis.models.panels.likelihood.patterns import Patterns, patterns_of
from analysis.models.panels.likelihood.saturated import Saturated, fit_saturated

LEAST_SESSIONS = {"ri-clpm": 3, "lcm-sr": 4}  # fewer leave more parameters than moments
MOST_SESSIONS = 30  # the second derivatives take some 100 MB there
LEAST_ROWS = 5  # patients in a session: fewer leave its innovations no variance to estimate
SAME = 1 - 1e-10  # a correlation that says: the same numbers twice


@dataclass(frozen=True)
class Panel:
    """patterns: of the standardised columns s1, a1, s2, a2, …; centre, scale (2,): what each
    measure was divided by, one number for all sessions so that lags keep their meaning.

    names: of the two measures; sessions (T,): their numbers; patients: with any value.
    """

    names: tuple[str, str]
    sessions: tuple[int, ...]
    patterns: Patterns
    centre: np.ndarray
    scale: np.ndarray

    @property
    def patients(self) -> int:
        return self.patterns.rows

    @cached_property
    def saturated(self) -> Saturated:
        return fit_saturated(self.patterns)

    @property
    def log_units(self) -> float:
        """What the log-likelihood loses by going back to the data's own units."""
        cells = self.patterns.n @ self.patterns.observed
        return float(cells @ np.tile(np.log(self.scale), len(self.sessions)))


def panel_of(
    values: np.ndarray,
    names: tuple[str, str] = ("symptoms", "alliance"),
    sessions: tuple[int, ...] | None = None,
) -> Panel:
    """The Panel of values (N, T, 2), NaN where missing; sessions: their numbers, else 1…T.

    Patients without any value are left out. ModelError where a session has too few patients, a
    measure does not vary, or two columns are the same: no model of the panel exists then.
    """
    t = values.shape[1]
    sessions = sessions or tuple(range(1, t + 1))
    _check_sessions(t)
    _check_columns(values, names, sessions)
    flat = values.reshape(-1, 2)
    centre = np.nanmean(flat, axis=0)
    scale = np.nanmean(np.nanvar(values, axis=0), axis=0) ** 0.5
    patterns = patterns_of(((values - centre) / scale).reshape(len(values), 2 * t))
    panel = Panel(names, tuple(sessions), patterns, centre, scale)
    _check_different(panel)
    return panel


def _check_sessions(t: int) -> None:
    if t < LEAST_SESSIONS["ri-clpm"]:
        raise ModelError(
            f"{t} session{'' if t == 1 else 's'} cannot tell what comes first from what differs "
            "between patients",
            allowed="at least 3 sessions in a row (RI-CLPM), 4 for patients' own trends (LCM-SR)",
            next_step="choose more sessions",
        )
    if t > MOST_SESSIONS:
        raise ModelError(
            f"{t} sessions are more than these models take",
            allowed=f"up to {MOST_SESSIONS} sessions",
            next_step="choose the first sessions, say --sessions 1:8",
        )


def _check_columns(values, names, sessions) -> None:
    count = np.isfinite(values).sum(axis=0)
    for m, name in enumerate(names):
        for place, number in enumerate(sessions):
            if count[place, m] < LEAST_ROWS:
                raise ModelError(
                    f"Session {number} has '{name}' of {count[place, m]} patients",
                    allowed=f"at least {LEAST_ROWS} patients with each measure in every session",
                    next_step=_shorter(sessions, place),
                )
            column = values[np.isfinite(values[:, place, m]), place, m]
            if np.ptp(column) == 0:
                raise ModelError(
                    f"'{name}' is the same for everybody in session {number}",
                    allowed="measures that differ between patients in every session",
                    next_step="choose other sessions or another variable",
                )


def _shorter(sessions, place: int) -> str:
    if place >= LEAST_SESSIONS["ri-clpm"]:
        return f"leave later sessions out, say --sessions {sessions[0]}:{sessions[place - 1]}"
    return "choose sessions in which both were measured"


def _check_different(panel: Panel) -> None:
    patterns = panel.patterns
    complete = patterns.observed.all(axis=1)
    if patterns.n[complete].sum() <= 2 * patterns.observed.shape[1]:
        return  # so few rows may fall on a line by chance
    n, mean = patterns.n[complete], patterns.mean[complete]
    deviation = mean - n @ mean / n.sum()
    sums = patterns.scatter[complete].sum(axis=0) + (n[:, None] * deviation).T @ deviation
    sd = np.sqrt(np.diag(sums))
    r = np.abs(sums / np.outer(sd, sd)) if (sd > 0).all() else np.ones_like(sums)
    i, j = np.unravel_index(int((np.tril(r, -1)).argmax()), r.shape)
    if r[i, j] >= SAME:
        first, second = (
            f"'{panel.names[k % 2]}' in session {panel.sessions[k // 2]}" for k in sorted((i, j))
        )
        raise ModelError(
            f"{first} and {second} are the same numbers, but for their unit",
            allowed="measures and sessions that are not copies of one another",
            next_step="check whether a column was copied, or missing forms filled in",
        )
