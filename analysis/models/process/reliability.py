"""How reliable ratings are, between patients and within them: items by sessions by persons.

Every item rated at every session by every person is a crossed design; its mean squares give the
variances of persons, sessions, items and their pairs, and these the reliabilities (Cranford et al.
2006, doi:10.1177/0146167206287721; Shrout & Lane 2012). With one score a session there are no
items: then lambda says how well a mean of n sessions stands for its person.
"""

from dataclasses import dataclass

import numpy as np

from analysis.base.errors import ModelError


@dataclass(frozen=True, slots=True)
class ItemReliability:
    """m items, k sessions, n persons. r_kf: mean of k fixed sessions; r_1r: one session picked at
    random; r_kr: mean of k random sessions; r_c: change within a person. variances: person, time,
    item, person_time, person_item, time_item, residual; a negative one is set to 0."""

    persons: int
    sessions: int
    items: int
    r_kf: float | None
    r_1r: float | None
    r_kr: float | None
    r_c: float | None
    variances: dict[str, float]


def item_reliability(ratings: np.ndarray) -> ItemReliability:
    """The reliabilities of ratings (persons, sessions, items), complete.

    ModelError where a rating is missing or fewer than two persons, sessions or items are there.
    Worked (tests/reference/data/shrout_lane_2012.csv, 5 persons, 4 sessions, 3 items): r_kf .97,
    r_1r .60, r_kr .85, r_c .74.
    """
    n, k, m = ratings.shape
    if min(n, k, m) < 2 or not np.isfinite(ratings).all():
        raise ModelError(
            "These reliabilities need two or more persons, sessions and items, and every rating",
            allowed="a complete table of persons by sessions by items",
            next_step="keep the persons and sessions that have every item",
        )
    v = _components(ratings)
    return ItemReliability(
        n, k, m, **{name: _ratio(*parts) for name, parts in _parts(v, k, m).items()}, variances=v
    )


def _parts(v: dict[str, float], k: int, m: int) -> dict[str, tuple[float, float]]:
    """name -> (true, error) variance of each reliability."""
    person = v["person"] + v["person_item"] / m
    time = v["time"] + v["person_time"]
    return {
        "r_kf": (person, v["residual"] / (k * m)),
        "r_1r": (person, time + v["residual"] / m),
        "r_kr": (person, time / k + v["residual"] / (k * m)),
        "r_c": (v["person_time"], v["residual"] / m),
    }


def _ratio(true: float, error: float) -> float | None:
    return true / (true + error) if true + error > 0 else None


def _components(ratings: np.ndarray) -> dict[str, float]:
    """Variances by equating mean squares to what is expected of them (all effects random)."""
    n, k, m = ratings.shape
    mean = ratings.mean()
    p, t, i = (ratings.mean(axis=axes) - mean for axes in ((1, 2), (0, 2), (0, 1)))
    pt = ratings.mean(axis=2) - mean - p[:, None] - t[None, :]
    pi = ratings.mean(axis=1) - mean - p[:, None] - i[None, :]
    ti = ratings.mean(axis=0) - mean - t[:, None] - i[None, :]
    rest = (
        ratings - mean - p[:, None, None] - t[None, :, None] - i[None, None, :]
        - pt[:, :, None] - pi[:, None, :] - ti[None, :, :]
    )  # fmt: skip
    ms = {
        "p": k * m * (p**2).sum() / (n - 1),
        "t": n * m * (t**2).sum() / (k - 1),
        "i": n * k * (i**2).sum() / (m - 1),
        "pt": m * (pt**2).sum() / ((n - 1) * (k - 1)),
        "pi": k * (pi**2).sum() / ((n - 1) * (m - 1)),
        "ti": n * (ti**2).sum() / ((k - 1) * (m - 1)),
        "e": (rest**2).sum() / ((n - 1) * (k - 1) * (m - 1)),
    }
    found = {
        "person": (ms["p"] - ms["pt"] - ms["pi"] + ms["e"]) / (k * m),
        "time": (ms["t"] - ms["pt"] - ms["ti"] + ms["e"]) / (n * m),
        "item": (ms["i"] - ms["pi"] - ms["ti"] + ms["e"]) / (n * k),
        "person_time": (ms["pt"] - ms["e"]) / m,
        "person_item": (ms["pi"] - ms["e"]) / k,
        "time_item": (ms["ti"] - ms["e"]) / n,
        "residual": ms["e"],
    }
    return {name: max(float(value), 0.0) for name, value in found.items()}


def mean_reliability(between: float, within: float, n: float) -> float:
    """lambda = between / (between + within / n): how well the mean of n ratings stands for its
    unit (Lüdtke et al. 2008, doi:10.1037/a0012869). Worked: .3, .7, 4 -> .632."""
    total = between + within / n
    return between / total if total > 0 else 0.0
