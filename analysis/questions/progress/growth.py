"""The growth model of finished treatments: score ~ log(time) x intake x model, by therapist."""

from dataclasses import dataclass

import numpy as np

from analysis.models.prognosis.expected_course import Growth
from analysis.questions.alliance.mixed_fit import MixedFit, fit_columns

FEWEST_THERAPISTS = 5  # below, a spread between therapists cannot be told
FEWEST_OF_A_MODEL = 50  # treatments of a treatment model before it has a course of its own
TREATMENT, THERAPIST = "treatment", "therapist"


@dataclass(frozen=True, slots=True)
class Fixed:
    """How the fixed part is made: mean intake on the working scale, and the treatment models with
    a course of their own."""

    intake: float
    models: tuple[str, ...]

    def columns(self, t: np.ndarray, intake: np.ndarray, model: np.ndarray) -> dict:
        """Name -> (m,) of rows at log time t of treatments with these intakes and models."""
        c = intake - self.intake
        found = {"t": t, "c": c, "ct": c * t}
        for i, name in enumerate(self.models):
            of = (model == name).astype(float)
            found |= {f"m{i}": of, f"m{i}t": of * t}
        return found

    def values(self, coefficients: np.ndarray, t, intake, model) -> np.ndarray:
        """(m,) x'b."""
        columns = self.columns(t, intake, model)
        return coefficients[0] + np.column_stack(list(columns.values())) @ coefficients[1:]


def log_time(elapsed: np.ndarray) -> np.ndarray:
    """log(1 + time since the first score): courses flatten (Finch et al. 2001,
    doi:10.1002/cpp.286)."""
    return np.log1p(elapsed)


def fixed_part(intake: np.ndarray, model: np.ndarray) -> Fixed:
    """From the treatments learnt from: the commonest model has no column of its own."""
    names, counts = np.unique(model[model != ""].astype(str), return_counts=True)
    order = np.argsort(-counts, kind="stable")
    kept = [str(names[i]) for i in order if counts[i] >= FEWEST_OF_A_MODEL]
    return Fixed(float(intake.mean()), tuple(kept[1:]))


def fit_growth(
    fixed: Fixed, score, t, intake, model, treatment, therapist, method: str = "REML"
) -> tuple[Growth, MixedFit]:
    """Rows (m,): score on the working scale after the first one, log time, the treatment's intake
    and model, its number, and its therapist's number (-1: nobody, who is like no other)."""
    columns = fixed.columns(t, intake, model)
    formula = "u ~ " + " + ".join(columns) + f" + (1 + t | {TREATMENT})"
    alone = therapist < 0
    who = np.where(alone, therapist.max(initial=0) + 1 + treatment, therapist)
    if len(np.unique(therapist[~alone])) >= FEWEST_THERAPISTS:
        formula += f" + (1 + t | {THERAPIST})"
    data = {"u": score, **columns, TREATMENT: treatment, THERAPIST: who}
    found = fit_columns(formula, data, method)
    term = {f.term: f.estimate for f in found.fit.fixed}
    coefficients = np.array([term.get(n, 0.0) for n in ("(Intercept)", *columns)])
    between = np.zeros((2, 2))
    for group in {r.group for r in found.fit.random}:
        between += _covariance(found, group)
    return Growth(coefficients, between, found.fit.sigma**2), found


def _covariance(found: MixedFit, group: str) -> np.ndarray:
    level, slope = (
        next(r.sd for r in found.fit.random if r.group == group and r.term == term)
        for term in ("(Intercept)", "t")
    )
    r = next((c.r for c in found.fit.correlations if c.group == group), None) or 0.0
    return np.array([[level**2, r * level * slope], [r * level * slope, slope**2]])
