"""An empty table for clinics that start from nothing: its columns, what each means, what may stand
in it. What is filled in comes back through the import without a question."""

import csv
import io
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import xlsxwriter

from analysis.base.errors import RequestError, did_you_mean
from analysis.base.whole_files import write_new
from analysis.measures.instruments import Instrument, find_instrument, instruments

ROWS = 5000  # that the workbook checks as they are typed
EXPLAINED = "Explanations"  # the sheet that the import doesn't read
USUAL = ("phq9", "gad7", "wai_sr")
ENDINGS = ("planned", "unplanned", "ongoing")


@dataclass(frozen=True, slots=True)
class TemplateColumn:
    """A column: its name, what it means, what may stand in it, an example.

    kind: 'text', 'whole', 'number', 'date' or 'list'. low, high: of numbers, None for open.
    """

    name: str
    means: str
    allowed: str
    example: str
    kind: str = "text"
    low: float | None = None
    high: float | None = None


def template_columns(measures: tuple[str, ...] = USUAL) -> tuple[TemplateColumn, ...]:
    """The columns of a template with the totals of these instruments.

    RequestError for an instrument that isn't known, or has no total of a known range.
    """
    return (
        TemplateColumn("clinic", "Where the treatment takes place", "any code", "north"),
        TemplateColumn(
            "therapist", "Who treats: a code, no name", "any code; empty for none", "T07"
        ),
        TemplateColumn("patient", "Whose session it is: a code, no name", "any code", "0123"),
        TemplateColumn("session", "The session's number", "0 (intake), 1, 2, …", "3", "whole", 0),
        TemplateColumn("date", "The session's day", "a date", "2026-03-31", "date"),
        *(_measured(_instrument(m)) for m in measures),
        TemplateColumn("treatment", "The kind of treatment", "one word for each kind", "CBT"),
        TemplateColumn(
            "age", "The patient's age at intake, in years", "0 to 120", "41", "whole", 0, 120
        ),
        TemplateColumn("started", "The treatment's first day", "a date", "2026-03-03", "date"),
        TemplateColumn("ended", "Its last day; empty while it goes on", "a date", "", "date"),
        TemplateColumn("ending", "How it ended", ", ".join(ENDINGS), "planned", "list"),
    )


def template_csv(columns: tuple[TemplateColumn, ...]) -> bytes:
    """The header alone, in UTF-8 with the mark by which spreadsheets know it."""
    stream = io.StringIO()
    csv.writer(stream).writerow([c.name for c in columns])
    return b"\xef\xbb\xbf" + stream.getvalue().encode("utf-8")


def template_xlsx(columns: tuple[TemplateColumn, ...]) -> bytes:
    """A workbook: an empty sheet that checks what is typed, and a sheet of explanations."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as book:
        bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        formats = {"text": text, "list": text, "date": day}
        sheet = book.add_worksheet("Sessions")
        sheet.freeze_panes(1, 0)
        for i, column in enumerate(columns):
            sheet.write_string(0, i, column.name, bold)
            sheet.set_column(i, i, max(11, len(column.name) + 2), formats.get(column.kind))
            if rule := _rule(column):
                sheet.data_validation(1, i, ROWS, i, rule)
        told = book.add_worksheet(EXPLAINED)
        for j, (heading, width) in enumerate(
            (("Column", 14), ("What it is", 48), ("What may stand in it", 30), ("Example", 14))
        ):
            told.write_string(0, j, heading, bold)
            told.set_column(j, j, width)
        for i, column in enumerate(columns, start=1):
            for j, said in enumerate((column.name, column.means, column.allowed, column.example)):
                told.write_string(i, j, said)
        told.write_string(len(columns) + 2, 0, "One row a session. What isn't known stays empty.")
    return stream.getvalue()


def write_template(path: Path, columns: tuple[TemplateColumn, ...]) -> None:
    """Writes the template as the file's name says; nothing that stands is overwritten."""
    made = {".xlsx": template_xlsx, ".csv": template_csv}.get(path.suffix.lower())
    if made is None:
        raise RequestError(
            "A template is a workbook or a text",
            where=f"'{path.name}'",
            allowed=".xlsx, .csv",
            next_step="give the file one of these endings",
        )
    try:
        write_new(path, made(columns))
    except OSError as error:
        raise RequestError(
            f"The template cannot be written ({error.strerror})",
            where=f"'{path.name}'",
            next_step="choose a new name in a folder that exists",
        ) from None


def _instrument(name: str) -> Instrument:
    found = find_instrument(name)
    usable = [i for i in instruments().values() if i.total_range is not None]
    if found is None or found.total_range is None:
        ids = [i.id for i in usable]
        raise RequestError(
            "There is no instrument of this name with a total whose range is known",
            where=f"measure '{name}'",
            allowed=", ".join(ids),
            next_step=did_you_mean(name, ids) or "take one of these",
        )
    return found


def _measured(one: Instrument) -> TemplateColumn:
    low, high = one.total_range or (0, 0)
    kind = "whole" if one.whole_totals and one.scoring == "sum" else "number"
    better = {"better": "; higher is better", "worse": "; higher is worse"}.get(one.higher_is, "")
    return TemplateColumn(
        one.id,
        f"{one.name}: total{better}",
        f"{low:g} to {high:g}",
        f"{high / 2:.0f}",
        kind,
        low,
        high,
    )


def _rule(column: TemplateColumn) -> dict | None:
    """What a spreadsheet checks as the cell is typed."""
    said = {
        "error_title": column.name,
        "error_message": f"Allowed: {column.allowed}.",
        "input_title": column.name[:32],
        "input_message": column.means[:255],
    }
    if column.kind == "list":
        return {"validate": "list", "source": list(ENDINGS), **said}
    if column.kind == "date":
        span = {"minimum": date(1950, 1, 1), "maximum": date(2100, 1, 1)}
        return {"validate": "date", "criteria": "between", **span, **said}
    if column.kind not in ("whole", "number"):
        return None
    kind = "integer" if column.kind == "whole" else "decimal"
    if column.high is None:
        return {"validate": kind, "criteria": ">=", "value": column.low or 0, **said}
    span = {"minimum": column.low, "maximum": column.high}
    return {"validate": kind, "criteria": "between", **span, **said}
