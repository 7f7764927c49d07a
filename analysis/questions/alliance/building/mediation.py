"""From a practice through the alliance to an outcome: within patients and between them."""

from dataclasses import dataclass

import numpy as np

from analysis.base.errors import RequestError
from analysis.measures.conventions import ENDS
from analysis.models.process.mediation import DRAWS, Mediation, fit_mediation
from analysis.questions.alliance.rows import means_by, read_rows
from analysis.questions.alliance.sessions import read_courses
from analysis.store.place import Store


@dataclass(frozen=True, slots=True)
class BetweenPaths:
    """Paths of patients' means: a (alliance on practice), b (outcome on alliance, practice held),
    their product and its Monte-Carlo interval. Observed means: see `level_effects` for how far
    they stand for what lies behind them."""

    a: float
    b: float
    indirect: float
    low: float
    high: float
    patients: int


@dataclass(frozen=True, slots=True)
class MediationAnswer:
    """within: the stacked model's paths; between: None where fewer than 20 patients have all
    three. lead: sessions by which the outcome follows; rows used; sentence: in words, without a
    causal one."""

    source: str
    version: str
    practice: str
    alliance: str
    outcome: str
    lead: int
    within: Mediation
    between: BetweenPaths | None
    rows: int
    sentence: str
    messages: tuple[str, ...]


def mediation(
    source: str,
    practice: str,
    alliance: str,
    outcome: str,
    lead: int = 1,
    random_direct: bool = False,
    patient: str = "patient",
    session: str = "session",
    version: str = "",
    store: Store | None = None,
    centred: bool = True,
) -> MediationAnswer:
    """The indirect effect of `practice` through `alliance` of the same session on `outcome` `lead`
    sessions later (0: the same session, which cannot tell what came first).

    Practice and alliance enter as deviations from the patient's own mean, so that the paths are
    within patients; not centred, they enter as they are. Lead 0 needs no session.
    ModelError where fewer than ten patients have two usable rows.
    """
    names = (practice, alliance, outcome)
    if len(set(names)) < 3:
        raise RequestError("Practice, alliance and outcome are not three different variables")
    if not 0 <= lead <= 20:
        raise RequestError("The lead is not 0 to 20 sessions", where="lead")
    if lead:
        read = read_courses(source, names, None, patient, session, version, store)
        x, m, y = np.moveaxis(read.values, 2, 0)
        found = mediated(x, m, y, lead, random_direct, centred)
    else:
        read = read_rows(source, (patient,), names, version, store)
        columns = [read.numbers[n] for n in names]
        found = _mediated_rows(read.keys[patient], columns, random_direct, centred)
    within = found.within
    return MediationAnswer(
        read.source,
        read.version,
        practice,
        alliance,
        outcome,
        lead,
        within,
        found.between,
        found.rows,
        mediation_sentence(within, practice, outcome),
        (*_messages(within, lead), *read.notes),
    )


@dataclass(frozen=True, slots=True)
class Mediated:
    """within: the stacked model; between: of patients' means, or None; rows used."""

    within: Mediation
    between: BetweenPaths | None
    rows: int


def mediated(
    x: np.ndarray,
    m: np.ndarray,
    y: np.ndarray,
    lead: int,
    random_direct: bool = False,
    centred: bool = True,
) -> Mediated:
    """The paths of tables (N, T) of practice, alliance and outcome, patients by sessions."""
    later = np.full_like(y, np.nan)
    later[:, : y.shape[1] - lead] = y[:, lead:]
    who = np.repeat(np.arange(len(x)), x.shape[1])
    return _mediated_rows(who, [x.ravel(), m.ravel(), later.ravel()], random_direct, centred)


def _mediated_rows(key: np.ndarray, columns: list, random_direct: bool, centred: bool) -> Mediated:
    """key (N,): codes of patients, -1 where missing; columns: x, m, y, each (N,)."""
    x, m, y = columns
    rows = (key >= 0) & np.isfinite(x) & np.isfinite(m) & np.isfinite(y)
    group = np.unique(key[rows], return_inverse=True)[1]
    x, m, y = x[rows], m[rows], y[rows]
    if centred:
        own = means_by(group, x)[group], means_by(group, m)[group]
        within = fit_mediation(group, x - own[0], m - own[1], y, random_direct)
    else:
        within = fit_mediation(group, x, m, y, random_direct)
    return Mediated(within, _between(group, x, m, y), len(x))


def _between(group, x, m, y, seed: int = 1) -> BetweenPaths | None:
    x, m, y = (means_by(group, v) for v in (x, m, y))
    if len(x) < 20 or np.ptp(x) == 0 or np.ptp(m) == 0:
        return None
    one = np.ones_like(x)
    a, a_se = _slope(np.stack([one, x], axis=1), m)
    b, b_se = _slope(np.stack([one, m, x], axis=1), y)
    rng = np.random.default_rng(seed)
    drawn = rng.normal(a, a_se, DRAWS) * rng.normal(b, b_se, DRAWS)
    low, high = np.quantile(drawn, ENDS)
    return BetweenPaths(a, b, a * b, float(low), float(high), len(x))


def _slope(columns: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    b, *_ = np.linalg.lstsq(columns, y, rcond=None)
    residual = y - columns @ b
    variance = residual @ residual / (len(y) - columns.shape[1])
    return float(b[1]), float(np.sqrt(variance * np.linalg.pinv(columns.T @ columns)[1, 1]))


def mediation_sentence(within: Mediation, practice: str, outcome: str) -> str:
    """The indirect effect in words that claim no cause."""
    i = within.indirect
    size = f"{i.estimate:.3g} points of {outcome} a point of {practice}"
    if i.low is None or i.high is None:
        return f"Within patients, {size} by way of the alliance; how sure that is cannot be told."
    share = f"[{i.low:.3g}, {i.high:.3g}]"
    if i.low <= 0 <= i.high:
        return (
            f"Within patients, what goes from {practice} through the alliance to {outcome} cannot "
            f"be told from nothing: {size} {share}."
        )
    return (
        f"Within patients, more {practice} than usual goes with {size} by way of the alliance "
        f"{share}: an association, not a cause."
    )


def _messages(within: Mediation, lead: int) -> tuple[str, ...]:
    said = []
    if not within.converged:
        said.append("The search did not come to an end: these numbers are not the model's.")
    if within.singular:
        said.append(
            "Some paths do not differ between patients beyond chance (a variance of zero): read "
            "their covariance with care."
        )
    if lead == 0:
        said.append("Alliance and outcome were rated at the same session: no order between them.")
    return tuple(said)
