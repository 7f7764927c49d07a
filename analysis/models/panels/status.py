"""What the numbers of a panel model are worth: convergence, identification, boundary, in words."""

from dataclasses import dataclass

import numpy as np

from analysis.models.panels.likelihood.maximum import Maximum
from analysis.models.panels.likelihood.search import FLAT
from analysis.models.panels.likelihood.structure import Structure
from analysis.models.panels.panel import Panel
from analysis.models.panels.result import Held, PanelStatus

EDGE = 1e-6  # of a measure's variance: an eigenvalue below it lies on the boundary
HELD = "With variances held at zero or above"  # begins the sentence on such a fit
ENOUGH = 5  # patients for each parameter that is not a mean, below which intervals are rough


@dataclass(frozen=True, slots=True)
class Outside:
    """What left the range of variances: random effects, sessions (places) of first/innovations."""

    random: bool
    sessions: tuple[int, ...]

    def __bool__(self) -> bool:
        return self.random or bool(self.sessions)


def outside(structure: Structure, best: Maximum) -> Outside:
    """Which covariance matrices at the best point are not positive definite."""
    parts = structure.split(best.stop.point.theta)
    least = np.linalg.eigvalsh(parts.blocks)[:, 0]
    slopes = np.linalg.eigvalsh(parts.random)[0]
    return Outside(bool(slopes < EDGE), tuple(int(i) for i in np.flatnonzero(least < EDGE)))


def status_of(panel: Panel, structure: Structure, best: Maximum, held: Held | None) -> PanelStatus:
    """The status of the fit at its best point."""
    stop = best.stop
    beyond = outside(structure, best)
    settled = bool(np.isfinite(stop.point.value)) and stop.decrease <= 1e-6
    identified = stop.flattest > FLAT
    messages = [
        *_search_messages(best, settled, identified),
        *_boundary_messages(panel, structure, best, beyond),
        *_size_messages(panel, structure),
        *([_held_sentence(held)] if beyond.random and held is not None else []),
    ]
    return PanelStatus(
        bool(settled and stop.flattest > -FLAT), bool(identified), bool(beyond), tuple(messages)
    )


def _search_messages(best: Maximum, settled: bool, identified: bool) -> list[str]:
    if not settled:
        return ["The search did not come to an end: these numbers are not the model's."]
    if best.stop.flattest < -FLAT:
        return ["The best point found is no maximum: these numbers are not the model's."]
    if not identified:
        return [
            "The data cannot tell some of the parameters apart: the likelihood is flat along a "
            "line, and no intervals can be given."
        ]
    if best.agreeing < 2:
        return [
            f"Of {best.searches} searches from different starts only one came to this maximum: "
            "another may be as good."
        ]
    return []


def _boundary_messages(panel, structure, best, beyond: Outside) -> list[str]:
    said = []
    if beyond.random:
        said.append(_random_sentence(panel, structure, best))
    for place in beyond.sessions:
        what = "first session's" if place == 0 else "innovations'"
        said.append(
            f"The {what} covariance at session {panel.sessions[place]} lies outside what variances "
            "can be (a variance below zero or a correlation beyond ±1): read the lags with care."
        )
    return said


def _random_sentence(panel, structure, best) -> str:
    random = structure.split(best.stop.point.theta).random
    of = [
        *(f"in the level of {n}" for n in panel.names),
        *(f"in the trend of {n}" for n in panel.names),
    ]
    low = [of[i] for i in np.flatnonzero(np.diag(random) < EDGE)]
    if low:
        return (
            f"Boundary: the variance between patients {' and '.join(low)} is estimated at or below "
            "zero: the data show no stable difference there. The figures are those of the maximum "
            "of the likelihood without that bound, which lags and standard errors need least help "
            "with; they are the same model, not another one."
        )
    return (
        "Boundary: what differs between patients correlates beyond ±1 at the maximum of the "
        "likelihood. The figures are those without that bound."
    )


def _held_sentence(held: Held) -> str:
    if not held.converged:
        return f"{HELD} the search did not come to an end."
    lags = ", ".join(f"{e.origin} → {e.target} {e.estimate:.4g}" for e in held.lags)
    reached = f"log-likelihood {held.log_likelihood:.4f}; {lags}"
    return f"{HELD}: {reached.replace(' -', ' −')}."


def _size_messages(panel: Panel, structure: Structure) -> list[str]:
    said = []
    saturated = panel.saturated
    own = structure.size - structure.d
    if panel.patients < ENOUGH * own:
        said.append(
            f"{panel.patients} patients for {own} parameters besides the means: intervals are "
            "rough."
        )
    if structure.sessions == 3:
        said.append("With 3 sessions patients' own trends cannot be told from carry-over.")
    if not saturated.found:
        said.append(
            "No chi-square: with so many gaps or so few patients the saturated model has no "
            "maximum."
        )
    elif saturated.unseen_pairs:
        said.append(
            f"{saturated.unseen_pairs} pairs of columns were never measured in the same patient; "
            "they are no degrees of freedom."
        )
    return said
