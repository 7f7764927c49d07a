"""Effects of the alliance at each level: bias and coverage in worlds of known truth.

    python -m benchmarks.levels [--sets 100] [--resamples 200] [--only next|end]

Prints the tables of docs/validation.md ("Effects by level"). Next session: tests/worlds/levels.py;
end of treatment: tests/worlds/contextual.py, whose true means of the early sessions move the end.
"""

import argparse
import math
from collections import defaultdict

import numpy as np

from analysis.models.panels.panel import panel_of
from analysis.questions.alliance.components.levels import end_of_treatment, next_session
from analysis.questions.alliance.components.next_lag import lag_of, with_lag
from analysis.questions.alliance.treatments import Treatments
from tests.worlds import contextual, levels

# clinics, therapists each, patients each, sessions, SD a session of patients' own trends.
NEXT = (
    (1, 100, 4, 6, 0.0), (1, 100, 10, 8, 0.0), (1, 100, 10, 8, 0.3), (1, 30, 30, 8, 0.0),
    (20, 8, 10, 8, 0.0),
)  # fmt: skip
END = (4, 10, 60)  # patients of each of 170, 100, 40 therapists
END_THERAPISTS = {4: 170, 10: 100, 60: 40}
EARLY = (3, 5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", type=int, default=100)
    parser.add_argument("--resamples", type=int, default=200)
    parser.add_argument("--only", choices=("next", "end"), default="")
    options = parser.parse_args()
    print("| world | level | figure | sets | truth | mean | its error | inside | as observed |")
    print("| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    if options.only != "end":
        for cell in NEXT:
            rows(_named(cell), options.sets, lambda s, c=cell: next_set(s, c, options.resamples))
    if options.only != "next":
        for n in END:
            j = END_THERAPISTS[n]
            name = f"end: {j} therapists × {n}"
            rows(name, options.sets, lambda s, n=n, j=j: end_set(s, j, n, options.resamples))


def _named(cell) -> str:
    clinics, therapists, patients, sessions, trends = cell
    whose = f"{clinics} clinics × {therapists}" if clinics > 1 else f"{therapists} therapists"
    return f"next: {whose} × {patients} × {sessions}" + (f", trends {trends}" if trends else "")


def next_set(seed: int, cell, resamples: int) -> list[tuple]:
    """(level, figure, truth, estimate, low, high, as observed) of one set."""
    clinics, therapists, patients, sessions, trends = cell
    made = levels.make(seed, clinics, therapists, patients, sessions, trends)
    values = np.stack([made.symptoms, made.alliance], axis=2)
    found = next_session(_rows(values, made.therapist, made.clinic), "s", "a", resamples, seed)
    lag, _ = lag_of(panel_of(values))
    return _figures(with_lag(found, lag), levels.truth())


def end_set(seed: int, therapists: int, patients: int, resamples: int) -> list[tuple]:
    table = contextual.make(seed, therapists, patients).table
    who = np.unique(table["patient"], return_inverse=True)[1]
    values = np.full((who.max() + 1, int(table["session"].max()), 2), np.nan)
    values[who, table["session"] - 1] = np.column_stack([table["phq9"], table["bond"]])
    first = np.unique(who, return_index=True)[1]
    therapist = np.unique(table["therapist"][first], return_inverse=True)[1]
    rows_ = _rows(values, therapist, np.zeros(len(first), dtype=np.int64))
    found = end_of_treatment(rows_, "s", "a", EARLY, resamples, seed)
    beyond = contextual.OF_THERAPIST - contextual.OF_PATIENT
    truth = {
        "between patients": contextual.OF_PATIENT,
        "between therapists": contextual.OF_THERAPIST,
        "between therapists, contextual": beyond,
    }
    return _figures(found, truth)


def _rows(values: np.ndarray, therapist: np.ndarray, clinic: np.ndarray) -> Treatments:
    return Treatments(
        "made", "", ("s", "a"), values, therapist, clinic, np.full(len(values), ""), (), {}, {}
    )


def _figures(found, truth: dict[str, float]) -> list[tuple]:
    out = []
    for name, e in zip(found.names, found.effects, strict=True):
        if name not in truth:
            continue
        observed = e.naive_low is not None and e.naive_low <= truth[name] <= e.naive_high
        out.append((name, "latent", truth[name], e.corrected, e.low, e.high, observed))
        both = f"{name}, contextual"
        if both in truth:
            figure = (e.contextual, e.contextual_low, e.contextual_high)
            out.append((name, "contextual", truth[both], *figure, None))
    return out


def rows(name: str, sets: int, one) -> None:
    """One line a level and figure; a set without that figure counts in `sets` alone."""
    cells = defaultdict(list)
    for seed in range(sets):
        for level, figure, truth, *told in one(seed):
            cells[level, figure, truth].append(told)
    for (level, figure, truth), told in cells.items():
        there = [t for t in told if t[0] is not None]
        if not there:
            print(f"| {name} | {level} | {figure} | 0 | {truth:g} | | | | |", flush=True)
            continue
        values = np.array([t[0] for t in there])
        inside = np.mean([t[1] <= truth <= t[2] for t in there])
        error = values.std(ddof=1) / math.sqrt(len(values))
        observed = [t[3] for t in told if t[3] is not None]
        seen = f"{np.mean(observed):.2f}" if observed else ""
        print(
            f"| {name} | {level} | {figure} | {len(there)} | {truth:g} | {values.mean():.3f} | "
            f"{error:.3f} | {inside:.2f} | {seen} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
