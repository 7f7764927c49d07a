"""Two people, one alliance: how therapists' ratings lie beside and move with their patients'."""

from dataclasses import dataclass

import numpy as np

from analysis.base.errors import ModelError, RequestError
from analysis.measures.conventions import FEWEST_FOR_EFFECT
from analysis.models.process.response_surface import ResponseSurface
from analysis.models.result import Status
from analysis.questions.alliance.mixed_fit import MixedFit, fit_columns
from analysis.questions.alliance.rows import means_by, read_rows
from analysis.questions.alliance.two.surface import scale_messages, surface_sentence
from analysis.questions.alliance.two.within_surface import WITHIN, SurfaceCell, within_surface
from analysis.store.place import Store

# Lowest and highest score of the patient's scale, then of the therapist's.
Ranges = tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A fixed effect with its 95 % interval."""

    estimate: float
    se: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class DyadVariances:
    """How patients' dyads differ: in bias, in congruence, in both together; residual within."""

    bias: float
    congruence: float
    covariance: float | None
    residual: float


@dataclass(frozen=True, slots=True)
class RatersAnswer:
    """The truth and bias model (West & Kenny 2011, doi:10.1037/a0022936): therapist's rating less
    the patient's mean = bias + congruence · (patient's rating less that mean).

    bias: directional discrepancy, therapist minus patient, at the patient's mean; congruence: how
    many points the therapist's rating moves with one of the patient's. variances: between dyads.
    within, between: correlations of both ratings within patients (pooled) and of their means.
    surface: None without an outcome; cells: where it may be drawn.
    """

    source: str
    version: str
    patient_rating: str
    therapist_rating: str
    outcome: str
    patients: int
    rows: int
    rows_dropped: int
    bias: Coefficient
    congruence: Coefficient
    variances: DyadVariances
    log_likelihood: float
    within: float | None
    between: float | None
    surface: ResponseSurface | None
    surface_sentence: str
    sentence: str
    status: Status
    messages: tuple[str, ...]
    cells: tuple[SurfaceCell, ...] = ()


@dataclass(frozen=True, slots=True)
class RatersQuestion:
    """What `raters` asks of a dataset, frozen for a page."""

    dataset: str
    patient_rating: str
    therapist_rating: str
    outcome: str = ""
    lower_is_better: bool = False
    version: str = ""
    store: Store | None = None
    ranges: Ranges | None = None


def ask_raters(question: RatersQuestion) -> RatersAnswer:
    """The answer to `question`, by Satterthwaite's degrees of freedom."""
    return raters(
        question.dataset,
        question.patient_rating,
        question.therapist_rating,
        question.outcome,
        question.lower_is_better,
        version=question.version,
        store=question.store,
        ranges=question.ranges,
    )


def raters(
    source: str,
    patient_rating: str,
    therapist_rating: str,
    outcome: str = "",
    lower_is_better: bool = False,
    patient: str = "patient",
    df: str = "satterthwaite",
    version: str = "",
    store: Store | None = None,
    ranges: Ranges | None = None,
) -> RatersAnswer:
    """Truth and bias by REML, both random by patient; with `outcome` the response surface within
    dyads as well: ratings about each patient's own means, an intercept for each patient (Rubel,
    Zilcha-Mano, Giesemann, Prinz & Lutz 2018).

    The patient's mean is that of all sessions the patient rated; rows with both ratings are used.
    Both ratings must be on one range. ModelError where the data hold one rater or too few dyads.
    """
    names = (patient_rating, therapist_rating, *([outcome] if outcome else []))
    if len(set(names)) < len(names):
        raise RequestError("The ratings and the outcome are not different columns")
    read = read_rows(source, (patient,), names, version, store)
    own = read.keys[patient] >= 0
    key, columns = read.keys[patient][own], [read.numbers[n][own] for n in names]
    if ranges is not None:
        columns[1] = _on_one_range(columns[1], ranges)
    p, t = columns[:2]
    both = np.isfinite(p) & np.isfinite(t)
    _check(read.source, key, both, p, t, patient_rating, therapist_rating)
    mean = means_by(key, p)[key]
    columns_of_dyads = {"y": t - mean, "x": p - mean, "patient": key}
    found = fit_columns("y ~ x + (x | patient)", columns_of_dyads, df=df, name=read.source)
    bias, congruence = (_coefficient(f) for f in found.fit.fixed)
    surface, drawn = None, ()
    messages = [*read.notes, *scale_messages(p[both], t[both], patient_rating, therapist_rating)]
    if ranges is not None and ranges[0] != ranges[1]:
        messages.append(
            f"'{therapist_rating}' was put on the range of '{patient_rating}' ({ranges[0][0]:g} to "
            f"{ranges[0][1]:g})."
        )
    if outcome:
        surface, drawn = within_surface(key, columns, names, read.source, lower_is_better)
        messages.append(WITHIN)
    within, between = _correlations(key[both], p[both], t[both])
    return RatersAnswer(
        source=read.source,
        version=read.version,
        patient_rating=patient_rating,
        therapist_rating=therapist_rating,
        outcome=outcome,
        patients=len(np.unique(key[both])),
        rows=int(both.sum()),
        rows_dropped=read.rows - int(both.sum()),
        bias=bias,
        congruence=congruence,
        variances=_variances(found),
        log_likelihood=found.fit.log_likelihood,
        within=within,
        between=between,
        surface=surface,
        surface_sentence=surface_sentence(surface) if surface else "",
        sentence=raters_sentence(bias, congruence),
        status=found.fit.status,
        messages=(*found.fit.status.messages, *messages),
        cells=drawn,
    )


