"""The alliance's effect within patients, between patients, therapists and clinics."""

from dataclasses import replace

import numpy as np

from analysis.measures.conventions import FEWEST_FOR_EFFECT, Z
from analysis.models.latent_means import level_variances
from analysis.models.process.reliability import mean_reliability
from analysis.questions.alliance.components.by_level import by_level
from analysis.questions.alliance.components.result import EarlyCorrelation, Levels, Needed
from analysis.questions.alliance.treatments import Treatments, first_scores, last_scores, means

NEXT, END = "next session", "end of treatment"
MOST_PATIENTS = 1_000  # a therapist: more are "beyond what there is"


def next_session(rows: Treatments, outcome: str, alliance: str, resamples: int, seed: int):
    """One point of alliance and the next session's score, session means taken off both; None
    where there are too few treatments with two such sessions."""
    x, y = rows.of(alliance)[:, :-1], rows.of(outcome)[:, 1:]
    seen = np.isfinite(x) & np.isfinite(y)
    who, when = np.nonzero(seen)
    many = np.bincount(who, minlength=1)[who] >= 2 if len(who) else np.zeros(0, dtype=bool)
    who, when = who[many], when[many]
    if len(np.unique(who)) < FEWEST_FOR_EFFECT:
        return None
    x, y = (_less(table[who, when], when) for table in (x, y))
    return _levels(NEXT, x, y, who, rows, resamples, seed)


def end_of_treatment(
    rows: Treatments, outcome: str, alliance: str, window, resamples: int, seed: int
) -> Levels | None:
    """One point of early alliance and the last score, the first score's part taken off both."""
    scores, ratings = rows.of(outcome), rows.of(alliance)[:, window[0] - 1 : window[1]]
    first, last = first_scores(scores), last_scores(scores)
    early = means(ratings)
    used = np.isfinite(first) & np.isfinite(last) & np.isfinite(early)
    if used.sum() < 3 * FEWEST_FOR_EFFECT:
        return None
    y = _less_line(last, first, used)
    slope = _slope(early[used], first[used])
    x = ratings - slope * (first - first[used].mean())[:, None]
    seen = np.isfinite(ratings) & used[:, None]
    who, when = np.nonzero(seen)
    return _levels(END, _less(x[seen], when), y[who], who, rows, resamples, seed)


def _levels(target: str, x, y, who, rows: Treatments, resamples: int, seed: int) -> Levels | None:
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    names, effects = by_level(x, y, who, rows, resamples, seed)
    if target == END:  # one score a treatment: nothing varies within
        first = replace(effects[1], contextual=None, contextual_low=None, contextual_high=None)
        effects, names = (first, *effects[2:]), names[1:]
    return Levels(target, names, effects, len(x))


def needed(rows: Treatments, alliance: str) -> Needed | None:
    """How many patients a therapist it takes to know therapists' mean alliance."""
    table = rows.of(alliance)
    seen = np.isfinite(table) & (rows.therapist >= 0)[:, None]
    who = np.nonzero(seen)[0]
    therapist = rows.therapist[who]
    if len(np.unique(therapist)) < FEWEST_FOR_EFFECT or np.ptp(table[seen]) == 0:
        return None
    coded = tuple(np.unique(u, return_inverse=True)[1] for u in (who, therapist))
    within, patient, own = level_variances(table[seen], coded)
    people = len(np.unique(who))
    each, sessions = people / len(np.unique(therapist)), len(who) / people
    chance = patient + within / sessions
    known = mean_reliability(own, chance, each) if own > 0 else None
    return Needed(
        within, patient, own, each, sessions, known, _for(own, chance, 0.7), _for(own, chance, 0.8)
    )


def _for(own: float, chance: float, wanted: float) -> int | None:
    """Patients for a reliability. Worked: own .1, chance .9, .7 -> 9 * (.7 / .3) = 21."""
    if own <= 0:
        return None
    patients = int(np.ceil(chance / own * wanted / (1 - wanted) - 1e-9))
    return patients if patients <= MOST_PATIENTS else None


def early_correlation(
    rows: Treatments, outcome: str, alliance: str, window: tuple[int, int], higher_is: str
) -> EarlyCorrelation | None:
    """Early alliance with the outcome at the end, as the meta-analyses have it; Fisher's z."""
    scores = rows.of(outcome)
    first, last = first_scores(scores), last_scores(scores)
    early = means(rows.of(alliance), *window)
    used = np.isfinite(first) & np.isfinite(last) & np.isfinite(early)
    if used.sum() < 20 or np.ptp(early[used]) == 0 or np.ptp(last[used]) == 0:
        return None
    better = 1 if higher_is == "better" else -1
    r, low, high = _partial(early[used], last[used], first[used][:, None], better, alone=True)
    if r is None or low is None or high is None:
        return None
    held = np.column_stack([first, means(scores, *window)])
    both = used & np.isfinite(held).all(axis=1)
    beyond = _partial(early[both], last[both], held[both], better)
    return EarlyCorrelation(r, low, high, int(used.sum()), window, *beyond)


def _partial(x, y, held: np.ndarray, better: int, alone: bool = False):
    """(r, low, high) of x and y less what `held` (n, k) predicts of y, and of x unless `alone`;
    Fisher's z. Three times None with fewer than 20 rows."""
    if len(y) < 20:
        return None, None, None
    columns = np.column_stack([np.ones(len(y)), held])
    y = y - columns @ np.linalg.lstsq(columns, y, rcond=None)[0]
    if not alone:
        x = x - columns @ np.linalg.lstsq(columns, x, rcond=None)[0]
    if x.std() < 1e-9 or y.std() < 1e-9:
        return None, None, None
    r = better * float(np.corrcoef(x, y)[0, 1])
    reach = Z / np.sqrt(len(y) - 3)
    return r, float(np.tanh(np.arctanh(r) - reach)), float(np.tanh(np.arctanh(r) + reach))


def _less(values: np.ndarray, when: np.ndarray) -> np.ndarray:
    count = np.maximum(np.bincount(when), 1)
    return values - (np.bincount(when, values) / count)[when]


def _slope(y: np.ndarray, x: np.ndarray) -> float:
    spread = ((x - x.mean()) ** 2).sum()
    return float(((x - x.mean()) * y).sum() / spread) if spread > 0 else 0.0


def _less_line(y: np.ndarray, x: np.ndarray, used: np.ndarray) -> np.ndarray:
    slope = _slope(y[used], x[used])
    return y - y[used].mean() - slope * (x - x[used].mean())
