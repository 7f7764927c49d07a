"""The import: every file read as text, judged as a whole, landed as a new version or not at all."""

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from analysis.base.errors import ImportRefused
from analysis.importing.findings.quarantine import Ledger, write_quarantine
from analysis.importing.findings.report import FileReport, ImportReport
from analysis.importing.judging.judge import judge
from analysis.importing.judging.landing import land
from analysis.importing.judging.row_owners import name_units
from analysis.importing.meaning.mapping import Mapping
from analysis.importing.meaning.plan import Plan, file_mapping, make_plan
from analysis.importing.reading.file_mapping import FileMapping
from analysis.importing.reading.read import Staged, stage
from analysis.importing.reading.sniff import refused
from analysis.store.place import Store, chosen
from analysis.store.versions.dataset import Writer, new_version
from analysis.store.versions.hardened import DatabaseError, OutOfMemory
from analysis.store.versions.naming import check_dataset_name

_LONGEST_NAME = 100  # characters of a file's name that are shown


def import_files(name: str, paths, mapping: Mapping, store: Store | None = None) -> ImportReport:
    """Imports one or more CSV or Parquet files as a new version of the dataset `name`.

    paths: the files. mapping: what their columns mean (`guess_mapping` proposes one).
    For each file, rows read = rows kept + rows quarantined. The originals are kept beside the
    version under their hash, refused rows in `<version>.quarantine.csv`, both mode 0600.
    store: where it shall lie, None for this process's own.
    Raises ImportRefused (the store is then as it was) or StoreError.
    """
    check_dataset_name(name)
    paths = [Path(p) for p in paths]
    if not paths:
        raise refused("No file was given", "import", "name at least one CSV or Parquet file")
    names = _display_names(paths)
    store = chosen(store)
    with _private_copies(paths, names, store) as copies:
        try:
            return _import(name, copies, names, mapping, store)
        except OutOfMemory:
            raise refused(
                "The files need more memory than the import may use",
                ", ".join(names),
                "split them, or leave out columns that are not needed",
            ) from None
        except DatabaseError as error:
            # The database's own message may hold a patient's value: only its kind is passed on.
            raise refused(
                f"The rows could not be judged ({type(error).__name__})",
                ", ".join(names),
                "report this with the mapping; the store is as it was",
            ) from None


def _import(
    name: str, copies: list[Path], names: list[str], mapping: Mapping, store: Store
) -> ImportReport:
    with new_version(name, store) as writer:
        ledger = Ledger(writer.connection)
        plan = make_plan(mapping, _stage_all(writer, copies, names, mapping, ledger))
        writer.add_variables([v.variable() for v in plan.mapping.variables])
        judge(writer.connection, plan, ledger)
        name_units(writer.connection, plan, ledger)
        land(writer.connection, plan, ledger)
        files = _file_reports(writer, plan, ledger)
        _describe(writer, plan, files, ledger)
        refused_rows = ledger.rows(names)
        if refused_rows:
            writer.keep_beside("quarantine.csv", lambda path: write_quarantine(path, refused_rows))
        writer.keep_beside("originals", lambda folder: _keep_originals(folder, plan, copies))
        _drop_temporary(writer.connection)
    quarantine = writer.info.path.with_suffix(".quarantine.csv") if refused_rows else None
    return ImportReport(
        name,
        writer.info.version,
        files,
        dict(writer.info.counts),
        ledger.warnings,
        quarantine,
        writer.already_loaded,
    )


def _stage_all(writer: Writer, copies, names, mapping: Mapping, ledger: Ledger) -> list[Staged]:
    staged = []
    for index, (path, name) in enumerate(zip(copies, names, strict=True)):
        entry = file_mapping(mapping, name, only=len(copies) == 1)
        entry = entry or FileMapping(name=name, role="")
        staged.append(stage(writer.connection, path, name, index, entry, ledger))
    hashes = [s.content.sha256 for s in staged]
    for i, s in enumerate(staged):
        if s.content.sha256 in hashes[:i]:
            raise refused("Two of the files are the same", s.name, "name each file once")
    return staged


