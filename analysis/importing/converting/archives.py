"""What a zip archive holds, looked at before anything in it is unpacked or parsed."""

import lzma
import re
import zipfile
import zlib
from pathlib import Path

from analysis.base.errors import ImportRefused
from analysis.importing.converting.percents import column_number, percent_cells, percent_styles

# Bombs: a real workbook packs ten- to thirtyfold; shared strings of one text reach a hundred.
MOST_BYTES = 400_000_000
MOST_RATIO = 100
MOST_PARTS = 1_000
_DAMAGED = "This is no table: an Excel workbook or another zip archive, cut off or damaged"
RATIO_COUNTS_FROM = 1_000_000  # bytes; small parts of equal lines pack well and harm nobody
MOST_CELLS = 20_000_000  # of the rectangle that a sheet's references span, as it is held in memory
_REFERENCE = re.compile(rb'<c[^>]{0,80}?\br="([A-Z]{1,3})(\d{1,7})"')
_HIDDEN = re.compile(rb'<row[^>]*\br="(\d+)"[^>]*\bhidden="(?:1|true)"')
_HIDDEN_TURNED = re.compile(rb'<row[^>]*\bhidden="(?:1|true)"[^>]*\br="(\d+)"')
_UNVALUED = re.compile(rb"<c[^>]*><f[^>]*(?:/>|>[^<]*</f>)(?:<v\s*/>|<v></v>)?</c>")
_MARKUP = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


# How a damaged or odd archive fails: when its directory is read, and when a part is unpacked (each
# compression has an error of its own; an unknown one is a RuntimeError).
UNOPENED = (zipfile.BadZipFile, OSError, ValueError, RuntimeError)
UNREAD = (zipfile.BadZipFile, OSError, EOFError, RuntimeError, zlib.error, lzma.LZMAError)


def opened(path: Path, name: str) -> zipfile.ZipFile:
    """The archive, once its directory shows nothing that is out of measure."""
    try:
        archive = zipfile.ZipFile(path)
        parts = archive.infolist()
    except UNOPENED:
        raise _refused(_DAMAGED, name, "save or export it again") from None
    if len(parts) > MOST_PARTS:
        raise _refused(f"The archive has {len(parts)} parts", name, "pack the one table alone")
    if any(p.flag_bits & 1 for p in parts):
        raise _refused("The archive is protected by a password", name, "save it without one")
    size = sum(p.file_size for p in parts)
    dense = any(
        p.file_size > RATIO_COUNTS_FROM and p.file_size > MOST_RATIO * max(p.compress_size, 1)
        for p in parts
    )
    if size > MOST_BYTES or dense:
        raise _refused(
            "The archive unpacks to far more than it holds",
            name,
            "export the table as CSV text",
            f"{MOST_BYTES // 10**6} MB, and {MOST_RATIO} times a part's packed size",
        )
    return archive


def check_workbook(archive: zipfile.ZipFile, name: str) -> dict[str, dict]:
    """Looks at a workbook's XML parts; returns what each worksheet part hides.

    Part -> {hidden: numbers of hidden rows, unvalued: cells with a formula and no value, percent:
    (row, column) from 0 on of numbers that the workbook shows as per cent}. Refused:
    macros, document type definitions, and references that span more than can be read.
    """
    found, styles = {}, b""
    for part in archive.infolist():
        lowered = part.filename.lower()
        if lowered.endswith("vbaproject.bin"):
            raise _refused("The workbook holds macros", name, "save it as .xlsx, without macros")
        if not lowered.endswith((".xml", ".rels")):
            continue
        content = _content(archive, part, name)
        if _MARKUP.search(content):
            raise _refused(
                "The file declares a document type, which no workbook does",
                name,
                "open it and save it again as .xlsx, or export CSV",
            )
        if "/worksheets/" in lowered or lowered.startswith("xl/worksheets"):
            _check_span(content, name)
            rows = {int(r) for p in (_HIDDEN, _HIDDEN_TURNED) for r in p.findall(content)}
            found[part.filename] = {
                "hidden": sorted(rows),
                "unvalued": len(_UNVALUED.findall(content)),
                "cells": content if b" s=" in content else b"",
            }
        elif lowered == "xl/styles.xml":
            styles = content
    told = percent_styles(styles)
    for sheet in found.values():
        sheet["percent"] = percent_cells(sheet.pop("cells"), told)
    return found


def only_table(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    """The one table in a zip archive."""
    tables = [
        p
        for p in archive.infolist()
        if not p.is_dir()
        and not p.filename.startswith("__MACOSX/")
        and not p.filename.rsplit("/", 1)[-1].startswith(".")
    ]
    if len(tables) != 1:
        raise _refused(
            f"The archive holds {len(tables)} files",
            name,
            "unpack it and name the files",
            "an archive with one file",
        )
    return tables[0]


def _content(archive: zipfile.ZipFile, part: zipfile.ZipInfo, name: str) -> bytes:
    try:
        with archive.open(part) as stream:
            return stream.read(part.file_size + 1)
    except UNREAD:
        raise _refused("A part of the archive is damaged", name, "save it again") from None


def _check_span(content: bytes, name: str) -> None:
    columns, last = 1, 1
    for column, row in _REFERENCE.findall(content):
        columns, last = max(columns, column_number(column)), max(last, int(row))
    if columns * last > MOST_CELLS:
        raise _refused(
            f"The sheet's cells span {last} rows and {columns} columns",
            name,
            "delete what stands far from the table, or export the table as CSV",
            f"{MOST_CELLS:,} cells",
        )


def _refused(what: str, name: str, next_step: str, allowed: str = "") -> ImportRefused:
    return ImportRefused(what, where=name, allowed=allowed, next_step=next_step)
