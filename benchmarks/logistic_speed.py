"""A logistic mixed model of 100,000 rows, 10 predictors and 5,000 groups beside mixedlm and glmer.

    python -m benchmarks.logistic_speed             # needs mixedlm, R and lme4; some five minutes
    python -m benchmarks.logistic_speed --no-glmer  # without R: half a minute

One run, one process after the other, each program three times in turn (glmer once), all from
columns in memory to estimates with standard errors; processor seconds beside the clock's, because
others may use the machine meanwhile. mixedlm's standard errors hold the variances fixed. 'from a
file' is the product's way from Parquet to the answer.
"""

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
from scipy.special import expit

from analysis.models.logistic.fit import fit_logistic
from analysis.models.logistic.rows.random_block import RandomBlock
from analysis.questions.lab.binary import fit_binary

ROWS, PREDICTORS, GROUPS = 100_000, 10, 5_000
NAMES = [f"x{j}" for j in range(PREDICTORS)]
FORMULA = f"y ~ {' + '.join(NAMES)} + (1 | g)"
R = """
suppressPackageStartupMessages(library(lme4))
d <- read.csv(commandArgs(TRUE)[1])
used <- system.time(fit <- suppressWarnings(glmer({formula}, d, family = binomial)))
cat(sprintf('{{"clock": %.3f, "processor": %.3f, "deviance": %.9f}}',
            used[["elapsed"]], used[["user.self"]] + used[["sys.self"]], -2 * logLik(fit)))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--no-glmer", action="store_true")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    frame = made()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        frame.to_parquet(path)
        programs = {
            "rapport": lambda: ours(frame),
            "rapport, from a file": lambda: fit_binary(FORMULA, path).criterion,
            "mixedlm": lambda: mixedlms(frame),
        }
        runs = [timed(name, p) for _ in range(options.repeats) for name, p in programs.items()]
        if not options.no_glmer:
            runs.append(dict(program="glmer") | glmers(frame, Path(folder)))
    report(pd.DataFrame(runs))


def made() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    x, group = rng.normal(size=(ROWS, PREDICTORS)), rng.integers(0, GROUPS, ROWS)
    beta, effects = rng.normal(0, 0.4, PREDICTORS), rng.normal(0, 1, GROUPS)
    y = (rng.random(ROWS) < expit(-0.5 + x @ beta + effects[group])).astype(float)
    return pd.DataFrame(x, columns=NAMES).assign(y=y, g=group)


def ours(frame: pd.DataFrame) -> float:
    x = np.stack([np.ones(ROWS), *(frame[n].to_numpy() for n in NAMES)]).T
    code = np.unique(frame["g"], return_inverse=True)[1]
    block = RandomBlock("g", code, ("(Intercept)",), np.ones((ROWS, 1)))
    return fit_logistic(frame["y"].to_numpy(), x, ("(Intercept)", *NAMES), (block,)).criterion


def mixedlms(frame: pd.DataFrame) -> float:
    import mixedlm

    return float(mixedlm.glmer(FORMULA, frame).deviance)


def timed(name: str, program) -> dict:
    clock, processor = time.perf_counter(), time.process_time()
    deviance = program()
    spent = dict(clock=time.perf_counter() - clock, processor=time.process_time() - processor)
    return dict(program=name, deviance=deviance) | spent


def glmers(frame: pd.DataFrame, folder: Path) -> dict:
    rows, script = folder / "rows.csv", folder / "fit.R"
    frame.to_csv(rows, index=False)
    script.write_text(R.format(formula=FORMULA))
    told = subprocess.run(
        ["Rscript", str(script), str(rows)], check=True, capture_output=True, text=True
    )
    return json.loads(told.stdout)


def report(runs: pd.DataFrame) -> None:
    print(
        "| program | clock s | processor s | / rapport, clock | / rapport, processor | deviance |"
    )
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    middle = {
        name: {c: median(own[c]) for c in ("clock", "processor", "deviance")}
        for name, own in runs.groupby("program", sort=False)
    }
    base = middle["rapport"]
    for name, m in middle.items():
        ratios = (m[c] / base[c] for c in ("clock", "processor"))
        print(
            f"| {name} | {m['clock']:.2f} | {m['processor']:.2f} | "
            + " | ".join(f"{r:.1f}" for r in ratios)
            + f" | {m['deviance']:.4f} |"
        )


if __name__ == "__main__":
    main()
