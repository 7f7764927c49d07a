"""The import: every file read as text, judged as a whole, landed as a new version or not at all."""

import os
import shutil
from dataclasses import asdict, replace
from pathlib import Path

from analysis.base.background.stages import tell
from analysis.base.errors import ImportRefused
from analysis.importing.converting.kept import conversions_kept
from analysis.importing.converting.sheets import IN
from analysis.importing.findings.finding import Answers, Finding, QuestionsOpen
from analysis.importing.findings.quarantine import Ledger, write_quarantine
from analysis.importing.findings.report import FileReport, ImportReport
from analysis.importing.judging.accounts import ask_about_losses, count_cells
from analysis.importing.judging.judge import judge
from analysis.importing.judging.row_owners import name_units
from analysis.importing.landing.land import land
from analysis.importing.meaning.identities import settle_identities
from analysis.importing.meaning.mapping import KEYS, Mapping
from analysis.importing.meaning.plan import Plan, make_plan
from analysis.importing.reading.headers import clean_name
from analysis.importing.reading.read import Staged
from analysis.importing.reading.sniff import refused
from analysis.importing.scoring.ranges import one_range
from analysis.importing.scoring.scored import as_mapped, score_items
from analysis.importing.shaping.baseline import SUFFIX
from analysis.importing.shaping.tied_sheets import tables_within
from analysis.importing.staging import stage_all
from analysis.importing.standing import Standing, ask_about_standing, standing_version
from analysis.importing.uploads import display_names, private_copies
from analysis.store.place import Store, chosen
from analysis.store.queries.differences import Differences, differences
from analysis.store.versions import catalogue
from analysis.store.versions.dataset import Writer, new_version
from analysis.store.versions.hardened import DatabaseError, OutOfMemory, one_row
from analysis.store.versions.naming import check_dataset_name, literal, quoted


def import_files(
    name: str,
    paths,
    mapping: Mapping,
    store: Store | None = None,
    answers: Answers | None = None,
    standing: Standing | None = None,
) -> ImportReport:
    """Imports one or more CSV or Parquet files as a new version of the dataset `name`.

    paths: the files. mapping: what their columns mean (`guess_mapping` proposes one). answers: to
    the questions that the files leave open, beside those in the mapping; without any, what is
    recommended is taken, and what has no recommendation is refused. standing: the version to add
    to, None where the files are all of the dataset.
    For each file, rows read = rows kept + rows quarantined. The originals are kept beside the
    version under their hash, refused rows in `<version>.quarantine.csv`, both mode 0600.
    store: where it shall lie, None for this process's own.
    Raises QuestionsOpen, another ImportRefused (the store is then as it was) or StoreError.
    """
    check_dataset_name(name)
    paths = [Path(p) for p in paths]
    if not paths:
        raise refused("No file was given", "import", "name at least one CSV or Parquet file")
    names = display_names(paths)
    if standing is not None:
        paths, names = standing.before(paths, names)
    store = chosen(store)
    with private_copies(paths, names, store) as copies, conversions_kept(store):
        try:
            return _import(name, copies, names, mapping, store, answers or Answers(), standing)
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


def import_answered(
    name: str, paths, mapping: Mapping, store: Store | None = None, answers: Answers | None = None
) -> ImportReport:
    """`import_files`, where the answer to 'existing' says whether they join what stands."""
    standing = None
    if answers and dict(answers.given).get("existing") == "append":
        standing = standing_version(name, store)
    if standing is not None:
        mapping = standing.with_files(mapping, paths)
    return import_files(name, paths, mapping, store, answers, standing)


