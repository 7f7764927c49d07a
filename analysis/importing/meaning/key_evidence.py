"""Which columns are keys: how surely their names say so, and whether their content can be it."""

from analysis.importing.meaning.key_names import may_name_treatments, name_score
from analysis.importing.meaning.mapping import MISSING
from analysis.importing.meaning.session_labels import ordered_labels
from analysis.importing.meaning.words import KEY_WORDS
from analysis.importing.reading import cells
from analysis.importing.reading.read import Staged
from analysis.store.versions.hardened import one_row

NUMBERS = 0.9  # share of a column's present cells that must read as the key's numbers
DATES = 0.3  # of dates
_SHEET = "sheet"  # the column with the sheet's name, of sheets that are read together
_ROW_IDS = ("id", "record_id", "pid")  # names that patients' ids and rows' numbers share


def keys_of(connection, staged: Staged) -> dict[str, str]:
    """Key -> column of the staged file, each column for one key.

    The surest names first; a name counts only where the content can be the key: session numbers,
    dates, weeks that read as such, and no patient's id that is another in each row of patients
    with several sessions.
    """
    scored = [
        (-score, place, position, key, column)
        for place, key in enumerate(KEY_WORDS)
        for position, column in enumerate(staged.columns)
        if (score := name_score(key, column))
    ]
    pairs = [(key, column) for _, _, _, key, column in sorted(scored)]
    found = _taken(connection, staged, pairs)
    if _is_row_number(connection, staged, found):
        pairs.remove(("patient", found["patient"]))
        found = _taken(connection, staged, pairs)
    if "episode" not in found and {"patient", "session"} <= set(found):
        free = [c for c in staged.columns if c not in found.values() and may_name_treatments(c)]
        told = [c for c in free if _tells_treatments(connection, staged, c, found)]
        found |= dict(zip(("episode",), told, strict=False))
    return {key: found[key] for key in KEY_WORDS if key in found}


def _taken(connection, staged: Staged, pairs: list[tuple[str, str]]) -> dict[str, str]:
    """The first pair of each key and column that the content allows."""
    found: dict[str, str] = {}
    for key, column in pairs:
        free = key not in found and column not in found.values()
        if free and can_be(connection, staged, key, column):
            found[key] = column
    return found


def can_be(connection, staged: Staged, key: str, column: str) -> bool:
    """Whether the column's content can be this key (for keys that are not just text)."""
    raw, text = staged.columns[column], cells.present("cell", MISSING)
    days = ("date", "started", "ended")
    tests = {"session": cells.session_number(text), "weeks": cells.weeks(text)}
    # Whether it is a day of the calendar is judged later: telling days takes twenty times as long.
    tests |= dict.fromkeys(days, f"CASE WHEN {cells.looks_like_a_date(text)} THEN 1 END")
    if key not in tests:
        return True
    held = staged.numbers.get(column, raw)
    each = f"(SELECT {held} AS cell, count(*) AS n FROM {staged.table} GROUP BY ALL)"
    if held != raw:
        each = f"(SELECT {raw.replace(held, 'cell')} AS cell, n FROM {each})"
    if key == "session" and _are_labels(connection, each, text, tests[key]):
        return True
    present, good = connection.execute(
        f"SELECT coalesce(sum(n) FILTER ({text} IS NOT NULL), 0), coalesce(sum(n) FILTER "
        f"({tests[key]} IS NOT NULL), 0) FROM {each}"
    ).fetchone()
    return present > 0 and good >= present * (NUMBERS if key in ("session", "weeks") else DATES)


def holds_days(connection, staged: Staged, column: str) -> bool:
    """Whether a column that is called otherwise holds days of the calendar."""
    if not can_be(connection, staged, "date", column):
        return False
    text = cells.present(staged.columns[column], MISSING)
    # Which of day and month comes first is asked later; most American days are no month.
    day = f"coalesce({cells.date('cell', 'dmy')}, {cells.date('cell', 'mdy')})"
    present, good = one_row(
        connection,
        f"SELECT count(cell), count({day}) FROM (SELECT {text} AS cell FROM {staged.table})",
    )
    return present > 0 and good >= present * DATES


def holds_labels(connection, staged: Staged, column: str) -> bool:
    """Whether the column holds labels of times ('Pre', 'Post') for sessions, whatever its name."""
    each = f"(SELECT {staged.columns[column]} AS cell FROM {staged.table} GROUP BY ALL)"
    text = cells.present("cell", MISSING)
    return _are_labels(connection, each, text, cells.session_number(text))


