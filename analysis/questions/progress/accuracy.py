"""How good the signals are here: on treatments left out, beside early change alone."""

from dataclasses import dataclass

import numpy as np

from analysis.models.prognosis.discrimination import (
    AtShare,
    Calibration,
    at_share,
    auc,
    calibration,
    log_score,
    net_benefit,
)
from analysis.questions.progress.courses import Courses
from analysis.questions.progress.learn import enough
from analysis.questions.progress.left_out import Forecasts

THRESHOLDS = np.arange(0.05, 0.51, 0.05)
FEWEST_SHOWN = 30  # treatments of a clinic, a period or a group before it has figures of its own
BINS = 10
AGES = ((0, 18), (18, 30), (30, 45), (45, 60), (60, 150))


@dataclass(frozen=True, slots=True)
class Group:
    """Figures of one part: n treatments, events; expected: mean chance forecast; auc and slope
    None where one part has too few of either kind; flagged: share flagged at the threshold of all;
    ppv and sensitivity there, None where empty."""

    by: str
    value: str
    n: int
    events: int
    expected: float
    auc: float | None
    slope: float | None
    flagged: float
    sensitivity: float | None
    ppv: float | None


@dataclass(frozen=True, slots=True)
class Accuracy:
    """One signal at one landmark, on treatments left out.

    status: OFFERED, NO_BETTER or TOO_FEW. n, events: judged. auc_early: of early change alone.
    gain: mean log score over early change's, with its SE. curve: (chance forecast, share that
    came, n) in tenths. benefit: (threshold, signal, early change, everybody) net benefits.
    groups: by clinic, period and trait.
    """

    signal: str
    landmark: int
    status: str
    n: int
    events: int
    auc: float | None = None
    auc_early: float | None = None
    gain: float | None = None
    gain_se: float | None = None
    calibration: Calibration | None = None
    flagging: AtShare | None = None
    flagging_early: AtShare | None = None
    curve: tuple[tuple[float, float, int], ...] = ()
    benefit: tuple[tuple[float, float, float, float], ...] = ()
    groups: tuple[Group, ...] = ()

    @property
    def late(self) -> float | None:
        """Of those flagged, the share to whom it did not come: frightened for nothing."""
        return None if self.flagging is None or self.flagging.ppv is None else 1 - self.flagging.ppv


OFFERED, NO_BETTER, TOO_FEW = "offered", "no better than early change alone", "too few"


def accuracy(
    courses: Courses, signal: str, landmark: int, made: Forecasts, share: float
) -> Accuracy:
    """The figures of one signal at one landmark; share: of treatments flagged."""
    able, rows = made.able & courses.learn, made.judged
    n, events = int(able.sum()), int((able & made.came).sum())
    if not enough(n, events) or rows.sum() < n:  # also where a part left too few to the others
        return Accuracy(signal, landmark, TOO_FEW, n, events)
    odds, early, came = made.log_odds[rows], made.early[rows], made.came[rows]
    chance, chance_early = _chance(odds), _chance(early)
    better = log_score(odds, came) - log_score(early, came)
    mine, theirs = auc(odds, came), auc(early, came)
    beats = mine is not None and theirs is not None and mine > theirs and better.mean() > 0
    flagging = at_share(chance, came, share)
    act = net_benefit(chance, came, THRESHOLDS), net_benefit(chance_early, came, THRESHOLDS)
    everybody = net_benefit(np.ones(len(came)), came, THRESHOLDS)
    return Accuracy(
        signal=signal,
        landmark=landmark,
        status=OFFERED if beats else NO_BETTER,
        n=int(rows.sum()),
        events=int(came.sum()),
        auc=mine,
        auc_early=theirs,
        gain=float(better.mean()),
        gain_se=float(better.std(ddof=1) / np.sqrt(len(better))),
        calibration=calibration(odds, came),
        flagging=flagging,
        flagging_early=at_share(chance_early, came, share),
        curve=_curve(chance, came),
        benefit=tuple(
            (float(a), float(b), float(c), float(d))
            for a, b, c, d in zip(THRESHOLDS, *act, everybody, strict=True)
        ),
        groups=_groups(courses, rows, chance, odds, came, flagging.threshold),
    )


def _chance(log_odds: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-log_odds))


def _curve(chance: np.ndarray, came: np.ndarray) -> tuple[tuple[float, float, int], ...]:
    order = np.argsort(chance, kind="stable")
    return tuple(
        (float(chance[part].mean()), float(came[part].mean()), len(part))
        for part in np.array_split(order, BINS)
        if len(part)
    )


def _groups(courses: Courses, rows, chance, odds, came, threshold: float) -> tuple[Group, ...]:
    """By clinic, by period of the end, and by each trait: ages in bands."""
    raw = courses.raw
    sets = {"clinic": raw.clinic, "period": raw.period}
    for name, values in raw.traits.items():
        sets[name] = _bands(values) if values.dtype.kind == "f" else values
    found = []
    for by, values in sets.items():
        here = values[rows].astype(str)
        for value in np.unique(here[here != ""]):
            of = here == value
            if of.sum() >= FEWEST_SHOWN:
                found.append(_group(by, str(value), chance[of], odds[of], came[of], threshold))
    return tuple(found)


def _group(by: str, value: str, chance, odds, came, threshold: float) -> Group:
    flagged, n, events = chance >= threshold, len(came), int(came.sum())
    right = int((flagged & came).sum())
    told = min(events, n - events) >= FEWEST_SHOWN // 3
    line = calibration(odds, came) if told else None
    return Group(
        by=by,
        value=value,
        n=n,
        events=events,
        expected=float(chance.mean()),
        auc=auc(odds, came) if told else None,
        slope=line.slope if line else None,
        flagged=float(flagged.mean()),
        sensitivity=right / events if events else None,
        ppv=right / int(flagged.sum()) if flagged.any() else None,
    )


def _bands(ages: np.ndarray) -> np.ndarray:
    found = np.full(len(ages), "", dtype=object)
    for low, high in AGES:
        found[(ages >= low) & (ages < high)] = f"{low}–{high - 1}" if high < 150 else f"{low}+"
    return found
