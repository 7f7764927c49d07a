"""Beside lme4, mixedlm, lme_python, statsmodels and gpboost: same rows, same model, one run.

    python -m benchmarks.peers                     # 10,000 and 100,000 sessions: some ten minutes
    python -m benchmarks.peers --sessions 1000000  # an hour

Each program fits in a process of its own, in turn, after a small fit that warms it up. Rapport
three times: from a closed dataset in its store to estimates with Satterthwaite's degrees of
freedom (a logistic model's with checks and average effects); the same asked once more, with the
dataset open; its search alone, from sums in memory (a logistic model from rows). The others: their
fit alone, rows in memory / with reading the same rows, from Parquet by pandas or polars, R its own
RDS; lme4 without degrees of freedom. Medians over the repeats. A program that
is absent, cannot fit the model, or takes longer than the limit is named below the table. Two are
not among the requirements: `pip install gpboost lme-python` where they are wanted. `--processor`
counts seconds of the processor, with one thread of linear algebra: what holds on a machine that
others use, too. Rows are made up, with a fixed seed.
"""

import argparse
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

from benchmarks.peer_programs import (
    BOOTSTRAP_IN_R,
    BOOTSTRAPPED,
    BOOTSTRAPPED_IN_R,
    FIXED,
    IN_R,
    ONE,
    OURS,
    PREDICTORS,
    PROGRAMS,
    import_rows,
)


@dataclass(frozen=True)
class Design:
    """random: the formula's random part. groups: its grouping columns, innermost first."""

    name: str
    random: str
    groups: tuple[str, ...]
    slope: bool
    regular: bool = True
    family: str = "gaussian"


DESIGNS = (
    Design("2 levels", "(1 | patient)", ("patient",), False),
    Design("2 levels, slope", "(week | patient)", ("patient",), True),
    Design("3 levels", "(1 | therapist) + (1 | patient)", ("patient", "therapist"), False),
    Design("3 levels, slope", "(1 | therapist) + (week | patient)", ("patient", "therapist"), True),
    Design(
        "3 levels, slope, irregular times",
        "(1 | therapist) + (week | patient)",
        ("patient", "therapist"),
        True,
        False,
    ),
    Design("crossed", "(1 | patient) + (1 | session)", ("patient", "session"), False),
    Design("logistic", "(1 | patient)", ("patient",), False, family="binomial"),
)
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "RAYON_NUM_THREADS")
MANY_GROUPS = Design("2 levels, 125,000 groups", "(1 | patient)", ("patient",), False)


def main() -> None:
    options = _options()
    if options.one:
        print(json.dumps(ONE[options.one](*options.rest)))
        return
    print(machine() + " Seconds of the processor." * options.processor)
    if options.processor:
        os.environ |= dict.fromkeys(ONE_THREAD, "1")
    print("\n| " + " | ".join(["model", "sessions", *PROGRAMS]) + " |")
    print("| --- |" + " ---: |" * (len(PROGRAMS) + 1))
    notes: dict[str, None] = {}
    with tempfile.TemporaryDirectory() as folder:
        for sessions in options.sessions:
            for design in DESIGNS:
                compare(Path(folder), design, made(sessions, design.regular), options, notes)
        if not options.few:
            compare(Path(folder), MANY_GROUPS, many_groups(), options, notes)
    print("\n" + "\n".join(f"- {note}" for note in notes))
    if not options.few:
        print("\n" + bootstrap(options.limit))


def compare(folder: Path, design: Design, frame: pd.DataFrame, options, notes) -> None:
    """Prints one row of the table; adds to `notes` what is absent and where criteria differ."""
    formula = f"{FIXED} + {design.random}"
    if design.family == "binomial":
        formula = formula.replace("y ~", "happened ~", 1)
    used = [*PREDICTORS, "y", "happened", "week", "session"]
    keys = ["therapist", "patient"]
    frame.to_parquet(folder / "rows.parquet")
    frame[:200].to_parquet(folder / "small.parquet")
    if not options.only or "lme4" in options.only:
        frame.to_csv(folder / "rows.csv", index=False)
    import_rows(folder / "rows.parquet", folder / "store", used, keys)
    times: dict[str, list[tuple[float, ...]]] = {p: [] for p in PROGRAMS}
    counted = "processor" if options.processor else "seconds"
    criteria: dict[str, float] = {}
    gone: set[str] = set()  # who could not, or took too long, is not asked again
    for program in PROGRAMS * options.repeats:
        left_out = options.only and program not in (*OURS, *options.only)
        if left_out or program in gone or len(frame) > options.most.get(program, 10**12):
            continue
        found = run(program, folder, formula, design, options.limit)
        if isinstance(found, str):
            notes[f"{program}, {design.name}, {len(frame):,} sessions: {found}"] = None
            gone.add(program)
            continue
        fit, read = found[counted], found.get(f"read_{counted}")
        times[program].append((fit,) if read is None else (fit, read + fit))
        criteria[program] = found["criterion"]
    cells = [" / ".join(f"{median(of):.3g}" for of in zip(*t, strict=True)) for t in times.values()]
    cells = [design.name, f"{len(frame):,}", *(cell or "–" for cell in cells)]
    print("| " + " | ".join(cells) + " |", flush=True)
    for program, value in criteria.items():
        if abs(value - criteria["rapport"]) > 1e-6 * abs(value):
            notes[
                f"{program}, {design.name}, {len(frame):,} sessions: criterion {value:.6f}, "
                f"Rapport's {criteria['rapport']:.6f}"
            ] = None


