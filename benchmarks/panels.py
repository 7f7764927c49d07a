"""Which comes first: bias, coverage and verdicts of the panel models in worlds of known truth.

    python -m benchmarks.panels [--sets 400] [--only lags|verdicts|speed]
    python -m benchmarks.panels --cell lcm-sr:0.15:10 --sets 600 --later 1   # one row, new seeds

Prints the tables of docs/validation.md ("Which comes first"); each cell has seeds of its own. Two
measures of N patients at T sessions: own level (SD 1, as large as the innovations), own trend (SD
`slopes` a session), carry-over .3, lags across by world, innovations correlating -.3, a tenth of
the cells missing at random. The process has run for 30 sessions before the first.
"""

import argparse
import time

import numpy as np

from analysis.base.errors import ModelError
from analysis.models.panels.choice import choose
from analysis.models.panels.fit import fit_panel
from analysis.models.panels.panel import panel_of
from analysis.models.panels.worlds import UNKNOWN, WORLDS, verdict_of

CARRY_OVER = 0.3
ACROSS = {  # alliance → symptoms, symptoms → alliance
    "alliance first": (-0.15, 0.0),
    "symptoms first": (0.0, -0.2),
    "both": (-0.15, -0.2),
    "neither": (0.0, 0.0),
}
NAMES = ("symptoms → symptoms", "alliance → symptoms", "symptoms → alliance",
         "alliance → alliance")  # fmt: skip
BEFORE = 30


def world(seed, patients, sessions, name, slopes=0.0, gaps=0.1) -> np.ndarray:
    """(N, T, 2) of one world."""
    rng = np.random.default_rng(seed)
    lags = lags_of(name)
    factor = np.linalg.cholesky([[1.0, -0.3], [-0.3, 1.0]])
    level = rng.normal(size=(patients, 2)) @ np.linalg.cholesky([[1.0, -0.4], [-0.4, 1.0]]).T
    trend = slopes * rng.normal(size=(patients, 2))
    w, values = np.zeros((patients, 2)), np.empty((patients, sessions, 2))
    for t in range(-BEFORE, sessions):
        w = w @ lags.T + rng.normal(size=(patients, 2)) @ factor.T
        if t >= 0:
            values[:, t] = (15 - 0.4 * t, 40 + 0.2 * t) + level + trend * t + w
    values[rng.random(values.shape) < gaps] = np.nan
    return values


def lags_of(name: str) -> np.ndarray:
    to_symptoms, to_alliance = ACROSS[name]
    return np.array([[CARRY_OVER, to_symptoms], [to_alliance, CARRY_OVER]])


def lag_table(sets: int) -> None:
    """Bias in Monte-Carlo standard errors and coverage of 95 % intervals, 300 patients."""
    print("| model | SD of trends | sessions | " + " | ".join(NAMES) + " | not usable |")
    print("| --- | ---: | ---: | " + "---: | " * 5)
    for model, slopes in (("ri-clpm", 0.0), ("lcm-sr", 0.0), ("lcm-sr", 0.15), ("auto", 0.0),
                          ("auto", 0.15)):  # fmt: skip
        for sessions in (6, 8, 10):
            print(lag_line(sets, model, slopes, sessions), flush=True)


def lag_line(sets: int, model: str, slopes: float, sessions: int, later: int = 0) -> str:
    return f"| {model} | {slopes:g} | {sessions} | {lag_row(sets, model, slopes, sessions, later)}"


