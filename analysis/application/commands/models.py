"""Commands that fit a model: fit."""

from pathlib import Path

from analysis.application.options import add_command, add_fit_options, add_residuals, whole
from analysis.application.terminal import warn_of_secret


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
        "--robust",
        default="",
        metavar="GROUP",
        help="standard errors (CR2) that allow for rows of one group being alike in whatever way; "
        "without random terms, unless another group or 'none' is named, by patient (a dataset's "
        "sessions) or therapist (its treatments)",
    )
    add_residuals(fit)
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
    fit.add_argument(
        "--joint",
        nargs="+",
        default=(),
        metavar="TERM",
        help="test as well that these coefficients (as the table names them) are all zero",
    )
    fit.add_argument(
        "--intervals",
        choices=("profile", "bootstrap", "groups"),
        default="",
        help="of every parameter, too: by profile likelihood (ML), by 1,000 outcomes drawn from "
        "the model, or by groups drawn again",
    )
    fit.add_argument(
        "--effect",
        default="",
        metavar="PREDICTOR",
        help="what the model says of it: expected outcomes (of a logistic model chances) and "
        "differences of a category, slopes of a number; with --json also the predictions along it",
    )
    fit.add_argument(
        "--by",
        default="",
        metavar="PREDICTOR",
        help="with --effect: at each level of this category, or at this number's mean and one SD "
        "below and above; of two numbers also where the slope differs from zero",
    )
    fit.add_argument(
        "--out",
        type=Path,
        default=None,
        metavar="FOLDER",
        help="write the way back there: an R script with the rows that it reads (internal: "
        "patients' own scores), a Python script that holds every number to these, the "
        "coefficients as CSV and LaTeX",
    )
    fit.add_argument(
        "--checks",
        action="store_true",
        help="the verdict of each of Model lab's checks, too (of a linear model)",
    )


def _fit(options) -> tuple[dict, str]:
    from analysis.application.printing.as_json import fit_json, logistic_json
    from analysis.application.printing.as_text import (
        checks_text,
        fit_text,
        intervals_text,
        joint_text,
        logistic_text,
    )
    from analysis.application.printing.meaning_print import meaning_json, meaning_text
    from analysis.models.result import Fit
    from analysis.questions.lab.answer import fit
    from analysis.questions.lab.question import ModelQuestion

    warn_of_secret(options.data)
    given = ("family", "method", "df", "quadrature", "weights", "robust", "serial", "spread")
    asked = {name: getattr(options, name) for name in given}
    question = ModelQuestion(options.formula, options.data, store=options.store, **asked)
    checks, means = _checks(question, options), _meaning(question, options)
    found = fit(question)
    if isinstance(found, Fit):
        told, text = fit_json(found), fit_text(found)
    else:
        told, text = logistic_json(found), logistic_text(found)
    if options.out:
        from analysis.sharing.way_back import write_way_back

        written = write_way_back(question, found, options.out)
        told, text = told | {"written": written}, "\n".join([text, "", *map(str, written)])
    if checks:
        told, text = told | {"checks": checks}, text + checks_text(checks)
    if means:
        told, text = told | {"effect": meaning_json(*means)}, f"{text}\n\n{meaning_text(means[0])}"
    if options.intervals:
        rows = _intervals(question, options.intervals)
        told = told | {"intervals": rows}
        text = f"{text}\n\n{intervals_text(rows, options.intervals)}"
    if options.joint:
        from analysis.questions.lab.inference import joint

        (test,) = joint(question, tuple(options.joint)).tidy()
        told, text = told | {"joint": test}, f"{text}\n\n{joint_text(test)}"
    return told, text


def _intervals(question, kind: str) -> list[dict]:
    from analysis.questions.lab.inference import bootstrap, profile

    if kind == "profile":
        return profile(question).tidy()
    return bootstrap(question, resample=kind == "groups").tidy()


def _checks(question, options) -> list[dict]:
    if not options.checks:
        return []
    from analysis.questions.lab.examine import verdicts

    return verdicts(question)


def _meaning(question, options):
    if not options.effect:
        return None
    from analysis.questions.lab.meaning import meaning, predictions

    asked = (question, options.effect, options.by)
    return meaning(*asked), predictions(*asked)