def run(program: str, folder: Path, formula: str, design: Design, limit: float) -> dict | str:
    """What the program found, or why it found nothing."""
    if program == "lme4":
        if shutil.which("Rscript") is None:
            return "Rscript is absent"
        command = ["Rscript", "-e", IN_R, str(folder / "rows.csv"), formula, design.family]
    else:
        library = "analysis" if program in OURS else program
        if importlib.util.find_spec(library) is None:
            return f"{library} is not installed"
        if program == "statsmodels" and len(design.groups) > 1:
            return "several groupings need indicator columns there, and hours"
        if program == "statsmodels" and design.family == "binomial":
            return "it has no maximum likelihood for one"
        rows = str(folder / "store") if program in OURS else str(folder / "rows.parquet")
        command = [
            sys.executable,
            "-m",
            "benchmarks.peers",
            "--one",
            program,
            rows,
            formula,
            "|".join(design.groups),
            str(int(design.slope)),
            design.family,
        ]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=limit, check=False, env=os.environ
        )
    except subprocess.TimeoutExpired:
        return f"longer than {limit:.0f} s"
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        return "failed: " + (done.stderr.strip().splitlines() or ["no output"])[-1][:120]
    return json.loads(lines[-1])


def bootstrap(limit: float) -> str:
    """The parametric bootstrap of sleepstudy's model beside bootMer."""
    command = [sys.executable, "-m", "benchmarks.peers", "--one", "bootstrap", str(BOOTSTRAPPED)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=limit)
    ours = json.loads(done.stdout.splitlines()[-1])
    said = (
        f"Parametric bootstrap of sleepstudy's model: {BOOTSTRAPPED:,} refits in "
        f"{ours['seconds']:.2f} s, {ours['failed']} failed."
    )
    if shutil.which("Rscript") is None:
        return said + " Rscript is absent: no bootMer beside it."
    command = ["Rscript", "-e", BOOTSTRAP_IN_R, str(BOOTSTRAPPED_IN_R)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=limit)
    if done.returncode:
        return said + " lme4 is absent: no bootMer beside it."
    theirs = json.loads(done.stdout.splitlines()[-1])
    each = [ours["seconds"] / BOOTSTRAPPED, theirs["seconds"] / BOOTSTRAPPED_IN_R]
    return said + (
        f" bootMer of lme4 {theirs['version']}: {BOOTSTRAPPED_IN_R} in {theirs['seconds']:.2f} s, "
        f"{each[1] / each[0]:.0f} times as long for each."
    )


def made(sessions: int, regular: bool, seed: int = 1) -> pd.DataFrame:
    """About so many rows: treatments of 3 to 16 sessions, 20 patients a therapist. week: 0, 1, 2 …
    or, irregular, each its own."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(3, 17, size=max(sessions * 2 // 19, 4))
    return _frame(rng, lengths, regular)


def many_groups(groups: int = 125_000) -> pd.DataFrame:
    """Two or three rows a group, as in statsmodels' issue 9097."""
    rng = np.random.default_rng(2)
    return _frame(rng, rng.integers(2, 4, size=groups), True)


def _frame(rng, lengths: np.ndarray, regular: bool) -> pd.DataFrame:
    patient = np.repeat(np.arange(len(lengths)), lengths)
    therapist = patient // 20
    session = np.arange(len(patient)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    week = session + (0 if regular else rng.uniform(-0.4, 0.4, size=len(session)))
    x = rng.normal(size=(len(patient), len(PREDICTORS)))
    start, slope = 4 * rng.normal(size=len(lengths)), 0.3 * rng.normal(size=len(lengths))
    y = 15 - 0.4 * week + x @ np.linspace(-0.5, 0.5, len(PREDICTORS)) + 3 * rng.normal(size=len(x))
    y += start[patient] + slope[patient] * week + rng.normal(size=therapist.max() + 1)[therapist]
    logit = 0.2 * (y - y.mean()) - 0.5
    return pd.DataFrame(x, columns=PREDICTORS).assign(
        y=y,
        happened=(rng.random(len(y)) < 1 / (1 + np.exp(-logit))).astype(int),
        week=week.astype(float),
        session=session + 1,
        patient=np.char.add("p", patient.astype(str)),
        therapist=np.char.add("t", therapist.astype(str)),
    )


def machine() -> str:
    """Processor, cores, memory and the versions of what was compared."""
    import importlib.metadata as metadata

    cpu = platform_name()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    found = []
    for package in ("numpy", "scipy", "duckdb", "mixedlm", "lme-python", "statsmodels", "gpboost"):
        try:
            found.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            found.append(f"no {package}")
    python = sys.version.split()[0]
    return f"{cpu}, {os.cpu_count()} cores, {memory:.0f} GB; Python {python}, {', '.join(found)}."


def platform_name() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    return next((line.split(": ")[1] for line in lines if line.startswith("model name")), "a CPU")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", nargs="+", type=int, default=[10_000, 100_000])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--limit", type=float, default=300, help="seconds for one fit")
    parser.add_argument("--processor", action="store_true", help="seconds of the processor")
    parser.add_argument("--few", action="store_true", help="without many groups and bootstrap")
    parser.add_argument("--only", nargs="+", choices=PROGRAMS, help="Rapport and these alone")
    parser.add_argument("--one", choices=tuple(ONE), help=argparse.SUPPRESS)
    parser.add_argument("rest", nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_args()
    # Larger ones would take hours: 54 s at 95,000 rows with a slope.
    options.most = {"statsmodels": 20_000}
    return options


if __name__ == "__main__":
    main()
