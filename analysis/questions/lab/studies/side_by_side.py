"""Models side by side: the same rows, a coefficient a place, criteria where they compare."""

from dataclasses import dataclass, replace

from analysis.base.errors import RequestError
from analysis.models.inference.testing.compare import Comparison, compare
from analysis.models.language.formula import parse_formula
from analysis.models.linear.fit import fit_moments
from analysis.models.logistic.result import LogisticFit
from analysis.models.result import Fit
from analysis.questions.lab.answer import fit
from analysis.questions.lab.question import ModelQuestion
from analysis.questions.lab.studies.study import MOST_MODELS
from analysis.questions.lab.sums import shared_sums

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
    first = questions[0]
    formulas = tuple(q.formula for q in questions)
    sums = shared_sums(
        formulas,
        first.dataset,
        first.version,
        weights=first.weights,
        crossed=True,
        store=first.store,
    )
    found, messages = [], []
    for question, own, moments in zip(questions, fits, sums, strict=True):
        if own.rows == moments.rows:
            found.append(own)
            continue
        again = fit_moments(moments, question.method, question.df)
        found.append(replace(again, row_unit=own.row_unit))
    fewest, most = sums[0].rows, max(f.rows for f in fits)
    if most > fewest:
        messages.append(
            f"All are fitted to the {fewest:,} rows that are complete for every one of them; alone "
            f"one has up to {most:,}"
        )
        if any(getattr(f, "cluster", "") for f in fits if f.rows != fewest):
            messages.append(
                "Over these rows the errors of models without a random term are not robust"
            )
    pairs = [compare(a, b) for a, b in zip(sums, sums[1:], strict=False)]
    criteria = [_criteria(m) for m in sums]
    if any(not pair.nested for pair in pairs):
        messages.append(
            "A likelihood-ratio test stands only where one model's terms are all in the other"
        )
    return SideBySide(
        tuple(found),
        (None, *pairs),
        tuple(a for a, _ in criteria),
        tuple(b for _, b in criteria),
        tuple(messages),
    )


def _criteria(moments) -> tuple[float, float]:
    itself = compare(moments, moments).smaller
    return itself.aic, itself.bic


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
    if any(q.serial or q.spread for q in questions):
        return (
            "Models with residuals that follow each other or spread unlike stand side by side as "
            "they are; each says how far it is better than independent residuals"
        )
    if len({f.row_unit for f in fits}) > 1:
        return "The models are over different rows: sessions and treatments do not compare"
    if len({q.weights for q in questions}) > 1:
        return "The models have different weights: their criteria do not compare"
    if len({(q.dataset, q.version, q.store) for q in questions}) > 1:
        return "The models are of different data"
    return ""
