"""Clinics at equal case-mix as a sentence, a picture and a table of a report."""

from analysis.base.phrase import Phrase, joined
from analysis.presentation.charts import clinics as charts
from analysis.presentation.charts.theme import PAPER
from analysis.presentation.tables import cells
from analysis.presentation.tables.table import Cell, Table, laid_out
from analysis.presentation.words.rounding import estimate
from analysis.questions.units.adjusted import READING_WORDS
from analysis.sharing.sections.section import picture
from analysis.sharing.sections.telling.beside.case_mix import CaseMix, ToldUnit
from analysis.sharing.writing.document import Block, Paragraph

TITLES = {"clinic": "Clinics at equal case-mix", "therapist": "Therapists at equal case-mix"}
UNITS = {"clinic": "Clinic", "therapist": "Therapist"}
NOT_TOLD = (
    "Clinics at equal case-mix are not shown here: there are not two whose effects may be told, or "
    "beyond chance and case-mix no difference between them is left."
)
READ = (
    "Effects are predicted from one mixed model of all treatments: shrunk towards the average, the "
    "more the fewer treatments. There is no rank within an interval, and a difference that is left "
    "is no proof of good or bad work: what was not measured is not equal."
)
OTHERS = "Who is not in the table cannot be told from average, and stands in the figure."
MOST_ROWS = 60  # two pages; a table of all therapists is the page's
OF_SIGN = ("effect", "low", "high", "centre")  # a chart's columns: the told figures with their sign


def case_mix_blocks(found: CaseMix, labels: dict[str, str]) -> list[Block]:
    """What is told of a level, in the order of reading; a sentence where nothing is."""
    if not found.units:
        return [Paragraph(NOT_TOLD)] if found.level == "clinic" else []
    measure = labels.get(found.measure, found.measure)
    return [
        Paragraph(answer(found, measure)),
        picture(
            TITLES[found.level],
            _alt(found),
            charts.effects_caterpillar(_rows(found), "Points beside the average", PAPER),
            derived=OF_SIGN,
        ),
        _table(found, labels),
        *map(Paragraph, found.messages),
        Paragraph(READ),
    ]  # fmt: skip


def answer(found: CaseMix, measure: str) -> str:
    """Which units can be told from average, in a sentence without a count."""
    parts = []
    for reading, one, many in (
        ("better", "{who} does better than average", "{who} do better than average"),
        ("worse", "{who} does worse than average", "{who} do worse than average"),
    ):
        names = [unit.name for unit in found.units if unit.reading == reading]
        if names:
            parts.append(Phrase(one if len(names) == 1 else many, who=joined(names, ", ")))
    if not parts:
        nobody = {
            "clinic": "At equal case-mix, no clinic can be told from average in {measure}.",
            "therapist": "At equal case-mix, no therapist can be told from average in {measure}.",
        }
        return Phrase(nobody[found.level], measure=measure)
    return Phrase(
        "At equal case-mix, in {measure}: {found}; the others cannot be told from average.",
        measure=measure,
        found=joined(parts, "; "),
    )


def _alt(found: CaseMix) -> str:
    told = [joined([unit.name, _shown(unit)]) for unit in found.units]
    return Phrase("Effects with their 95 % intervals: {units}.", units=joined(told, "; "))


def _shown(unit: ToldUnit) -> Phrase:
    effect, low, high = _texts(unit)
    return Phrase("{d} ({low} to {high})", d=effect, low=low, high=high)


def _texts(unit: ToldUnit) -> list[str]:
    ends = (unit.effect, unit.low, unit.high)
    return [estimate(value, decimals=unit.decimals) for value in ends]


def _rows(found: CaseMix) -> list[dict]:
    """As the page draws them: the worst at the top."""
    return [
        dict(name=u.name, effect=u.effect, low=u.low, high=u.high, reading=u.reading,
             shown=_shown(u))
        for u in sorted(found.units, key=lambda u: u.effect)
    ]  # fmt: skip


def _table(found: CaseMix, labels: dict[str, str]) -> Table:
    rows, notes = [], ["Effects: points better than average."]
    units = found.units
    if len(units) > MOST_ROWS:
        units = tuple(unit for unit in units if unit.reading != "average")
        notes.append(OTHERS)
    for unit in units:
        effect, low, high = _texts(unit)
        ends = Phrase("{low} to {high}", low=low, high=high)
        rows.append(
            {
                UNITS[found.level]: cells.text(unit.name),
                "Effect": Cell(effect, unit.effect, of=unit.of),
                "95 % interval": Cell(ends, (unit.low, unit.high), of=unit.of),
                "Reading": cells.text(READING_WORDS[unit.reading]),
            }
        )
    equal = [labels.get(name, name) for name in found.equal]
    note = Phrase("Equal in: {characteristics}.", characteristics=joined(equal, ", "))
    caption = Phrase("{title}, figures", title=TITLES[found.level])
    return laid_out(caption, rows, (*notes, note), right=("Effect", "95 % interval"))
