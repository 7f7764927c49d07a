"""Commands that fit a model: fit."""

from analysis.application.options import add_command, add_fit_options, whole
from analysis.application.terminal import warn_of_secret
from analysis.base.errors import RequestError


def add(commands) -> None:
    example = 'fit "phq9 ~ month*arm + (1 | therapist/patient)" --data trial.csv'
    fit = add_command(commands, _fit, "fit a mixed model by lme4's formula", example)
    fit.add_argument("formula", metavar="FORMULA")
    fit.add_argument(
        "--data",
        required=True,
        metavar="SOURCE",
        help="a dataset's name, a CSV or Parquet file, or a register's address "
        "(postgres://…/TABLE, sc://…/TABLE, register:NAME/TABLE)",
    )
    add_fit_options(fit)
    fit.add_argument(
        "--weights",
        default="",
        metavar="VARIABLE",
        help="each row's prior weight: its residual variance is sigma squared over the weight; of "
        "a logistic model the number of trials, whose share with the event the outcome is",
    )
    fit.add_argument(
        "--family",
        choices=("gaussian", "binomial"),
        default="gaussian",
        help="binomial: a logistic model of an outcome that happens (1) or doesn't (0), a text "
        "with two categories, or I(variable == 'category')",
    )
    fit.add_argument(
        "--quadrature",
        type=whole(1, 25),
        default=1,
        metavar="POINTS",
        help="of a logistic model with one random term; 1 is Laplace's approximation",
    )


def _fit(options) -> tuple[dict, str]:
    from analysis.application.printing.as_json import fit_json
    from analysis.application.printing.as_text import fit_text
    from analysis.questions.lab.effects import fit_formula

    warn_of_secret(options.data)
    if options.family == "binomial":
        return _fit_binary(options)
    asked = dict(method=options.method, df=options.df, weights=options.weights)
    fit = fit_formula(options.formula, options.data, **asked)
    return fit_json(fit), fit_text(fit)


def _fit_binary(options) -> tuple[dict, str]:
    from analysis.application.printing.as_json import logistic_json
    from analysis.application.printing.as_text import logistic_text
    from analysis.questions.lab.binary import fit_binary

    if options.df == "kenward-roger":
        raise RequestError(
            "A logistic model has no --df kenward-roger",
            where="--df kenward-roger with --family binomial",
            allowed="tests by the normal law (z)",
            next_step="leave the option out",
        )
    fit = fit_binary(
        options.formula, options.data, quadrature=options.quadrature, weights=options.weights
    )
    return logistic_json(fit), logistic_text(fit)
