"""Tables of one row a patient (wide), a score (long) or a rater become one row a session."""

import re
from dataclasses import dataclass, replace

from analysis.importing.findings.quarantine import Ledger
from analysis.importing.meaning.key_evidence import keys_of
from analysis.importing.meaning.mapping import MISSING
from analysis.importing.meaning.session_labels import time_in_name
from analysis.importing.meaning.words import bare, plain
from analysis.importing.reading import cells
from analysis.importing.reading.read import Staged
from analysis.importing.shaping.raters import Raters, raters_in, turned
from analysis.measures.instruments import Instrument, instruments
from analysis.store.versions.naming import literal

_NUMBERED = re.compile(r"(.*?)[ _.-]*(?:t|s|w|session|sitzung|sesion|week|time)?[ _.-]*(\d{1,3})")
_SCORES = ("score", "value", "total", "wert", "puntaje", "puntuacion", "valor", "result", "poang")
_SCORES += ("answer", "response", "antwort", "respuesta", "antwoord", "reponse", "svar", "points")
_MEASURES = ("measure", "instrument", "scale", "questionnaire", "test", "skala", "escala", "medida")
_MEASURES += ("question", "item", "variable", "frage", "pregunta", "vraag", "fraga", "field_name")


@dataclass(frozen=True, slots=True)
class _Wide:
    """stems: the variable's name -> its columns by session number."""

    stems: dict[str, dict[int, str]]


@dataclass(frozen=True, slots=True)
class _Long:
    """measures: the texts of the column `measure`, whose values stand in `score`."""

    measure: str
    score: str
    measures: tuple[str, ...]


_KINDS = {
    _Long: ("long", "a score"),
    Raters: ("raters", "for each rater of a session"),
    _Wide: ("wide", "a patient, with the sessions side by side"),
}


def one_row_a_session(connection, staged: Staged, ledger: Ledger) -> Staged:
    """The staged file in sessions, where it has another shape and the answer is to turn it.

    Lines count the turned rows then. A session without any value is none.
    """
    found = _long(connection, staged) or raters_in(connection, staged) or _wide(connection, staged)
    if found is None:
        return staged
    kind, what = _KINDS[type(found)]
    evidence = f"{staged.name} has one row {what}"
    choices = {kind: "it is turned into one row a session", "rows": "each row is a session"}
    if ledger.ask("shape", (staged.name, ""), evidence, choices, kind, staged.read) != kind:
        return staged
    if isinstance(found, Raters):
        return _made(connection, staged, *turned(connection, staged, found))
    if isinstance(found, _Long):
        return _turn_long(connection, staged, found)
    return _turn_wide(connection, staged, found)


def _long(connection, staged: Staged) -> _Long | None:
    names = {plain(c): c for c in reversed(staged.columns)}
    measure = next((names[w] for w in _MEASURES if w in names), "")
    score = next((names[w] for w in _SCORES if w in names), "")
    if not measure or not score:
        return None
    text = cells.present(staged.columns[measure], MISSING)
    sql = f"SELECT DISTINCT {text} AS t FROM {staged.table} WHERE t IS NOT NULL ORDER BY 1 LIMIT 51"
    texts = [t for (t,) in connection.execute(sql).fetchall()]
    return _Long(measure, score, tuple(texts)) if 1 < len(texts) <= 50 else None


def _wide(connection, staged: Staged) -> _Wide | None:
    keys = keys_of(connection, staged)
    codes = [c for c in staged.columns if not bare(c)]  # 'Code', 'ID no.': asked about later
    owner = keys.get("patient") or (codes[0] if len(codes) == 1 else "")
    if {"session", "date", "weeks"} & set(keys) or not owner:
        return None
    patient = cells.present(staged.columns[owner], ("",))
    rows, patients = connection.execute(
        f"SELECT count({patient}), count(DISTINCT {patient}) FROM {staged.table}"
    ).fetchone()
    if patients < 0.95 * rows or not rows:
        return None
    stems: dict[str, dict[int, str]] = {}
    for column in staged.columns:
        if column in (owner, *keys.values()):
            continue
        stem, number = _time_of(column)
        if stem:
            stems.setdefault(stem, {})[number] = column
    stems = {
        s: times
        for s, times in stems.items()
        if len(times) > 1 and not _items(connection, staged, s, times)
    }
    return _Wide(stems) if stems else None


