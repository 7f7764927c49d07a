"""What the parts of a report tell protected outcomes in, and what of it is hidden."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from analysis.base.phrase import Phrase, joined, stopped
from analysis.presentation.tables import outcome_tables
from analysis.presentation.tables.table import Cell as Shown
from analysis.presentation.tables.table import Table
from analysis.presentation.words import outcome_words as words
from analysis.questions.outcomes.proportion import Proportion
from analysis.questions.outcomes.rates import Outcomes
from analysis.sharing.protection.figures import HIDDEN, SMALL, is_small
from analysis.sharing.request import SECTIONS
from analysis.sharing.sections.periods import empty_cell, every_period
from analysis.sharing.sections.section import Part, section
from analysis.sharing.sections.telling.beside.before import Before
from analysis.sharing.sections.telling.beside.case_mix import CaseMix
from analysis.sharing.sections.telling.figures import Figures
from analysis.sharing.writing.document import Block, KeyFigures, Paragraph
from analysis.store.queries.treatments.outcome_cells import Cell
from analysis.store.queries.treatments.treatments import OF

FEWEST_CLINICS = 2  # to be set beside each other
NAMELESS = f"Groups of 1 to {SMALL} patients are not named."


@dataclass(frozen=True, slots=True)
class Told:
    """What the parts say outcomes in. label: of the measures; labels: of all variables;
    instruments: of the measures; targets: (metric, per cent), as the sender set them; breakdowns:
    the dimensions of groups that the report's sections show; before: of the period before;
    case_mix: of clinics, and in a report that stays inside of therapists, as far as they are told;
    reach: the first and the last period of the dataset with finished treatments.
    """

    figures: Figures
    label: str
    labels: dict[str, str]
    instruments: frozenset[str] = frozenset()
    targets: tuple[tuple[str, int], ...] = ()
    breakdowns: tuple[str, ...] = ()
    before: Before | None = None
    case_mix: tuple[CaseMix, ...] = ()
    reach: tuple[str, str] | None = None

    def named(self, by: str) -> str:
        """What a dimension is called: 'Clinic', or a variable's label."""
        if by.startswith(OF):
            return self.labels.get(by.removeprefix(OF), by)
        return words.BY_LABELS[by]

    @property
    def found(self) -> Outcomes:
        return self.figures.found

    def too_rare_to_name(self, cell: Cell) -> bool:
        """Whether a category has so few patients that a shared file may not name it; clinics and
        periods may be named."""
        named = cell.by in ("clinic", "period")
        return self.figures.asked.shares and not named and is_small(cell.patients["episodes"])

    def tells(self, cell: Cell) -> bool:
        """Whether a table has something to say of a group."""
        return tells(self.figures, cell)

    def behind_rates(self) -> tuple[Shown, ...]:
        """Of how many each shown rate is a share, as charts say it."""
        rates = (rate for cell in self.found.cells for rate in self.figures.rates(cell))
        return tuple(Shown(words.behind(rate), of=rate.of) for rate in rates)

    @property
    def fixed(self) -> tuple[str, ...]:
        """What is said of the measures and rules, whatever the data."""
        of_measures = map(stopped, self.found.messages)
        question = words.denominator_sentence(self.found.question)
        return (NAMELESS, question, *of_measures, *words.definitions(self.found.spec, self.labels))

    @property
    def anything(self) -> bool:
        """Whether a count or a rate of the whole service may be shown at all."""
        return tells_anything(self.figures)

    @property
    def tells_rates(self) -> bool:
        """Whether a rate of everybody is told in any form: else a sentence says more than signs."""
        everyone, figures = self.found.all, self.figures
        limits = (figures.bound(everyone, metric) for metric in self.found.metrics)
        return bool(figures.rates(everyone) or any(limits))

    @property
    def periods(self) -> tuple[Cell, ...]:
        """The periods from the first to the last, those without treatments in their places."""
        known = {c.value: c for c in self.found.of("period") if c.value}
        return tuple(
            known.get(name) or empty_cell("period", name) for name in every_period(list(known))
        )

    def first_of(self, *metrics: str) -> str:
        """The first of the metrics that the dataset's rules define, '' for none."""
        return next((m for m in metrics if m in self.found.metrics), "")


def tells_anything(figures: Figures) -> bool:
    """Whether a count or a rate of everybody is told: without any, no section tells a group's. Of
    treatments that go on nothing is told: what became of them is open."""
    everyone = figures.found.all
    shown = (figures.count(everyone, n) for n in ("episodes", "finished", "measured"))
    if not everyone.counts["finished"]:
        return False
    return any(n is not None for n in shown) or bool(figures.rates(everyone))


def printed_of(figures: Figures, by: Iterable[str]) -> tuple[str, ...]:
    """The breakdowns of which a section prints a table: none where nothing is told of everybody,
    and no clinics where fewer than two are told. What is not printed is not noted as told: a later
    report would add up figures that nobody has seen."""
    if not tells_anything(figures):
        return ()
    clinics = [c for c in figures.found.of("clinic") if c.counts["measured"] and tells(figures, c)]
    return tuple(name for name in by if name != "clinic" or len(clinics) >= FEWEST_CLINICS)


def tells(figures: Figures, cell: Cell) -> bool:
    """Whether a table has something to say of a group: its number, a rate, or limits."""
    limits = (figures.bound(cell, metric) for metric in figures.metrics(cell.by))
    return bool(figures.count(cell, "measured") or figures.rates(cell) or any(limits))


def outcome_section(
    name: str,
    told: Told,
    blocks: list[Block | None],
    further: Iterable[Shown] = (),
    fixed: Iterable[str] = (),
) -> Part:
    """The Part of outcome blocks; hidden figures are counted in tables and key figures.

    further: told figures that sentences say and no table; fixed: sentences without any figure.
    """
    made = replace(
        section(SECTIONS[name], *blocks),
        told=(*told.behind_rates(), *further),
        fixed=tuple(text for text in (*told.fixed, *fixed) if text),
    )
    tables = [b for b in made.blocks if isinstance(b, Table)]
    keys = [f.value for b in made.blocks if isinstance(b, KeyFigures) for f in b.figures]
    cells = [cell for table in tables for row in table.rows for cell in row]
    return Part(made, sum(cell.text == HIDDEN for cell in (*cells, *keys)))


def rate_table(told: Told, caption: str, label: str, groups: Sequence[Cell]) -> Table | Paragraph:
    """One row a group; a period keeps its place without treatments. A rare category has none in a
    shared file: its name alone tells that somebody has it. A sentence where nothing is left."""
    places = any(cell.by == "period" for cell in groups)
    every = [cell for cell in groups if cell.counts["measured"] or places]
    kept = [cell for cell in every if not told.too_rare_to_name(cell)]
    notes = [NAMELESS] if len(kept) < len(every) else []
    if not any(told.tells(cell) for cell in kept):
        few = Phrase("{table}: too few in every group to be shown.", table=caption)
        return Paragraph(joined([few, *notes]))
    return outcome_tables.by_group(told.figures, caption, label, kept, notes, places).for_paper()


def rate_text(rate: Proportion) -> str:
    """'45 % (43 to 46 %)'."""
    return Phrase("{share} ({interval})", share=share_text(rate), interval=interval_text(rate))


def share_text(rate: Proportion | None) -> str:
    """'45 %', or '[c]'."""
    return outcome_tables.share(rate, Shown(HIDDEN)).text


def interval_text(rate: Proportion | None) -> str:
    """'43 to 46 %', or '[c]'."""
    return outcome_tables.interval(rate, Shown(HIDDEN)).text