def _import(
    name, copies, names, mapping: Mapping, store: Store, answers: Answers, standing
) -> ImportReport:
    before = standing_version(name, store)
    with new_version(name, store) as writer:
        given = dict(mapping.answers) | dict(answers.given)
        answers = replace(answers, given=tuple(given.items()))
        ledger = Ledger(writer.connection, answers)
        ledger.take(mapping.questions)
        tell(0.2, "Reading the files")
        copies, names = tables_within(copies, names, ledger, store)
        staged = stage_all(writer.connection, copies, names, mapping, ledger)
        tell(0.4, "Looking at each column")
        mapping, touched = settle_identities(writer.connection, mapping, staged, ledger)
        # Of a workbook with a sheet that tells who patients are no sheet is kept as it came.
        whose = {s.content.sha256 for s in staged if s.index in touched}
        touched = {s.index for s in staged if s.content.sha256 in whose}
        one_range(writer.connection, mapping, staged, ledger)
        scoring, staged = score_items(writer.connection, mapping, staged, ledger)
        plan = _planned(scoring, staged, ledger)
        plan = replace(plan, earlier=len(standing.sources) if standing else 0)
        writer.add_variables([v.variable() for v in plan.mapping.variables])
        tell(0.5, "Judging every cell")
        judge(writer.connection, plan, ledger)
        tell(0.6, "Finding whose each row is")
        name_units(writer.connection, plan, ledger)
        tell(0.7, "Putting the sessions in their order")
        land(writer.connection, plan, ledger)
        ask_about_losses(writer.connection, plan, ledger)
        writer.set_meta("main_outcome", plan.main_outcome)
        if standing is None:
            ask_about_standing(writer, ledger)
        if ledger.open:
            raise QuestionsOpen(ledger.open)
        tell(0.85, "Counting every cell, and writing the version")
        files = _file_reports(writer, plan, ledger)
        names = [s.name for s in plan.files]
        findings = _findings(ledger, names)
        answered = _answered(_seen(as_mapped(plan.mapping, mapping), plan), ledger)
        _describe(writer, plan, files, ledger, answered, touched)
        refused_rows = ledger.rows(names)
        if refused_rows:
            writer.keep_beside("quarantine.csv", lambda path: write_quarantine(path, refused_rows))
        writer.keep_beside("originals", lambda folder: _keep_originals(folder, plan, copies, clean))
        clean = {i: _cleaned(writer, plan, mapping, i, copies[i].parent) for i in touched}
        _drop_temporary(writer.connection)
    quarantine = writer.sealed.path.with_suffix(".quarantine.csv") if refused_rows else None
    return ImportReport(
        name,
        writer.sealed.version,
        files,
        dict(writer.sealed.counts),
        (*ledger.warnings, *(q.sentence() for q in ledger.questions)),
        quarantine,
        writer.already_loaded,
        findings,
        answered,
        _changes(before, name, writer.sealed.version, store),
    )


def _changes(before: Standing | None, name: str, version: str, store: Store) -> Differences | None:
    if before is None or before.version == version:
        return None
    old, new = (catalogue.find(name, v, store=store) for v in (before.version, version))
    return differences(old, new)


def _planned(mapping: Mapping, staged: list[Staged], ledger: Ledger) -> Plan:
    """The plan; a mapping that doesn't fit while a question on the reading is open is due to it."""
    try:
        return make_plan(mapping, staged)
    except ImportRefused:
        if ledger.open:
            raise QuestionsOpen(ledger.open) from None
        raise


def _findings(ledger: Ledger, names: list[str]) -> tuple[Finding, ...]:
    warned = (Finding("note", "warn", "", "", 0, sentence) for sentence in ledger.warnings)
    return (*ledger.questions, *ledger.quarantines(names), *warned)


def _answered(mapping: Mapping, ledger: Ledger) -> str:
    """The mapping with all answers, as TOML: what the next file is imported by."""
    answers = dict(mapping.answers) | {q.code: q.answer for q in ledger.questions if q.answer}
    answers.pop("existing", None)  # asked at each import: else February would replace January
    return replace(mapping, answers=tuple(answers.items())).to_toml()


