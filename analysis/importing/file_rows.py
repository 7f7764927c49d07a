"""A file as the rows of a fit: read, cleaned and judged by the code that imports it.

What an import sets aside is left out here too, and said in the source's notes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.base.errors import ImportRefused, RequestError, did_you_mean
from analysis.importing.findings.finding import QuestionsOpen
from analysis.importing.findings.quarantine import Ledger
from analysis.importing.judging.number_columns import decimal_sign
from analysis.importing.judging.plain_columns import PlainNumbers, plain_columns
from analysis.importing.landing.repeated import MOST_REFUSED, find_repeated
from analysis.importing.meaning.columns import CODES, IDS, instrument_of, instruments_called, look
from analysis.importing.meaning.key_evidence import keys_of
from analysis.importing.meaning.mapping import MISSING, MISSING_IDS
from analysis.importing.meaning.words import KEY_WORDS, plain
from analysis.importing.reading import cells
from analysis.importing.reading.file_mapping import FileMapping
from analysis.importing.reading.number_texts import without_sign
from analysis.importing.reading.read import Staged, stage
from analysis.store.sources.relation import Source
from analysis.store.sums.complete import MATERIALISED_ROWS

# Columns that say "session" and nothing wider: a table's `time` or `visit` may repeat.
_SESSIONS = ("session", "sitzung", "sesion", "seance", "sessie")
_KEY_NAMES = {word for words in KEY_WORDS.values() for word in words}


@dataclass(frozen=True, slots=True)
class _Judged:
    """A column as SQL: its text and, where it is one of numbers, its value. at_once: without
    patterns. whole: no number has a point."""

    name: str
    text: str
    value: str
    notes: tuple[str, ...] = ()
    at_once: bool = False
    whole: bool = False


def file_rows(connection, path: Path, names: tuple[str, ...]) -> Source:
    """The rows of the file at `path` for the variables `names`, in the file's order.

    A column holds numbers where nine in ten of its values are some; the others are missing then.
    Outside the range of the instrument that name and values tell, codes such as 99 are missing
    where all that lies outside is such a code; otherwise every value is used, and said.
    ImportRefused where the file is no table, RequestError where it is not there.
    """
    _check_there(path)
    ledger, entry = Ledger(connection), FileMapping(path.name)
    staged = stage(
        connection,
        path,
        path.name,
        0,
        entry,
        ledger,
        lambda c: c in names or plain(c) in _KEY_NAMES,
        typed=True,
    )
    keys = keys_of(connection, staged)
    if ledger.open:
        raise QuestionsOpen(ledger.open)
    notes = [*(q.sentence() for q in ledger.questions), *ledger.warnings]
    notes += _leave_out_nul(connection, staged)
    notes += _leave_out_repeated(connection, path, staged, keys, ledger)
    by_name = [n for n in names if not instruments_called(n)]
    at_once, words = plain_columns(connection, staged, by_name)
    judged = [
        _judge_at_once(staged, name, at_once[name], keys)
        if name in at_once
        else _judge(connection, staged, name, keys, name in words)
        for name in names
        if name in staged.columns
    ]
    ragged = ledger.count(0)
    if ragged > MOST_REFUSED * staged.read:
        raise ImportRefused(
            f"{ragged} of {staged.read} rows have too many or too few fields",
            where=path.name,
            next_step="look for a delimiter that is missing, or stands in a text without quotes",
        )
    if ragged:
        notes.append(f"{path.name}: {ragged} rows have too many or too few fields; left out")
    relation, judged = _computed(connection, staged, judged)
    return Source(
        connection,
        relation,
        dict.fromkeys(staged.header, "category") | {c.name: _kind(c) for c in judged},
        {c.name: c.value for c in judged if c.value},
        {c.name: c.text for c in judged},
        path.name,
        told_apart=frozenset(c.name for c in judged if c.whole),
        notes=(*notes, *(note for c in judged for note in c.notes)),
    )


def _computed(connection, staged: Staged, judged: list[_Judged]) -> tuple[str, list[_Judged]]:
    """Values, and what patterns tell of texts, are told once, in a table in the staged one's place
    and order; a text that is the cell's own stays an expression, for few are ever asked for.
    Where no value asks a pattern and the complete rows will be kept, the staged table does."""
    if staged.read <= MATERIALISED_ROWS and all(c.at_once or not c.value for c in judged):
        return staged.table, judged
    told = [c.text != staged.columns[c.name] and not c.at_once for c in judged]
    columns = [f"{c.value} AS v{i}" for i, c in enumerate(judged) if c.value]
    columns += [f"{c.text} AS t{i}" for i, c in enumerate(judged) if told[i]]
    cells = {**staged.columns, **staged.numbers}
    columns += [cells[c.name] for i, c in enumerate(judged) if not told[i]]
    connection.execute(
        f"CREATE TEMP TABLE judged AS SELECT {', '.join(['line', *columns])} FROM "
        f"{staged.table}; DROP TABLE {staged.table}"
    )
    return "judged", [
        replace(c, text=f"t{i}" if told[i] else c.text, value=f"v{i}" if c.value else "")
        for i, c in enumerate(judged)
    ]


def _kind(column: _Judged) -> str:
    return "number" if column.value else "category"


def _check_there(path: Path) -> None:
    if path.is_file():
        return
    beside = [p.name for p in path.parent.glob("*")] if path.parent.is_dir() else []
    close = did_you_mean(path.name, beside)
    raise RequestError(
        "There is no such file" + (f"; {close}" if close else ""),
        where=f"'{path.name}'",
        allowed="a CSV or Parquet file, or a dataset's name",
        next_step="check the path",
    )


def _judge_at_once(staged: Staged, name: str, found: PlainNumbers, keys: dict[str, str]) -> _Judged:
    raw = staged.columns[name]
    is_id = any(keys.get(key) == name for key in IDS)
    text = f"nullif({raw}, '')" if is_id else cells.present(raw, MISSING)
    return _Judged(name, text, found.value, at_once=True, whole=found.whole)


def _judge(connection, staged: Staged, name: str, keys: dict[str, str], words: bool) -> _Judged:
    is_id = any(keys.get(key) == name for key in IDS)
    raw = staged.columns[name]
    missing = MISSING_IDS if is_id else MISSING
    text = cells.present(raw, missing)
    seen = None if words else look(connection, staged, name)
    if seen is None or not seen.numeric:
        return _Judged(name, text, "")
    if seen.missing or seen.sign:
        text = without_sign(cells.present(raw, (*missing, *seen.missing)), seen.sign)

    def ask(question: str) -> tuple:
        texts = f"SELECT {text} AS text, count(*) AS n FROM {staged.table} GROUP BY ALL"
        return connection.execute(f"SELECT {question} FROM ({texts})").fetchone()

    sign = decimal_sign(ask)
    if not sign:
        raise ImportRefused(
            "Each comma in these numbers can be a decimal sign or a thousands mark",
            where=f"{staged.name}, column '{name}'",
            next_step="export the numbers without thousands marks",
        )
    low, high = instrument_of(seen)[1]
    number, value = cells.number("text", sign), cells.number(text, sign)
    outside = "false" if low is None else f"NOT {number} BETWEEN {low!r} AND {high!r}"
    code = f"({outside}) AND {number} IN {tuple(CODES)}"
    counts = (f"text IS NOT NULL AND {number} IS NULL", code, f"({outside}) AND NOT ({code})")
    lost, codes, others = ask(", ".join(f"coalesce(sum(n) FILTER ({c}), 0)" for c in counts))
    if others:  # the range is not this column's: -1 among -2.3 and 30.4 stands for itself
        codes, others = 0, codes + others
    if codes:
        value = f"CASE WHEN NOT ({code.replace(number, value)}) THEN {value} END"
    said = () if is_id else _said(staged.name, name, lost, codes, others)
    if seen.sign:
        said += (
            f"{staged.name}: '{name}' is read as numbers, without the '{seen.sign}' behind each",
        )
    return _Judged(name, text, value, said)


def _said(file: str, name: str, lost: int, codes: int, outside: int) -> tuple[str, ...]:
    """What is said of a column's values that are no numbers, or outside its instrument's range."""
    notes = [
        (lost, "are no numbers; they count as missing"),
        (codes, "are outside their range and what stands for a missing answer; so they count"),
        (outside, "are outside their range; they are used, and an import would set them aside"),
    ]
    return tuple(f"{file}: {n} values of '{name}' {what}" for n, what in notes if n)


def _leave_out_nul(connection, staged: Staged) -> list[str]:
    if staged.content.plain or not staged.columns:
        return []
    typed = set(staged.numbers) | (set(staged.columns) - set(staged.texts or staged.columns))
    texts = [c for name, c in staged.columns.items() if name not in typed]
    held = " OR ".join(["false", *(f"contains({c}, chr(0))" for c in texts)])
    rows = connection.execute(f"DELETE FROM {staged.table} WHERE {held}").fetchone()[0]
    return [f"{staged.name}: {rows} rows hold a NUL byte; left out"] if rows else []


def _leave_out_repeated(connection, path: Path, staged: Staged, keys, ledger) -> list[str]:
    """Takes out rows that repeat a patient's session in every column, as an import does; returns
    what is said of it. Rows that only share day or patient stay: not every table is a clinic's.
    """
    mark = keys.get("session", "")
    owners = [keys[k] for k in ("patient", "episode", "therapist") if k in keys]
    if not plain(mark).startswith(_SESSIONS) or not {"patient", "episode"} & set(keys):
        return []
    if not _any_twice(connection, staged, [*owners, mark]):
        return []
    # Only now are all columns needed, to tell equal rows from others.
    whole = stage(connection, path, path.name, 1, staged.file, ledger)
    _find_twice(connection, whole, owners, mark)
    equal, unlike = connection.execute(
        "SELECT count(*) FILTER (same AND copy > 1), count(*) FILTER (NOT same) FROM repeated"
    ).fetchone()
    connection.execute(
        f"DELETE FROM {staged.table} WHERE line IN "
        "(SELECT line FROM repeated WHERE same AND copy > 1)"
    )
    said = [f"{path.name}: {equal} rows repeat a session in every column; they are used once"]
    kept = f"{path.name}: {unlike} rows share patient and session with another row and differ "
    kept += "from it; all are used, and an import would ask"
    return said[: equal > 0] + [kept][: unlike > 0]


def _any_twice(connection, staged: Staged, key: list[str]) -> bool:
    """Whether two rows may share a key, the session last, by its hash; False is certain."""
    told = ", ".join(staged.numbers.get(c) or staged.columns[c] for c in key)
    there = f"{staged.columns[key[-1]]} <> ''"
    twice = (
        f"SELECT hash({told}) AS key FROM {staged.table} WHERE {there} "
        "GROUP BY key HAVING count(*) > 1 LIMIT 1"
    )
    return connection.execute(f"SELECT count(*) FROM ({twice})").fetchone()[0] > 0


def _find_twice(connection, staged: Staged, owners: list[str], mark: str) -> None:
    def texts(columns: Iterable[str]) -> str:
        return ", ".join(cells.present(staged.columns[c], MISSING_IDS) for c in columns)

    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE sessions AS SELECT 0 AS file, line, hash({texts(owners)}) "
        f"AS owner, {texts([mark])} AS mark, hash({texts(staged.columns)}) AS content "
        f"FROM {staged.table}"
    )
    connection.execute("DELETE FROM sessions WHERE mark IS NULL")
    find_repeated(connection, "sessions", "owner, mark")
