"""What each command costs beside another state of the repository: processor seconds, side by side.

    git worktree add ../before v0.1.0
    python -m benchmarks.beside ../before [--repeat 5] [--rows 500000] [--only fit report]

Each state answers in processes of its own with a store of its own, in turn, after one round that is
not counted. Counted are the user and system seconds of the whole command, imports and children
included, which a busy machine disturbs less than the clock; printed are medians, and the median of
the ratios, each of one round. What both answer must be the same question: where the newer one's
answer is more by default, the options here ask it for the older one's.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import duckdb

ROOT = Path(__file__).resolve().parents[1]
INSTEVAL = ROOT / "tests" / "reference" / "data" / "insteval.parquet"
FORMULA = "y ~ x0 + x1 + x2 + (1 | therapist/patient)"
CROSSED = "y ~ service + (1 | s) + (1 | d) + (1 | dept)"
LAB = "phq9 ~ weeks_since_intake + (1 | therapist/episode)"
SHARES = ["--adjust", "intake", "--window", "3", "5", "--bootstrap", "200", "--json"]
# What is timed: a name, and the words behind `python -m`. {folder} is one for both states, {own}
# one for each.
ASKED = {
    "demo": "analysis demo --json",
    "fit CSV": f"analysis fit;{FORMULA};--data {{folder}}/rows.csv --json",
    "fit Parquet": f"analysis fit;{FORMULA};--data {{folder}}/rows.parquet --json",
    "fit demo": f"analysis fit;{LAB};--data demo --json",
    "partition end": "analysis partition demo --question end " + " ".join(SHARES),
    "partition next": "analysis partition demo --question next " + " ".join(SHARES),
    "moments": f"analysis moments {{folder}}/rows.csv;{FORMULA};--patient patient "
    "--out {own}/north.sums --json",
    "moments Parquet": f"analysis moments {{folder}}/south.parquet;{FORMULA};--patient patient "
    "--out {own}/south.sums --json",
    "pool": "analysis pool {own}/north.sums {own}/south.sums --json",
    "import": "analysis import {clinic} {folder}/clinic.csv --json",
    "report": "analysis report demo --format html,pdf,xlsx,docx --bootstrap 200 "
    "--out {own}/reports --json",
    "documents": "benchmarks.report_speed --runs 3",
    "outcomes page": "benchmarks.outcomes_speed --episodes 20000",
    "crossed": f"analysis fit;{CROSSED};--data {INSTEVAL} --json",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("before", type=Path)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--only", nargs="+", default=[""], help="beginnings of names")
    options = parser.parse_args()
    trees = (options.before.resolve(), ROOT)
    print("| asked | before, s | now, s | now / before |\n| --- | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        make_files(Path(folder), options.rows)
        for name, words in ASKED.items():
            if name == "demo" or name.startswith(tuple(options.only)):
                print(_row(name, words, trees, folder, options.repeat), flush=True)


def make_files(folder: Path, rows: int) -> None:
    """Ten rows a patient as CSV and Parquet, half of them as another site's; an export."""
    noise = ", ".join(f"round(random() * 6 - 3, 4) AS {name}" for name in ("x0", "x1", "x2", "e"))
    keys = "i // 200 AS therapist, i // 10 AS patient, i % 10 AS session"
    made = f"SELECT {keys}, {noise} FROM range({rows}) AS t(i)"
    outcome = "round(.3 * x0 + .2 * x1 + sin(patient) + sin(therapist) / 2 + e, 4) AS y"
    clinic = (
        "SELECT 'C' || therapist % 4 AS clinic, 'T' || therapist AS therapist, 'P' || patient AS "
        "patient, session, DATE '2020-01-01' + (therapist + 7 * session)::INTEGER AS date, "
        "(13 + 4 * x0)::INTEGER AS phq9 FROM rows WHERE therapist % 10 = 0 ORDER BY ALL"
    )
    with duckdb.connect() as connection:
        connection.execute("SELECT setseed(.5)")
        connection.execute(f"CREATE TABLE rows AS SELECT *, {outcome} FROM ({made})")
        south = "FROM rows WHERE therapist % 2 = 0"
        files = {"rows.csv": "FROM rows", "rows.parquet": "FROM rows", "south.parquet": south}
        for name, query in (files | {"clinic.csv": clinic}).items():
            connection.execute(f"COPY ({query}) TO '{folder / name}'")


def _row(name: str, words: str, trees: tuple[Path, Path], folder: str, repeat: int) -> str:
    rounds = [[_seconds(tree, words, folder) for tree in trees] for _ in range(repeat + 1)][1:]
    before, now = (median(each) for each in zip(*rounds, strict=True))
    ratio = median(new / old for old, new in rounds)
    return f"| {name} | {before:.2f} | {now:.2f} | {ratio:.2f} |"


def _seconds(tree: Path, words: str, folder: str) -> float:
    own = Path(folder) / tree.name
    own.mkdir(exist_ok=True)
    parts = words.split(";")
    command = [p for i, part in enumerate(parts) for p in ([part] if i % 2 else part.split())]
    command = [p.format(folder=folder, own=own, clinic=f"c{os.urandom(4).hex()}") for p in command]
    environment = os.environ | {"RAPPORT_STORE": str(own / "store"), "PYTHONPATH": "."}
    if "--out" in command:
        out = Path(command[command.index("--out") + 1])
        shutil.rmtree(out) if out.is_dir() else out.unlink(missing_ok=True)
    began = _used()
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=tree, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{tree}: {' '.join(command)}\n{done.stderr[-2000:]}")
    return _used() - began


def _used() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
