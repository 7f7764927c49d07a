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
seconds <- system.time(suppressMessages(suppressWarnings(
  fit <- lmer(as.formula(a[2]), data))))[["elapsed"]]
cat(sprintf('{"seconds": %.4f, "criterion": %.9f, "version": "%s"}\\n', seconds, REMLcrit(fit),
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


def one_rapport(store: str, formula: str, *_) -> dict:
    os.environ["RAPPORT_STORE"] = store
    from analysis.questions.lab.effects import fit_formula

    fit_formula("Reaction ~ Days + (Days | Subject)", SLEEPSTUDY)
    began = time.perf_counter()
    fit = fit_formula(formula, "bench")
    return {"seconds": time.perf_counter() - began, "criterion": fit.criterion}


def one_mixedlm(path: str, formula: str, *_) -> dict:
    import mixedlm

    mixedlm.lmer("Reaction ~ Days + (Days | Subject)", pd.read_csv(SLEEPSTUDY))
    frame = pd.read_parquet(path)
    began = time.perf_counter()
    fit = mixedlm.lmer(formula, frame)
    return {"seconds": time.perf_counter() - began, "criterion": float(mixedlm.REMLcrit(fit))}


def one_statsmodels(path: str, formula: str, groups: str, slope: str) -> dict:
    import statsmodels.formula.api as smf

    frame = pd.read_parquet(path)
    began = time.perf_counter()
    model = smf.mixedlm(
        FIXED, frame, groups=frame[groups], re_formula="~week" if int(slope) else None
    )
    fit = model.fit(reml=True)
    return {"seconds": time.perf_counter() - began, "criterion": float(-2 * fit.llf)}


def one_gpboost(path: str, formula: str, groups: str, slope: str) -> dict:
    import gpboost

    frame = pd.read_parquet(path)
    names = groups.split("|")
    x = np.column_stack([np.ones(len(frame)), frame[PREDICTORS]])
    began = time.perf_counter()
    model = gpboost.GPModel(
        group_data=frame[names],
        likelihood="gaussian",
        group_rand_coef_data=frame[["week"]] if int(slope) else None,
        ind_effect_group_rand_coef=[1] if int(slope) else None,
    )
    model.fit(y=frame["y"].to_numpy(), X=x)
    seconds = time.perf_counter() - began
    # By ML, and with a slope that is independent of the intercept: another criterion.
    return {"seconds": seconds, "criterion": float("nan")}


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
    "mixedlm": one_mixedlm,
    "statsmodels": one_statsmodels,
    "gpboost": one_gpboost,
    "bootstrap": one_bootstrap,
}
PROGRAMS = ("rapport", "lme4", "mixedlm", "statsmodels", "gpboost")
