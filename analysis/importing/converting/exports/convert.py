"""Which of these a text is by its first bytes, and its tables as CSV."""

import codecs
import csv
import re
from pathlib import Path

from analysis.base.errors import ImportRefused
from analysis.importing.converting.exports.old_workbooks import worksheets
from analysis.importing.converting.exports.pages import page_tables
from analysis.importing.converting.exports.records import records

HTML, XML_2003, JSON = "html", "xml2003", "json"
_XML_2003 = b"urn:schemas-microsoft-com:office:spreadsheet"
_PAGE = (b"<html", b"<!doctype html", b"<table", b"<head", b"<meta", b"<body", b"<style", b"<div")
_RECORDS = re.compile(rb'\[\s*\{\s*["}]|\{\s*"')
_CHARSET = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?\s*([\w-]{2,20})", re.IGNORECASE)
HEAD = 4096  # bytes that tell the kind


def kind_of_text(head: bytes) -> str:
    """HTML, XML_2003, JSON or '' by a file's first HEAD bytes."""
    start = head.lstrip(codecs.BOM_UTF8 + b" \t\r\n").lower()
    if start.startswith(b"<?xml"):
        return XML_2003 if _XML_2003 in head else HTML if b"<html" in start else ""
    if start.startswith(_PAGE):
        return HTML
    return JSON if _RECORDS.match(start) else ""


def convert_export(path: Path, kind: str, name: str, folder: Path) -> list[dict]:
    """The tables of the file as CSV in `folder`, told as `convert_workbook` tells sheets.

    ImportRefused where it holds none, or is damaged.
    """
    told = []
    tables = _tables(path.read_bytes(), kind, name)
    for number, (sheet, rows) in enumerate((s, r) for s, r in tables if len(r) > 1):
        width = max(map(len, rows))
        if width < 2:
            continue
        target = folder / f"table-{number}.csv"
        with open(target, "w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows([*row, *[""] * (width - len(row))] for row in rows)
        found = dict(sheet=sheet, file=target.name, rows=len(rows) - 1, columns=width)
        told.append(found | dict(hidden=0, unvalued=0, merged=0, invisible=False))
    if not told:
        raise _refused(name, _NOTHING[kind])
    return told


_NOTHING = {
    HTML: "it looks like a web page without rows and columns",
    XML_2003: "it looks like a workbook without rows and columns",
    JSON: "it looks like JSON, and holds no list of records",
}


def _tables(raw: bytes, kind: str, name: str) -> list[tuple[str, list[list[str]]]]:
    try:
        if kind == JSON:
            return [("", records(_text(raw)))]
        if kind == XML_2003:
            return worksheets(raw, name)
    except ValueError:
        raise _refused(name, "it looks like an export that is cut off or damaged") from None
    return [(f"Table {i}", rows) for i, rows in enumerate(page_tables(_text(raw)), start=1)]


def _text(raw: bytes) -> str:
    """By its mark, by the encoding that it declares, as UTF-8, or as Windows-1252."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16", "replace")
    declared = _CHARSET.search(raw[:HEAD])
    for encoding in (declared[1].decode("ascii") if declared else "utf-8", "utf-8"):
        try:
            return raw.decode(encoding).removeprefix("\ufeff")
        except (LookupError, UnicodeDecodeError):
            continue
    return raw.decode("cp1252", "replace")


def _refused(name: str, what: str) -> ImportRefused:
    return ImportRefused(
        f"This is no table: {what}",
        where=name,
        allowed="a table in it, CSV text, a workbook or Parquet, whatever the file is called",
        next_step="export the data as CSV (UTF-8), or as a workbook",
    )
