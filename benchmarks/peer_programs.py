"""One fit by each program, each in a process of its own."""

import os
import shutil
import time
from pathlib import Path

import numpy as np
import pandas as pd

PREDICTORS = [f"x{i}" for i in range(10)]
FIXED = f"y ~ {' + '.join(PREDICTORS)}"
SLEEPSTUDY = Path(__file__).resolve().parent.parent / "tests/reference/data/sleepstudy.csv"
IN_R = """
suppressMessages(library(lme4))
a <- commandArgs(TRUE)
warm <- suppressMessages(lmer(Reaction ~ Days + (Days | Subject), sleepstudy))
data <- read.csv(a[1], colClasses = c(patient = "character", therapist = "character"))
kept <- tempfile()
saveRDS(data, kept, compress = FALSE)
read <- system.time(data <- readRDS(kept))
one <- function() if (a[3] == "binomial") glmer(as.formula(a[2]), data, family = binomial) else
  lmer(as.formula(a[2]), data)
took <- system.time(suppressMessages(suppressWarnings(fit <- one())))
cat(sprintf(paste0('{"seconds": %.4f, "processor": %.4f, "read_seconds": %.4f, ',
                   '"read_processor": %.4f, "criterion": %.9f, "version": "%s"}\\n'),
            took[["elapsed"]], took[["user.self"]] + took[["sys.self"]],
            read[["elapsed"]], read[["user.self"]] + read[["sys.self"]],
            if (a[3] == "binomial") -2 * as.numeric(logLik(fit)) else REMLcrit(fit),
            packageVersion("lme4")))
"""
BOOTSTRAP_IN_R = """
suppressMessages(library(lme4))
fit <- lmer(Reaction ~ Days + (Days | Subject), sleepstudy)
n <- as.integer(commandArgs(TRUE)[1])
seconds <- system.time(suppressMessages(suppressWarnings(
  bootMer(fit, function(m) c(fixef(m), getME(m, "theta"), sigma(m)), n))))[["elapsed"]]
cat(sprintf('{"seconds": %.4f, "version": "%s"}\\n', seconds, packageVersion("lme4")))
"""
BOOTSTRAPPED, BOOTSTRAPPED_IN_R = 10_000, 200


def import_rows(path: Path, store: Path, numbers: list[str], keys: list[str]) -> None:
    """The rows as dataset 'bench' of a store, as a user would import them."""
    from analysis.importing import doors as importing

    shutil.rmtree(store, ignore_errors=True)
    os.environ["RAPPORT_STORE"] = str(store)
    lines = ["[keys]", *(f'{k} = "{k}"' for k in keys), 'session = "session"']
    for name in numbers:
        if name != "session":
            lines += [f"[variables.{name}]", 'kind = "number"', 'unit = "session"']
    importing.import_files("bench", [path], importing.Mapping.from_text("\n".join(lines)))


class Clock:
    """Seconds on the wall and of the processor: of reading up to `rows_read`, of a fit from then
    (or its making) on."""

    def __init__(self):
        self.read = {}
        self._start()

    def rows_read(self) -> None:
        self.read = {f"read_{name}": value for name, value in self._passed().items()}
        self._start()

    def told(self, criterion: float) -> dict:
        """What a program prints: the criterion NaN where it is another one."""
        return self._passed() | self.read | {"criterion": criterion}

    def _start(self) -> None:
        self.wall, self.processor = time.perf_counter(), time.process_time()

    def _passed(self) -> dict[str, float]:
        wall, processor = time.perf_counter() - self.wall, time.process_time() - self.processor
        return {"seconds": wall, "processor": processor}


def one_rapport(store: str, formula: str, _groups="", _slope="", family="gaussian") -> dict:
    """From a closed dataset to the answer."""
    fit, question = _asked(store, formula, family)
    clock = Clock()
    return clock.told(fit(question).criterion)


def one_rapport_again(store: str, formula: str, _groups="", _slope="", family="gaussian") -> dict:
    """The same question once more, as on the pages: the dataset is open, its rows are read anew."""
    fit, question = _asked(store, formula, family)
    fit(question)
    clock = Clock()
    return clock.told(fit(question).criterion)


def _asked(store: str, formula: str, family: str):
    os.environ["RAPPORT_STORE"] = store
    from analysis.questions.lab import binary  # noqa: F401  what a first logistic fit loads
    from analysis.questions.lab.answer import fit
    from analysis.questions.lab.question import ModelQuestion

    fit(ModelQuestion("Reaction ~ Days + (Days | Subject)", SLEEPSTUDY))
    return fit, ModelQuestion(formula, "bench", family=family)


