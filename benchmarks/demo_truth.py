"""Is the demo's stored truth what its data contain? Ordinary least squares, by a route of its own.

From the demo's tables (as they are stored, forms missing and all) an episode table is built with
pandas; shares are increments of df-adjusted R2, averaged over all 24 orders of the four factors
after the intake score. Two designs: predictors as they are (`pooled`), and each split into its
clinic, therapist and within-therapist parts (`split`). Run from the repository's root:

    python -m benchmarks.demo_truth            # four to eight minutes
    python -m benchmarks.demo_truth --quick    # 3,000 episodes alone
"""

import sys
from itertools import permutations

import numpy as np
import pandas as pd

from analysis.demo.drawing.effects import DEFAULT
from analysis.demo.drawing.truth import calibrate
from analysis.demo.generate import chunks
from analysis.demo.tables import Written, chunk_tables

FACTORS = {
    "alliance": ["wai_bond", "wai_goal", "wai_task"],
    "technique": ["homework", "adherence", "competence"],
    "expectancy": ["expectation", "credibility"],
    "extra-therapeutic": [
        "chronicity",
        "comorbidity",
        "social_support",
        "life_events",
        "employed",
        "motivation",
    ],
}
EARLY = ["wai_bond", "wai_goal", "wai_task", "homework"]
SEEDS = range(1, 41)
WITHOUT_TECHNIQUE = "technique absent"


def episode_table(model, episodes: int, seed: int) -> pd.DataFrame:
    """One row a complete case: clinic, therapist, first, last and the predictors."""
    parts, written = [], Written()
    for chunk in chunks(model, episodes, seed):
        tables, written = chunk_tables(chunk, written)
        parts.append(_episodes({unit: table.to_pandas() for unit, table in tables.items()}))
    return pd.concat(parts, ignore_index=True)


def shares(table: pd.DataFrame, split: bool) -> dict[str, float]:
    """Share of the intake, then of each factor."""
    y = table["last"].to_numpy(float)
    columns = {name: _design(table, names, split) for name, names in FACTORS.items()}
    intake = _design(table, ["first"], split)
    known: dict[frozenset, float] = {}

    def r2(subset: frozenset) -> float:
        if subset not in known:
            inside = [intake, *(columns[name] for name in FACTORS if name in subset)]
            known[subset] = _adjusted_r2(y, np.column_stack(inside))
        return known[subset]

    out = dict.fromkeys(FACTORS, 0.0)
    orders = list(permutations(FACTORS))
    for order in orders:
        for k, name in enumerate(order):
            step = r2(frozenset(order[: k + 1])) - r2(frozenset(order[:k]))
            out[name] += step / len(orders)
    return {"intake": r2(frozenset())} | out


def _episodes(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    session = tables["session"].sort_values(["episode", "session"])
    by = session.dropna(subset="phq9").groupby("episode")
    out = pd.DataFrame({"first": by["phq9"].first(), "last": by["phq9"].last()})
    out["last_session"] = by["session"].last()
    early = session[session["session"].between(3, 5)]
    out = out.join(early.groupby("episode")[EARLY].mean())
    rest = tables["episode"].merge(tables["therapist"], on="therapist").set_index("episode")
    names = [n for f in FACTORS.values() for n in f if n not in EARLY]
    rest = rest[["clinic", "therapist", *names]]
    rest["employed"] = rest["employed"].map({"no": 0.0, "yes": 1.0})
    return out.join(rest).query("last_session > 1").dropna().reset_index(drop=True)


def _design(table: pd.DataFrame, names: list[str], split: bool) -> np.ndarray:
    x = table[names]
    if not split:
        return x.to_numpy(float)
    clinic = x.groupby(table["clinic"]).transform("mean")
    therapist = x.groupby(table["therapist"]).transform("mean")
    parts = [clinic, therapist - clinic, x - therapist]
    kept = [p.to_numpy(float)[:, p.std().to_numpy() > 1e-9] for p in parts]
    return np.column_stack(kept)


def _adjusted_r2(y: np.ndarray, x: np.ndarray) -> float:
    y, x = y - y.mean(), x - x.mean(axis=0)
    residual = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    n = len(y)
    return 1.0 - (residual @ residual / (n - x.shape[1] - 1)) / (y @ y / (n - 1))


def _print_row(label: str, values, digits: int = 4) -> None:
    print(f"{label:34s}" + "".join(f"{v:{19 if digits else 12}.{digits}f}" for v in values))


def _compare(model, episodes: int, seeds, split: bool) -> None:
    truth = model.truth()["end"]
    known = np.array([truth["adjusted"], *truth["shares"].values()])
    found, rows = [], []
    for seed in seeds:
        table = episode_table(model, episodes, seed)
        rows.append(len(table))
        found.append(list(shares(table, split).values()))
    found = np.array(found)
    label = f"{episodes:,} {'split' if split else 'pooled'}, {len(found)} seed(s)"
    _print_row(f"{label}: bias", found.mean(axis=0) - known)
    if len(found) > 1:
        _print_row("    sd over seeds", found.std(axis=0, ddof=1))
    print(f"    complete cases: {np.mean(rows):,.0f}")


def main() -> None:
    quick = "--quick" in sys.argv
    for name, effects in (("default", DEFAULT), (WITHOUT_TECHNIQUE, _without_technique())):
        model = calibrate(effects)
        truth = model.truth()["end"]
        print(f"\n{name}\n{'':34s}" + "".join(f"{f:>19s}" for f in ("intake", *FACTORS)))
        _print_row("truth", [truth["adjusted"], *truth["shares"].values()])
        for split in (False, True):
            _compare(model, 3000, SEEDS, split)
            if not quick:
                _compare(model, 300_000, (1, 2), split)


def _without_technique():
    from dataclasses import replace

    return replace(DEFAULT, technique=0.0)


if __name__ == "__main__":
    main()
