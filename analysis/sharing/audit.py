"""The last look at a finished document before it may be shared: every number says whose it is.

A number stands in a table's cell, a key figure, a sentence or a chart. A cell and a key figure
name their set of patients (`Cell.of`); a sentence, an interval beside a figure and a chart's row
may only say again what such a figure of their section says, or what the program itself says
whatever the data (`fixed`). What a chart computes of told figures is named in `Chart.derived`.
Anything else is refused: who writes a new sentence with a number must say whose it is.

Each set that is named must be one that the ledger holds, of nobody or of more than SMALL patients.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from analysis.base.errors import ExportRefused
from analysis.presentation.tables.outcome_tables import PUBLISHED
from analysis.presentation.tables.table import Cell, Table
from analysis.sharing.protection.figures import GIVEN, HIDDEN, SMALL, sets_named
from analysis.sharing.writing.document import Chart, Document, KeyFigures, Paragraph, Section

NUMBER = re.compile(r"\d(?:[\d,]*\d)?(?:\.\d+)?|\.\d+")
_WORDS = re.compile(r"95\s%")  # of 'the 95 % interval', which each table and sentence has


def audit(document: Document, sets: Mapping[str, int], names: Iterable[str] = ()) -> None:
    """ExportRefused where a number of the document does not say whose it is.

    sets: name of a set -> its patients, of all that the ledger will hold. names: of variables,
    clinics, periods and so on, whose digits are no figures.
    """
    known = sorted({*names, *_names(document)}, key=len, reverse=True)
    for section in document.sections:
        told = set()
        for cell in (*_figures(section), *section.told):
            if NUMBER.search(cell.text) and cell.text != HIDDEN:
                _check_set(cell.of or section.of, cell.text, section, sets)
                told.add(cell.text)
        digits = {n for text in told for n in NUMBER.findall(text)}
        # The longest first: '2024 Q3' must not be left as 'Q3' for the sake of '2024'.
        apart = sorted({*section.fixed, *known}, key=len, reverse=True)
        # In a sentence '7' may be a count, though a clinic be called 7: it has to be fixed there.
        in_words = [part for part in apart if part in section.fixed or not _like_a_count(part)]
        alts = {chart.alt for chart in _charts(section)}  # which name their rows, as charts do
        for text in _texts(section):
            left = _without(text, apart if text in alts else in_words)
            for number in NUMBER.findall(left):
                if number not in digits and not section.of:
                    raise _refused(f"'{number}' in '{text[:60]}'", section)
        for chart in _charts(section):
            _check_chart(chart, digits, section, apart)


def _check_set(of: str, text: str, section: Section, sets: Mapping[str, int]) -> None:
    if not of:
        raise _refused(f"'{text[:40]}'", section)
    for name in sets_named(of):
        if name not in (PUBLISHED, GIVEN) and (name not in sets or 1 <= sets[name] <= SMALL):
            raise _refused(f"'{text[:40]}' of a set that the ledger does not hold", section)


def _check_chart(chart: Chart, digits: set[str], section: Section, apart: list[str]) -> None:
    """Each row's numbers are told ones, or derived from them; its texts as any other."""
    if section.of:
        return
    told = {float(n.replace(",", "")) for n in digits}
    for row in rows_of(chart.spec):
        for name, value in row.items():
            if name in chart.derived or value is None:
                continue
            if isinstance(value, str):
                left = _without(value, apart)
                wrong = [n for n in NUMBER.findall(left) if n not in digits]
            else:
                wrong = [] if _said(float(value), told) else [value]
            if wrong:
                raise _refused(f"'{wrong[0]}' in column '{name}' of '{chart.caption}'", section)


def _said(value: float, told: set[float]) -> bool:
    """Whether a value is a told one, as it is or in per cent."""
    return any(abs(value - t) < 1e-9 or abs(100 * value - t) < 1e-6 for t in told)


def rows_of(spec) -> Iterator[dict]:
    """Every row of data of a Vega-Lite spec."""
    if isinstance(spec, list):
        for part in spec:
            yield from rows_of(part)
    elif isinstance(spec, dict):
        for key, part in spec.items():
            if key == "values" and isinstance(part, list):
                yield from (row for row in part if isinstance(row, dict))
            elif key == "datasets":
                yield from (row for rows in part.values() for row in rows)
            else:
                yield from rows_of(part)


def _figures(section: Section) -> Iterator[Cell]:
    """Cells of tables but the first of each row, which names it, and key figures."""
    for table in _tables(section):
        yield from (cell for row in table.rows for cell in row[1:])
    for block in section.blocks:
        if isinstance(block, KeyFigures):
            yield from (figure.value for figure in block.figures)


def _texts(section: Section) -> Iterator[str]:
    for block in section.blocks:
        if isinstance(block, Paragraph):
            yield block.text
        elif isinstance(block, KeyFigures):
            yield from (t for figure in block.figures for t in (figure.label, figure.note))
    for table in _tables(section):
        yield from (table.caption, *table.notes, *(column.name for column in table.columns))
    for chart in _charts(section):
        yield from (chart.caption, chart.alt, *chart.notes)


def _charts(section: Section) -> Iterator[Chart]:
    return (block for block in section.blocks if isinstance(block, Chart))


def _tables(section: Section) -> Iterator[Table]:
    for block in section.blocks:
        if isinstance(block, Table):
            yield block
        elif isinstance(block, Chart) and block.table is not None:
            yield block.table


def _names(document: Document) -> Iterator[str]:
    """What the rows of the tables are called."""
    for table in document.tables:
        yield from (row[0].text for row in table.rows)


def _without(text: str, parts: Iterable[str]) -> str:
    """The text without these parts, where they stand as a whole: '4' is no part of '40'."""
    for part in parts:
        if part and part in text:
            before = r"(?<!\d)(?<!\d[.,])" if part[0].isdigit() else ""
            after = r"(?![.,]?\d)" if part[-1].isdigit() else ""
            text = re.sub(f"{before}{re.escape(part)}{after}", " ", text)
    return _WORDS.sub(" ", text)


def _like_a_count(name: str) -> bool:
    """Whether a name reads as a figure of a report; from 1,000 on these have a comma."""
    return bool(NUMBER.fullmatch(name)) and not (name.isdigit() and len(name) > 3)


def _refused(what: str, section: Section) -> ExportRefused:
    return ExportRefused(
        "This report is not written: a number in it does not say whose it is",
        where=f"section '{section.heading}', {what}",
        allowed="numbers that name the patients they are about, and those of fixed sentences",
        next_step="leave the section out, and report this as a defect of Rapport",
    )