def _time_of(column: str) -> tuple[str, int]:
    stem, number = time_in_name(column)
    if stem:
        return stem, number
    found = _NUMBERED.fullmatch(plain(column))
    return (found[1], int(found[2])) if found and found[1] else ("", 0)


def _items(connection, staged: Staged, stem: str, times: dict[int, str]) -> bool:
    """Whether the columns are the items of an instrument: as many, and with its answers only."""
    instrument = _named(stem)
    if instrument is None or len(times) != instrument.items:
        return False
    low, high = instrument.item_range
    tests = " AND ".join(
        f"coalesce(bool_and({cells.number(cells.present(staged.columns[c], MISSING), '.')} "
        f"BETWEEN {low} AND {high}), true)"
        for c in times.values()
    )
    return connection.execute(f"SELECT {tests} FROM {staged.table}").fetchone()[0]


def _named(stem: str) -> Instrument | None:
    short = plain(stem).replace("_", "")
    for instrument in instruments().values():
        if short in {n.replace("_", "") for n in (instrument.id, *instrument.also_called)}:
            return instrument
    return None


def _turn_wide(connection, staged: Staged, wide: _Wide) -> Staged:
    numbers = sorted({n for times in wide.stems.values() for n in times})
    used = {c for times in wide.stems.values() for c in times.values()}
    others = [c for c in staged.columns if c not in used]
    parts = []
    for number in numbers:
        kept = ", ".join(f"{staged.columns[c]} AS k{i}" for i, c in enumerate(others))
        values = [
            f"{staged.columns[times[number]] if number in times else repr('')} AS v{i}"
            for i, times in enumerate(wide.stems.values())
        ]
        some = " OR ".join(
            f"{cells.present(staged.columns[times[number]], MISSING)} IS NOT NULL"
            for times in wide.stems.values()
            if number in times
        )
        parts.append(
            f"SELECT line, {number} AS time, {kept}, {', '.join(values)} FROM {staged.table} "
            f"WHERE {some}"
        )
    columns = [*others, "session", *wide.stems]
    chosen = [f"k{i}" for i in range(len(others))]
    chosen += ["time::VARCHAR", *(f"v{i}" for i in range(len(wide.stems)))]
    return _made(connection, staged, columns, chosen, " UNION ALL ".join(parts))


def _turn_long(connection, staged: Staged, long: _Long) -> Staged:
    """Scores of one measure that differ within a session make rows of their own, to be judged."""
    others = [c for c in staged.columns if c not in (long.measure, long.score)]
    kept = [staged.columns[c] for c in others]
    measure = cells.present(staged.columns[long.measure], MISSING)
    score = staged.columns[long.score]
    values = [
        f"coalesce(max({score}) FILTER (measure = {literal(m)}), '') AS v{i}"
        for i, m in enumerate(long.measures)
    ]
    group = ", ".join(f"k{i}" for i in range(len(others)))
    named = ", ".join(f"{k} AS k{i}" for i, k in enumerate(kept))
    inner = (
        f"SELECT min(line) OVER (PARTITION BY {', '.join(kept)}) AS line, {named}, {score}, "
        f"{measure} AS measure, row_number() OVER (PARTITION BY {', '.join(kept)}, {measure} "
        f"ORDER BY line) AS copy FROM {staged.table} WHERE {measure} IS NOT NULL"
    )
    rows = (
        f"SELECT min(line) AS line, copy AS time, {group}, {', '.join(values)} FROM ({inner}) "
        f"GROUP BY copy, {group}"
    )
    columns = [*others, *long.measures]
    chosen = [f"k{i}" for i in range(len(others))] + [f"v{i}" for i in range(len(long.measures))]
    return _made(connection, staged, columns, chosen, rows)


def _made(connection, staged: Staged, columns: list[str], chosen: list[str], rows: str) -> Staged:
    table = f"turned_{staged.index}"
    picked = ", ".join(f"{sql} AS c{i}" for i, sql in enumerate(chosen))
    connection.execute(
        f"CREATE TEMP TABLE {table} AS SELECT row_number() OVER (ORDER BY line, time) + 1 AS line, "
        f"{picked} FROM ({rows}) ORDER BY 1"
    )
    read = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    named = {name: f"c{i}" for i, name in enumerate(columns)}
    return replace(staged, table=table, columns=named, read=read, header=tuple(columns))
