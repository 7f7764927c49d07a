"""A first proposal of the mapping, from the columns' names and contents, each with its reason."""

from dataclasses import replace
from pathlib import Path

from analysis.base.errors import ImportRefused
from analysis.importing.converting.as_text import kind_of
from analysis.importing.converting.kept import conversions_kept
from analysis.importing.findings.finding import Answers
from analysis.importing.findings.quarantine import Ledger
from analysis.importing.guessing.looks import file_look
from analysis.importing.guessing.surveys import filled_in_on, settle_unfinished, tool_columns
from analysis.importing.guessing.variables import guess_variables
from analysis.importing.meaning.key_evidence import (
    holds_days,
    holds_labels,
    keys_of,
    sheets_are_clinics,
    tells_patients,
)
from analysis.importing.meaning.mapping import Mapping
from analysis.importing.meaning.words import bare
from analysis.importing.reading.file_mapping import FileMapping
from analysis.importing.reading.read import Staged, stage
from analysis.importing.shaping.baseline import baseline_rows
from analysis.importing.shaping.filled_down import fill_down
from analysis.importing.shaping.named_times import with_times
from analysis.importing.shaping.other_rows import without_other_rows
from analysis.importing.shaping.shapes import one_row_a_session
from analysis.importing.shaping.sideways import upright
from analysis.importing.shaping.tied_sheets import tables_within
from analysis.store.scratch import scratch_folder
from analysis.store.versions.hardened import memory_connection, one_row

LARGE, SAMPLE = 20_000_000, 8_000_000  # bytes: a larger text is guessed from its beginning
_NOT_CUT = (b"PAR1", b"\xff\xfe", b"\xfe\xff")  # Parquet and UTF-16 are not cut at a line's end


def guess_mapping(paths, answers: Answers | None = None) -> Mapping:
    """Proposes what the columns of the files mean, to be shown and corrected.

    paths: CSV or Parquet files. answers: to what the files leave open; the questions that stay so
    are the mapping's `questions`. Returns a Mapping whose `reasons` say why, as (what, sentence)
    pairs: 'file x', 'key patient', 'variable phq9', 'column notes'. Keys that no column seems to
    be are left out. ImportRefused for a file that cannot be read at all.
    """
    with memory_connection("2GB") as connection, conversions_kept():
        ledger = Ledger(connection, answers)
        files, looks = [], []
        paths = [Path(p) for p in paths]
        tables = tables_within(paths, [p.name for p in paths], ledger)
        for index, (path, name) in enumerate(zip(*tables, strict=True)):
            entry = FileMapping(name, role="")
            staged = _staged(connection, path, index, entry, ledger)
            staged = without_other_rows(connection, staged, ledger)
            staged = upright(connection, staged, ledger)
            looks.append(file_look(connection, path, staged))
            settle_unfinished(connection, staged, ledger)
            files.append(one_row_a_session(connection, staged, ledger))
        files = with_times(connection, files, ledger)
        reasons = [(f"file {q.file}", q.evidence) for q in ledger.questions]
        guessed = _guess(connection, files, reasons, ledger)
        given = answers.given if answers else ()
        asked = ledger.questions
        return replace(guessed, questions=asked, answers=given, looks=tuple(looks))


def _staged(connection, path: Path, index: int, entry: FileMapping, ledger: Ledger) -> Staged:
    """The file, or the first lines of a large text: enough to see what its columns are."""
    if path.is_file() and path.stat().st_size > LARGE:
        with open(path, "rb") as stream:
            head = stream.read(SAMPLE)
        if not head.startswith(_NOT_CUT) and kind_of(path) == "" and b"\n" in head:
            with scratch_folder(None, "guess") as folder:
                sample = folder / "sample"
                sample.write_bytes(head[: head.rindex(b"\n") + 1])
                try:
                    found = stage(connection, sample, entry.name, index, entry, ledger)
                    return replace(found, part=True)
                except ImportRefused:  # cut within a quoted text: the whole file tells
                    connection.execute(f"DROP TABLE IF EXISTS staged_{index}")
    return stage(connection, path, entry.name, index, entry, ledger)


