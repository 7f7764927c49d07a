"""What an import did, as a result and as the command's JSON."""

from dataclasses import dataclass, field
from pathlib import Path

from analysis.importing.findings.finding import Finding
from analysis.store.queries.differences import Differences


@dataclass(frozen=True, slots=True)
class FileReport:
    """One file: its display name, the unit of its rows, and read = kept + quarantined.

    cells: read = landed + refused + superseded + unused, of the mapped columns.
    """

    file: str
    role: str
    rows_read: int
    kept: int
    quarantined: int
    cells: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did.

    tables: rows of clinic, therapist, episode, session, and distinct patients as 'patient'.
    warnings: sentences with counts. quarantine_path: the CSV of refused rows, None without any.
    findings: all that was found, questions with their answers among them. mapping: with the answers
    given, to import the next file by. already_loaded: the same content was this version already;
    nothing new was written but the quarantine file. changes: from the version that stood before,
    None where there was none or it is the same.
    """

    name: str
    version: str
    files: tuple[FileReport, ...]
    tables: dict[str, int] = field(hash=False)
    warnings: tuple[str, ...]
    quarantine_path: Path | None
    already_loaded: bool
    findings: tuple[Finding, ...] = ()
    mapping: str = field(default="", repr=False)
    changes: Differences | None = None

    @property
    def rows_read(self) -> int:
        """Rows read from all files."""
        return sum(f.rows_read for f in self.files)

    @property
    def kept(self) -> int:
        """Rows kept from all files."""
        return sum(f.kept for f in self.files)

    @property
    def quarantined(self) -> int:
        """Rows refused from all files."""
        return sum(f.quarantined for f in self.files)

    def to_json(self) -> dict:
        """Plain values for `import --json`: totals, each file, each table, and the version."""
        return {
            "dataset": self.name,
            "version": self.version,
            "already_loaded": self.already_loaded,
            "rows_read": self.rows_read,
            "kept": self.kept,
            "quarantined": self.quarantined,
            "files": [
                {
                    "file": f.file,
                    "table": f.role,
                    "rows_read": f.rows_read,
                    "kept": f.kept,
                    "quarantined": f.quarantined,
                    "rows": f.rows_read,
                    "cells": dict(f.cells),
                }
                for f in self.files
            ],
            "tables": dict(self.tables),
            "warnings": list(self.warnings),
            "findings": [finding.to_json() for finding in self.findings],
            "changes": self.changes.to_json() if self.changes else None,
            "quarantine": str(self.quarantine_path) if self.quarantine_path else None,
        }
