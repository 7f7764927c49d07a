"""Baseline rows among session rows: what only they fill belongs to the treatment."""

from dataclasses import dataclass, replace

from analysis.importing.findings.quarantine import Ledger
from analysis.importing.meaning.mapping import MISSING
from analysis.importing.reading import cells
from analysis.importing.reading.read import Staged
from analysis.store.versions.hardened import one_row
from analysis.store.versions.naming import literal

SUFFIX = " (baseline rows)"  # behind a file's name: its rows that describe treatments
_OWNERS = ("patient", "episode", "therapist", "clinic", "started", "ended", "ending")
_LABELS = ("baseline", "intake", "screening", "admission", "t0", "aufnahme", "basal", "inclusion")


@dataclass(frozen=True, slots=True)
class _Baseline:
    """where: SQL of the rows. rows: how many. only: columns that they alone fill. shared: whether
    they fill columns of the sessions too."""

    where: str
    rows: int
    only: tuple[str, ...]
    shared: bool


def baseline_rows(
    connection, staged: Staged, keys: dict[str, str], index: int, ledger: Ledger
) -> tuple[Staged, Staged | None, tuple[str, ...]]:
    """The file's session rows, and its baseline rows as a file of treatments (number `index`) where
    they hold nothing of sessions; else they are session 0.

    keys: key -> column. Also returns the columns that only baseline rows fill. Asked first.
    """
    found = _find(connection, staged, keys)
    if found is None:
        return staged, None, ()
    evidence = (
        f"{staged.name}: {found.rows} rows have no session number and alone fill "
        f"{len(found.only)} columns ({', '.join(found.only[:5])})"
    )
    choices = {
        "session-0": "they are sessions 0, and what only they fill belongs to the treatment",
        "refuse": "they are set aside",
    }
    if not found.shared:
        choices = {"treatment": "what they say belongs to the treatment"} | choices
        choices.pop("session-0")
    first = next(iter(choices))
    answer = ledger.ask("baseline-rows", (staged.name, ""), evidence, choices, first, found.rows)
    session = staged.columns[keys["session"]]
    if answer == "session-0":
        connection.execute(f"UPDATE {staged.table} SET {session} = '0' WHERE {found.where}")
        return staged, None, found.only
    if answer == "refuse":
        return staged, None, found.only
    return *_parted(connection, staged, keys, found, index), found.only


def _find(connection, staged: Staged, keys: dict[str, str]) -> _Baseline | None:
    if not {keys.get("session"), keys.get("patient")} <= set(staged.columns):
        return None
    session = cells.present(staged.columns[keys["session"]], MISSING)
    patient = cells.present(staged.columns[keys["patient"]], ("",))
    labels = ", ".join(map(literal, _LABELS))
    label = f"regexp_replace(lower({session}), '_arm_[0-9]+$', '')"  # as REDCap's events end
    where = f"(({session}) IS NULL OR {label} IN ({labels}))"
    others = [c for c in staged.columns if c not in keys.values()]
    # Materialised: else the condition is asked of each row, not of each text.
    texts = f"SELECT DISTINCT {staged.columns[keys['session']]} FROM {staged.table}"
    some = one_row(
        connection, f"WITH texts AS MATERIALIZED ({texts}) SELECT count(*) FROM texts WHERE {where}"
    )[0]
    if not others or not some:
        return None
    filled = ", ".join(
        f"count({cells.present(staged.columns[c], MISSING)}) FILTER ({condition})"
        for c in others
        for condition in (where, f"NOT {where}")
    )
    rows, patients, sessions, *counts = one_row(
        connection,
        f"SELECT count(*) FILTER ({where}), count(DISTINCT {patient}) FILTER ({where}), "
        f"count(*) FILTER (NOT {where}), {filled} FROM {staged.table}",
    )
    pairs = list(zip(others, counts[::2], counts[1::2], strict=True))
    only = tuple(c for c, here, there in pairs if here and not there)
    if not rows or not sessions or rows > patients or not only:
        return None
    return _Baseline(where, rows, only, any(here and there for _, here, there in pairs))


def _parted(connection, staged: Staged, keys: dict[str, str], found: _Baseline, index: int):
    table = f"staged_{index}_baseline"
    connection.execute(
        f"CREATE TEMP TABLE {table} AS SELECT * FROM {staged.table} WHERE {found.where}; "
        f"DELETE FROM {staged.table} WHERE {found.where}"
    )
    owners = [keys[k] for k in _OWNERS if k in keys]
    columns = {c: staged.columns[c] for c in (*owners, *found.only) if c in staged.columns}
    file = replace(staged.file, name=staged.name + SUFFIX, role="episode", columns=())
    baseline = replace(
        staged,
        index=index,
        name=file.name,
        file=file,
        table=table,
        columns=columns,
        read=found.rows,
    )
    rest = {c: sql for c, sql in staged.columns.items() if c not in found.only}
    return replace(staged, columns=rest, read=staged.read - found.rows), baseline
