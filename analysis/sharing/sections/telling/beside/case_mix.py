"""Clinics at equal case-mix, by the model of the page Clinics, as far as a report may tell them.

A predicted effect is a mean in another dress: it is told where the clinic's effect size is, and no
finer. In a report that stays inside everything stands as on the page, therapists by their codes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import ceil, floor, log10

from analysis.base.errors import ModelError, RequestError
from analysis.base.phrase import Phrase
from analysis.presentation.words.rounding import se_decimals
from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.outcomes.rates import OpenTreatments
from analysis.questions.units.adjusted import Adjusted, UnitScore, adjusted_scores
from analysis.questions.units.unit_model import case_mix_variables
from analysis.sharing.ledger.ledger import Cell as Noted
from analysis.sharing.protection.figures import LEAST, nearest_5, set_name
from analysis.sharing.sections.section import Asked
from analysis.sharing.sections.telling.figures import Figures
from analysis.store.queries.treatments.treatment_rows import modelled_patients

ADJUSTED = "adjusted"
# Of a standard deviation of the first scores: no finer than effect sizes are told (one decimal
# below 40 patients, two from there on).
STEPS = (0.1, 0.02)

Near = Callable[[tuple[Noted, ...]], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class ToldUnit:
    """A clinic or therapist as it is told. effect, low, high: points better than average, rounded
    to so many decimals; of: whose."""

    name: str
    value: str
    effect: float
    low: float
    high: float
    decimals: int
    reading: str
    of: str = ""


@dataclass(frozen=True, slots=True)
class CaseMix:
    """units: in the order of their names, () where nothing is told. equal: names of what is equal,
    the first score before all. cells, sets: for ledger and audit."""

    level: str
    measure: str
    units: tuple[ToldUnit, ...]
    equal: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    cells: tuple[Noted, ...] = field(default=(), repr=False)
    sets: Mapping[str, int] = field(default_factory=dict, repr=False)


def case_mix_of(
    treatments: OpenTreatments, question: OutcomeQuestion, level: str, figures: Figures, near: Near
) -> CaseMix:
    """The CaseMix of a level. near: positions of cells that lie too near what was shared before."""
    measure = treatments.spec.rules[0].measure
    try:
        found = adjusted_scores(question, level)
    except (ModelError, RequestError):  # one clinic, or too few treatments for the model
        return CaseMix(level, measure, ())
    if not found.units or not found.sd:
        return CaseMix(level, measure, (), found.case_mix, messages=_messages(found, figures.asked))
    if not figures.asked.shares:
        units = tuple(_unit(u, se_decimals(u.se)) for u in found.units)
        return _made(found, units, figures.asked)
    return _protected(found, treatments, question, figures, near)


def _protected(
    found: Adjusted,
    treatments: OpenTreatments,
    question: OutcomeQuestion,
    figures: Figures,
    near: Near,
) -> CaseMix:
    """The clinics whose effects may be told, of the model's own patients."""
    with treatments.cursor() as cursor:
        variables = case_mix_variables(treatments.variables)
        people = modelled_patients(cursor, question.selection, variables)
    cells = {c.value: c for c in figures.found.of(found.level)}
    sizes = {u.key: len(people.get(u.key, ())) for u in found.units}
    kept = [
        u.key
        for u in found.units
        if u.key in cells
        and figures.count(cells[u.key], "measured") is not None
        and figures.effect(cells[u.key]) is not None
        and sizes[u.key] >= LEAST["mean"]
    ]
    noted = {key: _noted(found, key, people[key], figures.asked) for key in kept}
    if figures.asked.key is not None:
        close = near(tuple(cell for own in noted.values() for cell in own))
        kept = [key for place, key in enumerate(noted) if place not in close]
    every = sum(map(len, people.values()))
    # Effects weigh up to nothing over all clinics: of those left out something could be worked out.
    while kept and 0 < every - sum(sizes[key] for key in kept) < LEAST["mean"]:
        kept.remove(min(kept, key=sizes.__getitem__))
    spread = figures.found.all.scores[0].sd_first or 0.0
    units = tuple(
        _told(u, _step(spread, sizes[u.key]), set_name(found.level, u.key, ADJUSTED))
        for u in found.units
        if u.key in kept
    )
    if len(units) < 2:
        return CaseMix(found.level, found.measure, (), found.case_mix)
    cells_of = tuple(cell for key in kept for cell in noted[key])
    sets = {set_name(found.level, key, ADJUSTED): sizes[key] for key in kept}
    return _made(found, units, figures.asked, cells_of, sets)


def _noted(found: Adjusted, key: str, patients, asked: Asked) -> tuple[Noted, ...]:
    return asked.cell(f"{found.measure} · {ADJUSTED}", f"{found.level} {key}", patients)


def _made(found: Adjusted, units, asked: Asked, cells=(), sets=None) -> CaseMix:
    ordered = tuple(sorted(units, key=lambda u: _by_name(u.name)))
    messages = _messages(found, asked)
    return CaseMix(found.level, found.measure, ordered, found.case_mix, messages, cells, sets or {})


def _by_name(name: str) -> tuple[str, int, str]:
    """'Therapist 9' before 'Therapist 10'."""
    head = name.rstrip("0123456789")
    return head, int(name[len(head) :] or 0), name


def _messages(found: Adjusted, asked: Asked) -> tuple[str, ...]:
    """What bears on the effects; of a report to be shared without counts."""
    return () if asked.shares else tuple(f"{message}." for message in found.messages)


def _step(spread: float, patients: int) -> float:
    """The least of 1, 2, 5 times a power of ten that is a told part of the spread or more.
    Worked: (6, 30) -> 1 (.6 and more); (6, 80) -> .2 (.12 and more)."""
    least = spread * STEPS[nearest_5(patients) >= LEAST["decimals"]]
    if least <= 0:
        return 1.0
    ten = 10.0 ** floor(log10(least))
    return next(m * ten for m in (1, 2, 5, 10) if m * ten >= least * (1 - 1e-9))


def _told(unit: UnitScore, step: float, of: str) -> ToldUnit:
    decimals = max(0, ceil(-log10(step) - 1e-9))
    effect, low, high = (
        round(step * round(v / step), decimals) + 0.0 for v in (unit.effect, unit.low, unit.high)
    )
    return ToldUnit(unit.name, unit.key, effect, low, high, decimals, unit.reading, of)


def _unit(unit: UnitScore, decimals: int) -> ToldUnit:
    effect, low, high = (round(v, decimals) for v in (unit.effect, unit.low, unit.high))
    code = unit.name.removeprefix("Therapist ")
    name = unit.name if code == unit.name else Phrase("Therapist {code}", code=code)
    return ToldUnit(name, unit.key, effect, low, high, decimals, unit.reading)
