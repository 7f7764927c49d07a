"""Random logistic mixed models against glmer's best of two optimisers: is any fit worse?

    python -m benchmarks.random_fits_logistic               # 360 sets, ten minutes; needs lme4
    python -m benchmarks.random_fits_logistic --sets 40     # a look
    python -m benchmarks.random_fits_logistic --store FILE  # and keep the sets and R's answers

Kinds: a random intercept, a slope with its correlation, a slope without, crossed and nested
groupings, shares of several trials. SDs 0 to 4 on the logit scale, 2 to 10 rows a group (slopes 4
to 10), the outcome's rate from rare to even. A fit is worse where its -2 log-likelihood lies more
than 1e-3 above the lower of glmer's (bobyqa and Nelder_Mead, modes sought to 1e-10). Refusals
must name separation.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.base.errors import RapportError
from analysis.questions.lab.binary import fit_binary
from benchmarks.simulations import markdown

WORSE = 1e-3
SDS = (0.0, 0.3, 1.0, 2.0, 3.0, 4.0)
FORMULAS = {
    "intercept": "y ~ x + w + (1 | g)",
    "slope": "y ~ x + w + (x | g)",
    "slope, no correlation": "y ~ x + w + (x || g)",
    "crossed": "y ~ x + w + (1 | g) + (1 | h)",
    "nested": "y ~ x + w + (1 | h/g)",
    "trials": "y ~ x + w + (1 | g)",
}
R = Path(__file__).with_suffix(".R")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", type=int, default=360)
    parser.add_argument("--first", type=int, default=0, help="the first seed, to run in slices")
    parser.add_argument("--store", type=Path)
    options = parser.parse_args()
    seeds = range(options.first, options.first + options.sets)
    with tempfile.TemporaryDirectory() as folder:
        jobs = [written(Path(folder), seed) for seed in seeds]
        theirs = glmers(Path(folder), jobs)
        rows = [compared(job, theirs) for job in jobs]
        if options.store:
            store(options.store, jobs, rows)
    table = pd.DataFrame(rows)
    print(markdown(summary(table).round(6).to_dict("records")))
    odd = table[(table["verdict"] == "worse") | (table["verdict"] == "did not settle")]
    if len(odd):
        print(markdown(odd.to_dict("records")))


def made(seed: int) -> tuple[str, pd.DataFrame]:
    """The kind and the rows of one set."""
    rng = np.random.default_rng([10, seed])
    kind = list(FORMULAS)[seed % len(FORMULAS)]
    sd, other = rng.choice(SDS), rng.choice(SDS)
    groups = int(rng.integers(15, 80))
    least = 4 if kind.startswith("slope") else 2
    most = rng.choice([least + 1, 10])  # half of the sets have small groups only
    g = np.repeat(np.arange(groups), rng.integers(least, most + 1, groups))
    x, w = rng.normal(size=len(g)).round(3), rng.integers(0, 2, len(g)).astype(float)
    far = rng.choice([0.0, 3.0, -10.0])
    logit = rng.normal(-1, 1) + rng.normal(0, 0.7) * x + rng.normal(0, 0.7) * w
    logit += sd * rng.normal(size=groups)[g]
    h = rng.integers(0, int(rng.integers(5, 25)), len(g))
    if kind == "nested":
        h = g // 5
    if kind in ("crossed", "nested"):
        logit += other * rng.normal(size=h.max() + 1)[h]
    if kind.startswith("slope"):
        logit += other * rng.normal(size=groups)[g] * x
    size = rng.integers(1, 9, len(g)) if kind == "trials" else np.ones(len(g), int)
    hits = rng.binomial(size, 1 / (1 + np.exp(-logit)))
    return kind, pd.DataFrame(dict(y=hits / size, x=(x + far).round(3), w=w, size=size, g=g, h=h))


def written(folder: Path, seed: int) -> dict:
    kind, frame = made(seed)
    path = folder / f"{seed}.csv"
    names = dict(g="g" + frame["g"].astype(str), h="h" + frame["h"].astype(str))
    frame.assign(**names).to_csv(path, index=False, float_format="%.17g")
    formula = FORMULAS[kind]
    return dict(seed=seed, kind=kind, formula=formula, path=str(path), weighted=kind == "trials")


def glmers(folder: Path, jobs: list[dict]) -> dict[int, dict]:
    """Seed -> glmer's -2 log-likelihood by each optimiser, None where it failed."""
    asked, answered = folder / "jobs.json", folder / "answers.json"
    asked.write_text(json.dumps(jobs))
    env = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    subprocess.run(["Rscript", str(R), str(asked), str(answered)], check=True, env=env)
    return {row["seed"]: row for row in json.loads(answered.read_text())}


def compared(job: dict, theirs: dict[int, dict]) -> dict:
    """One set's row: both values and the verdict."""
    found = [theirs[job["seed"]].get(o) for o in ("bobyqa", "Nelder_Mead")]
    best = min((v for v in found if v is not None), default=np.nan)
    row = dict(seed=job["seed"], kind=job["kind"], glmer=best)
    began = time.perf_counter()
    try:
        fit = fit_binary(job["formula"], job["path"], weights="size" if job["weighted"] else "")
    except RapportError as error:
        verdict = "named as separated" if "separation" in str(error) else f"refused: {error.what}"
        return row | dict(ours=np.nan, difference=np.nan, verdict=verdict, seconds=0.0)
    difference = fit.criterion - best
    verdict = "equal"
    if not fit.status.converged:
        verdict = "did not settle"
    elif difference > WORSE:
        verdict = "worse"
    elif difference < -WORSE:
        verdict = "better"
    elif np.isnan(best):
        verdict = "glmer failed"
    seconds = time.perf_counter() - began
    sds = " ".join(f"{r.sd:.3g}" for r in fit.random)
    return row | dict(
        ours=fit.criterion, difference=difference, verdict=verdict, seconds=seconds, sds=sds
    )


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """One row a kind: sets, the verdicts, the largest difference up, the median seconds."""
    counts = pd.crosstab(table["kind"], table["verdict"])
    out = table.groupby("kind").agg(
        sets=("seed", "size"),
        highest=("difference", "max"),
        lowest=("difference", "min"),
        seconds=("seconds", "median"),
    )
    return out.join(counts).reset_index()


def store(path: Path, jobs: list[dict], rows: list[dict]) -> None:
    """The sets and R's answers, for a test that needs no R."""
    kept = []
    for job, row in zip(jobs, rows, strict=True):
        frame = made(job["seed"])[1].drop(columns=[] if job["weighted"] else ["size"])
        columns = frame.astype(dict(w=int) | ({} if job["weighted"] else dict(y=int)))
        told = {k: job[k] for k in ("seed", "formula", "weighted")}
        kept.append(told | dict(glmer=row["glmer"], rows=columns.to_dict("list")))
    lines = ",\n".join(json.dumps(k, separators=(",", ":")) for k in kept)
    path.write_text(f"[{lines}]\n")


if __name__ == "__main__":
    main()
