"""Do intervals hold the truth with few therapists? Coefficients, part R2, unexplained.

    python -m benchmarks.few_units [sets] [resamples]

8, 14, 30 and 100 therapists of 20 patients; y = .3 x + .3 w + u + e of variance 1.18, x measured on
patients, w on therapists, a therapist share of .05. *model*: the fit's own interval
(Satterthwaite); *bootstrap*: parametric below 30 therapists, whole therapists drawn again from
there on, as `infer` takes them. Prints the table of docs/validation.md.
"""

import sys
import tempfile
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.models.criterion.problem import build_problem
from analysis.models.inference.intervals.resampled import FEWEST_CLUSTERS
from analysis.models.inference.variance.part_r2 import part_r2
from analysis.models.linear.fit import fit_moments, solve
from analysis.questions.lab.examine import cluster_sums_of
from analysis.questions.lab.inference import bootstrap
from analysis.questions.lab.question import ModelQuestion
from benchmarks.simulations import FORMULA

PATIENTS, SHARE, EFFECT = 20, 0.05, 0.3
TOTAL = 1 + 2 * EFFECT**2
TRUTH = {"(Intercept)": 0.0, "x": EFFECT, "w": EFFECT}
PART = {"x": EFFECT**2 / TOTAL, "w": EFFECT**2 / TOTAL}


def made(therapists: int, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng((seed, therapists, 31))
    of = np.repeat(np.arange(therapists), PATIENTS)
    x, w = rng.normal(size=len(of)), rng.normal(size=therapists)[of]
    u = np.sqrt(SHARE) * rng.normal(size=therapists)[of]
    y = EFFECT * (x + w) + u + np.sqrt(1 - SHARE) * rng.normal(size=len(of))
    return dict(y=y, x=x, w=w, therapist=np.char.add("t", of.astype(str)))


def one_set(therapists: int, seed: int, resamples: int) -> dict[str, bool]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "patients.parquet"
        pd.DataFrame(made(therapists, seed)).to_parquet(path)
        question = ModelQuestion(FORMULA, path)
        sums = cluster_sums_of(question)
        drawn = bootstrap(question, resamples, seed, resample=therapists >= FEWEST_CLUSTERS)
    fit = fit_moments(replace(sums, gram=sums.total))
    out = {f"{f.term}, model": f.low <= TRUTH[f.term] <= f.high for f in fit.fixed}
    for i in drawn.intervals:
        if i.term in TRUTH and not i.group and i.low is not None and i.high is not None:
            out[f"{i.term}, bootstrap"] = i.low <= TRUTH[i.term] <= i.high
    problem = build_problem(sums)
    found = part_r2(sums, problem, solve(problem, True), replicates=resamples, seed=seed)
    for s in found.sets:
        if s.part.low is not None and s.part.high is not None:
            out[f"part R² of {s.name}"] = s.part.low <= PART[s.name] <= s.part.high
    return out


def main(sets: int = 200, resamples: int = 400) -> None:
    print("| therapists | number | sets | inside |\n| ---: | --- | ---: | ---: |", flush=True)
    for therapists in (8, 14, 30, 100):
        found = defaultdict(list)
        for seed in range(sets):
            for name, inside in one_set(therapists, seed, resamples).items():
                found[name].append(inside)
        for name, inside in found.items():
            part, n = float(np.mean(inside)), len(inside)
            error = np.sqrt(max(part * (1 - part), 0.5 / n) / n)
            print(f"| {therapists} | {name} | {n} | {part:.3f} ({error:.3f}) |", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
