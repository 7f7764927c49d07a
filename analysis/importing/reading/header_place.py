"""Where a text's header stands and how many lines it takes: seen in its first records, or asked."""

import contextlib
import csv
import itertools
from dataclasses import replace
from pathlib import Path

from analysis.importing.findings.quarantine import Ledger
from analysis.importing.reading.file_mapping import FileMapping
from analysis.importing.reading.headers import header_lines, looks_like_data
from analysis.importing.reading.sniff import Content, delimiter_of


def settled_header(
    path: Path, name: str, file: FileMapping, content: Content, ledger: Ledger
) -> FileMapping:
    """Where the header stands, if anywhere: asked for where titles or data stand in its place."""
    delimiter = file.delimiter or delimiter_of(path, content.encoding, file.skip)
    titles = title_lines(path, file, content, delimiter)
    if titles:
        evidence = (
            f"{name}: lines {file.skip + 1} to {titles} look like titles above the header "
            f"(or add skip = {titles} to its [[files]] entry)"
        )
        choices = {
            "skip": f"leave them out: line {titles + 1} is the header",
            "keep": f"line {file.skip + 1} is the header",
        }
        if ledger.ask("title-lines", (name, ""), evidence, choices, "skip", titles) == "skip":
            file = replace(file, skip=titles)
    file = _settled_lines(path, name, file, content, delimiter, ledger)
    if not file.headless and _no_header(path, file, content, delimiter):
        evidence = f"{name} seems to have no header: its first line looks like the lines below it"
        choices = {
            "data": "its first line is data; the columns are called column_1, column_2, …",
            "header": "its first line is the header all the same",
        }
        if ledger.ask("no-header", (name, ""), evidence, choices) == "data":
            file = replace(file, headless=True)
    return file


def _settled_lines(path, name, file, content, delimiter, ledger) -> FileMapping:
    """How many lines the header takes: asked for where a second one stands below it."""
    lines = header_lines(_first_records(path, file, content, delimiter))
    if file.headless or file.headers > 1 or lines == 1:
        return file
    evidence = f"{name}: the header seems to take {lines} lines (or add headers = {lines})"
    choices = {"join": "they are read as one header", "data": "the second line is data"}
    answer = ledger.ask("header-lines", (name, ""), evidence, choices, "join", lines)
    return replace(file, headers=lines) if answer == "join" else file


def _no_header(path, file, content, delimiter) -> bool:
    """Whether the first line looks like data: numbers, dates, or texts that come again below."""
    records = _first_records(path, file, content, delimiter)
    return len(records) > 1 and looks_like_data(records[0], records[1:])


def _first_records(path, file, content, delimiter) -> list[list[str]]:
    with open(path, encoding=content.encoding, newline="") as stream:
        try:
            return [r for r in itertools.islice(records_of(stream, delimiter, file.skip), 200) if r]
        except csv.Error:
            return []


def title_lines(path: Path, file: FileMapping, content: Content, delimiter: str) -> int:
    """How many lines stand above the header, counted from the file's start; 0 for none.

    Title lines have one filled cell (or one text, merged over several) where most of the first
    records have several.
    """
    sample = []
    with open(path, encoding=content.encoding, newline="") as stream:
        reader = records_of(stream, delimiter, file.skip)
        with contextlib.suppress(csv.Error):  # `stage` says where a quote is broken
            sample += ((reader.line_num, record) for record in itertools.islice(reader, 50))
    widths = [(line, _filled(record)) for line, record in sample]
    wide = [line for line, width in widths if width > 1]
    if not widths or widths[0][1] > 1 or len(wide) * 2 <= len(widths):
        return 0
    return file.skip + wide[0] - 1


def _filled(record: list[str]) -> int:
    """How many cells are filled; a text that stands in all of them is one merged cell."""
    texts = [cell.strip() for cell in record if cell.strip()]
    merged = len(texts) > 1 and len(set(texts)) == 1 and not texts[0][:1].isdigit()
    return 1 if merged else len(texts)


def records_of(stream, delimiter: str, skip: int):
    """A reader of the records below the first `skip` lines."""
    for _ in range(skip):
        stream.readline()
    # strict: a quote that is not closed, or closed in mid-field, is an error and not a guess.
    return csv.reader(stream, delimiter=delimiter, strict=True)