def _on_one_range(values: np.ndarray, ranges: Ranges) -> np.ndarray:
    """The therapist's ratings on the patient's range. Worked: 4 of 1 to 7 on 1 to 5 is 3."""
    (low, high), (own_low, own_high) = ranges
    return low + (values - own_low) / (own_high - own_low) * (high - low)


def _check(source, key, both, p, t, patient_rating, therapist_rating) -> None:
    for name, values in ((patient_rating, p), (therapist_rating, t)):
        if not np.isfinite(values).any():
            raise ModelError(
                f"'{name}' was never rated: there is one rater alone",
                where=f"'{source}'",
                allowed="sessions rated by the patient and the therapist",
                next_step="choose a variable that holds the other's rating",
            )
        if np.nanmax(values) == np.nanmin(values):
            raise ModelError(
                f"'{name}' is the same in every row",
                where=f"'{source}'",
                allowed="ratings that differ between sessions",
                next_step="choose another variable",
            )
    counts = np.bincount(key[both], minlength=1)
    if (counts >= 2).sum() < FEWEST_FOR_EFFECT:
        raise ModelError(
            f"{int((counts >= 2).sum())} patients have two sessions or more rated by both",
            where=f"'{source}'",
            allowed=f"at least {FEWEST_FOR_EFFECT} such patients",
            next_step="use more data; one session each cannot tell how two raters move together",
        )


def _coefficient(effect) -> Coefficient:
    return Coefficient(effect.estimate, effect.se, effect.low, effect.high)


def _variances(found: MixedFit) -> DyadVariances:
    bias, congruence = (r.sd for r in found.fit.random)
    r = found.fit.correlations[0].r
    covariance = None if r is None else r * bias * congruence
    return DyadVariances(bias**2, congruence**2, covariance, found.fit.sigma**2)


def _correlations(key, p, t) -> tuple[float | None, float | None]:
    p_mean, t_mean = means_by(key, p), means_by(key, t)
    there = np.isfinite(p_mean)
    within = _r(p - p_mean[key], t - t_mean[key])
    return within, _r(p_mean[there], t_mean[there])


def _r(x: np.ndarray, y: np.ndarray) -> float | None:
    if len(x) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    return float(np.corrcoef(x, y)[0, 1])


def raters_sentence(bias: Coefficient, congruence: Coefficient) -> str:
    """Bias and congruence in words for laymen."""
    size = f"{abs(bias.estimate):.2f} points"
    if bias.high < 0:
        level = f"Therapists rate {size} lower than their patients"
    elif bias.low > 0:
        level = f"Therapists rate {size} higher than their patients"
    else:
        level = "Therapists and patients rate alike on average"
    if congruence.low > 0:
        return (
            f"{level}, and see {congruence.estimate:.2f} of each point by which a patient's rating "
            "moves."
        )
    return f"{level}; that therapists' ratings move with their patients' cannot be told."
