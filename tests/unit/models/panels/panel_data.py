"""Panels for the tests: stored ones with lavaan's answers, and made ones with known truth."""

import json
from pathlib import Path

import numpy as np

REFERENCE = Path(__file__).resolve().parents[3] / "reference"
LAVAAN = json.loads((REFERENCE / "panels.json").read_text(encoding="utf-8"))["fits"]
LAG_NAMES = ("ss", "sa", "as", "aa")


def stored(file: str) -> np.ndarray:
    """(N, T, 2) of a wide file of tests/reference/data: patient, s1…sT, a1…aT."""
    table = np.genfromtxt(REFERENCE / "data" / file, delimiter=",", skip_header=1)[:, 1:]
    t = table.shape[1] // 2
    return np.stack([table[:, :t], table[:, t:]], axis=2)


def made(
    seed: int, patients: int, sessions: int, lags, slopes=0.0, gaps=0.0, between=1.0, noise=1.0
) -> np.ndarray:
    """(N, T, 2) of a world with these lags (2, 2); innovations of SD `noise`, correlating -.3."""
    rng = np.random.default_rng(seed)
    factor = noise * np.linalg.cholesky([[1.0, -0.3], [-0.3, 1.0]])
    own = between * rng.normal(size=(patients, 2))
    trend = slopes * rng.normal(size=(patients, 2))
    w = 1.1 * rng.normal(size=(patients, 2)) @ factor.T
    values = np.empty((patients, sessions, 2))
    for t in range(sessions):
        if t:
            w = w @ np.asarray(lags).T + rng.normal(size=(patients, 2)) @ factor.T
        values[:, t] = own + trend * t + w + (15 - 0.4 * t, 40 + 0.3 * t)
    values[rng.random(values.shape) < gaps] = np.nan
    return values
