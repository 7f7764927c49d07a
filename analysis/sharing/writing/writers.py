"""The one way out: a document as the bytes of a format, or as files in a folder."""

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from analysis.base.errors import RequestError, did_you_mean
from analysis.presentation.exports import file_name
from analysis.sharing.writing.checked import checked
from analysis.sharing.writing.document import Document
from analysis.sharing.writing.html import html
from analysis.sharing.writing.pdf import pdf
from analysis.sharing.writing.word_file import word
from analysis.sharing.writing.workbook.sheets import xlsx


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file: what a reader knows it as, its media type, and what writes it."""

    name: str
    mime: str
    render: Callable[[Document], bytes]


MOST_OF_A_NAME = 1000
_OFFICE = "application/vnd.openxmlformats-officedocument"
FORMATS = {
    "html": Format("Web page", "text/html", html),
    "pdf": Format("PDF", "application/pdf", pdf),
    "docx": Format("Word document", f"{_OFFICE}.wordprocessingml.document", word),
    "xlsx": Format("Excel workbook", f"{_OFFICE}.spreadsheetml.sheet", xlsx),
}


def render(document: Document, kind: str) -> bytes:
    """`document`, checked, as the bytes of one of FORMATS; the same document, the same bytes.

    Raises RequestError for an unknown format and for a document that no format can show.
    """
    return _format(kind).render(checked(document))


def write(
    document: Document, kinds: Iterable[str], folder: Path | str, stem: str = ""
) -> tuple[Path, ...]:
    """Writes a file for each of `kinds` into `folder` (made if absent) and returns their paths.

    stem: the files' name without its ending; else from date, title and period. Each file appears
    complete or not at all, and none unless all could be written; one of that name is replaced.
    Raises RequestError as `render` does, and for a folder that cannot be written.
    """
    kinds = tuple(dict.fromkeys(kinds))
    if not kinds:
        raise RequestError("No format was chosen.", allowed=", ".join(FORMATS))
    rendered = [(report_name(document, kind, stem), render(document, kind)) for kind in kinds]
    folder = Path(folder).expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _appear({folder / name: content for name, content in rendered})
    except OSError as error:
        raise RequestError(
            f"The report cannot be written: {error.strerror or 'the folder does not answer'}.",
            where=str(folder),
            next_step="choose a folder that you may write to and that has room",
        ) from error


def write_beside(
    document: Document, kinds: Iterable[str], folder: Path | str, stem: str = ""
) -> tuple[Path, ...]:
    """As `write`, but no other content is replaced: a number is added to all the names instead."""
    kinds, folder = tuple(dict.fromkeys(kinds)), Path(folder).expanduser()
    content = {kind: render(document, kind) for kind in kinds}
    base = stem or " ".join(_parts(document))
    for number in range(1, MOST_OF_A_NAME):
        named = stem if number == 1 else f"{base} {number}"
        paths = {kind: folder / report_name(document, kind, named) for kind in kinds}
        if all(_is_free(path, content[kind]) for kind, path in paths.items()):
            return write(document, kinds, folder, named)
    raise RequestError(
        f"The folder holds {MOST_OF_A_NAME - 1} reports of this name already",
        where=str(folder),
        next_step="give the report another title, or choose another folder",
    )


def _is_free(path: Path, content: bytes) -> bool:
    try:
        return not path.exists() or path.read_bytes() == content
    except OSError:
        return False


def report_name(document: Document, kind: str, stem: str = "") -> str:
    """The file's name: '2026-11-24_outcomes-of-the-service_2026-q3.pdf', 'synthetic' in front of
    made-up data, 'internal' behind what is not for sharing."""
    parts = [stem] if stem else _parts(document)
    internal = ["internal"] if document.profile == "internal" else []
    return file_name(*parts, *internal, ending=kind, synthetic=document.synthetic)


def _parts(document: Document) -> list[str]:
    return [document.date.isoformat(), document.title[:60], document.period]


def _format(kind: str) -> Format:
    if kind not in FORMATS:
        raise RequestError(
            f"There is no report format '{kind}'.",
            allowed=", ".join(FORMATS),
            next_step=did_you_mean(kind, tuple(FORMATS)),
        )
    return FORMATS[kind]


def _appear(made: dict[Path, bytes]) -> tuple[Path, ...]:
    """Writes all beside their places and renames them once all are whole: a reader never meets
    half a file, nor where the disk is full some of a report's files."""
    beside = {path: path.with_name(f".{path.name}.{os.getpid()}.part") for path in made}
    try:
        for path, content in made.items():
            beside[path].write_bytes(content)
        for path in made:
            os.replace(beside[path], path)
    finally:
        for part in beside.values():
            with suppress(OSError):
                part.unlink()
    return tuple(made)
