"""From long rows to a table by patient and session: what a panel is made from."""

from dataclasses import dataclass, replace

import numpy as np

from analysis.base.errors import ModelError, RequestError
from analysis.questions.alliance.rows import read_rows
from analysis.store.place import Store
from analysis.store.queries.long_rows import LongRows

MOST_UNASKED = 12  # sessions taken without being asked: more leave the later ones nearly empty
FIRST_UNASKED = 8  # of a longer course
LONGEST = 500  # sessions of a course


@dataclass(frozen=True, slots=True)
class Sessions:
    """values (N, T, V): patient by session by variable, NaN where missing; sessions (T,): their
    numbers, evenly spaced; left_out: reason -> rows; notes: what reading the source left out."""

    source: str
    version: str
    values: np.ndarray
    sessions: tuple[int, ...]
    left_out: dict[str, int]
    notes: tuple[str, ...] = ()

    @property
    def spacing(self) -> int:
        return self.sessions[1] - self.sessions[0] if len(self.sessions) > 1 else 1


def read_sessions(
    source,
    variables: tuple[str, ...],
    sessions: tuple[int, int] | None = None,
    patient: str = "patient",
    session: str = "session",
    version: str = "",
    store: Store | None = None,
) -> Sessions:
    """The `variables` of `source` by patient and session.

    sessions: first and last, None for all there are (of more than 12: the first 8). patient,
    session: the columns that tell them. Rows without a patient or a session number are left out
    and counted. RequestError where a patient has a session twice, numbers are not whole, or the
    sessions do not follow evenly on one another.
    """
    rows, key, number, values = _usable(source, variables, patient, session, version, store)
    left_out = {"no patient or no session number": rows.rows - len(key)}
    chosen = _chosen(rows, number[np.isfinite(values).any(axis=1)], sessions)
    table = _table(key, number, values, chosen)
    left_out["outside the sessions"] = int((~np.isin(number, chosen)).sum())
    kept = {reason: n for reason, n in left_out.items() if n}
    return Sessions(
        rows.source, rows.version, table, tuple(int(c) for c in chosen), kept, rows.notes
    )


def read_courses(
    source,
    variables: tuple[str, ...],
    sessions: tuple[int, int] | None = None,
    patient: str = "patient",
    session: str = "session",
    version: str = "",
    store: Store | None = None,
) -> Sessions:
    """As `read_sessions`, but every session number from the first to the last is a column, rated
    by somebody or not: what matters is which sessions follow on one another."""
    rows, key, number, values = _usable(source, variables, patient, session, version, store)
    left_out = {"no patient or no session number": rows.rows - len(key)}
    first, last = sessions or (int(number.min()), int(number.max()))
    if last - first >= LONGEST:
        raise RequestError(
            f"Sessions are numbered from {first} to {last}",
            where=f"'{rows.source}', '{session}'",
            allowed=f"a course of up to {LONGEST} sessions",
            next_step="choose some with --sessions, or check the column",
        )
    chosen = np.arange(first, last + 1)
    table = _table(key, number, values, chosen)
    left_out["outside the sessions"] = int((~np.isin(number, chosen)).sum())
    kept = {reason: n for reason, n in left_out.items() if n}
    return Sessions(
        rows.source, rows.version, table, tuple(int(c) for c in chosen), kept, rows.notes
    )


def _usable(source, variables, patient: str, session: str, version: str, store):
    """Rows with a patient and a session number, each pair once: codes, numbers, values (N, V)."""
    rows = read_rows(source, (patient,), (session, *variables), version, store)
    key, number = rows.keys[patient], rows.numbers[session]
    usable = (key >= 0) & np.isfinite(number)
    key, number = key[usable], number[usable]
    if not len(key):
        raise RequestError(
            "No row has both a patient and a session number",
            where=f"'{rows.source}'",
            next_step=f"check the columns '{patient}' and '{session}'",
        )
    if (number != np.round(number)).any() or np.abs(number).max() > 1e9:
        raise RequestError(
            f"'{session}' has numbers that are not whole",
            where=f"'{rows.source}', {int((number != np.round(number)).sum())} rows",
            allowed="1, 2, 3, …: one number for each session of a patient",
            next_step="number the sessions",
        )
    number = number.astype(np.int64)
    _check_once(rows, key, number, patient, session)
    if rows.version:
        said = "Treatments are counted as patients: who had two counts twice."
        rows = replace(rows, notes=(*rows.notes, said))
    return rows, key, number, np.stack([rows.numbers[v][usable] for v in variables], axis=1)


def _table(key, number, values, chosen: np.ndarray) -> np.ndarray:
    """(N, T, V) of the rows whose session is `chosen` (sorted), patients by first appearance."""
    place = np.minimum(np.searchsorted(chosen, number), len(chosen) - 1)
    inside = chosen[place] == number
    code, who = np.unique(key[inside], return_inverse=True)
    table = np.full((len(code), len(chosen), values.shape[1]), np.nan)
    table[who, place[inside]] = values[inside]
    return table


def _check_once(rows: LongRows, key, number, patient: str, session: str) -> None:
    order = np.lexsort((number, key))
    same = (np.diff(key[order]) == 0) & (np.diff(number[order]) == 0)
    if same.any():
        raise RequestError(
            f"{int(same.sum())} rows repeat a '{session}' that the same '{patient}' already has",
            where=f"'{rows.source}'",
            allowed="one row a patient and session",
            next_step="remove the repeated rows; where a patient had several treatments, give each "
            "a name of its own",
        )


def _chosen(rows: LongRows, number: np.ndarray, asked: tuple[int, int] | None) -> np.ndarray:
    """The numbers of the sessions to use, each of them rated by somebody."""
    there = np.unique(number)
    if asked is not None:
        first, last = asked
        there = there[(there >= first) & (there <= last)]
        absent = sorted({first, last} - set(there.tolist()))
        if absent and len(there):
            raise RequestError(
                f"Nobody has a rating at session {absent[0]}",
                where=f"'{rows.source}', --sessions {first}:{last}",
                allowed=f"sessions that were rated: {_listed(np.unique(number))}",
                next_step="choose others",
            )
    if len(there) < 2:
        raise ModelError(
            "One session each cannot tell what comes first"
            if len(there)
            else "No session in this range was rated",
            where=f"'{rows.source}'",
            allowed="at least 3 sessions of the same patients",
            next_step="choose other sessions, or data with more of them",
        )
    steps = np.diff(there)
    if asked is None and len(there) > MOST_UNASKED:
        there, steps = there[:FIRST_UNASKED], steps[: FIRST_UNASKED - 1]
    if (steps != steps[0]).any():
        place = int(np.flatnonzero(steps != steps[0])[0])
        raise RequestError(
            f"The sessions do not follow evenly: {_listed(there)}",
            where=f"'{rows.source}', after session {there[place]}",
            allowed="session numbers with one step between them, because a lag is one step",
            next_step=f"choose sessions without a gap, say --sessions {_longest(there)}",
        )
    return there


def _listed(numbers: np.ndarray) -> str:
    said = ", ".join(str(n) for n in numbers[:15])
    return said + (", …" if len(numbers) > 15 else "")


def _longest(numbers: np.ndarray) -> str:
    """The longest run of sessions one apart. Worked: 1, 2, 3, 5 -> '1:3'."""
    runs = np.split(numbers, np.flatnonzero(np.diff(numbers) != 1) + 1)
    best = max(runs, key=len)
    return f"{best[0]}:{best[-1]}"
