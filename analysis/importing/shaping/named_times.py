"""Files whose names alone tell when they were filled in: pre.csv and post.csv."""

from dataclasses import replace
from pathlib import PurePath

from analysis.importing.converting.sheets import IN
from analysis.importing.findings.quarantine import Ledger
from analysis.importing.meaning.key_evidence import keys_of
from analysis.importing.meaning.session_labels import time_in_name
from analysis.importing.reading.read import Staged
from analysis.store.versions.naming import literal

SESSION = "session"  # the column that they get
_TOLD = ("session", "date", "weeks")


def with_times(connection, files: list[Staged], ledger: Ledger) -> list[Staged]:
    """The files, those with patients and no time of their own with a column 'session' by their
    names, where two or more names tell different ones. Asked first (`file-times`).

    Worked: 'PHQ pre.csv' and 'PHQ post.csv' get sessions 1 and 3, as columns called so would.
    """
    named = {s.index: n for s in files if (n := _time(s.name))}
    if len(set(named.values())) < 2:
        return files
    for staged in files:
        keys = keys_of(connection, staged) if staged.index in named else {}
        if not {"patient", "episode"} & set(keys) or set(_TOLD) & set(keys):
            named.pop(staged.index, None)
    if len(set(named.values())) < 2:
        return files
    told = ", ".join(f"{s.name} {named[s.index]}" for s in files if s.index in named)
    evidence = f"no column of {len(named)} files tells a session, but their names do ({told})"
    choices = {
        "times": "each file is a session of its patients",
        "treatments": "they describe treatments, not sessions",
    }
    if ledger.ask("file-times", ("", ""), evidence, choices, "times", len(named)) != "times":
        return files
    return [_with_session(connection, s, named[s.index]) if s.index in named else s for s in files]


def _time(name: str) -> int:
    """The session that a file's or sheet's name tells with its first or last word, 0 for none."""
    stem = PurePath(name.rpartition(IN)[2]).stem
    return time_in_name(stem)[1] or time_in_name(f"of {stem}")[1]


def _with_session(connection, staged: Staged, number: int) -> Staged:
    connection.execute(
        f"ALTER TABLE {staged.table} ADD COLUMN told VARCHAR DEFAULT {literal(str(number))}"
    )
    columns = staged.columns | {SESSION: "told"}
    return replace(staged, columns=columns, header=(*staged.header, SESSION))
