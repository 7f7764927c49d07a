"""A first proposal of the mapping, from the columns' names and contents, each with its reason."""

from dataclasses import replace
from pathlib import Path

from analysis.base.errors import ImportRefused
from analysis.importing.converting.as_text import kind_of
from analysis.importing.findings.finding import Answers
from analysis.importing.findings.quarantine import Ledger
from analysis.importing.meaning.columns import Column, instrument_of, keys_of, look
from analysis.importing.meaning.mapping import MappedVariable, Mapping
from analysis.importing.meaning.scales import Scale, find_scales, proposed
from analysis.importing.meaning.shapes import one_row_a_session
from analysis.importing.meaning.words import bare, factor_of, plain, rater_of
from analysis.importing.reading.file_mapping import FileMapping
from analysis.importing.reading.read import Staged, stage
from analysis.store.scratch import scratch_folder
from analysis.store.versions.hardened import memory_connection
from analysis.store.versions.naming import RESERVED

MANY = 50  # categories; a text column with more, most of them rare, is free text
LARGE, SAMPLE = 20_000_000, 8_000_000  # bytes: a larger text is guessed from its beginning
_NOT_CUT = (b"PAR1", b"\xff\xfe", b"\xfe\xff")  # Parquet and UTF-16 are not cut at a line's end
_TIMES = ("month", "mes", "monat", "time", "day", "week", "weeks", "semana", "woche")


def guess_mapping(paths, answers: Answers | None = None) -> Mapping:
    """Proposes what the columns of the files mean, to be shown and corrected.

    paths: CSV or Parquet files. answers: to what the files leave open; the questions that stay so
    are the mapping's `questions`. Returns a Mapping whose `reasons` say why, as (what, sentence)
    pairs: 'file x', 'key patient', 'variable phq9', 'column notes'. Keys that no column seems to
    be are left out. ImportRefused for a file that cannot be read at all.
    """
    with memory_connection("2GB") as connection:
        ledger = Ledger(connection, answers)
        files = []
        for index, path in enumerate(Path(p) for p in paths):
            entry = FileMapping(path.name, role="")
            staged = _staged(connection, path, index, entry, ledger)
            files.append(one_row_a_session(connection, staged, ledger))
        reasons = [(f"file {q.file}", q.evidence) for q in ledger.questions]
        guessed = _guess(connection, files, reasons, ledger)
        given = answers.given if answers else ()
        return replace(guessed, questions=ledger.questions, answers=given)


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
                    return stage(connection, sample, path.name, index, entry, ledger)
                except ImportRefused:  # cut within a quoted text: the whole file tells
                    connection.execute(f"DROP TABLE IF EXISTS staged_{index}")
    return stage(connection, path, path.name, index, entry, ledger)


def _guess(connection, files: list[Staged], reasons: list, ledger: Ledger) -> Mapping:
    keys, entries = {}, []
    for staged in files:
        found = keys_of(connection, staged)
        role = _role(found, staged, len(files))
        if role == "session":
            found |= _asked_for(staged, found, ledger)
        own = {k: c for k, c in found.items() if keys.setdefault(k, c) != c}
        entries.append(replace(staged.file, role=role, keys=tuple(own.items())))
        reasons += [(f"key {k}", f"column '{c}' of {staged.name}") for k, c in found.items()]
        reasons.append((f"file {staged.name}", f"its rows look like one {role} each"))
    variables, why = _variables(connection, files, entries, keys)
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
        columns=tuple(dict.fromkeys(c for staged in files for c in staged.columns)),
    )


_NEEDED = {
    "patient": ("episode", "which column says whose session each row is"),
    "session": ("date", "which column numbers the sessions, or says their day or week"),
}


def _asked_for(staged: Staged, found: dict[str, str], ledger: Ledger) -> dict[str, str]:
    """Keys that no column's name tells and no import can do without: asked for."""
    keys = {}
    for key, (other, what) in _NEEDED.items():
        if key in found or other in found or (key == "session" and "weeks" in found):
            continue
        free = [c for c in staged.columns if c not in found.values()][:50]
        if not free:
            continue
        likely = [c for c in free if key == "patient" and not bare(c)]  # 'code', 'ID no.'
        choices = {c: f"the column '{c}'" for c in free}
        where, evidence = (staged.name, ""), f"{staged.name}: nothing tells {what}"
        code = f"column-of-{key}"
        ledger.ask(code, where, evidence, choices, likely[0] if len(likely) == 1 else "")
        if answer := ledger.answered(code):
            keys[key] = answer
    return keys