def _seen(mapping: Mapping, plan: Plan) -> Mapping:
    """The mapping with the columns that it doesn't read: they are not new next time."""
    used = {clean_name(c) for v in mapping.variables for c in v.columns}
    used |= {plan.column(staged, key) for staged in plan.files for key in KEYS}
    used |= {clean_name(c) for staged in plan.files for _, c in staged.file.columns}
    seen = dict.fromkeys(c for staged in plan.files for c in staged.header)
    return replace(mapping, left_out=tuple(c for c in seen if c not in used))


def _file_reports(writer: Writer, plan: Plan, ledger: Ledger) -> tuple[FileReport, ...]:
    """Counts each file's rows, and proves that those kept in sessions are those that landed."""
    reports, accounts = [], count_cells(writer.connection, plan, ledger)
    for staged in plan.files:
        quarantined = ledger.count(staged.index)
        kept = staged.read - quarantined
        cells = tuple(asdict(accounts[staged.index]).items())
        reports.append(
            FileReport(staged.name, staged.file.role, staged.read, kept, quarantined, cells)
        )
    kept = sum(r.kept for r in reports if r.role == "session") - ledger.joined.total()
    landed = one_row(writer.connection, "SELECT count(*) FROM session")[0]
    if kept != landed:
        raise refused(
            f"The count does not come out: {kept} sessions kept, {landed} landed",
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


def _describe(writer, plan: Plan, files, ledger: Ledger, mapping: str, touched) -> None:
    writer.set_meta("mapping", mapping)
    sources = [
        {
            "file": s.name,
            "sha256": s.content.sha256,
            "bytes": s.content.size,
            "role": r.role,
            "rows_read": r.rows_read,
            "kept": r.kept,
            "quarantined": r.quarantined,
            "cleaned": s.index in touched,
            "original": _kept_as(s, touched),
        }
        for s, r in zip(plan.files, files, strict=True)
        if not s.name.endswith(SUFFIX)
    ]
    writer.set_meta("sources", sources)
    writer.set_meta("import_report", {"warnings": list(ledger.warnings)})


def _drop_temporary(connection) -> None:
    """Frees what the judging needed before the version is checked and hashed."""
    tables = connection.execute("SELECT table_name FROM duckdb_tables() WHERE temporary").fetchall()
    for (table,) in tables:
        connection.execute(f"DROP TABLE {table}")


def _cleaned(writer: Writer, plan: Plan, mapping: Mapping, index: int, folder: Path) -> Path:
    """The file without what identifies patients: its mapped columns as text, ids hashed."""
    staged = plan.files[index]
    used = {clean_name(c) for v in mapping.variables for c in v.columns}
    used |= {plan.column(staged, key) for key in KEYS}
    columns = [(name, c) for name, c in staged.columns.items() if name in used]
    picked = ", ".join(f"{c} AS {quoted(name)}" for name, c in columns)
    path = folder / f"cleaned-{index}.csv"
    writer.connection.execute(
        f"COPY (SELECT {picked} FROM {staged.table} ORDER BY line) TO {literal(str(path))} "
        "(HEADER, DELIMITER ',', QUOTE '\"', ESCAPE '\"', FORCE_QUOTE *)"
    )
    return path


def _keep_originals(folder: Path, plan: Plan, copies: list[Path], clean: dict[int, Path]) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    for staged, copy in zip(plan.files, copies, strict=False):  # baseline rows have none
        kept = folder / _kept_as(staged, clean)
        if not kept.exists():
            shutil.copyfile(clean.get(staged.index, copy), kept)
            os.chmod(kept, 0o600)


def _kept_as(staged: Staged, cleaned) -> str:
    """The name of the original beside the version: its hash; of a cleaned sheet with its place, as
    each sheet of a workbook is then a file."""
    sheet = f".{staged.index}" if IN in staged.name and staged.index in cleaned else ""
    return staged.content.sha256 + sheet
