"""Power by simulation: studies that are only planned are drawn, fitted and tested by the engine.

Sizes are in standard deviations of the outcome: of a session's own spread for an effect within
patients or a lag, of all spread together for a difference between arms and a share.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import beta as beta_law

from analysis.base.errors import RequestError
from analysis.measures.conventions import ENDS
from analysis.models.inference.testing.compare import variance_tests
from analysis.models.language.design import INTERCEPT, build_design
from analysis.models.language.formula import parse_formula
from analysis.models.language.moments import Moments
from analysis.models.linear.fit import fit_moments

WHAT = {
    "effect": "an effect within patients",
    "difference": "a difference between two arms",
    "share": "therapists' share of the variance",
    "lag": "an effect of the session before",
}
VARIED = ("patients", "sessions", "therapists", "size")
MOST_ROWS = 500_000  # of one study
MOST_STUDIES = 10_000
MOST_POINTS = 9
FORMULAS = {
    "effect": "y ~ x + (1 | patient) + (1 | therapist)",
    "lag": "y ~ x + (1 | patient) + (1 | therapist)",
    "difference": "y ~ x + (1 | patient) + (1 | therapist)",
    "share": "y ~ 1 + (1 | patient) + (1 | therapist)",
}
OBSERVED = (
    "Power is a property of a plan. Worked out from the effect that was found it is the p value "
    "once more (p = .05 gives about 50 %), and says nothing new (Hoenig & Heisey 2001, "
    "doi:10.1198/000313001300339897)"
)

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class PowerQuestion:
    """what: one of WHAT; size: of it. patients: of one therapist. patient_share, therapist_share:
    of the outcome's variance (of 'share' the size is the therapists'). vary: one of VARIED with
    its values; the rest stays as given. studies: drawn at each. level: of the test."""

    what: str = "effect"
    size: float = 0.1
    therapists: int = 20
    patients: int = 10
    sessions: int = 8
    patient_share: float = 0.4
    therapist_share: float = 0.05
    vary: str = "patients"
    values: tuple[float, ...] = (5, 10, 20, 30, 40)
    studies: int = 200
    level: float = 0.05
    seed: int = 1


@dataclass(frozen=True, slots=True)
class PowerPoint:
    """power: share of `fitted` studies whose test was below the level, with the 95 % interval of
    Clopper and Pearson: the simulation's own uncertainty. rows of one study."""

    value: float
    power: float
    low: float
    high: float
    fitted: int
    rows: int


@dataclass(frozen=True, slots=True)
class Power:
    question: PowerQuestion
    points: tuple[PowerPoint, ...]

    def tidy(self) -> list[dict]:
        """One row a point: what was varied, value, power, low, high, fitted, rows."""
        names = ("value", "power", "low", "high", "fitted", "rows")
        vary = self.question.vary
        return [dict(vary=vary) | {n: getattr(p, n) for n in names} for p in self.points]


def power(question: PowerQuestion, progress: Progress | None = None) -> Power:
    """The power curve. RequestError for what cannot be drawn."""
    check_power(question)
    report = progress or (lambda share, sentence: None)
    seeds = np.random.SeedSequence(question.seed).spawn(len(question.values))
    points = []
    for k, (value, seed) in enumerate(zip(question.values, seeds, strict=True)):
        own = _at(question, value)
        chance, hits, fitted = np.random.default_rng(seed), 0, 0
        for i in range(question.studies):
            if i % 20 == 0:
                share = (k + i / question.studies) / len(question.values)
                report(share, f"{question.vary} {value:g}: study {i + 1:,}")
            p = _p_of(own, _drawn(own, chance))
            fitted += np.isfinite(p)
            hits += p < question.level
        points.append(_point(value, hits, fitted, own))
    return Power(question, tuple(points))