def _file_reports(writer: Writer, plan: Plan, ledger: Ledger) -> tuple[FileReport, ...]:
    """Counts each file's rows, and proves that those kept in sessions are those that landed."""
    reports = []
    for staged in plan.files:
        quarantined = ledger.count(staged.index)
        kept = staged.read - quarantined
        reports.append(FileReport(staged.name, staged.file.role, staged.read, kept, quarantined))
    kept = sum(r.kept for r in reports if r.role == "session")
    landed = writer.connection.execute("SELECT count(*) FROM session").fetchone()[0]
    if kept != landed:
        raise refused(
            f"The count does not come out: {kept} session rows kept, {landed} landed",
            ", ".join(r.file for r in reports),
            "report this with the mapping; the store is as it was",
        )
    if not kept:
        raise _nothing_left(reports, ledger)
    return tuple(reports)


def _nothing_left(reports: list[FileReport], ledger: Ledger) -> ImportRefused:
    reasons = ledger.connection.execute(
        "SELECT col, reason, count(*) AS n FROM problem GROUP BY ALL ORDER BY n DESC, col LIMIT 3"
    ).fetchall()
    said = "; ".join(f"{n} rows: '{col}' {reason}" for col, reason, n in reasons)
    return refused(
        "No session row could be kept",
        ", ".join(r.file for r in reports),
        f"correct the mapping or the file ({said})",
    )


def _describe(writer: Writer, plan: Plan, files: tuple[FileReport, ...], ledger: Ledger) -> None:
    outcomes = [
        v.name for v in plan.mapping.variables if v.factor == "outcome" and v.unit == "session"
    ]
    writer.set_meta("main_outcome", plan.mapping.main_outcome or (outcomes or [""])[0])
    writer.set_meta("mapping", replace(plan.mapping, reasons=()).to_toml())
    sources = [
        {
            "file": s.name,
            "sha256": s.content.sha256,
            "bytes": s.content.size,
            "role": r.role,
            "rows_read": r.rows_read,
            "kept": r.kept,
            "quarantined": r.quarantined,
        }
        for s, r in zip(plan.files, files, strict=True)
    ]
    writer.set_meta("sources", sources)
    writer.set_meta("import_report", {"warnings": list(ledger.warnings)})


def _drop_temporary(connection) -> None:
    """Frees what the judging needed before the version is checked and hashed."""
    tables = connection.execute("SELECT table_name FROM duckdb_tables() WHERE temporary").fetchall()
    for (table,) in tables:
        connection.execute(f"DROP TABLE {table}")


def _keep_originals(folder: Path, plan: Plan, copies: list[Path]) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    for staged, copy in zip(plan.files, copies, strict=True):
        kept = folder / staged.content.sha256
        if not kept.exists():
            shutil.copyfile(copy, kept)
            os.chmod(kept, 0o600)


def _display_names(paths: list[Path]) -> list[str]:
    """The files' names for display: no folders, nothing unseen, not too long, no two alike."""
    names = []
    for path in paths:
        # Also folders as another system writes them: a browser may send either.
        base = path.name.replace("\\", "/").rsplit("/", 1)[-1]
        shown = "".join(c for c in base if c.isprintable())[:_LONGEST_NAME] or "file"
        names.append(shown if shown not in names else f"{shown} ({len(names) + 1})")
    return names


@contextlib.contextmanager
def _private_copies(paths: list[Path], names: list[str], store: Store) -> Iterator[list[Path]]:
    """Copies that only the owner can read: what is judged is what is kept, to the byte."""
    folder = store.root.resolve() / f".incoming-{os.getpid()}-{secrets.token_hex(4)}"
    folder.mkdir(parents=True, mode=0o700)
    try:
        copies = []
        for i, (path, name) in enumerate(zip(paths, names, strict=True)):
            copies.append(folder / str(i))
            try:
                shutil.copyfile(path, copies[-1])
            except (OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or "not a file name"
                raise refused(
                    f"The file cannot be read ({reason})", name, "check its name and rights"
                ) from None
            os.chmod(copies[-1], 0o600)
        yield copies
    finally:
        shutil.rmtree(folder, ignore_errors=True)
