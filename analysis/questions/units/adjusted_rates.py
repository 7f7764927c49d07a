"""Rates of clinics and therapists at equal case-mix: a logistic mixed model, standardised.

A unit's rate is what everyone in the selection would show on average with that unit's predicted
effect (direct standardisation by the model: Lane & Nelder 1982, doi:10.2307/2530043).
"""

import time
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from analysis.base.errors import RequestError, did_you_mean
from analysis.models.linear.fit import SINGULAR
from analysis.models.logistic.fit import fit_logistic
from analysis.models.logistic.result import LogisticFit
from analysis.models.logistic.rows.random_block import RandomBlock
from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.outcomes.rates import (
    METRICS,
    NEEDS_CUT_OFF,
    defined_metrics,
    open_treatments,
)
from analysis.questions.units.adjusted import LEAST_PATIENTS, unit_messages
from analysis.questions.units.names import shown_names
from analysis.questions.units.unit_model import chosen_case_mix, unit_rows
from analysis.store.queries.treatments.outcome_cells import Cell
from analysis.store.queries.treatments.treatment_rows import FIRST, FLAGS
from analysis.store.sums.moments import design_arrays, group_names

HARMS = ("deterioration", "no_reliable_change")  # where a low rate is the better one
GRID = 801  # effects at which the average is computed; between them it is a straight line


@dataclass(frozen=True, slots=True)
class UnitRate:
    """One clinic or therapist. key: of the data; name: what may be shown.

    count of n measured treatments (of those at caseness for recovery), of so many patients; rate
    at equal case-mix with its 95 % interval, 0..1. reading: 'better', 'average' or 'worse'.
    """

    key: str
    name: str
    count: int
    n: int
    patients: int
    rate: float
    low: float
    high: float
    reading: str


@dataclass(frozen=True, slots=True)
class AdjustedRates:
    """One metric of every unit of one level, as Adjusted. average: the rate of an average unit.
    sd: between units on the logit scale."""

    level: str
    metric: str
    case_mix: tuple[str, ...]
    formula: str
    rows: int
    rows_dropped: int
    average: float
    sd: float
    units: tuple[UnitRate, ...]
    least_patients: int
    too_small: int
    messages: tuple[str, ...]
    seconds: float

    def tidy(self) -> list[dict]:
        """One row a unit: name, count, n, patients, rate, low, high, reading; no key."""
        names = ("name", "count", "n", "patients", "rate", "low", "high", "reading")
        return [{n: getattr(u, n) for n in names} for u in self.units]


def adjusted_rates(
    question: OutcomeQuestion,
    level: str = "clinic",
    metric: str = "reliable_improvement",
    case_mix: tuple[str, ...] | None = None,
    least_patients: int = LEAST_PATIENTS,
    therapist_names: bool = False,
) -> AdjustedRates:
    """The rate of each clinic or therapist at equal case-mix.

    One logistic mixed model of the measured treatments of the selection (of those at caseness
    for recovery): the metric on first score and case-mix, with an intercept for each clinic and
    each therapist. metric: one that the question's rules define. Others as in `adjusted_scores`.
    """
    began = time.perf_counter()
    treatments = open_treatments(question)
    _check(metric, defined_metrics(treatments.spec.rules))
    chosen = chosen_case_mix(treatments, case_mix)
    fit, logits = _fit(treatments, question, level, metric, chosen)
    effects = next(e for e in fit.predicted if e.group == level)
    everyone = _average_rate(logits, effects)
    cells = treatments.ask(question, (level,), differences=False).of(level)
    keys = treatments.values(level)
    names = shown_names(level, keys, treatments.info.version, therapist_names)
    units = _units(effects, everyone, metric, {c.value: c for c in cells}, names)
    shown = [u for u in units if u.patients >= least_patients]
    sd = next(r.sd for r in fit.random if r.group == level)
    sd = 0.0 if sd < SINGULAR else sd
    return AdjustedRates(
        level=level,
        metric=metric,
        case_mix=(FIRST, *(v.name for v in chosen)),
        formula=fit.formula,
        rows=fit.rows,
        rows_dropped=fit.rows_dropped,
        average=everyone(0.0),
        sd=sd,
        units=tuple(sorted(shown, key=lambda u: (u.rate, u.name), reverse=metric in HARMS)),
        least_patients=least_patients,
        too_small=len(units) - len(shown),
        messages=unit_messages(fit, sd == 0, level),
        seconds=time.perf_counter() - began,
    )


def _fit(treatments, question, level: str, metric: str, chosen) -> tuple[LogisticFit, np.ndarray]:
    """The fitted model, and each row's logit (N,) without the units' effects."""
    response = FLAGS[METRICS[metric][0]]
    with treatments.cursor() as cursor:
        rows, design, formula = unit_rows(
            cursor, question, level, response, chosen, metric in NEEDS_CUT_OFF
        )
        columns, codes = design_arrays(rows, design)
        labels = group_names(rows, design)
    x = np.stack([columns[name] for name in design.x]).T
    ones = np.ones((len(x), 1))
    blocks = tuple(RandomBlock(b.label, codes[b.label], b.columns, ones) for b in design.blocks)
    fit = fit_logistic(columns[design.response.name], x, design.x, blocks, labels)
    found = {f.term: f.estimate for f in fit.fixed}
    # A term that the fit left out, being a combination of others, has no coefficient.
    beta = np.array([found.get(term, 0.0) for term in design.x])
    return replace(fit, formula=formula, rows_dropped=rows.dropped), x @ beta


def _units(effects, everyone, metric: str, cells: dict[str, Cell], names) -> list[UnitRate]:
    count, of, _ = METRICS[metric]
    out = []
    for row in effects.tidy():
        cell = cells[row["name"]]
        rate, low, high = (everyone(row[k]) for k in ("estimate", "low", "high"))
        out.append(
            UnitRate(
                row["name"],
                names[row["name"]],
                cell.counts[count],
                cell.counts[of],
                cell.patients[of],
                rate,
                low,
                high,
                _reading(row, metric),
            )
        )
    return out


def _average_rate(logits: np.ndarray, effects):
    """Effect -> the mean over all rows of the chance with it: exact at GRID effects, a straight
    line between them, which is off by less than 1e-5 (step .01: step^2 / 8 times at most .1)."""
    low, high = effects.interval
    grid = np.union1d(np.linspace(min(0.0, low.min()), max(0.0, high.max()), GRID), [0.0])
    means = np.array([special.expit(logits + effect).mean() for effect in grid])
    return lambda effect: float(np.interp(effect, grid, means))


def _reading(row: dict, metric: str) -> str:
    if row["low"] <= 0 <= row["high"]:
        return "average"
    return "better" if (row["low"] > 0) != (metric in HARMS) else "worse"


def _check(metric: str, defined: tuple[str, ...]) -> None:
    if metric not in defined:
        raise RequestError(
            f"The rate '{metric}' is not defined here",
            where="option metric",
            allowed=", ".join(defined) or "none: the measure has no reliable change or cut-off",
            next_step=did_you_mean(metric, defined) or "choose one of these",
        )