def check_power(q: PowerQuestion) -> None:
    """RequestError with what is allowed."""
    shares = q.patient_share + (0 if q.what == "share" else q.therapist_share)
    biggest = max(q.values, default=0)
    asked = {
        f"There is nothing called '{q.what}' to plan for": q.what in WHAT,
        f"'{q.vary}' cannot be varied": q.vary in VARIED,
        "The points are too many, or none": 1 <= len(q.values) <= MOST_POINTS,
        "The studies are too many, or too few": 20 <= q.studies <= MOST_STUDIES,
        "The shares of the variance leave nothing for sessions": 0 <= shares < 1,
        "A level lies between 0 and 1": 0 < q.level < 1,
        "A size is a number of standard deviations up to 5": 0 <= abs(q.size) <= 5,
        "Every number is positive": min(q.values, default=0) > 0 or q.vary == "size",
    }
    for what, holds in asked.items():
        if not holds:
            raise RequestError(
                what,
                where="the plan",
                allowed=f"{', '.join(WHAT)}; varied: {', '.join(VARIED)}; 1 to {MOST_POINTS} "
                f"values; 20 to {MOST_STUDIES:,} studies",
            )
    for value in (min(q.values), biggest):
        own = _at(q, value)
        rows = own.therapists * own.patients * own.sessions
        small = (
            own.therapists < 2 or own.patients < 2 or own.sessions < (3 if q.what == "lag" else 2)
        )
        whole = own.size + own.patient_share < 1 or own.what != "share"
        if small or rows > MOST_ROWS or not whole:
            raise RequestError(
                f"A study of {own.therapists} therapists with {own.patients} patients of "
                f"{own.sessions} sessions cannot be drawn",
                where="the plan",
                allowed=f"two or more of each, up to {MOST_ROWS:,} rows, shares below 1",
            )


def _at(q: PowerQuestion, value: float) -> PowerQuestion:
    return replace(q, **{q.vary: value if q.vary == "size" else int(value)})


def _drawn(q: PowerQuestion, chance: np.random.Generator) -> Moments:
    """One study as the sums that its model needs."""
    t, n, s = q.therapists, q.patients, q.sessions
    of_therapists = q.size if q.what == "share" else q.therapist_share
    left = 1 - q.patient_share - of_therapists
    y = chance.normal(size=(t * n, s)) * np.sqrt(left)
    y += chance.normal(size=(t * n, 1)) * np.sqrt(q.patient_share)
    y += np.repeat(chance.normal(size=t), n)[:, None] * np.sqrt(of_therapists)
    if q.what == "difference":
        # Patients of each therapist take turns between the arms.
        x = np.broadcast_to((np.arange(t * n) % 2)[:, None] * 1.0, y.shape)
        return _sums(q, y + q.size * x, x)
    if q.what == "share":
        return _sums(q, y, None)
    x = chance.normal(size=y.shape)
    if q.what == "lag":
        x, y = x[:, :-1], y[:, 1:]
    x = x - x.mean(axis=1, keepdims=True)
    return _sums(q, y + q.size * np.sqrt(left) * x, x)


def _sums(q: PowerQuestion, y: np.ndarray, x: np.ndarray | None) -> Moments:
    parsed = parse_formula(FORMULAS[q.what])
    kinds = {"y": "number", "x": "number", "patient": "category", "therapist": "category"}
    design = build_design(parsed, kinds, lambda name: [])
    columns = [np.ones_like(y), *([] if x is None else [x]), y]
    w = np.stack(columns)
    of_patients = w.sum(axis=2).T  # (patients, d)
    flat = w.reshape(len(w), -1)
    names = (INTERCEPT, *([] if x is None else ["x"]), "y")
    units = len(of_patients)
    return Moments(
        design=design,
        names=names,
        centre=np.zeros(len(names)),
        scale=np.ones(len(names)),
        rows=y.size,
        rows_dropped=0,
        gram=flat @ flat.T,
        z=np.array([0]),
        cross=of_patients[:, None, :],
        counts=np.full(units, y.shape[1]),
        groupings=("patient", "therapist"),
        codes=(np.arange(units), np.repeat(np.arange(q.therapists), q.patients)),
    )


def _p_of(q: PowerQuestion, sums: Moments) -> float:
    """The study's p value; NaN where its fit did not settle."""
    if q.what == "share":
        test = next(t for t in variance_tests(sums).tests if t.group == "therapist")
        return float(test.p)
    fit = fit_moments(sums, df="satterthwaite", strict=False)
    p = next(f.p for f in fit.fixed if f.term == "x")
    return float("nan") if p is None or not fit.status.converged else p


def _point(value: float, hits: int, fitted: int, q: PowerQuestion) -> PowerPoint:
    low = beta_law.ppf(ENDS[0], hits, fitted - hits + 1) if hits else 0.0
    high = beta_law.ppf(ENDS[1], hits + 1, fitted - hits) if hits < fitted else 1.0
    rows = q.therapists * q.patients * (q.sessions - (q.what == "lag"))
    share = hits / fitted if fitted else float("nan")
    return PowerPoint(float(value), share, float(low), float(high), int(fitted), rows)
