"""Random linear mixed models beside lme4: is any of ours worse, disowned though right, or blessed
though wrong?

    python -m benchmarks.random_fits_linear         # 500 fits beside lme4's stored minima: a minute
    python -m benchmarks.random_fits_linear --r     # lme4 fits all of them again, some ten minutes

Each seed makes one data set: groups of few or many rows, nested or crossed, intercepts and slopes,
with and without `||`, times that start anywhere (0, 2,000, -10), outcome and predictors in units of
1e-6 to 1e6, variances of zero, of a thousandth and of a hundred times the residual's, correlations
of one. lme4's minimum is the lowest of four searches (bobyqa and Nelder-Mead from two starts each),
made by `random_fits_linear.R` and kept in `random_fits_linear.json`.

worse: our criterion lies more than 1e-3 above lme4's best. false alarm: we say that the search did
not settle (or that the data do not tell terms apart) though our criterion is the best known and its
slope is nil. false peace: we say that it settled, yet it is worse, or the slope by differences of
the criterion itself promises a fall of more than 1e-3.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.base.errors import RapportError
from analysis.models.criterion.crossed.build import problem_of
from analysis.models.criterion.passes import evaluate
from analysis.models.linear.fit import fit_moments, solve
from analysis.questions.lab.sums import formula_sums

STORED = Path(__file__).with_suffix(".json")
SCRIPT = Path(__file__).with_suffix(".R")
WORSE = 1e-3
SHAPES = (
    "y ~ x + (1 | g)",
    "y ~ t + x + (t | g)",
    "y ~ t + x + (t || g)",
    "y ~ t + (0 + t | g)",
    "y ~ t + x + (x || g)",
    "y ~ t * x + (t + x || g)",
    "y ~ t + x + (t + x | g)",
    "y ~ x + (1 | h/g)",
    "y ~ t + x + (t | g) + (1 | h)",
    "y ~ t + x + (t || g) + (x || h)",
    "y ~ x + (1 | g) + (1 | k)",
    "y ~ t + (t || g) + (1 | k)",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fits", type=int, default=500)
    parser.add_argument("--r", action="store_true", help="let lme4 fit them again")
    options = parser.parse_args()
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        paths = [written(Path(folder), seed) for seed in range(options.fits)]
        if options.r:
            subprocess.run(["Rscript", str(SCRIPT), folder, str(STORED)], check=True)
        best = json.loads(STORED.read_text())
        found = [compared(path, best) for path in paths]
    print(table(found))
    for row in found:
        if row["worse"] or row["alarm"] or row["peace"] or row["refused"]:
            print(row, file=sys.stderr)


def written(folder: Path, seed: int) -> Path:
    """One data set as CSV with 17 digits, its formula beside it."""
    formula, frame = made(seed)
    path = folder / f"{seed:04d}.csv"
    frame.to_csv(path, index=False, float_format="%.17g")
    path.with_suffix(".txt").write_text(formula + "\n")
    return path


def made(seed: int) -> tuple[str, pd.DataFrame]:
    """(formula, rows with y, t, x, g, h, k): one outcome with random effects of every kind."""
    rng = np.random.default_rng([20261128, seed])
    formula = SHAPES[seed % len(SHAPES)]
    groups, rows = int(rng.integers(6, 41)), int(rng.integers(3, 13))
    sizes = np.maximum(rng.poisson(rows, groups), 2)
    g = np.repeat(np.arange(groups), sizes)
    h = rng.integers(0, max(groups // 4, 3), groups)[g]
    k = rng.integers(0, int(rng.integers(4, 12)), len(g))
    t = np.concatenate([np.arange(n) for n in sizes]).astype(float)
    if rng.random() < 0.3:
        t += rng.uniform(0, 0.9, len(t))
    t += rng.choice([0.0, -10.0, 40.0, 2000.0, 1e4])
    x = rng.normal(size=len(g)) + rng.normal(size=groups)[g] + rng.choice([0.0, 5.0, 100.0])
    y = 0.3 * (t - t.mean()) + 0.5 * (x - x.mean()) + rng.normal(size=len(g))
    for code, n in ((g, groups), (h, int(h.max()) + 1), (k, int(k.max()) + 1)):
        u = effects(rng, n)
        y += u[code, 0] + u[code, 1] * (t - t.mean()) + u[code, 2] * (x - x.mean())
    unit = 10.0 ** rng.uniform(-6, 6, 3) if rng.random() < 0.6 else np.ones(3)
    frame = dict(y=y * unit[0], t=t * unit[1], x=x * unit[2])
    frame |= {n: [f"{n}{c}" for c in code] for n, code in (("g", g), ("h", h), ("k", k))}
    return formula, pd.DataFrame(frame)


def effects(rng, groups: int) -> np.ndarray:
    """(groups, 3): intercept and two slopes; each SD nothing, small, usual or large."""
    sd = rng.choice([0.0, 0.0, 0.03, 0.3, 1.0, 10.0], 3, p=[0.2, 0.1, 0.1, 0.3, 0.25, 0.05])
    u = rng.normal(size=(groups, 3))
    if rng.random() < 0.15:
        u[:, 1] = u[:, 0]  # a correlation of one
    return u * sd * np.array([1.0, 0.3, 0.3])


def compared(path: Path, best: dict) -> dict:
    """One row: how far above lme4's best, what the status says, what the slope promises."""
    formula = path.with_suffix(".txt").read_text().strip()
    row = dict(seed=path.stem, formula=formula, worse=False, alarm=False, peace=False, refused="")
    try:
        sums = formula_sums(formula, path, crossed=True)
        fit = fit_moments(sums)
    except RapportError as error:
        return row | dict(refused=str(error), above=np.nan, fall=np.nan, singular=False)
    above = fit.criterion - best[path.stem]
    fall = promised(sums)
    right = above < WORSE and fall < WORSE
    told = not fit.status.converged or any("do not tell" in m for m in fit.status.messages)
    return row | dict(
        above=above,
        fall=fall,
        worse=above > WORSE,
        alarm=told and right,
        peace=fit.status.converged and not right,
        singular=fit.status.singular,
    )


def promised(sums) -> float:
    """The fall of the criterion that its own slope and curvature promise at our estimates, all by
    central differences of the criterion along each theta."""
    problem = problem_of(sums)
    theta = solve(problem, True).theta
    fall = 0.0
    for j in range(len(theta)):
        step = np.zeros(len(theta))
        step[j] = 1e-4 * max(1.0, abs(theta[j]))
        low, here, high = (
            evaluate(problem, theta + s * step, True, with_gradient=False).value for s in (-1, 0, 1)
        )
        slope, bend = (high - low) / 2, high + low - 2 * here
        fall = max(fall, slope**2 / (2 * max(bend, 1e-7)), -bend / 1e-4 if bend < -1e-7 else 0.0)
    return float(fall)


def table(found: list[dict]) -> str:
    frame = pd.DataFrame(found)
    lines = ["| formula | fits | singular | refused | worst above lme4 | lme4 above ours by 1e-3 | "
             "worse | false alarm | false peace |", "| --- |" + " ---: |" * 8]  # fmt: skip
    parts = [*frame.groupby("formula", sort=False), ("**all**", frame)]
    for name, part in parts:
        lines.append(
            f"| {name.replace('|', chr(92) + '|')} | {len(part)} | {int(part['singular'].sum())} | "
            f"{int((part['refused'] != '').sum())} | {part['above'].max():.1e} | "
            f"{int((part['above'] < -WORSE).sum())} | {int(part['worse'].sum())} | "
            f"{int(part['alarm'].sum())} | {int(part['peace'].sum())} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
