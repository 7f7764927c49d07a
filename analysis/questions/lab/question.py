"""What Model lab and the command `fit` ask: one formula and how it is to be fitted."""

import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlencode

from analysis.base.errors import RequestError, did_you_mean
from analysis.models.linear.fit import DF_METHODS, METHODS
from analysis.store.place import Store

FAMILIES = {"gaussian": "A number", "binomial": "Happens or doesn't"}
DF_LABELS = {
    "satterthwaite": "Satterthwaite",
    "kenward-roger": "Kenward–Roger",
    "none": "None: normal law",
}


@dataclass(frozen=True, slots=True)
class ModelQuestion:
    """A mixed model to be fitted; hashable.

    formula: in lme4's language. dataset: a dataset's name, a file or a register's address.
    version: of a dataset ('' = the current). family: 'gaussian' (a number) or 'binomial' (happens
    or doesn't, a logistic model). method: 'REML' or 'ML'; df: 'satterthwaite', 'kenward-roger' or
    'none': of a number alone. quadrature: points of adaptive quadrature, 1 for Laplace: of a
    logistic model alone. weights: a variable with each row's prior weight, of a logistic model
    with its number of trials; '' for none. store: where the dataset lies, None for this process's
    own. robust: of a model of a number, the group whose rows may be alike (CR2); '' for none, but
    without random terms for the unit around a dataset's rows; 'none' for none. serial: of a model
    of a number, the time along which residuals follow each other, 'TIME' or 'TIME | SERIES';
    spread: a category by whose levels the residual SD differs; '' for none.
    """

    formula: str
    dataset: str | Path
    version: str = ""
    family: str = "gaussian"
    method: str = "REML"
    df: str = "satterthwaite"
    quadrature: int = 1
    weights: str = ""
    store: Store | None = None
    robust: str = ""
    serial: str = ""
    spread: str = ""

    @property
    def logistic(self) -> bool:
        """Whether the outcome happens or doesn't."""
        return self.family == "binomial"

    @property
    def key(self) -> "ModelQuestion":
        """The question with every option that its family does not have at its default: questions
        with the same answer have the same key, under which the answer may be kept."""
        if self.logistic:
            return replace(self, method="REML", df="satterthwaite", robust="", serial="", spread="")
        return replace(self, quadrature=1)

    @property
    def of_estimates(self) -> "ModelQuestion":
        """The key of what does not depend on degrees of freedom: checks, intervals, groups."""
        return replace(self.key, df="none")

    def link(self) -> str:
        """The query that opens it in Model lab, its options spelled out: '?dataset=demo&…'."""
        values = {"dataset": self.dataset, "formula": self.formula, "family": FAMILIES[self.family]}
        if not self.logistic:
            values |= {"method": self.method, "df": DF_LABELS[self.df]}
        values |= {"weights": self.weights} if self.weights else {}
        values |= {"robust": self.robust} if self.robust and not self.logistic else {}
        values |= self._of_residuals() if not self.logistic else {}
        return "?" + urlencode(values)

    def command(self) -> str:
        """The command that prints the same numbers."""
        words = ["python dashboard.py fit", shlex.quote(self.formula)]
        words.append(f"--data {shlex.quote(str(self.dataset))}")
        if self.logistic:
            words.append("--family binomial")
            words += [f"--quadrature {self.quadrature}"] if self.quadrature != 1 else []
        else:
            words.append(f"--method {self.method} --df {self.df}")
            words += [f"--robust {shlex.quote(self.robust)}"] if self.robust else []
            words += [f"--{name} {shlex.quote(v)}" for name, v in self._of_residuals().items()]
        words += [f"--weights {shlex.quote(self.weights)}"] if self.weights else []
        return " ".join(words)

    def _of_residuals(self) -> dict[str, str]:
        both = {"serial": self.serial, "spread": self.spread}
        return {name: value for name, value in both.items() if value}


def checked_question(question: ModelQuestion) -> ModelQuestion:
    """`question` itself; RequestError where an option is unknown or its family does not have it."""
    check_option("family", question.family, tuple(FAMILIES))
    check_option("method", question.method, METHODS)
    check_option("df", question.df, DF_METHODS)
    if question.logistic and (question.serial or question.spread):
        raise RequestError(
            "A logistic model has no residuals that follow each other or spread unlike",
            where="the residuals' structure",
            allowed="a model of a number",
            next_step="leave the choice out",
        )
    if question.logistic and question.df == "kenward-roger":
        raise RequestError(
            "A logistic model has no --df kenward-roger",
            where="--df kenward-roger with --family binomial",
            allowed="tests by the normal law (z)",
            next_step="leave the option out",
        )
    return question


def check_option(option: str, value: str, allowed: tuple[str, ...]) -> None:
    """RequestError where an option has no such value."""
    if value not in allowed:
        raise RequestError(
            f"There is no {option} '{value}'"
            + (f"; {close}" if (close := did_you_mean(value, allowed)) else ""),
            where=f"option {option}",
            allowed=", ".join(allowed),
        )
