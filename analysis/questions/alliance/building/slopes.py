"""How a practice and the alliance of the same session go together within patients: for all, for
groups of them, and for each therapist or clinic, shrunken."""

import numpy as np
from scipy.special import fdtrc, ndtr

from analysis.measures.conventions import FEWEST_IN_A_MEAN, Z
from analysis.models.process.clustered import Clustered, clustered
from analysis.questions.alliance.building.result import Here, Moderation, Slope

FEWEST = 30  # sessions, for a slope
FEWEST_UNITS = 5  # units, for the spread between them
ALL = "all"


def deviations(x: np.ndarray, m: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(x, m, who) of sessions with both, as deviations from the session's mean and the patient's,
    of patients with two such sessions; x, m (N, T)."""
    seen = np.isfinite(x) & np.isfinite(m)
    seen &= (seen.sum(axis=1) >= 2)[:, None]
    who, when = np.nonzero(seen)
    long = np.column_stack([x[seen], m[seen]])
    for _ in range(2):
        for group in (when, who):
            count = np.maximum(np.bincount(group), 1)
            own = np.stack([np.bincount(group, c) / count for c in long.T], axis=1)
            long = long - own[group] if len(long) else long
    return long[:, 0], long[:, 1], who


def slope(x: np.ndarray, m: np.ndarray, who: np.ndarray, group: str = ALL) -> Slope | None:
    """Least squares with errors by patient; None where too few sessions or x does not vary."""
    found = fitted(x, m, who)
    if found is None:
        return None
    estimate, _, low, high = found.contrast(np.ones(1))
    return Slope(group, estimate, low, high, found.rows, found.clusters)


def fitted(x: np.ndarray, m: np.ndarray, who: np.ndarray) -> Clustered | None:
    """The same as a fit."""
    if len(x) < FEWEST or not x.std() > 1e-9:
        return None
    return clustered(x[:, None], m, who)


def moderation(x, m, who, groups: np.ndarray, by: str) -> Moderation | None:
    """The slope in each group of patients; groups (N,): texts, '' for none. None where fewer than
    two have a slope. The test: Wald's, slopes of different patients being independent."""
    found: list[Slope] = []
    errors: list[float] = []
    of_row = groups[who]
    for name in sorted(set(of_row) - {""}):
        own = of_row == name
        fit = fitted(x[own], m[own], who[own])
        if fit is None:
            continue
        estimate, se, low, high = fit.contrast(np.ones(1))
        found.append(Slope(str(name), estimate, low, high, fit.rows, fit.clusters))
        errors.append(se)
    if len(found) < 2 or not all(e > 0 for e in errors):
        return None
    b, w = np.array([s.estimate for s in found]), 1 / np.array(errors) ** 2
    spread = float((w * (b - (w * b).sum() / w.sum()) ** 2).sum())
    free = len(found) - 1
    clusters = min(s.patients for s in found)
    p = float(fdtrc(free, max(clusters - 1, 1), spread / free))
    return Moderation(by, tuple(found), p)


def here(
    x, m, who, unit: np.ndarray, names: np.ndarray, level: str
) -> tuple[float | None, tuple[Here, ...]]:
    """(SD between units, each unit's slope shrunken). unit (N,): codes, -1 for none; names: of the
    codes. Units with ten patients or more; a unit's slope b with error s is a draw from the units'
    normal law, whose mean and variance are by restricted maximum likelihood (as in a random-effects
    meta-analysis); shrunken: its mean given b; the error of the common mean counts."""
    found = []
    for code in np.unique(unit[unit >= 0]):
        own = unit[who] == code
        patients = len(np.unique(who[own]))
        fit = fitted(x[own], m[own], who[own]) if patients >= FEWEST_IN_A_MEAN else None
        if fit is not None and fit.se[0] > 0:
            found.append((code, patients, float(fit.beta[0]), float(fit.se[0])))
    if len(found) < FEWEST_UNITS:
        return None, ()
    b = np.array([f[2] for f in found])
    v = _errors([x[unit[who] == f[0]] for f in found], np.array([f[3] for f in found]))
    tau2 = spread_between(b, v)
    w = 1 / (v + tau2)
    middle, of_middle = float((w * b).sum() / w.sum()), float(1 / w.sum())
    keep = tau2 / (tau2 + v)
    shrunken = middle + keep * (b - middle)
    se = np.sqrt(keep * v + (1 - keep) ** 2 * of_middle)
    told = tuple(
        Here(level, str(names[code]), patients, raw, float(np.sqrt(own)), float(s),
             float(s - Z * e), float(s + Z * e), float(ndtr(s / e)) if e > 0 else float(s > 0))
        for (code, patients, raw, _), own, s, e in zip(found, v, shrunken, se, strict=True)
    )  # fmt: skip
    return float(np.sqrt(tau2)), told


def _errors(x: list[np.ndarray], se: np.ndarray) -> np.ndarray:
    """(units,) squared errors: as the units' own spread of the practice has them, times what all
    their errors by patient say on average. A single unit's error by a dozen patients is itself
    uncertain, and would weigh most where it came out too small by chance."""
    by_spread = 1 / np.array([float(((own - own.mean()) ** 2).sum()) for own in x])
    return by_spread * (se**2).sum() / by_spread.sum()


def spread_between(b: np.ndarray, v: np.ndarray) -> float:
    """Variance between units by restricted maximum likelihood (Viechtbauer 2005,
    doi:10.3102/10769986030003261): Fisher's scoring, held at zero or above.

    Worked: equal errors v: the units' variance less v.
    """
    tau2 = max(float(b.var(ddof=1) - v.mean()), 0.0)
    for _ in range(200):
        w = 1 / (v + tau2)
        middle = (w * b).sum() / w.sum()
        score = (w**2 * ((b - middle) ** 2 - v)).sum() / (w**2).sum() + 1 / w.sum()
        if abs(score - tau2) < 1e-12:
            break
        tau2 = max(float(score), 0.0)
    return tau2


def robustness(found: Clustered) -> float | None:
    """Robustness value (Cinelli & Hazlett 2020, doi:10.1111/rssb.12348): the share of what is left
    of practice and of alliance that one unmeasured cause must explain to bring the slope to 0.

    Worked: t 4.18, df 783 -> .139. None where the slope cannot be told from 0.
    """
    t = float(found.beta[0] / found.se[0])
    *_, low, high = found.contrast(np.ones(1))
    if low <= 0 <= high:
        return None
    f2 = t**2 / max(found.rows - found.clusters - 1, 1)
    return float(0.5 * (np.sqrt(f2**2 + 4 * f2) - f2))