def _guess(connection, files: list[Staged], reasons: list, ledger: Ledger) -> Mapping:
    keys, entries, baselines = {}, [], {}
    for i, (staged, found) in enumerate(_keys_of_all(connection, files)):
        _date_of_survey(staged, found)
        role = _role(found, staged, len(files))
        if role == "session":
            found |= _asked_for(connection, staged, found, ledger)
            if sheets_are_clinics(connection, staged, found):
                found["clinic"] = "sheet"
            fill_down(connection, staged, found, ledger)
            staged, baseline, alone = baseline_rows(connection, staged, found, i, ledger)
            files[i] = staged
            baselines |= dict.fromkeys(alone, baseline or staged)
        own = {k: c for k, c in found.items() if keys.setdefault(k, c) != c}
        entries.append(replace(staged.file, role=role, keys=tuple(own.items())))
        reasons += [(f"key {k}", _why(connection, staged, c)) for k, c in found.items()]
        reasons.append((f"file {staged.name}", f"its rows look like one {role} each"))
    variables, entries, why = guess_variables(connection, files, entries, keys, baselines)
    outcomes = [v.name for v in variables if v.factor == "outcome" and v.unit == "session"]
    if outcomes:
        why.append(("main outcome", f"'{outcomes[0]}' is the first outcome of the sessions"))
    plain_file = len(entries) == 1 and entries[0] == FileMapping(files[0].name)
    return Mapping(
        keys=tuple(keys.items()),
        variables=tuple(variables),
        files=() if plain_file else tuple(entries),
        main_outcome=outcomes[0] if outcomes else "",
        reasons=tuple(reasons + why),
        columns=tuple(dict.fromkeys(c for staged in files for c in staged.header)),
    )


def _keys_of_all(connection, files: list[Staged]) -> list[tuple[Staged, dict[str, str]]]:
    """Each file with its keys. What names the patients of one file ('Case ID') and stands beside
    the patients of another names treatments, in both."""
    found = [(staged, keys_of(connection, staged)) for staged in files]
    for _, keys in found:
        column = keys.get("patient")
        for other, theirs in found:
            if (
                column in other.columns
                and theirs.get("patient") not in (None, column)
                and theirs.setdefault("episode", column) == column
            ):
                keys["episode"] = column
                keys.pop("patient", None)
    return found


def _date_of_survey(staged: Staged, found: dict[str, str]) -> None:
    """A survey tool's dates say when a sheet was filled in, not when a treatment began."""
    added = tool_columns(staged)
    for key in ("started", "ended"):
        if found.get(key) in added:
            del found[key]
    if added and "date" not in found and (day := filled_in_on(added)):
        found["date"] = day


def _why(connection, staged: Staged, column: str) -> str:
    """Why a column is taken for a key: what it is called, and how many there are."""
    raw = staged.columns.get(column)
    if raw is None:
        return f"of the baseline rows of {staged.name}"
    (count,) = one_row(connection, f"SELECT count(DISTINCT {raw}) FROM {staged.table}")
    rows = f"the first {staged.read} rows" if staged.part else f"{staged.read} rows"
    return f"named '{column}'; {count} different in {rows} of {staged.name}"


_NEEDED = {
    "patient": ("episode", "which column says whose session each row is"),
    "session": ("date", "which column numbers the sessions, or says their day or week"),
}


def _asked_for(connection, staged: Staged, found: dict[str, str], ledger: Ledger) -> dict[str, str]:
    """Keys that no column's name tells and no import can do without: asked for."""
    keys = {}
    for key, (other, what) in _NEEDED.items():
        if key in found or other in found or (key == "session" and "weeks" in found):
            continue
        free = [c for c in staged.columns if c not in found.values()][:50]
        if not free:
            continue
        likely = [c for c in free if key == "patient" and not bare(c)]  # 'code', 'ID no.'
        if key == "patient" and not likely and (counted := found.get("session", found.get("date"))):
            likely = [c for c in free if tells_patients(connection, staged, c, counted)]
        dates = [c for c in free if key == "session" and holds_days(connection, staged, c)]
        labels = [c for c in free if key == "session" and holds_labels(connection, staged, c)]
        likely = likely or labels or dates
        choices = {c: f"the column '{c}'" for c in free}
        where, evidence = (staged.name, ""), f"{staged.name}: nothing tells {what}"
        code = f"column-of-{key}"
        ledger.ask(code, where, evidence, choices, likely[0] if len(likely) == 1 else "")
        if answer := ledger.answered(code):
            keys["date" if answer in dates else key] = answer
    return keys


def _role(found: dict[str, str], staged: Staged, files: int) -> str:
    if files == 1 or set(found) & {"session", "date", "weeks"}:
        return "session"
    if set(found) & {"patient", "episode"}:
        return "episode"
    return "therapist" if "therapist" in found else "clinic"