def _role(found: dict[str, str], staged: Staged, files: int) -> str:
    if files == 1 or set(found) & {"session", "date", "weeks"}:
        return "session"
    if set(found) & {"patient", "episode"}:
        return "episode"
    return "therapist" if "therapist" in found else "clinic"


def _variables(connection, files, entries, keys) -> tuple[list[MappedVariable], list]:
    variables, reasons, taken, shared = [], [], set(), set()
    for staged, entry in zip(files, entries, strict=True):
        own = keys | dict(entry.keys)
        scored = {}
        for scale in find_scales(connection, staged, own):
            scored |= dict.fromkeys((*scale.items, scale.total), scale)
        for column in staged.columns:
            if scale := scored.get(column):
                if scale not in shared:
                    shared.add(scale)
                    variables += _scored(scale, entry.role, taken, reasons)
                continue
            is_key = column in own.values()
            timed = column == own.get("session") and plain(column) in _TIMES
            if (is_key and not timed) or (entry.role, column) in shared:
                continue
            shared.add((entry.role, column))
            seen = look(connection, staged, column, own)
            variable, why = _variable(seen, entry.role, taken)
            reasons.append(
                (f"column {column}" if variable is None else f"variable {variable.name}", why)
            )
            if variable is not None:
                taken.add(variable.name)
                variables.append(variable)
    return variables, reasons


def _scored(scale: Scale, role: str, taken: set, reasons: list) -> list[MappedVariable]:
    """The total and the subscales of a scale whose items stand in the file."""
    found = proposed(scale, role, lambda name: _taking(name, taken))
    why = (
        f"scored from {len(scale.items)} columns, '{scale.items[0]}' to '{scale.items[-1]}', "
        f"which are called as the items of {scale.instrument.name} and hold such answers"
    )
    if scale.total:
        why += f"; '{scale.total}' is the total that came along"
    reasons += [(f"variable {v.name}", why) for v in found]
    return found


def _taking(name: str, taken: set) -> str:
    free = _free_name(name, taken)
    taken.add(free)
    return free


def _variable(seen: Column, role: str, taken: set) -> tuple[MappedVariable | None, str]:
    if not seen.present:
        return None, "it is empty; left out"
    numeric = seen.numeric
    if not numeric and seen.distinct > MANY and seen.distinct * 2 > seen.present:
        return None, "it looks like free text or another id; left out"
    unit = seen.constant if role == "session" and seen.constant else role
    instrument, limits = instrument_of(seen) if numeric else (None, (None, None))
    factor, component = factor_of(seen.name)
    why = [f"{seen.numbers} of {seen.present} values are numbers"]
    if unit != "session":
        why.append(f"it never changes within one {unit}")
    if instrument:
        factor = factor or instrument.factor
        why.append(f"its name and range are those of {instrument.name}")
    if unit != "session" and factor == "outcome":
        factor = "extra-therapeutic"
        why.append("a score that never changes is the severity at intake, not an outcome")
    variable = MappedVariable(
        _free_name(seen.name, taken),
        column=seen.name,
        label=instrument.name if instrument and not component else seen.name,
        unit=unit,
        kind="number" if numeric else "category",
        factor=factor,
        component=component,
        rater=rater_of(seen.name) if factor == "alliance" else "",
        instrument=instrument.id if instrument else "",
        minimum=limits[0],
        maximum=limits[1],
        higher_is=instrument.higher_is if instrument else "",
    )
    return variable, "; ".join(why)


def _free_name(column: str, taken: set) -> str:
    """The column's name in plain words, numbered if it is a key's name or given already."""
    name = plain(column) or "variable"
    free, number = name, 2
    while free in taken or free in RESERVED:
        free, number = f"{name}_{number}", number + 1
    return free
