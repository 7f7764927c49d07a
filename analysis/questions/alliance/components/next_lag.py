"""The alliance's effect within patients on the next session: the panel model's lag.

A slope of scores on ratings, both less the patient's own mean, is biased where few sessions make
that mean (Nickell 1981, doi:10.2307/1911408), and mixes in what the score at the rating's own
session hands on. The RI-CLPM's or LCM-SR's lag is neither: it is what `sequence` answers on the
same sessions (Falkenström 2024, doi:10.1016/j.cpr.2024.102435).
"""

from dataclasses import replace

import numpy as np

from analysis.base.errors import ModelError, RequestError
from analysis.measures.conventions import Z
from analysis.models.latent_means import LevelEffect
from analysis.models.panels.centred import centred_slope
from analysis.models.panels.choice import choose
from analysis.models.panels.panel import Panel
from analysis.questions.alliance.components.result import Levels, NextLag
from analysis.questions.alliance.sequence import SequenceQuestion, implied_covariance, read_panel


def next_lag(question: SequenceQuestion) -> tuple[NextLag | None, str]:
    """The lag alliance → symptoms as `sequence` gives it, and why there is none."""
    try:
        _, panel = read_panel(question)
        return lag_of(panel, question.model)
    except (ModelError, RequestError) as error:
        return None, error.what


def lag_of(panel: Panel, model: str = "auto") -> tuple[NextLag | None, str]:
    """The same of a panel whose measures are called as `sequence` calls them."""
    fit = choose(panel, model).fit
    lag = fit.lag("alliance", "symptoms")
    if lag.se is None or lag.low is None or lag.high is None:
        return None, next(iter(fit.status.messages), "it has no usable numbers").rstrip(".")
    centred = centred_slope(panel, implied_covariance(fit), 0, 1)
    return NextLag(
        model=fit.model,
        sessions=fit.sessions,
        patients=fit.patients,
        estimate=lag.estimate,
        se=lag.se,
        low=lag.low,
        high=lag.high,
        standardised=lag.standardised,
        centred=centred.estimate,
        expected=centred.expected,
        bias=centred.expected - lag.estimate,
        boundary=fit.status.boundary,
        messages=fit.status.messages,
    ), ""


def with_lag(levels: Levels, lag: NextLag | None) -> Levels:
    """The levels of the next session with the lag as the figure within patients, and between
    patients the contextual effect beyond it. Without a lag there is no such figure: as observed
    the slope is biased, and nothing else was found."""
    within, *above = levels.effects
    if lag is None:
        within = replace(within, corrected=None, low=None, high=None)
        return replace(levels, effects=(within, *above))
    within = replace(within, corrected=lag.estimate, low=lag.low, high=lag.high)
    if above and above[0].contextual is not None:
        above[0] = _beyond(above[0], lag)
    return replace(levels, effects=(within, *above))


def _beyond(effect: LevelEffect, lag: NextLag) -> LevelEffect:
    """Contextual effect with the lag as the slope inside; errors of both as if they were apart."""
    if effect.corrected is None or effect.low is None or effect.high is None:
        return effect
    beyond = effect.corrected - lag.estimate
    reach = Z * float(np.hypot((effect.high - effect.low) / (2 * Z), lag.se))
    return replace(
        effect, contextual=beyond, contextual_low=beyond - reach, contextual_high=beyond + reach
    )