def tells_patients(connection, staged: Staged, column: str, session: str) -> bool:
    """Whether the column's texts and the session's are together another in each row, and most
    texts come in several rows: what a patient's id does.

    Worked: codes A, A, B, B beside sessions 1, 2, 1, 2 tell patients; ages 30, 30, 30, 30 don't.
    """
    one, other = (cells.present(staged.columns[c], ("",)) for c in (column, session))
    rows, pairs, texts = one_row(
        connection,
        f"SELECT count(*), count(DISTINCT ({one}, {other})), count(DISTINCT {one}) "
        f"FROM {staged.table} WHERE {one} IS NOT NULL",
    )
    return rows > 0 and pairs >= 0.98 * rows and 1 < texts <= rows / 2


def _tells_treatments(connection, staged: Staged, column: str, found: dict[str, str]) -> bool:
    """Whether each of the column's texts is one patient's, and beside the session another in each
    row: a column called 'treatment' holds a code then, and no name of a model that many get.

    Worked: E1, E1, E2, E2 of patients A, A, A, A in sessions 1, 2, 1, 2; not CBT, CBT, CBT, PDT of
    patients A, A, B, B.
    """
    names = (column, found["patient"], found["session"])
    own, patient, session = (cells.present(staged.columns[c], ("",)) for c in names)
    rows, pairs, texts, owned, patients = one_row(
        connection,
        f"SELECT count(*), count(DISTINCT ({own}, {session})), count(DISTINCT {own}), "
        f"count(DISTINCT ({own}, {patient})), count(DISTINCT {patient}) "
        f"FROM {staged.table} WHERE {own} IS NOT NULL AND {patient} IS NOT NULL",
    )
    return rows > texts == owned >= patients > 1 and pairs >= 0.98 * rows


def _is_row_number(connection, staged: Staged, found: dict[str, str]) -> bool:
    """Whether a column called 'id' is another in each row, though the sessions go on to be counted:
    it numbers the rows then."""
    patient, session = found.get("patient"), found.get("session")
    if not patient or not session or name_score("patient", patient) > _least_sure():
        return False
    one, other = (cells.present(staged.columns[c], ("",)) for c in (patient, session))
    rows, texts, sessions = one_row(
        connection,
        f"SELECT count(*), count(DISTINCT {one}), count(DISTINCT {other}) FROM {staged.table}",
    )
    return rows == texts > sessions > 1


def _least_sure() -> float:
    return max(name_score("patient", name) for name in _ROW_IDS)


def _are_labels(connection, each: str, text: str, number: str) -> bool:
    """Labels in a known order ('Pre', 'Post'), or one before numbers ('baseline', 'session 1')."""
    words = f"SELECT 1 FROM {each} WHERE NOT regexp_full_match(cell, '[0-9.,\\s]*') LIMIT 1"
    if not connection.execute(words).fetchall():
        return False  # figures alone, as most often: telling numbers takes ten times as long
    # Materialised: else the filter is put before the grouping, and each row's text told.
    texts = f"WITH texts AS MATERIALIZED (SELECT DISTINCT cell FROM {each}) "
    count = f"SELECT count(*) FROM texts WHERE {number} IS NOT NULL"
    sql = f"SELECT DISTINCT {text} AS t FROM texts WHERE {number} IS NULL LIMIT 14"
    found = [t for (t,) in connection.execute(texts + sql).fetchall() if t is not None]
    if not 0 < len(found) <= 12:
        return False
    order = ordered_labels(found)
    if len(found) > 1:
        return bool(order)
    return set(order.values()) == {0} and one_row(connection, texts + count)[0] > 0


def sheets_are_clinics(connection, staged: Staged, found: dict[str, str]) -> bool:
    """Whether a workbook has a sheet for each clinic: half of the sessions, and three at least,
    stand in several sheets, as clinics number their patients alike. found: the file's keys."""
    told = found.get("session", found.get("date"))
    if _SHEET not in staged.columns or not told or "clinic" in found or "patient" not in found:
        return False
    patient, session, sheet = (staged.columns[c] for c in (found["patient"], told, _SHEET))
    both, every = one_row(
        connection,
        "SELECT count(*) FILTER (n > 1), count(*) FROM (SELECT count(DISTINCT "
        f"{sheet}) AS n FROM {staged.table} WHERE {patient} IS NOT NULL GROUP BY {patient}, "
        f"{session})",
    )
    return both >= 3 and 2 * both >= every
