"""How long a partition with intervals takes, beside a loop over lme4's fits.

    python benchmarks/partition_speed.py [--replicates 1000] [--fits 3]

Makes demos with some 6,000 complete episodes and 10,000 complete sessions, and asks for the
partition of five factors (32 models) with intervals from that many resampled clusters: the whole
call, from the dataset to the answer. Beside it: a few of the same models by lme4 on the same rows,
timed in R and multiplied by 32 times (1 + replicates). Without Rscript and lme4 that part is left
out, and said so. Prints a Markdown table; processor seconds tell what a busy machine hides.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from analysis.demo import make_demo
from analysis.questions.partition.answer import partition
from analysis.questions.partition.rows.prepare import prepare
from analysis.questions.scope import Scope
from analysis.store.versions import catalogue
from analysis.store.versions.dataset import open_dataset

FACTORS = ("alliance", "practice", "technique", "expectancy", "extra-therapeutic")
# question -> episodes of a demo that has about 6,000 complete episodes or 10,000 sessions.
EPISODES = {"end": 6600, "next": 4900, "growth": 3000}
R = """
suppressPackageStartupMessages(library(lme4))
d <- read.csv("{rows}"); d$patient <- factor(d$patient)
x <- grep("^x", names(d), value = TRUE)
random <- "{random}"
seconds <- sapply(seq_len({fits}), function(k) {{
  used <- head(x, round(length(x) * k / {fits}))
  f <- as.formula(paste("y ~", paste(used, collapse = " + "), random))
  system.time(lmer(f, d, control = lmerControl(calc.derivs = FALSE)))[["elapsed"]]
}})
cat(mean(seconds))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replicates", type=int, default=1000)
    parser.add_argument("--questions", nargs="+", choices=list(EPISODES), default=list(EPISODES))
    parser.add_argument("--growth-replicates", type=int, default=200)
    parser.add_argument("--fits", type=int, default=3, help="by lme4, of each question")
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, {len(FACTORS)} factors, {2 ** len(FACTORS)} models\n")
    print(
        "| Question | rows | resamples | ours, s | of processors, s | one lme4 fit, s "
        "| the loop, scaled, s | ratio |"
    )
    print("| --- |" + " ---: |" * 7)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RAPPORT_STORE"] = folder
        for question in options.questions:
            make_demo(question, EPISODES[question], 1)
            print(row(question, options, Path(folder)), flush=True)
    if not shutil.which("Rscript"):
        print("\nRscript was not found: nothing to compare with (Debian: r-base-core r-cran-lme4).")


def row(question: str, options, folder: Path) -> str:
    """One line of the table."""
    replicates = options.growth_replicates if question == "growth" else options.replicates
    scope = Scope(question, question=question, factors=FACTORS, bootstrap=replicates)
    began, worked = time.perf_counter(), time.process_time()
    answer = partition(scope)
    ours, worked = time.perf_counter() - began, time.process_time() - worked
    one, fits = by_lme4(scope, options.fits, folder), 2 ** len(FACTORS) * (1 + replicates)
    theirs = ["–"] * 3
    if one is not None:
        theirs = [f"{one:.2f}", f"{one * fits:,.0f}", f"{one * fits / ours:,.0f}"]
    cells = [question, f"{answer.rows:,}", f"{replicates:,}", f"{ours:.1f}", f"{worked:.1f}"]
    return f"| {' | '.join(cells + theirs)} |"


def by_lme4(scope: Scope, fits: int, folder: Path) -> float | None:
    """Mean seconds of one fit by lme4 of the same rows, models from small to full."""
    if not shutil.which("Rscript"):
        return None
    rows = folder / f"{scope.question}.csv"
    with open_dataset(catalogue.find(scope.dataset)) as dataset, dataset.cursor() as cursor:
        prepared = prepare(dataset, cursor, scope)
        names = [c for c in columns(cursor, prepared) if c[:1] == "x"]
        random = " ".join(f"+ (1 | {g})" for g in prepared.moments.groupings)
        picked = "y, patient, therapist, clinic, " + ", ".join(names)
        if prepared.time:
            picked += ", t, " + ", ".join(f"{n} * t AS {n}_t" for n in names)
            around = prepared.moments.groupings[1:]
            random = "+ t + I(t^2) + (t | patient) " + " ".join(f"+ (t || {g})" for g in around)
        cursor.execute(f"SELECT {picked} FROM parts").df().to_csv(rows, index=False)
    script = R.format(rows=rows, random=random, fits=fits)
    done = subprocess.run(["Rscript", "-e", script], capture_output=True, text=True, check=False)
    return float(done.stdout) if done.returncode == 0 else None


def columns(cursor, prepared) -> list[str]:
    """The columns of the rows that the model was made from."""
    described = cursor.execute("DESCRIBE parts").fetchall()
    return [name for name, *_ in described]


if __name__ == "__main__":
    main()
