"""The growth model of finished treatments: score ~ log(time) x intake x model, by therapist."""

from dataclasses import dataclass

import numpy as np

from analysis.models.language.design import INTERCEPT
from analysis.models.linear.fit import fit_moments
from analysis.models.prognosis.conditional_course import Growth
from analysis.models.result import Fit
from analysis.questions.alliance.mixed_fit import column_moments

FEWEST_THERAPISTS = 5  # below, a spread between therapists cannot be told
FEWEST_OF_A_MODEL = 50  # treatments of a treatment model before it has a course of its own
LEAST_FOR_LEVEL, LEAST_FOR_SLOPE = 1.2, 2.5  # later scores a treatment, on average
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
) -> tuple[Growth, float]:
    """The Growth and its log-likelihood (restricted under REML).

    Rows (m,): score on the working scale after the first one, log time, the treatment's intake
    and model, its number, and its therapist's number (-1: nobody, who is like no other). Treatments
    with few later scores each have a level and no slope, or neither: they could not be told from
    the noise.
    """
    columns = fixed.columns(t, intake, model)
    each = len(score) / len(np.unique(treatment))
    if each < LEAST_FOR_LEVEL:
        return _without_levels(columns, score)
    term = "1 + t" if each >= LEAST_FOR_SLOPE else "1"
    formula = f"u ~ {' + '.join(columns)} + ({term} | {TREATMENT})"
    alone = therapist < 0
    who = np.where(alone, therapist.max(initial=0) + 1 + treatment, therapist)
    if len(np.unique(therapist[~alone])) >= FEWEST_THERAPISTS:
        formula += f" + ({term} | {THERAPIST})"
    data = {"u": score, **columns, TREATMENT: treatment, THERAPIST: who}
    found = fit_moments(column_moments(formula, data), method, df="none")
    terms = {f.term: f.estimate for f in found.fixed}
    coefficients = np.array([terms.get(n, 0.0) for n in (INTERCEPT, *columns)])
    between = np.zeros((2, 2))
    for group in {r.group for r in found.random}:
        between += _covariance(found, group)
    return Growth(coefficients, between, found.sigma**2), found.log_likelihood


def _without_levels(columns: dict, score: np.ndarray) -> tuple[Growth, float]:
    """Ordinary regression: one later score each says nothing of how treatments differ."""
    x = np.column_stack([np.ones(len(score)), *columns.values()])
    coefficients = np.linalg.lstsq(x, score, rcond=None)[0]
    rest = float(((score - x @ coefficients) ** 2).sum())
    n = len(score)
    likelihood = -0.5 * n * (np.log(2 * np.pi * rest / n) + 1)
    return Growth(coefficients, np.zeros((2, 2)), rest / max(n - x.shape[1], 1)), likelihood


def _covariance(found: Fit, group: str) -> np.ndarray:
    level, slope = (
        next((r.sd for r in found.random if r.group == group and r.term == term), 0.0)
        for term in (INTERCEPT, "t")
    )
    r = next((c.r for c in found.correlations if c.group == group), None) or 0.0
    return np.array([[level**2, r * level * slope], [r * level * slope, slope**2]])
