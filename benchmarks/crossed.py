"""Crossed groups side by side: InstEval, 73,421 ratings of 1,128 teachers by 2,972 students.

    python -m benchmarks.crossed [--repeats 3]

Each program fits in a process of its own, in turn, with one thread of linear algebra: Rapport from
the file to estimates with Satterthwaite's degrees of freedom, mixedlm and lme4 their fit alone.
Medians, and each REML criterion: a faster wrong answer is no answer.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from benchmarks.peer_programs import SLEEPSTUDY, one_mixedlm
from benchmarks.peers import machine

FORMULA = "y ~ service + (1 | s) + (1 | d) + (1 | dept)"
ROWS = SLEEPSTUDY.with_name("insteval.parquet")
IN_R = """
suppressMessages(library(lme4))
seconds <- system.time(fit <- lmer(y ~ service + (1 | s) + (1 | d) + (1 | dept), InstEval))
cat(sprintf('{"seconds": %.3f, "criterion": %.7f}\\n', seconds[["elapsed"]], REMLcrit(fit)))
"""
PROGRAMS = ("rapport", "mixedlm", "lme4")
# One thread each: with more, what is measured is how the libraries share the cores.
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--one", choices=PROGRAMS[:2], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(ONE[options.one](str(ROWS), FORMULA)))
        return
    print(machine() + "\n\n| program | seconds | / rapport | REML criterion |")
    print("| --- | ---: | ---: | ---: |")
    found: dict[str, list[dict]] = {}
    for program in PROGRAMS * options.repeats:
        if answer := _run(program):
            found.setdefault(program, []).append(answer)
    ours = median(a["seconds"] for a in found["rapport"])
    for program, answers in found.items():
        seconds = median(a["seconds"] for a in answers)
        cells = (program, f"{seconds:.1f}", f"{seconds / ours:.2f}", answers[0]["criterion"])
        print("| " + " | ".join(map(str, cells)) + " |")
    if "lme4" not in found:
        print("\nlme4 was not timed: Rscript or R's package lme4 is absent.")


def one_rapport(path: str, formula: str) -> dict:
    """Seconds from the file to the estimates, after a small fit."""
    from analysis.questions.lab.effects import fit_formula

    fit_formula("Reaction ~ Days + (Days | Subject)", SLEEPSTUDY)
    began = time.perf_counter()
    fit = fit_formula(formula, Path(path))
    return {"seconds": time.perf_counter() - began, "criterion": round(fit.criterion, 7)}


ONE = {"rapport": one_rapport, "mixedlm": one_mixedlm}


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
