"""Crossed groups side by side: InstEval, 73,421 ratings of 1,128 teachers by 2,972 students.

    python -m benchmarks.crossed [--repeats 3]

Each program fits in a process of its own, in turn, with one thread of linear algebra: Rapport from
the file to estimates with Satterthwaite's degrees of freedom, mixedlm and lme4 their fit alone.
Medians, ratios of processor time, and each REML criterion: a faster wrong answer is no answer.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import median

from benchmarks.peer_programs import SLEEPSTUDY, Clock, one_lme_python, one_mixedlm
from benchmarks.peers import machine

FORMULA = "y ~ service + (1 | s) + (1 | d) + (1 | dept)"
ROWS = SLEEPSTUDY.with_name("insteval.parquet")
IN_R = """
suppressMessages(library(lme4))
took <- system.time(fit <- lmer(y ~ service + (1 | s) + (1 | d) + (1 | dept), InstEval))
cat(sprintf('{"seconds": %.3f, "processor": %.3f, "criterion": %.7f}\\n', took[["elapsed"]],
            took[["user.self"]] + took[["sys.self"]], REMLcrit(fit)))
"""
PROGRAMS = ("rapport", "mixedlm", "lme_python", "lme4")
# One thread each: with more, what is measured is how the libraries share the cores.
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--one", choices=PROGRAMS[:3], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(ONE[options.one](str(ROWS), FORMULA)))
        return
    print(machine() + "\n\n| program | seconds | of the processor | / rapport | REML criterion |")
    print("| --- | ---: | ---: | ---: | ---: |")
    found: dict[str, list[dict]] = {}
    for program in PROGRAMS * options.repeats:
        if answer := _run(program):
            found.setdefault(program, []).append(answer)
    ours = median(a["processor"] for a in found["rapport"])
    for program, answers in found.items():
        wall, own = (median(a[of] for a in answers) for of in ("seconds", "processor"))
        ratio, criterion = f"{own / ours:.2f}", f"{answers[0]['criterion']:.5f}"
        cells = (program, f"{wall:.1f}", f"{own:.1f}", ratio, criterion)
        print("| " + " | ".join(map(str, cells)) + " |")
    if "lme4" not in found:
        print("\nlme4 was not timed: Rscript or R's package lme4 is absent.")


def one_rapport(path: str, formula: str) -> dict:
    """Seconds from the file to the estimates, after a small fit."""
    from analysis.questions.lab.effects import fit_formula

    fit_formula("Reaction ~ Days + (Days | Subject)", SLEEPSTUDY)
    clock = Clock()
    return clock.told(fit_formula(formula, Path(path)).criterion)


ONE = {"rapport": one_rapport, "mixedlm": one_mixedlm, "lme_python": one_lme_python}


def _run(program: str) -> dict | None:
    command = [sys.executable, "-m", "benchmarks.crossed", "--one", program]
    if program == "lme4":
        if shutil.which("Rscript") is None:
            return None
        command = ["Rscript", "-e", IN_R]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | ONE_THREAD
    )
    return json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else None


if __name__ == "__main__":
    main()
