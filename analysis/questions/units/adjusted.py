"""Clinics and therapists at equal case-mix: predicted effects of a mixed model, with intervals.

The effects are shrunk towards the average, the more the fewer treatments: a small unit cannot stand
out by chance. Their intervals count the estimation of coefficients and variances
(`mixed/intervals/predicted.py`, with the sources).
"""

import time
from dataclasses import dataclass

from analysis.measures.conventions import FEWEST_IN_A_MEAN
from analysis.models.inference.intervals.predicted import PredictedEffects, predicted_effects
from analysis.models.linear.fit import fit_moments
from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.outcomes.rates import OpenTreatments, open_treatments
from analysis.questions.units.names import shown_names
from analysis.questions.units.unit_model import chosen_case_mix, unit_rows
from analysis.store.queries.treatments.outcome_cells import Cell
from analysis.store.queries.treatments.treatment_rows import FIRST, LAST
from analysis.store.sums.moments import moments

LEAST_PATIENTS = FEWEST_IN_A_MEAN
FEW_UNITS = 10  # the spread of fewer is hardly known
ZERO = 1e-8  # of the residual's variance: the engine's bound for a singular fit, squared
READINGS = ("better", "average", "worse")
READING_WORDS = {
    "better": "better than average",
    "average": "cannot be told from average",
    "worse": "below average",
}


@dataclass(frozen=True, slots=True)
class UnitScore:
    """One clinic or therapist. key: of the data; name: what may be shown.

    treatments, patients: measured. mean_first, mean_last: crude. effect: points better than
    average at equal case-mix, with its 95 % interval. reading: one of READINGS.
    """

    key: str
    name: str
    treatments: int
    patients: int
    mean_first: float | None
    mean_last: float | None
    effect: float
    se: float
    low: float
    high: float

    @property
    def reading(self) -> str:
        return "better" if self.low > 0 else "worse" if self.high < 0 else "average"


@dataclass(frozen=True, slots=True)
class Adjusted:
    """Every unit of one level. case_mix: what is equal, the first score before all.

    sd: between the level's units, 0 where no difference is left; share: of the variance that
    case-mix leaves (0..1). units: those with `least_patients` measured patients or more, the worst
    first; too_small: how many have fewer (they are in the model). rows, rows_dropped: treatments.
    """

    level: str
    measure: str
    case_mix: tuple[str, ...]
    formula: str
    rows: int
    rows_dropped: int
    sd: float
    share: float
    units: tuple[UnitScore, ...]
    least_patients: int
    too_small: int
    messages: tuple[str, ...]
    seconds: float

    def tidy(self) -> list[dict]:
        """One row a unit: name, treatments, patients, mean_first, mean_last, effect, se, low,
        high, reading. Keys of the data that may not be shown are not in it."""
        names = (
            "name",
            "treatments",
            "patients",
            "mean_first",
            "mean_last",
            "effect",
            "se",
            "low",
            "high",
            "reading",
        )
        return [{n: getattr(u, n) for n in names} for u in self.units]


def adjusted_scores(
    question: OutcomeQuestion,
    level: str = "clinic",
    case_mix: tuple[str, ...] | None = None,
    least_patients: int = LEAST_PATIENTS,
    therapist_names: bool = False,
) -> Adjusted:
    """The last score of each clinic or therapist at equal case-mix, in points better than average.

    One linear mixed model of all measured treatments of the selection: last score on first score
    and case-mix, with an intercept for each clinic and each therapist. A therapist's effect is
    within the clinic. level: 'clinic' or 'therapist'. case_mix: episode-level variables, None for
    the extra-therapeutic ones. therapist_names: whether therapists may be named, else coded.
    RequestError or ModelError where there is nothing to compare.
    """
    began = time.perf_counter()
    treatments = open_treatments(question)
    chosen = chosen_case_mix(treatments, case_mix)
    with treatments.cursor() as cursor:
        rows, design, formula = unit_rows(cursor, question, level, LAST, chosen)
        sums = moments(rows, design, with_labels=True)
    fit = fit_moments(sums, "REML", "none", strict=False)
    effects = next(e for e in predicted_effects(sums) if e.group == level)
    cells = treatments.ask(question, (level,), differences=False).of(level)
    units = _units(effects, cells, treatments, level, therapist_names)
    shown = [u for u in units if u.patients >= least_patients]
    variances = {r.group: r.sd**2 for r in fit.random}
    if alike := variances[level] < ZERO * fit.sigma**2:
        variances[level] = 0.0
    return Adjusted(
        level=level,
        measure=treatments.spec.rules[0].measure,
        case_mix=(FIRST, *(v.name for v in chosen)),
        formula=formula,
        rows=fit.rows,
        rows_dropped=fit.rows_dropped,
        sd=variances[level] ** 0.5,
        share=variances[level] / (sum(variances.values()) + fit.sigma**2),
        units=tuple(sorted(shown, key=lambda u: u.effect)),
        least_patients=least_patients,
        too_small=len(units) - len(shown),
        messages=unit_messages(fit, alike, level),
        seconds=time.perf_counter() - began,
    )


def unit_messages(fit, alike: bool, level: str) -> tuple[str, ...]:
    """What bears on the units of a Fit; the fixed effects' tests don't. alike: no variance."""
    said = []
    if not fit.status.converged:
        said.append("The model did not converge: do not read these effects")
    if alike:
        said.append(
            f"Beyond chance and case-mix no difference between {level}s is left: their spread is "
            "estimated as zero, so no effect is shown"
        )
    if fit.groups.get(level, 0) < FEW_UNITS:
        said.append(f"With {fit.groups[level]} {level}s their spread is hardly known")
    return tuple(said)


def _units(
    effects: PredictedEffects,
    cells: tuple[Cell, ...],
    treatments: OpenTreatments,
    level: str,
    therapist_names: bool,
) -> list[UnitScore]:
    """The units of the model. A lower last score is better where the scale says so."""
    of = {c.value: c for c in cells}
    keys, version = treatments.values(level), treatments.info.version
    names = shown_names(level, keys, version, therapist_names)
    turn = -treatments.spec.rules[0].sign
    out = []
    for row in effects.tidy():
        cell, ends = of[row["name"]], sorted(turn * row[k] for k in ("low", "high"))
        scores = cell.scores[0]
        out.append(
            UnitScore(
                row["name"],
                names[row["name"]],
                scores.n,
                cell.patients["measured"],
                scores.mean_first,
                scores.mean_last,
                turn * row["estimate"],
                row["se"],
                *ends,
            )
        )
    return out
