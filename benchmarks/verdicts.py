"""Do the verdicts of Model lab name what is wrong by its name, and keep still where nothing is?

    python -m benchmarks.verdicts               # 200 sets a condition: some twenty minutes
    python -m benchmarks.verdicts --sets 40     # a look

30 therapists with 6 patients each and 8 sessions a patient. y = 20 - .5 al - .5 s + .3 w +
therapist (SD 2) + patient (SD 1.5) + residual (SD 2); al varies by session and patient, w by
patient, s is the session. Fitted: y ~ al + s + w + (1 | th/pat). One thing at a time is made wrong.
named: sets in which the verdict that stands beside the condition is no 'fine'. others: sets in
which any other verdict isn't; in clean sets these are false alarms.
"""

import argparse
import os
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.questions.lab.examine import examine
from analysis.questions.lab.question import ModelQuestion

FORMULA = "y ~ al + s + w + (1 | th/pat)"
# Condition -> the check that should name it.
CONDITIONS = {
    "clean": "",
    "residuals follow each other, .4": "serial correlation",
    "slope of s differs between patients": "omitted slopes",
    "slope of al differs between therapists": "omitted slopes",
    "one therapist 5 SD out": "variances without each 'th'",
    "bend along al, t > 6": "bends along predictors",
    "VIF of 10": "collinearity",
}
THERAPISTS, PATIENTS, SESSIONS = 30, 6, 8
SDS = {"th": 2.0, "pat": 1.5, "residual": 2.0}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", type=int, default=200)
    parser.add_argument("--only", default="", help="conditions that hold this text")
    options = parser.parse_args()
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    print(
        "| condition | sets | named | others | which others |\n| --- |" + " ---: |" * 3 + " --- |"
    )
    for condition in CONDITIONS:
        if options.only in condition:
            print(row(condition, options.sets), flush=True)


def row(condition: str, sets: int) -> str:
    asked, named, others, which = CONDITIONS[condition], 0, 0, {}
    for seed in range(sets):
        alarms = alarms_of(made(condition, seed))
        named += asked in alarms
        rest = alarms - {asked}
        others += bool(rest)
        for name in rest:
            which[name] = which.get(name, 0) + 1
    told = ", ".join(f"{n} {c}" for n, c in sorted(which.items(), key=lambda x: -x[1]))
    share = f"{named / sets:.3f}" if asked else "–"
    return f"| {condition} | {sets} | {share} | {others / sets:.3f} | {told} |"


def alarms_of(frame: pd.DataFrame) -> set[str]:
    """The checks whose verdict is no 'fine'."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        frame.to_parquet(path)
        found = examine(ModelQuestion(FORMULA, str(path)), replicates=0)
    return {name for name, verdict in found.verdicts() if verdict.grade != "fine"}


def made(condition: str, seed: int) -> pd.DataFrame:
    """One row a session: y, al, s, w, th, pat."""
    rng = np.random.default_rng([20261128, list(CONDITIONS).index(condition), seed])
    pat = np.repeat(np.arange(THERAPISTS * PATIENTS), SESSIONS)
    th, s = pat // PATIENTS, np.tile(np.arange(SESSIONS, dtype=float), THERAPISTS * PATIENTS)
    al = rng.normal(size=len(pat)) + 0.6 * rng.normal(size=pat.max() + 1)[pat]
    w = rng.normal(size=pat.max() + 1)[pat]
    therapist = SDS["th"] * rng.normal(size=THERAPISTS)
    residual = rng.normal(size=len(pat))
    if condition.startswith("one therapist"):
        therapist[0] = 5 * SDS["th"] * rng.choice([-1, 1])
    if condition.startswith("residuals"):
        residual = following(residual, s, 0.4)
    if condition.startswith("VIF"):
        w = np.sqrt(0.9) * al + np.sqrt(0.1) * np.sqrt(1.36) * rng.normal(size=len(pat))
    y = 20 - 0.5 * al - 0.5 * s + 0.3 * w + therapist[th] + SDS["residual"] * residual
    y += SDS["pat"] * rng.normal(size=pat.max() + 1)[pat]
    if condition.startswith("slope of s"):
        y += 0.4 * rng.normal(size=pat.max() + 1)[pat] * (s - s.mean())
    if condition.startswith("slope of al"):
        y += 0.5 * rng.normal(size=THERAPISTS)[th] * al
    if condition.startswith("bend"):
        y += 0.32 * (al**2 - 1.36)
    frame = dict(y=y, al=al, s=s, w=w)
    frame |= dict(th=[f"t{i:02d}" for i in th], pat=[f"p{i:03d}" for i in pat])
    return pd.DataFrame(frame)


def following(noise: np.ndarray, s: np.ndarray, r: float) -> np.ndarray:
    """The same noise with each row r times the one before it, of variance one."""
    out = noise.copy()
    for i in range(1, len(out)):
        if s[i] > 0:
            out[i] = r * out[i - 1] + np.sqrt(1 - r**2) * noise[i]
    return out


if __name__ == "__main__":
    main()
