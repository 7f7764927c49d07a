"""Clinics' rates in a funnel as a sentence and a picture of a report: who lies apart.

The rule is that of the page Clinics: outside the 99.8 % limits of a funnel that allows for how much
clinics differ beyond chance, of clinics with as many patients as the page shows at first. In a
shared report the limits are made of the told rates and numbers alone.
"""

from collections.abc import Sequence

from analysis.base.phrase import Phrase, joined
from analysis.presentation.charts import clinics as charts
from analysis.presentation.charts.theme import PAPER
from analysis.presentation.words import outcome_words as words
from analysis.questions.outcomes.proportion import Proportion
from analysis.questions.units.adjusted import LEAST_PATIENTS
from analysis.questions.units.funnel import FEWEST_UNITS, Funnel, Unit, funnel
from analysis.sharing.sections.outcome_tables import Told
from analysis.sharing.sections.section import picture
from analysis.sharing.writing.document import Block, Chart, Paragraph
from analysis.store.queries.treatments.outcome_cells import Cell

FUNNEL = "Limits of 99.8 % that allow for how much clinics differ beyond chance."
LINES = (
    "Each point is a clinic; the more treatments, the narrower the limits: solid 99.8 %, dashed "
    "95 %, dotted those of chance alone. Straight line: the rate of all clinics shown."
)
OF_TOLD = "Limits and the line of all are made of the rates and numbers as they are told here."
FEW_CLINICS = (
    "With fewer than ten clinics the differences between them are hardly known: read the limits as "
    "a sketch."
)
MOST_DRAWN = 1_000  # clinics; their rows are 190 kB, and a report's chart has room for 300
HEIGHT = 220  # pixels: a third of a page, its notes with it
# What these blocks say whatever the data.
FIXED = (FUNNEL, LINES, OF_TOLD, FEW_CLINICS, charts.OUTSIDE)


def most_told(told: Told, cells: Sequence[Cell]) -> str:
    """The rate that most clinics are told in, the first of those where several are; '' for none."""
    names = [m for m in ("reliable_recovery", "reliable_improvement") if m in told.found.metrics]
    shown = {m: sum(told.figures.rate(c, m) is not None for c in cells) for m in names}
    return max(names, key=shown.__getitem__, default="")


def funnel_blocks(told: Told, cells: Sequence[Cell]) -> list[Block]:
    """Which clinics lie apart in a sentence, and the funnel where there are two clinics or more
    that a picture has room for."""
    metric = most_told(told, cells)
    large = [c for c in cells if c.value and c.patients["measured"] >= LEAST_PATIENTS]
    rates = {c.value: r for c in large if metric and (r := told.figures.rate(c, metric))}
    seen = funnel([Unit(name, _count(r), r.n) for name, r in rates.items()])
    if seen is None:
        return [Paragraph("Too few patients stand behind the clinics' rates to show them.")]
    chart = _chart(told, metric, rates, seen)
    return [Paragraph(_answer(metric, seen)), *([chart] if chart else [])]


def clinic_named(name: str) -> str:
    """A clinic in a sentence: one that is called 7 reads as a count there."""
    return Phrase("clinic {name}", name=name) if name.isdigit() else name


def _count(rate: Proportion) -> float:
    """How many a rate counts; of a told one what it gives, which need not be whole."""
    return (rate.share or 0.0) * rate.n if rate.count is None else rate.count


def _answer(metric: str, seen: Funnel) -> str:
    name = words.METRIC_LABELS[metric].lower()
    apart = _apart(seen)
    if not apart:
        said = Phrase("No clinic's {rate} lies apart from the others'.", rate=name)
        return joined([said, FUNNEL])
    one = "The {rate} of {clinics} lies apart from the others'."
    many = "The {rate} of {clinics} lie apart from the others'."
    clinics = joined([clinic_named(name) for name in apart], ", ")
    return joined([Phrase(one if len(apart) == 1 else many, rate=name, clinics=clinics), FUNNEL])


def _chart(told: Told, metric: str, rates: dict[str, Proportion], seen: Funnel) -> Chart | None:
    if not 2 <= len(seen.units) <= MOST_DRAWN or not 0 < seen.target < 1:
        return None  # where all are alike, the limits are a line
    name, apart = words.METRIC_LABELS[metric], _apart(seen)
    notes = [LINES]
    if told.figures.asked.shares:
        notes.append(OF_TOLD)
    if len(seen.units) < FEWEST_UNITS:
        notes.append(FEW_CLINICS)
    alt = (
        Phrase(
            "Funnel plot of clinics' rates over their treatments; {outside}: {clinics}.",
            outside=charts.OUTSIDE,
            clinics=joined([clinic_named(n) for n in apart], ", "),
        )
        if apart
        else "Funnel plot of clinics' rates over their treatments; all lie inside the limits."
    )
    return picture(
        Phrase("Clinics in a funnel: {rate}", rate=name.lower()),
        alt,
        charts.funnel_chart(seen, "additive", name, PAPER, rates, HEIGHT),
        notes=(joined(notes),),
        derived=charts.OF_LIMITS,
    )


def _apart(seen: Funnel) -> list[str]:
    return [placed.unit.label for placed in seen.outside("additive")]
