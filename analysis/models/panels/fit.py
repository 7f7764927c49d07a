"""Fit RI-CLPM or LCM-SR to a panel and say what was found."""

import numpy as np
from scipy.special import chdtrc

from analysis.base.errors import ModelError, RequestError
from analysis.models.panels.effects import lag_effects, long_run, responses
from analysis.models.panels.likelihood.maximum import Maximum, maximise
from analysis.models.panels.likelihood.structure import LAGS, MODELS, Parts, Structure
from analysis.models.panels.panel import LEAST_SESSIONS, Panel
from analysis.models.panels.result import Held, PanelFit, Variances
from analysis.models.panels.status import outside, status_of


def fit_panel(panel: Panel, model: str) -> PanelFit:
    """The maximum-likelihood fit of `model` ('ri-clpm' or 'lcm-sr') to `panel`.

    Lags are equal over time; means and innovations' (co)variances free by session, the first
    session free; random effects' covariance free, so it may leave what variances can be: then the
    status says so and `held` has the same model held inside. ModelError where there are too few
    sessions for the model, or no more patients than parameters.

    Worked (400 patients, 6 sessions of tests/reference/data/panel_complete.csv): RI-CLPM
    log-likelihood -14648.0448, alliance → symptoms -.11590 (.02271), as lavaan 0.6-14.
    """
    structure = Structure(model, len(panel.sessions))
    _check(panel, structure)
    best = maximise(panel.patterns, structure, panel.saturated)
    if not np.isfinite(best.stop.point.value):
        raise ModelError(
            "The model has no likelihood anywhere near these data",
            next_step="check the measures: one may be nearly constant or a copy",
        )
    parts = _raw(panel, structure, best.stop.point.theta)
    held = _held(panel, structure) if outside(structure, best).random else None
    return _result(panel, structure, best, parts, held)


def _check(panel: Panel, structure: Structure) -> None:
    if structure.model not in MODELS:
        raise RequestError(
            f"There is no panel model '{structure.model}'", allowed=", ".join(MODELS)
        )
    least = LEAST_SESSIONS[structure.model]
    if structure.sessions < least:
        raise ModelError(
            f"The {structure.model.upper()} cannot be told from {structure.sessions} sessions",
            allowed=f"at least {least} sessions",
            next_step="choose more sessions, or --model ri-clpm, which takes no trends of patients",
        )
    if panel.patients <= structure.size:
        raise ModelError(
            f"{panel.patients} patients are too few for the {structure.size} parameters of the "
            f"{structure.model.upper()} with {structure.sessions} sessions",
            allowed="more patients than parameters, and 200 or more for an answer worth having",
            next_step="choose fewer sessions, or wait for more patients",
        )


def _result(panel, structure, best: Maximum, parts: Parts, held: Held | None) -> PanelFit:
    log_likelihood = -best.stop.point.value - panel.log_units
    status = status_of(panel, structure, best, held)
    covariance = lag_covariance(panel, structure, best)
    if not (status.converged and status.identified):
        covariance = np.full((LAGS, LAGS), np.nan)
    within_sd = _within_sd(structure, parts)
    chi_square, df, p, rmsea = _against_saturated(panel, structure, best)
    return PanelFit(
        model=structure.model,
        names=panel.names,
        sessions=panel.sessions,
        patients=panel.patients,
        patterns=len(panel.patterns.n),
        cells=panel.patterns.values,
        parameters=structure.size,
        log_likelihood=log_likelihood,
        chi_square=chi_square,
        df=df,
        p=p,
        rmsea=rmsea,
        bic=-2 * log_likelihood + structure.size * float(np.log(panel.patients)),
        aic=-2 * log_likelihood + 2 * structure.size,
        lags=lag_effects(panel.names, parts.lags, covariance, within_sd),
        long_run=long_run(panel.names, parts.lags, covariance),
        response=responses(panel.names, parts.lags, covariance),
        mean=parts.mean.reshape(-1, 2),
        lag_matrix=parts.lags,
        lag_covariance=covariance,
        variances=_variances(panel, structure, parts, within_sd),
        status=status,
        held=held,
        iterations=best.stop.iterations,
        gradient=float(np.abs(best.stop.point.slopes[0]).max()),
        theta=best.stop.point.theta,
    )


def _raw(panel: Panel, structure: Structure, theta: np.ndarray) -> Parts:
    """theta in the data's units, slopes a session, counted from the first."""
    parts = structure.split(theta)
    unit = panel.scale
    both = np.outer(unit, unit)
    k = structure.raw_times
    by = np.tile(unit, structure.effects // 2)
    random = (k @ parts.random @ k.T) * np.outer(by, by)
    mean = parts.mean * np.tile(unit, structure.sessions)
    return Parts(
        mean + np.tile(panel.centre, structure.sessions),
        parts.lags * unit[:, None] / unit[None, :],
        parts.blocks * both,
        random,
        random,
    )


def lag_covariance(panel: Panel, structure: Structure, best: Maximum) -> np.ndarray:
    """(4, 4) covariance of the lags in the data's units, by observed information."""
    own = slice(structure.d, structure.d + LAGS)
    unit = (panel.scale[:, None] / panel.scale[None, :]).ravel()
    return best.stop.inverse[own, own] * np.outer(unit, unit)


def _held(panel: Panel, structure: Structure) -> Held:
    inside = Structure(structure.model, structure.sessions, factored=True)
    best = maximise(panel.patterns, inside, panel.saturated)
    parts = _raw(panel, inside, best.stop.point.theta)
    lags = lag_effects(
        panel.names, parts.lags, lag_covariance(panel, inside, best), _within_sd(inside, parts)
    )
    settled = best.stop.decrease <= 1e-6
    return Held(-best.stop.point.value - panel.log_units, lags, bool(settled))


def _within_sd(structure: Structure, parts: Parts) -> np.ndarray:
    variance = np.diag(structure.within(parts)).reshape(-1, 2)
    return np.sqrt(np.where(variance > 0, variance, np.nan))


def _variances(panel, structure, parts: Parts, within_sd) -> Variances:
    names = panel.names
    if structure.effects == 4:
        names += tuple(f"{n}, a session" for n in panel.names)
    return Variances(names, parts.random, parts.blocks[0], parts.blocks[1:], within_sd)


def _against_saturated(panel: Panel, structure: Structure, best: Maximum):
    """chi-square, its df and p, RMSEA as lavaan counts them; a covariance of two columns that no
    patient has together is no degree of freedom."""
    saturated = panel.saturated
    d = structure.d
    df = d + d * (d + 1) // 2 - structure.size - saturated.unseen_pairs
    if not saturated.found or df <= 0:
        return None, df, None, None
    chi_square = 2 * (saturated.log_likelihood + best.stop.point.value)
    excess = max(chi_square - df, 0.0) / (df * panel.patients)
    return float(chi_square), df, float(chdtrc(df, chi_square)), float(np.sqrt(excess))
