"""The answer to a ModelQuestion: a linear or a logistic fit, by its family."""

from typing import TYPE_CHECKING

from analysis.models.result import Fit
from analysis.questions.lab.effects import fit_formula
from analysis.questions.lab.question import ModelQuestion, checked_question

if TYPE_CHECKING:
    from analysis.models.logistic.result import LogisticFit


def fit(question: ModelQuestion) -> "Fit | LogisticFit":
    """The fitted model; errors as `fit_formula` and `fit_binary` raise them."""
    q = checked_question(question)
    if q.logistic:
        from analysis.questions.lab.binary import fit_binary

        return fit_binary(q.formula, q.dataset, q.version, q.quadrature, q.weights, q.store)
    return fit_formula(
        q.formula,
        q.dataset,
        q.method,
        q.df,
        q.version,
        q.weights,
        q.store,
        q.robust,
        q.serial,
        q.spread,
    )
