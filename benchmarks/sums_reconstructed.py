"""Random formulas on random rows with one odd patient, against whoever gets the file of sums.

    python -m benchmarks.sums_reconstructed [formulas] [seed]

The attacker knows every predictor of every row and that each sum in the file is linear in the
outcomes: column by column over all rows, patients' sums by pattern, and their products with
patients' sums of predictors. It looks for a combination of sums that weighs fewer than 8 patients
by linear programmes (basis pursuit), which share nothing with `isolation.py`. Prints how many files
were admitted and how many of them gave such a combination; docs/pooling.md has the last run.
"""

import csv
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from scipy.optimize import linprog

from analysis.base.errors import RapportError
from analysis.questions.pooling.pooling import ROWS, site_sums

LEAST = 8
TERMS = ("x", "z", "arm", "flag", "I(x^2)", "I(z^2)", "x:flag", "z:flag", "C(few)", "few", "rare")


def main(formulas: int = 1000, seed: int = 1) -> None:
    rng, began = np.random.default_rng(seed), time.perf_counter()
    admitted = told = refused = 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(1, formulas + 1):
            data, long = _rows(rng)
            chosen = list(rng.choice(TERMS, rng.integers(1, 5), replace=False))
            random = "(1 | patient)" if long else "(1 | therapist)"
            terms = [*(["session"] if long else []), *chosen]
            path = Path(folder) / "rows.csv"
            _written(path, data)
            try:
                site = site_sums(
                    f"y ~ {' + '.join(terms)} + {random}", path, patient="patient" if long else ROWS
                )
            except RapportError:
                refused += 1
                continue
            if site.disclosure.is_small:
                refused += 1
                continue
            admitted += 1
            least = _fewest(_linear(data, terms, long), data["patient"], rng)
            told += least < LEAST
            if least < LEAST:
                print(f"number {number}: {least} patients, {' + '.join(terms)}")
            if not number % 50:
                took = time.perf_counter() - began
                print(
                    f"{number} formulas, {admitted} admitted, {told} told, {took:.0f} s", flush=True
                )
    print(f"{formulas} formulas: {refused} refused, {admitted} admitted, {told} told")


def _rows(rng) -> tuple[dict[str, np.ndarray], bool]:
    """One row a patient, or some patterns of sessions; one patient is odd in one column."""
    long, patients = bool(rng.random() < 0.4), int(rng.integers(60, 200))
    sessions = rng.choice([3, 5], patients) if long else np.ones(patients, dtype=int)
    if long and rng.random() < 0.3:
        sessions[rng.integers(patients)] = 4
    who = np.repeat(np.arange(patients), sessions)
    of = {
        "x": rng.normal(size=patients).round(2),
        "z": rng.integers(0, 10, patients).astype(float),
        "flag": rng.integers(0, 2, patients).astype(float),
        "few": rng.choice([0.0, 1.0, 2.0], patients, p=[0.6, 0.25, 0.15]),
        "rare": (np.arange(patients) < rng.integers(1, 20)).astype(float),
        "arm": rng.choice([0.0, 1.0], patients),
        "therapist": rng.integers(0, max(3, patients // 25), patients),
    }
    odd, column = rng.integers(patients), rng.choice(["x", "z", "few", "flag"])
    if rng.random() < 0.5:
        of[column][odd] = {"x": 40.0, "z": 60.0, "few": 2.0, "flag": 1.0}[column]
        if column == "few":
            of["few"][np.arange(patients) != odd] = rng.choice([0.0, 1.0], patients - 1)
    data = {name: values[who] for name, values in of.items()}
    data["session"] = np.concatenate([np.arange(n) for n in sessions]).astype(float)
    return data | {"patient": who, "y": rng.normal(10, 4, len(who)).round(1)}, long


def _written(path: Path, data: dict[str, np.ndarray]) -> None:
    names = list(data)
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(names)
        for row in zip(*(data[n] for n in names), strict=True):
            out.writerow(
                ["ab"[int(v)] if n == "arm" else v for n, v in zip(names, row, strict=True)]
            )


def _column(data: dict[str, np.ndarray], term: str) -> list[np.ndarray]:
    if term.startswith("I("):
        return [data[term[2]] ** 2]
    if ":" in term:
        one, other = term.split(":")
        return [data[one] * data[other]]
    if term.startswith("C("):
        return [(data["few"] == level).astype(float) for level in np.unique(data["few"])[1:]]
    return [data[term].astype(float)]


def _linear(data: dict[str, np.ndarray], terms: list[str], long: bool) -> np.ndarray:
    """(M, N) the weights with which each sum of the file counts each row's outcome."""
    n = len(data["y"])
    columns = [np.ones(n), *(c for term in terms for c in _column(data, term))]
    unit = np.unique(data["patient" if long else "therapist"], return_inverse=True)[1]
    size = np.bincount(unit)[unit]
    rows = list(columns)
    for pattern in np.unique(size):
        inside = (size == pattern).astype(float)
        rows.append(inside)
        rows += [np.bincount(unit, weights=c)[unit] * inside for c in columns[1:]]
    return np.array(rows)


def _fewest(sums: np.ndarray, patient: np.ndarray, rng) -> int:
    """The fewest patients whom a combination weighs: of the largest leverage, and some others."""
    size = np.abs(sums).max(axis=1)
    scaled = sums[size > 0] / size[size > 0][:, None]
    _, values, right = np.linalg.svd(scaled, full_matrices=False)
    basis = right[values > 1e-9 * values[0]]
    leverage = np.bincount(patient, weights=(basis**2).sum(axis=0))
    people = [*np.argsort(-leverage)[:4], *rng.integers(0, len(leverage), 2)]
    return min(_support(basis, patient, int(p)) for p in people)


def _support(basis: np.ndarray, patient: np.ndarray, person: int) -> int:
    """Patients in the combination of least absolute weight that counts the person's row as 1."""
    row = np.flatnonzero(patient == person)[0]
    m, n = basis.shape
    # Unknowns: the combination w and a bound on each row's weight.
    cost = np.concatenate([np.zeros(m), np.ones(n)])
    bounded = np.block([[basis.T, -np.eye(n)], [-basis.T, -np.eye(n)]])
    solved = linprog(
        cost,
        A_ub=bounded,
        b_ub=np.zeros(2 * n),
        A_eq=np.concatenate([basis[:, row], np.zeros(n)])[None],
        b_eq=[1.0],
        bounds=[(None, None)] * m + [(0, None)] * n,
        method="highs",
    )
    if solved.x is None:
        return len(set(patient))
    weights = np.abs(solved.x[:m] @ basis)
    return len(set(patient[weights > 1e-6 * weights.max()]))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
