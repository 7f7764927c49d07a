"""Protected outcomes as ready strings: one row a group, each rate with its interval."""

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.presentation.words import outcome_words as words
from analysis.presentation.words.rounding import NBSP, NONE, percent, percent_interval
from analysis.questions.outcomes.effect_sizes import EffectSize
from analysis.questions.outcomes.proportion import Rate
from analysis.questions.outcomes.rates import Outcomes
from analysis.sharing.protection.figures import HIDDEN, SMALL, is_small, written
from analysis.sharing.request import SECTIONS
from analysis.sharing.sections.outcome_figures import Figures
from analysis.sharing.sections.section import Part, section, text_table
from analysis.sharing.writing.document import Block, KeyFigures, Table
from analysis.store.queries.outcome_cells import Cell


@dataclass(frozen=True, slots=True)
class Told:
    """What the parts say outcomes in. label: of the measures; labels: of all variables;
    instruments: of the measures. two_valued: numbers of an episode that are yes or no."""

    figures: Figures
    label: str
    labels: dict[str, str]
    instruments: frozenset[str] = frozenset()
    two_valued: frozenset[str] = frozenset()

    @property
    def found(self) -> Outcomes:
        return self.figures.found

    def too_rare_to_name(self, cell: Cell) -> bool:
        """Whether a category has so few patients that a shared file may not name it; clinics and
        periods may be named."""
        named = cell.by in ("clinic", "period")
        return self.figures.asked.shares and not named and is_small(cell.patients["episodes"])

    def first_of(self, *metrics: str) -> str:
        """The first of the metrics that the dataset's rules define, '' for none."""
        return next((m for m in metrics if m in self.found.metrics), "")


def outcome_section(name: str, blocks: list[Block | None]) -> Part:
    """The Part of outcome blocks; hidden figures are counted in tables and key figures."""
    made = section(SECTIONS[name], *blocks)
    tables = [b for b in made.blocks if isinstance(b, Table)]
    keys = [f.value for b in made.blocks if isinstance(b, KeyFigures) for f in b.figures]
    cells = [cell for table in tables for row in table.rows for cell in row]
    return Part(made, sum(text == HIDDEN for text in (*cells, *keys)))


def rate_table(told: Told, caption: str, label: str, cells: Sequence[Cell]) -> Table:
    """One row a group: treatments with both scores, each rate with its interval, effect size.

    A group without such a treatment has no row, nor has, in a shared file, a rare category: its
    name alone tells that somebody has it. A column in which every figure would be hidden is left
    out, and a note says so.
    """
    every = [cell for cell in cells if cell.counts["measured"]]
    cells = [cell for cell in every if not told.too_rare_to_name(cell)]
    columns = {"With both scores": [written(told.figures.count(c, "measured")) for c in cells]}
    for metric in told.figures.metrics(cells[0].by if cells else "all"):
        rates = [told.figures.rate(cell, metric) for cell in cells]
        columns[words.METRIC_LABELS[metric]] = [_short(rate) for rate in rates]
    effects = [told.figures.effect(cell) for cell in cells]
    columns["Effect size"] = [HIDDEN if e is None else effect_text(e) for e in effects]
    empty = [name for name, texts in columns.items() if set(texts) <= {HIDDEN}]
    shown = {name: texts for name, texts in columns.items() if name not in empty}
    names = [words.value_label(cell.value) for cell in cells]
    rows = [{label: name} | {k: v[i] for k, v in shown.items()} for i, name in enumerate(names)]
    notes = ["In brackets: 95 % intervals, those of rates in per cent."]
    if len(cells) < len(every):
        notes.append(f"Groups of 1 to {SMALL} patients are not named.")
    if empty:
        notes.append(f"Too few in every group to be shown: {', '.join(empty).lower()}.")
    return text_table(caption, rows, tuple(shown), notes)


def _short(rate: Rate | None) -> str:
    """'45 % (43–46)', or '[c]': for tables with a column a rate."""
    if rate is None:
        return HIDDEN
    bounds = interval_text(rate).removesuffix(f"{NBSP}%").replace(" to ", "–")
    return f"{share_text(rate)} ({bounds})"


def rate_text(rate: Rate) -> str:
    """'45 % (43 to 46 %)'."""
    return f"{share_text(rate)} ({interval_text(rate)})"


def share_text(rate: Rate | None) -> str:
    """'45 %', or '[c]'."""
    return HIDDEN if rate is None else percent(rate.share, rate.low, rate.high, rate.decimals)


def interval_text(rate: Rate | None) -> str:
    """'43 to 46 %', or '[c]'."""
    return HIDDEN if rate is None else percent_interval(rate.low, rate.high, rate.decimals)


def effect_text(effect: EffectSize) -> str:
    """'0.89 (0.72 to 1.06)'."""
    return f"{number(effect.d)} ({number(effect.low)} to {number(effect.high)})"


def number(value: float | None) -> str:
    """A mean or effect size in hundredths."""
    return NONE if value is None else f"{value:.2f}".replace("-", "−")
