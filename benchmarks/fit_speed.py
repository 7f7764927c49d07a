"""How long `fit` takes beside lme4, on made-up treatments of growing number.

    python -m benchmarks.fit_speed [sessions …]      (default 10000 100000; 1000000 takes minutes)

Model: y ~ 10 predictors + (1 | therapist) + (week | patient), REML. Rapport is timed from the file
(Parquet) to the estimates, lme4 for its fit alone, with its rows already in memory. Both criteria
are printed: a faster wrong answer is no answer. Without Rscript and lme4, only Rapport is timed.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.explain.effects import fit_formula

PREDICTORS = [f"x{i}" for i in range(10)]
FORMULA = f"y ~ {' + '.join(PREDICTORS)} + (1 | therapist) + (week | patient)"
IN_R = """
suppressMessages(library(lme4))
data <- read.csv(commandArgs(TRUE)[1], colClasses = c(patient = "character",
                                                      therapist = "character"))
seconds <- system.time(suppressMessages(suppressWarnings(
  fit <- lmer(as.formula(commandArgs(TRUE)[2]), data))))[["elapsed"]]
cat(sprintf('{"seconds": %.3f, "criterion": %.9f, "version": "%s"}\\n', seconds,
            REMLcrit(fit), packageVersion("lme4")))
"""


def main(sizes: list[int]) -> None:
    print("| sessions | patients | rapport, file to estimates | lme4, fit alone | lme4 / rapport |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        # The first fit of a process also imports libraries and starts the database.
        _time_rapport(_write(Path(folder), made_sessions(1_000), "parquet"))
        notes = [_row(Path(folder), size) for size in sizes]
    print("\n" + "\n".join(notes))


def _row(folder: Path, size: int) -> str:
    frame = made_sessions(size)
    ours = _time_rapport(_write(folder, frame, "parquet"))
    theirs = _time_lme4(_write(folder, frame, "csv"))
    cells = [f"{len(frame):,}", f"{frame['patient'].nunique():,}", f"{ours['seconds']:.2f} s"]
    if theirs is None:
        print("| " + " | ".join([*cells, "–", "–"]) + " |", flush=True)
        return "lme4 was not timed: Rscript or R's package lme4 is absent."
    ratio = theirs["seconds"] / ours["seconds"]
    print(
        "| " + " | ".join([*cells, f"{theirs['seconds']:.2f} s", f"{ratio:.1f}"]) + " |", flush=True
    )
    return (
        f"{len(frame):,} sessions: REML criterion {ours['criterion']:.6f}, "
        f"lme4 {theirs['version']} {theirs['criterion']:.6f}"
    )


def made_sessions(size: int, seed: int = 1) -> pd.DataFrame:
    """About `size` rows: treatments of 3 to 16 sessions, 20 patients a therapist."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(3, 17, size=max(size * 2 // 19, 4))
    patient = np.repeat(np.arange(len(lengths)), lengths)
    therapist = patient // 20
    first = np.repeat(np.cumsum(lengths) - lengths, lengths)
    week = (np.arange(len(patient)) - first).astype(float)
    x = rng.normal(size=(len(patient), len(PREDICTORS)))
    start, slope = 4 * rng.normal(size=len(lengths)), 0.3 * rng.normal(size=len(lengths))
    y = (
        15
        - 0.4 * week
        + x @ np.linspace(-0.5, 0.5, len(PREDICTORS))
        + 3 * rng.normal(size=len(week))
    )
    y += start[patient] + slope[patient] * week + rng.normal(size=therapist.max() + 1)[therapist]
    frame = pd.DataFrame(x, columns=PREDICTORS)
    return frame.assign(
        y=y,
        week=week,
        patient=[f"p{i}" for i in patient],
        therapist=[f"t{i}" for i in therapist],
    )


def _write(folder: Path, frame: pd.DataFrame, kind: str) -> Path:
    path = folder / f"sessions.{kind}"
    frame.to_parquet(path) if kind == "parquet" else frame.to_csv(path, index=False)
    return path


def _time_rapport(path: Path) -> dict:
    began = time.perf_counter()
    fit = fit_formula(FORMULA, path)
    return {"seconds": time.perf_counter() - began, "criterion": fit.criterion}


def _time_lme4(path: Path) -> dict | None:
    if shutil.which("Rscript") is None:
        return None
    run = subprocess.run(
        ["Rscript", "-e", IN_R, str(path), FORMULA], capture_output=True, text=True, check=False
    )
    return json.loads(run.stdout.splitlines()[-1]) if run.returncode == 0 else None


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or [10_000, 100_000])
