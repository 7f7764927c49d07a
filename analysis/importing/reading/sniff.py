"""What a file is, judged by its bytes: Parquet, text in some encoding, or nothing we read."""

import codecs
import csv
import hashlib
import io
import itertools
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from analysis.base.errors import ImportRefused
from analysis.importing.reading.file_mapping import FileMapping

BLOCK = 1 << 20
SAMPLE = 50  # records that the delimiter is judged by
LONGEST_FIELD = 1_000_000  # characters; a longer "field" is an unclosed quote or no table
# What other kinds of file begin with, and what they are called in the refusal.
SIGNATURES = (
    (b"PK\x03\x04", "an Excel workbook or another zip archive"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook or another Office file"),
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a program"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"SQLite format 3", "an SQLite database"),
    (b"$FL2", "an SPSS file"),
    (b"{\\rtf", "a rich-text document"),
)
_MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<table", b"<script")


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of a file: their SHA-256, how many, and what a reader must know of them.

    kind: 'text' or 'parquet'. encoding: of the text, BOM included. line_ends: number of line
    feeds. plain: True when the text is UTF-8 without NUL bytes or carriage returns that stand
    alone, so that the fast reader may try it. bare: True when below the first line it is known to
    be ASCII without a space, tab, underscore or quote. quoted: False when it holds no quote.
    """

    sha256: str
    size: int
    kind: str
    encoding: str = ""
    line_ends: int = 0
    plain: bool = False
    bare: bool = False
    quoted: bool = True


def content_of(path: Path, name: str, file: FileMapping) -> Content:
    """Reads the file at `path` once. ImportRefused when it is empty or no table at all."""
    try:
        with open(path, "rb") as stream:
            head = stream.read(4096)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a file name"
        raise refused(
            f"The file cannot be read ({reason})", name, "check its name and rights"
        ) from None
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00"):
        raise refused("The file is empty", name, "export it again, with its header and rows")
    if head.startswith(b"PAR1"):
        sha256, size = digest(path)
        return Content(sha256, size, "parquet")
    _refuse_other_kinds(head, name)
    return _scan(path, name, file.encoding or _by_mark(head))


def delimiter_of(path: Path, encoding: str, skip: int) -> str:
    """The delimiter that splits the first records into the most fields, as the header has them."""
    with open(path, encoding=encoding, newline="", errors="replace") as stream:
        text = "".join(itertools.islice(stream, skip, skip + 4 * SAMPLE))[: 4 * BLOCK]
    return max(",;\t|", key=lambda delimiter: _score(text, delimiter))


class WrongEncoding(ImportRefused):
    """The text is not in the encoding that it was read in."""


def refused(what: str, where: str, next_step: str, allowed: str = "") -> ImportRefused:
    """An ImportRefused whose `where` is a file's display name, or a place in it."""
    return ImportRefused(what, where=where, allowed=allowed, next_step=next_step)


def _score(text: str, delimiter: str) -> tuple[bool, int]:
    widths = []
    try:
        for record in itertools.islice(
            csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), SAMPLE
        ):
            if record:
                widths.append(len(record))
    except csv.Error:
        pass
    if not widths:
        return (False, 0)
    usual = Counter(widths).most_common(1)[0][0]
    return (usual > 1 and widths[0] == usual, usual)


def _refuse_other_kinds(head: bytes, name: str) -> None:
    kinds = [kind for signature, kind in SIGNATURES if head.startswith(signature)]
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_MARKUP):
        kinds.append("a web page or another marked-up document")
    text_mark = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    strange = sum(byte < 32 and byte not in b"\t\n\r\x0c" for byte in head)
    if not kinds and not text_mark and strange > len(head) // 20:
        kinds.append("binary data")
    if kinds:
        raise refused(
            f"This is no table: it looks like {kinds[0]}",
            name,
            "export the data as CSV (UTF-8) or Parquet",
            "CSV text or Parquet, whatever the file is called",
        )


def _by_mark(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-8"


def digest(path: Path) -> tuple[str, int]:
    """A file's SHA-256 and its number of bytes."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest(), path.stat().st_size


def _scan(path: Path, name: str, encoding: str) -> Content:
    """One pass: hash, encoding proven, line ends counted."""
    decoder = codecs.getincrementaldecoder("utf-8-sig" if encoding == "utf-8" else encoding)()
    digest, size, lines, lone, last = hashlib.sha256(), 0, 0, False, b""
    nul, bare, quoted, block = False, True, False, b"-"
    with open(path, "rb") as stream:
        while block:
            block = stream.read(BLOCK)
            try:
                # ASCII behind whole characters is UTF-8 without a proof.
                if encoding != "utf-8" or not block.isascii() or decoder.getstate()[0]:
                    decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                line = lines + block[: error.start].count(b"\n") + 1
                raise _wrong_encoding(name, encoding, line) from None
            bare = bare and _is_bare(block if size else block[block.find(b"\n") + 1 :])
            digest.update(block)
            size += len(block)
            lines += block.count(b"\n")
            nul = nul or b"\x00" in block
            quoted = quoted or b'"' in block
            if last or b"\r" in block:
                joined = last + block
                ends = joined.count(b"\r\n") + joined.endswith(b"\r")
                lone = lone or joined.count(b"\r") > ends
            last = block[-1:] if block.endswith(b"\r") else b""
    plain = encoding == "utf-8" and not nul and not lone and last != b"\r"
    kind = "utf-8-sig" if encoding == "utf-8" else encoding
    return Content(digest.hexdigest(), size, "text", kind, lines, plain, plain and bare, quoted)


def _is_bare(block: bytes) -> bool:
    marks = (b" ", b"_", b'"', b"\t", b"\v", b"\f")
    return block.isascii() and not any(mark in block for mark in marks)


def _wrong_encoding(name: str, encoding: str, line: int) -> WrongEncoding:
    return WrongEncoding(
        f"The text is not {encoding.upper()}",
        where=f"{name}, near line {line}",
        allowed="UTF-8, UTF-16 with its mark, or what the mapping names",
        next_step="name the right encoding in the mapping, or save the file as UTF-8",
    )