def one_rapport_fit(store: str, formula: str, _groups="", _slope="", family="gaussian") -> dict:
    """The search alone: from sums, as of every linear fit, or from a logistic model's rows."""
    os.environ["RAPPORT_STORE"] = store
    from analysis.models.linear.fit import fit_moments
    from analysis.models.logistic.fit import solve_logistic
    from analysis.questions.lab.binary import logistic_rows
    from analysis.questions.lab.question import ModelQuestion
    from analysis.questions.lab.sums import formula_sums

    fit_moments(formula_sums("Reaction ~ Days + (Days | Subject)", SLEEPSTUDY))
    if family == "binomial":
        rows = logistic_rows(ModelQuestion(formula, "bench", family=family))
        clock = Clock()
        return clock.told(solve_logistic(rows).got.value)
    sums = formula_sums(formula, "bench", crossed=True)
    clock = Clock()
    return clock.told(fit_moments(sums, df="none").criterion)


def small(path: str) -> Path:
    """A few of the rows at `path`, where they lie beside it: read first, so that no program is
    loaded on the clock."""
    beside = Path(path).with_name("small.parquet")
    return beside if beside.exists() else Path(path)


def _read(path: str) -> tuple[Clock, pd.DataFrame]:
    """The clock after reading, and the rows, by pandas."""
    pd.read_parquet(small(path))
    clock = Clock()
    frame = pd.read_parquet(path)
    clock.rows_read()
    return clock, frame


def one_mixedlm(path: str, formula: str, _groups="", _slope="", family="gaussian") -> dict:
    import mixedlm

    mixedlm.lmer("Reaction ~ Days + (Days | Subject)", pd.read_csv(SLEEPSTUDY))
    clock, frame = _read(path)
    if family == "binomial":
        fit = mixedlm.glmer(formula, frame, mixedlm.families.Binomial())
        return clock.told(float(fit.deviance))
    return clock.told(float(mixedlm.REMLcrit(mixedlm.lmer(formula, frame))))


def one_lme_python(path: str, formula: str, _groups="", _slope="", family="gaussian") -> dict:
    import lme_python
    import polars

    warm = polars.from_pandas(pd.read_csv(SLEEPSTUDY))
    lme_python.lmer("Reaction ~ Days + (Days | Subject)", warm)
    polars.read_parquet(small(path))
    clock = Clock()
    frame = polars.read_parquet(path)
    clock.rows_read()
    if family == "binomial":
        return clock.told(-2 * lme_python.glmer(formula, frame, "binomial").log_likelihood)
    return clock.told(lme_python.lmer(formula, frame).reml_criterion)


def one_statsmodels(path: str, formula: str, groups: str, slope: str, _family="") -> dict:
    import statsmodels.formula.api as smf

    clock, frame = _read(path)
    model = smf.mixedlm(
        FIXED, frame, groups=frame[groups], re_formula="~week" if int(slope) else None
    )
    fit = model.fit(reml=True)
    return clock.told(float(-2 * fit.llf))


def one_gpboost(path: str, formula: str, groups: str, slope: str, family="gaussian") -> dict:
    import gpboost

    logistic = family == "binomial"

    clock, frame = _read(path)
    names = groups.split("|")
    x = np.column_stack([np.ones(len(frame)), frame[PREDICTORS]])
    model = gpboost.GPModel(
        group_data=frame[names],
        likelihood="bernoulli_logit" if logistic else "gaussian",
        group_rand_coef_data=frame[["week"]] if int(slope) else None,
        ind_effect_group_rand_coef=[1] if int(slope) else None,
    )
    model.fit(y=frame["happened" if logistic else "y"].to_numpy(), X=x)
    # By ML, and with a slope that is independent of the intercept: another criterion.
    return clock.told(float("nan"))


def one_bootstrap(replicates: str) -> dict:
    from analysis.questions.lab import inference
    from analysis.questions.lab.question import ModelQuestion

    asked = ModelQuestion("Reaction ~ Days + (Days | Subject)", SLEEPSTUDY)
    inference.bootstrap(asked, replicates=50)
    began = time.perf_counter()
    found = inference.bootstrap(asked, replicates=int(replicates))
    return {"seconds": time.perf_counter() - began, "failed": found.failed}


ONE = {
    "rapport": one_rapport,
    "rapport_again": one_rapport_again,
    "rapport_fit": one_rapport_fit,
    "mixedlm": one_mixedlm,
    "lme_python": one_lme_python,
    "statsmodels": one_statsmodels,
    "gpboost": one_gpboost,
    "bootstrap": one_bootstrap,
}
OURS = ("rapport", "rapport_again", "rapport_fit")
PROGRAMS = (*OURS, "lme4", "mixedlm", "lme_python", "statsmodels", "gpboost")