def lag_row(sets: int, model: str, slopes: float, sessions: int, later: int = 0) -> str:
    """later: 1, 2, … for sets of which none was drawn with another number."""
    truth, found, unusable = lags_of("both").ravel(), [], 0
    # Cells do not share their chance.
    first = 10_000 * sessions + 100_000 * len(model) + 10_000_000 * later
    for seed in range(first, first + sets):
        panel = panel_of(world(seed, 300, sessions, "both", slopes))
        fit = choose(panel, "auto").fit if model == "auto" else fit_panel(panel, model)
        if not (fit.status.converged and fit.status.identified):
            unusable += 1
            continue
        found.append([(e.estimate, e.low <= t <= e.high)
                      for e, t in zip(fit.lags, truth, strict=True)])  # fmt: skip
    found = np.array(found, dtype=float)
    bias = found[:, :, 0].mean(axis=0) - truth
    errors = found[:, :, 0].std(axis=0, ddof=1) / np.sqrt(len(found))
    cells = [
        f"{b:+.4f} ({b / e:+.1f}), {c:.3f}"
        for b, e, c in zip(bias, errors, found[:, :, 1].mean(axis=0), strict=True)
    ]
    return " | ".join(cells) + f" | {unusable} |"


def verdict_table(sets: int) -> None:
    """How often each verdict is given in each world, and how often that was promised."""
    said_names = (*WORLDS, UNKNOWN)
    print("| patients × sessions | SD of trends | true | " + " | ".join(said_names) +
          " | promised right | LCM-SR chosen |")  # fmt: skip
    print("| --- | ---: | --- | " + "---: | " * 7)
    for patients, sessions, slopes in ((400, 8, 0.0), (400, 8, 0.15), (300, 6, 0.0),
                                       (300, 10, 0.15), (100, 6, 0.0)):  # fmt: skip
        for name in ACROSS:
            row = verdict_row(sets, patients, sessions, slopes, name, said_names)
            print(f"| {patients} × {sessions} | {slopes:g} | {name} | {row}", flush=True)


def verdict_row(sets, patients, sessions, slopes, name, said_names) -> str:
    said, promised, larger = dict.fromkeys(said_names, 0), [], 0
    first = 1_000_000 + 10_000 * (patients + sessions) + 1_000 * list(ACROSS).index(name)
    for seed in range(first, first + sets):
        panel = panel_of(world(seed, patients, sessions, name, slopes))
        try:
            fit = choose(panel, "auto").fit
        except ModelError:
            said[UNKNOWN] += 1
            continue
        verdict = verdict_of(panel, fit)
        said[verdict.world] += 1
        larger += fit.model == "lcm-sr"
        promised += [w.said[w.name] for w in verdict.worlds if w.name == name]
    shares = [f"{100 * said[n] / sets:.0f} %" for n in said_names]
    return (
        " | ".join([*shares, f"{100 * np.mean(promised):.0f} %", f"{100 * larger / sets:.0f} %"])
        + " |"
    )


def speed_table() -> None:
    """Seconds for both models, choice and verdict; gaps in a tenth of the cells."""
    print("| patients × sessions | patterns | seconds |")
    print("| --- | ---: | ---: |")
    for patients, sessions in ((400, 6), (3_000, 8), (100_000, 8)):
        values = world(1, patients, sessions, "both", 0.1)
        began = time.perf_counter()
        panel = panel_of(values)
        verdict_of(panel, choose(panel, "auto").fit)
        seconds = time.perf_counter() - began
        print(
            f"| {patients:,} × {sessions} | {len(panel.patterns.n):,} | {seconds:.2f} |", flush=True
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, default=400)
    parser.add_argument("--only", choices=("lags", "verdicts", "speed"), default="")
    parser.add_argument("--cell", default="", help="model:trends:sessions, one row of the lags")
    parser.add_argument("--later", type=int, default=0, help="of a cell: further seeds")
    options = parser.parse_args()
    if options.cell:
        model, slopes, sessions = options.cell.split(":")
        print(lag_line(options.sets, model, float(slopes), int(sessions), options.later))
        return
    tables = {
        "lags": lambda: lag_table(options.sets),
        "verdicts": lambda: verdict_table(options.sets),
        "speed": speed_table,
    }
    for name, table in tables.items():
        if options.only in ("", name):
            print(f"\n{name}\n")
            table()


if __name__ == "__main__":
    main()
