"""How long `fit` takes as the sessions grow, beside a GROUP BY of the same rows, mixedlm and lme4.

    python -m benchmarks.scale [sessions …] [--repeat 5] [--peers-up-to 100000]

Model: y ~ 10 predictors + (1 | therapist) + (week | patient), REML, Satterthwaite; default 10,000,
100,000 and 1,000,000 sessions, and 125,000 groups of three rows with a random intercept
(statsmodels' issue 9097). Each size is written as a dataset below a temporary folder. A process of
its own fits each, in turn with one `GROUP BY patient` of the model's 11 sums, after a small fit
that imports the libraries; its peak memory is the highest of the whole process. Seconds and ratios
are medians over the repetitions. Rapport is timed from the dataset to the estimates, mixedlm from
a data frame in memory, lme4 for its fit alone. All criteria are printed: a faster wrong answer is
no answer. Peers run up to the given size, since lme4 needs minutes for a million rows.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

PREDICTORS = [f"x{i}" for i in range(10)]
FORMULA = f"y ~ {' + '.join(PREDICTORS)} + (1 | therapist) + (week | patient)"
GROUPS = "y ~ x0 + (1 | patient)"
CHUNK = 100_000  # patients made at a time
IN_R = """
suppressMessages(library(lme4))
data <- read.csv(commandArgs(TRUE)[1], colClasses = c(patient = "character",
                                                      therapist = "character"))
seconds <- system.time(suppressMessages(suppressWarnings(
  fit <- lmer(as.formula(commandArgs(TRUE)[2]), data))))[["elapsed"]]
cat(sprintf('{"seconds": %.3f, "criterion": %.9f, "version": "%s"}\\n', seconds,
            REMLcrit(fit), packageVersion("lme4")))
"""


def main() -> None:
    options = _options()
    if options.one:
        print(json.dumps(_measured(options.one, options.formula, options.repeat)))
        return
    if options.mixedlm:
        print(json.dumps(_mixedlm(options.mixedlm, options.formula)))
        return
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores; load {load:.1f}")
    heads = (
        "rows",
        "patients",
        "rapport",
        "moments + fit",
        "peak MB",
        "rapport / GROUP BY",
        "mixedlm / rapport",
        "lme4 / rapport",
    )
    print("| " + " | ".join(heads) + " |\n|" + " ---: |" * len(heads))
    notes = [_row(size, FORMULA, (3, 16), options) for size in options.sessions]
    notes.append(_row(375_000, GROUPS, (3, 3), options))
    print("\n" + "\n".join(note for rows in notes for note in rows))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale")
    parser.add_argument("sessions", nargs="*", type=int, default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--peers-up-to", type=int, default=100_000)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--mixedlm", help=argparse.SUPPRESS)
    parser.add_argument("--formula", default=FORMULA, help=argparse.SUPPRESS)
    return parser.parse_args()


def _row(size: int, formula: str, lengths: tuple[int, int], options) -> list[str]:
    """Prints one row of the table; returns the notes below it."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RAPPORT_STORE"] = str(Path(folder) / "store")
        patients = max(round(size / np.mean(lengths)), 4)
        with_peers = size <= options.peers_up_to
        _write("small", 100, (3, 16), None)
        path = Path(folder) / "rows.parquet" if with_peers else None
        rows = _write("made", patients, lengths, path)
        ours = _child("--one", "made", "--formula", formula, "--repeat", str(options.repeat))
        peers = _peers(path, formula) if with_peers else {}
    cells = [
        f"{rows:,}",
        f"{patients:,}",
        f"{ours['seconds']:.2f} s",
        f"{ours['moments']:.2f} + {ours['fit']:.2f} s",
        f"{ours['peak_mb']:,}",
        f"{ours['per_group_by']:.1f}",
        *(
            f"{p['seconds'] / ours['seconds']:.1f}" if (p := peers.get(n)) else "–"
            for n in ("mixedlm", "lme4")
        ),
    ]
    print("| " + " | ".join(cells) + " |", flush=True)
    said = [f"Rapport {ours['criterion']:.6f} (one GROUP BY patient: {ours['group_by']:.2f} s)"]
    said += [
        f"{n} {p['version']} {p['criterion']:.6f} in {p['seconds']:.2f} s"
        for n, p in peers.items()
        if p
    ]
    absent = [n for n, p in peers.items() if not p]
    said += [f"not timed, because it is not installed: {', '.join(absent)}"] if absent else []
    said += [] if with_peers else ["peers not asked at this size"]
    return [f"{rows:,} rows, REML criterion: {'; '.join(said)}"]


