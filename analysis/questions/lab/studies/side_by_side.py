"""Models side by side: the same rows, a coefficient a place, criteria where they compare."""

from dataclasses import dataclass
from itertools import pairwise

from analysis.base.errors import RequestError
from analysis.models.inference.testing.compare import Comparison, compare_fits
from analysis.models.language.formula import parse_formula
from analysis.models.logistic.result import LogisticFit
from analysis.models.result import Fit
from analysis.questions.lab.answer import fit
from analysis.questions.lab.question import ModelQuestion
from analysis.questions.lab.studies.study import MOST_MODELS
from analysis.questions.lab.studies.together import together

AnyFit = Fit | LogisticFit


@dataclass(frozen=True, slots=True)
class SideBySide:
    """fits: one a model, in order. comparisons: of each model with the one before it, None for the
    first and where the two cannot be compared. aic, bic: by ML over the same rows, None likewise.
    messages: sentences for the reader."""

    fits: tuple[AnyFit, ...]
    comparisons: tuple[Comparison | None, ...]
    aic: tuple[float | None, ...]
    bic: tuple[float | None, ...]
    messages: tuple[str, ...]

    def tidy(self) -> list[dict]:
        """One row a model and term: model (1..), formula, and the columns of a fit's tidy()."""
        return [
            dict(model=k, formula=f.formula) | row
            for k, f in enumerate(self.fits, 1)
            for row in f.tidy()
        ]


def side_by_side(questions: tuple[ModelQuestion, ...]) -> SideBySide:
    """Fits two to six models. Where all are linear, of one outcome, unit and weight, they are
    fitted to the rows that are complete for all of them, and AIC, BIC and the likelihood-ratio
    test of each against the one before are given (ML)."""
    if not 2 <= len(questions) <= MOST_MODELS:
        raise RequestError(
            f"{len(questions)} models do not stand side by side",
            where="the models",
            allowed=f"two to {MOST_MODELS}",
        )
    fits = tuple(fit(q) for q in questions)
    why = _why_apart(questions, fits)
    none = (None,) * len(fits)
    if why:
        return SideBySide(fits, none, none, none, (why,))
    shared, messages = together(questions, tuple(f for f in fits if isinstance(f, Fit))), []
    fewest, most = shared[0].fit.rows, max(f.rows for f in fits)
    if most > fewest:
        messages.append(
            f"All are fitted to the {fewest:,} rows that are complete for every one of them; alone "
            f"one has up to {most:,}"
        )
        if any(getattr(f, "cluster", "") for f in fits if f.rows != fewest):
            messages.append(
                "Over these rows the errors of models without a random term are not robust"
            )
    candidates = [s.candidate for s in shared]
    pairs = [compare_fits(a, b) for a, b in pairwise(candidates)]
    if any(not pair.nested for pair in pairs):
        messages.append(
            "A likelihood-ratio test stands only where one model's terms are all in the other"
        )
    return SideBySide(
        tuple(s.fit for s in shared),
        (None, *pairs),
        tuple(c.fit.aic for c in candidates),
        tuple(c.fit.bic for c in candidates),
        tuple(messages),
    )


def _why_apart(questions: tuple[ModelQuestion, ...], fits: tuple[AnyFit, ...]) -> str:
    """Why no criteria are given, '' where they are."""
    outcomes = {parse_formula(q.formula).response.replace(" ", "") for q in questions}
    if len(outcomes) > 1:
        return "The models have different outcomes: AIC, BIC and tests compare models of one"
    if any(isinstance(f, LogisticFit) for f in fits):
        return (
            "Logistic models stand side by side as they are, each on its own rows; compare their "
            "AIC only where these are as many"
        )
    if len({f.row_unit for f in fits}) > 1:
        return "The models are over different rows: sessions and treatments do not compare"
    if len({q.weights for q in questions}) > 1:
        return "The models have different weights: their criteria do not compare"
    if len({(q.dataset, q.version, q.store) for q in questions}) > 1:
        return "The models are of different data"
    return ""
