"""A report on its way out: admitted by the ledger, then written."""

import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from analysis.base.errors import RequestError, did_you_mean
from analysis.sharing.build import Report
from analysis.sharing.ledger import ledger
from analysis.sharing.request import PROFILES, for_the_ledger
from analysis.sharing.writing import writers


def export(
    report: Report, formats: Iterable[str], folder: Path | str, stem: str = ""
) -> tuple[Path, ...]:
    """Writes the report's files and returns their paths; all are made, or none. A file of that
    name with another content stays: the new ones get a number. stem: the files' name, '' for one
    from date and title.

    A shared file has the modes of any new file, as it is made to be handed on; one that stays
    inside is its owner's alone (0600). ExportRefused where a figure lies too near one that was
    shared before; RequestError for an unknown format or a folder that cannot be written.
    """
    formats = tuple(formats)
    check_formats(formats)
    admit(report)
    files = writers.write_beside(report.document.numbered(), formats, folder, stem)
    if report.request.profile == "internal":
        for file in files:
            os.chmod(file, 0o600)
    return files


@dataclass(frozen=True, slots=True)
class File:
    """A finished file: what it is called, its media type and its bytes."""

    format: str
    name: str
    mime: str
    content: bytes = field(repr=False)


def files(report: Report) -> tuple[File, ...]:
    """Every format of a report, admitted by the ledger: what the page offers to download.

    ExportRefused as `export` raises it; then nothing is handed out.
    """
    admit(report)
    document = report.document.numbered()
    return tuple(
        File(
            known.name,
            writers.report_name(document, kind),
            known.mime,
            writers.render(document, kind),
        )
        for kind, known in writers.FORMATS.items()
    )


def check_formats(formats: tuple[str, ...]) -> None:
    """RequestError for a format that no writer knows, before anything is computed or noted."""
    for kind in formats:
        if kind not in writers.FORMATS:
            raise RequestError(
                f"There is no report format '{kind[:20]}'",
                allowed=", ".join(writers.FORMATS),
                next_step=did_you_mean(kind, tuple(writers.FORMATS)) or "choose one of these",
            )


def as_json(report: Report, files: tuple[Path, ...]) -> dict:
    """What the command `report` prints with --json."""
    return {
        "files": [str(file) for file in files],
        "profile": report.request.profile,
        "sections": [section.heading for section in report.document.sections],
        "dataset": report.info.name,
        "version": report.info.version,
        "synthetic": report.info.synthetic,
        "suppressed": report.hidden,
    }


def as_text(report: Report, files: tuple[Path, ...]) -> str:
    """What the command `report` prints without it."""
    said = "synthetic data, " if report.info.synthetic else ""
    figures = f"{report.hidden} figure{'s' * (report.hidden != 1)} hidden"
    head = f"Report of {report.info.name} {report.info.version} ({said}{figures}), "
    return "\n".join([head + f"{PROFILES[report.request.profile]}:", *map(str, files)])


def admit(report: Report) -> None:
    """Has the ledger note what is about to be shared; ExportRefused where it may not be.

    A report that stays inside is neither compared nor noted: it is made as often as wanted.
    """
    if report.cells:
        asked = asdict(for_the_ledger(report.request))
        folder, version = report.info.path.parent, report.info.version
        noted = asked, report.people, report.told, report.beside
        ledger.admit(folder, report.cells, version, *noted)
