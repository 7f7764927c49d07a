"""Which comes first: alliance moves later symptoms, symptoms move later alliance, both, neither."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.base.errors import RequestError
from analysis.models.panels.centred import CentredLag, centred_lags
from analysis.models.panels.choice import Comparison, choose
from analysis.models.panels.likelihood.structure import MODELS, Structure
from analysis.models.panels.panel import Panel, panel_of
from analysis.models.panels.result import PanelFit
from analysis.models.panels.worlds import SMALLEST, UNKNOWN, Verdict, verdict_of
from analysis.questions.alliance.sessions import Sessions, read_sessions
from analysis.store.place import Store

NAMES = ("symptoms", "alliance")


@dataclass(frozen=True, slots=True)
class SequenceQuestion:
    """source: a dataset's name or a long file. symptoms, alliance: its variables. model:
    'ri-clpm', 'lcm-sr' or 'auto'. sessions: first and last, None for all (see `read_sessions`).
    df: 'none' takes the normal law for the centred model's intervals. smallest: what counts as
    an effect, in within-patient SDs."""

    source: str
    symptoms: str
    alliance: str
    model: str = "auto"
    sessions: tuple[int, int] | None = None
    df: str = "satterthwaite"
    patient: str = "patient"
    session: str = "session"
    version: str = ""
    smallest: float = SMALLEST
    store: Store | None = None


@dataclass(frozen=True, slots=True)
class SequenceAnswer:
    """fit: the model that answers. comparison: both models, None where one cannot be fitted.
    centred: what many papers report, with its expected bias; empty where that cannot be had.
    verdict: in which world, with its chance of being wrong; sentence: in words. left_out: reason
    -> rows. messages: all that a reader must know, the model's status first."""

    question: SequenceQuestion
    source: str
    version: str
    fit: PanelFit
    comparison: Comparison | None
    reason: str
    centred: tuple[CentredLag, ...]
    verdict: Verdict
    sentence: str
    spacing: int
    left_out: dict[str, int]
    messages: tuple[str, ...]
    seconds: float

    def tidy(self) -> list[dict]:
        """One row a lag, response or long-run effect (`PanelFit.tidy`), then the centred lags."""
        rows = self.fit.tidy()
        return rows + [
            dict(kind="centred", **{"from": c.origin}, to=c.target, sessions=1,
                 estimate=c.estimate, se=c.se, low=c.low, high=c.high, standardised=None)
            for c in self.centred
        ]  # fmt: skip


def sequence(
    question: SequenceQuestion, progress: Callable[[float, str], None] | None = None
) -> SequenceAnswer:
    """The answer to `question`. progress(share done, sentence) is called between the steps.

    RequestError and ModelError say what the data lack: a variable, sessions, patients, variation.
    """
    began = time.perf_counter()
    tell = progress or (lambda share, sentence: None)
    _check(question)
    tell(0.0, "Reading the sessions")
    read, panel = read_panel(question)
    tell(0.2, "Fitting the panel models")
    choice = choose(panel, question.model)
    tell(0.8, "Weighing the verdict")
    verdict = verdict_of(panel, choice.fit, question.smallest)
    return SequenceAnswer(
        question=question,
        source=read.source,
        version=read.version,
        fit=choice.fit,
        comparison=choice.comparison,
        reason=choice.reason,
        centred=_centred(panel, choice.fit, question.df != "none"),
        verdict=verdict,
        sentence=verdict_sentence(verdict, choice.fit),
        spacing=read.spacing,
        left_out=read.left_out,
        messages=(*choice.fit.status.messages, *_messages(read, question, choice.fit)),
        seconds=time.perf_counter() - began,
    )


def read_panel(question: SequenceQuestion) -> tuple[Sessions, Panel]:
    """The sessions that `question` asks for, and the panel they make."""
    read = read_sessions(
        question.source,
        (question.symptoms, question.alliance),
        question.sessions,
        question.patient,
        question.session,
        question.version,
        question.store,
    )
    return read, panel_of(read.values, NAMES, read.sessions)