def made(patients: int, lengths: tuple[int, int], seed: int = 1) -> Iterator[pa.Table]:
    """Rows of `patients`, by chunks: 20 patients a therapist, sessions between `lengths`."""
    rng = np.random.default_rng(seed)
    of_therapist = rng.normal(size=patients // 20 + 1)
    for start in range(0, patients, CHUNK):
        n = min(CHUNK, patients - start)
        sessions = rng.integers(lengths[0], lengths[1] + 1, size=n)
        who = np.repeat(np.arange(n), sessions)
        week = (np.arange(len(who)) - np.repeat(np.cumsum(sessions) - sessions, sessions)) * 1.0
        x = rng.normal(size=(len(who), len(PREDICTORS)))
        level, slope = 4 * rng.normal(size=n), 0.3 * rng.normal(size=n)
        therapist = (start + np.arange(n)) // 20
        y = (
            15
            - 0.4 * week
            + x @ np.linspace(-0.5, 0.5, len(PREDICTORS))
            + (
                3 * rng.normal(size=len(who))
                + (level + of_therapist[therapist])[who]
                + slope[who] * week
            )
        )
        names = pa.array([f"P{start + k:07d}" for k in range(n)])
        treating = pa.array([f"T{k:06d}" for k in therapist])
        yield pa.table(
            {
                "patient": names.take(pa.array(who)),
                "therapist": treating.take(pa.array(who)),
                "session": (week + 1).astype(np.int32),
                "week": week,
                "y": y,
            }
            | {name: x[:, i] for i, name in enumerate(PREDICTORS)}
        )


def _write(name: str, patients: int, lengths: tuple[int, int], path: Path | None) -> int:
    """A dataset of one clinic, and the same rows as Parquet; returns the number of rows."""
    from analysis.measures.variables import Variable
    from analysis.store.versions.dataset import new_version

    values = ["week", "y", *PREDICTORS]
    file = None
    with new_version(name) as writer:
        writer.add_variables(Variable(v, v, "session") for v in values)
        run = writer.connection.execute
        for table in made(patients, lengths):
            writer.connection.register("chunk", table)
            columns = "patient, patient, therapist"
            run(
                "INSERT INTO episode (episode, patient, therapist) "
                f"SELECT DISTINCT {columns} FROM chunk ORDER BY patient"
            )
            picked = ", ".join(values)
            run(
                f"INSERT INTO session (episode, session, {picked}) "
                f"SELECT patient, session, {picked} FROM chunk"
            )
            writer.connection.unregister("chunk")
            if path:
                file = file or pq.ParquetWriter(path, table.schema)
                file.write_table(table)
        run("INSERT INTO clinic VALUES ('C1')")
        run("INSERT INTO therapist SELECT DISTINCT therapist, 'C1' FROM episode")
    if file:
        file.close()
    return writer.info.counts["session"]


def _child(*arguments: str) -> dict:
    command = [sys.executable, "-m", "benchmarks.scale", *arguments]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(run.stdout.splitlines()[-1])


def _measured(name: str, formula: str, repeat: int) -> dict:
    """Fits and groupings in turn, in this process; its peak is that of the fits alone."""
    from analysis.questions.lab.effects import fit_formula

    fit_formula(formula, "small")
    found = [fit_formula(formula, name)]
    peak = _peak_mb()
    groupings = [_group_by(name)]
    while len(found) < repeat:
        found.append(fit_formula(formula, name))
        groupings.append(_group_by(name))
    seconds = [fit.seconds for fit in found]
    return dict(
        seconds=median(s.total for s in seconds),
        moments=median(s.moments for s in seconds),
        fit=median(s.fit for s in seconds),
        group_by=median(groupings),
        per_group_by=median(s.total / g for s, g in zip(seconds, groupings, strict=True)),
        criterion=found[0].criterion,
        peak_mb=peak,
    )


def _peak_mb() -> int:
    """Of this process since its start; not ru_maxrss, which a child inherits from its parent."""
    status = Path("/proc/self/status")
    if not status.exists():  # no Linux
        return 0
    line = next(s for s in status.read_text().splitlines() if s.startswith("VmHWM"))
    return int(line.split()[1]) // 1024


def _group_by(name: str) -> float:
    """One `GROUP BY patient` of the model's 11 columns, as the dataset holds them: the measure."""
    from analysis.store.versions import catalogue
    from analysis.store.versions.dataset import open_dataset

    sums = ", ".join(f"sum({column})" for column in ["y", *PREDICTORS])
    sql = f'SELECT "patient ordinal", {sums} FROM session GROUP BY "patient ordinal"'
    with open_dataset(catalogue.find(name)) as dataset, dataset.cursor() as cursor:
        began = time.perf_counter()
        cursor.sql(sql).to_arrow_table()
        return time.perf_counter() - began


def _peers(path: Path, formula: str) -> dict[str, dict | None]:
    """Name -> seconds, criterion and version, None where the peer is not installed."""
    try:
        mixedlm = _child("--mixedlm", str(path), "--formula", formula)
    except (subprocess.CalledProcessError, IndexError):
        mixedlm = None
    return {"mixedlm": mixedlm, "lme4": _lme4(path, formula)}


def _mixedlm(path: str, formula: str) -> dict:
    import mixedlm

    frame = pq.read_table(path).to_pandas()
    small = frame[frame["patient"].isin(frame["patient"].unique()[:200])]
    mixedlm.lmer(formula, small)  # the first call of a process takes a second more
    began = time.perf_counter()
    fit = mixedlm.lmer(formula, frame)
    mixedlm.satterthwaite_df(fit)
    seconds = time.perf_counter() - began
    return dict(seconds=seconds, criterion=float(fit.deviance), version=mixedlm.__version__)


def _lme4(path: Path, formula: str) -> dict | None:
    if shutil.which("Rscript") is None:
        return None
    csv = path.with_suffix(".csv")
    pq.read_table(path).to_pandas().to_csv(csv, index=False)
    command = ["Rscript", "-e", IN_R, str(csv), formula]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    return json.loads(run.stdout.splitlines()[-1]) if run.returncode == 0 else None


if __name__ == "__main__":
    main()