def implied_covariance(fit: PanelFit) -> np.ndarray:
    """(2T, 2T) of the panel's standardised columns, as the fitted model has it."""
    return Structure(fit.model, len(fit.sessions)).covariance(fit.theta)


def _check(question: SequenceQuestion) -> None:
    if question.model not in (*MODELS, "auto"):
        allowed = ", ".join((*MODELS, "auto"))
        raise RequestError(f"There is no model '{question.model}'", allowed=allowed)
    if question.symptoms == question.alliance:
        raise RequestError(
            f"Symptoms and alliance are both '{question.symptoms}'",
            allowed="two different variables",
            next_step="name the alliance with --alliance",
        )


def _centred(panel: Panel, fit: PanelFit, with_df: bool) -> tuple[CentredLag, ...]:
    if not panel.saturated.found or not fit.status.converged:
        return ()
    return centred_lags(panel, implied_covariance(fit), fit.lag_matrix, with_df)


def _messages(read: Sessions, question: SequenceQuestion, fit: PanelFit) -> list[str]:
    said = list(read.notes)
    if question.sessions is None and "outside the sessions" in read.left_out:
        said.append(
            f"Sessions {read.sessions[0]} to {read.sessions[-1]} were used; others can be chosen "
            "(--sessions)."
        )
    if read.spacing > 1:
        said.append(f"The sessions lie {read.spacing} numbers apart: a lag is that long.")
    if "no patient or no session number" in read.left_out:
        n = read.left_out["no patient or no session number"]
        said.append(f"{n} rows without a patient or a session number were left out.")
    empty = len(read.values) - fit.patients
    if empty:
        said.append(f"{empty} patients without any rating in these sessions were left out.")
    return said


def verdict_sentence(verdict: Verdict, fit: PanelFit) -> str:
    """The verdict in words for laymen, with sizes and with the chance of its being wrong."""
    if not verdict.worlds:
        return "What comes first can't be told: the model has no usable numbers."
    said = [_world_words(verdict), *_sizes(verdict, fit)]
    if verdict.wrong is not None:
        chance = f"{100 * verdict.wrong:.0f} %" if verdict.wrong >= 0.01 else "under 1 %"
        said.append(f"The chance that this verdict is wrong, with data of this size, is {chance}.")
    elif verdict.patients_needed and verdict.patients_needed > fit.patients:
        said.append(f"About {verdict.patients_needed:,} patients like these would tell.")
    return " ".join(said)


def _world_words(verdict: Verdict) -> str:
    small = f"smaller than {verdict.smallest:g} standard deviations, or not there"
    words = {
        "alliance first": "Alliance comes first: a session's alliance goes with the next session's "
        f"symptoms, and the way back is {small}.",
        "symptoms first": "Symptoms come first: a session's symptoms go with the next session's "
        f"alliance, and the way back is {small}.",
        "both": "Both: alliance goes with later symptoms, and symptoms with later alliance.",
        "neither": f"Neither comes first: both ways are {small}.",
    }
    if verdict.world != UNKNOWN:
        return words[verdict.world]
    ways = ("alliance goes with later symptoms", "symptoms go with later alliance")
    unclear = [w for w, d in zip(ways, verdict.directions, strict=True) if d is None]
    told = [(w, d) for w, d in zip(ways, verdict.directions, strict=True) if d is not None]
    known = "".join(
        f"; that {way} is {'told' if there else f'told to be {small}'}" for way, there in told
    )
    return (
        f"What comes first can't be told: whether {' and whether '.join(unclear)} is open{known}."
    )


def _sizes(verdict: Verdict, fit: PanelFit) -> list[str]:
    """Of each way that is there, in within-patient standard deviations."""
    said = []
    for (origin, target), there in zip(_WAYS, verdict.directions, strict=True):
        lag = fit.lag(origin, target)
        if there and lag.standardised is not None:
            size = f"{abs(lag.standardised):.2f} {'lower' if lag.standardised < 0 else 'higher'}"
            said.append(
                f"With {origin} one standard deviation above a patient's usual, {target} at the "
                f"next session {'is' if target == 'alliance' else 'are'} {size}."
            )
    return said


_WAYS = (("alliance", "symptoms"), ("symptoms", "alliance"))
