"""Tables with a row for each who rated a session become one row a session."""

from dataclasses import dataclass

from analysis.importing.meaning.key_evidence import keys_of
from analysis.importing.meaning.mapping import MISSING
from analysis.importing.meaning.words import plain, rater_of
from analysis.importing.reading import cells
from analysis.importing.reading.read import Staged
from analysis.store.versions.hardened import one_row
from analysis.store.versions.naming import literal

_NAMES = frozenset(
    "rater raters rated_by rating_by informant respondent perspective reporter completed_by "
    "filled_in_by source version evaluador informante perspectiva contestado_por beurteiler "
    "beurteilerin bewerter rater_in perspektive ausgefuellt_von bogen sicht evaluateur "
    "repondant beoordelaar ingevuld_door bedomare ifyllt_av".split()
)
_MOST = 4  # who may rate one session
_SHARED = 0.5  # of the sessions must have more than one rater


@dataclass(frozen=True, slots=True)
class Raters:
    """column: says who rated. texts: what stands there. by: columns that tell sessions apart."""

    column: str
    texts: tuple[str, ...]
    by: tuple[str, ...]


def raters_in(connection, staged: Staged) -> Raters | None:
    """Who rated, where a column says so, and half of the sessions have a row of more than one."""
    keys = keys_of(connection, staged)
    time = next((keys[k] for k in ("session", "date", "weeks") if k in keys), "")
    whose = [keys[k] for k in ("patient", "episode") if k in keys]
    column = next((c for c in staged.columns if plain(c) in _NAMES and c != time), "")
    if not column or not time or not whose:
        return None
    text = _text(staged, column)
    sql = f"SELECT DISTINCT {text} AS t FROM {staged.table} WHERE t IS NOT NULL ORDER BY 1 LIMIT 9"
    texts = [t for (t,) in connection.execute(sql).fetchall()]
    if not 1 < len(texts) <= _MOST or len({rater_of(f"x_{t}") for t in texts} - {""}) < len(texts):
        return None
    by = (*whose, time)
    group = ", ".join(staged.columns[c] for c in by)
    (share,) = one_row(
        connection,
        f"SELECT avg((n > 1)::INTEGER) FROM (SELECT count(DISTINCT {text}) AS n "
        f"FROM {staged.table} GROUP BY {group})",
    )
    return Raters(column, tuple(texts), by) if share >= _SHARED else None


def turned(connection, staged: Staged, found: Raters) -> tuple[list[str], list[str], str]:
    """Columns, their expressions and the rows of the table with one row a session.

    A column in which raters of a session differ becomes one for each of them ('wai_therapist'), any
    other holds what one of its rows says. A rater's second row for a session is a row of its own.
    """
    group = [staged.columns[c] for c in found.by]
    rest = [c for c in staged.columns if c not in (*found.by, found.column)]
    apart = _told_apart(connection, staged, rest, ", ".join(group))
    who = _text(staged, found.column)
    inner = (
        f"SELECT *, {who} AS who, row_number() OVER (PARTITION BY {', '.join(group)}, {who} "
        f"ORDER BY line) AS time FROM {staged.table}"
    )
    picked = [(c, staged.columns[c]) for c in found.by]
    for column in rest:
        told = f"{_text(staged, column)} IS NOT NULL"
        raw = f"coalesce(arg_min({staged.columns[column]}, line) FILTER ({told}"
        if column in apart:
            picked += [
                (f"{column}_{rater_of(f'x_{t}')}", f"{raw} AND who = {literal(t)}), '')")
                for t in found.texts
            ]
        else:
            picked.append((column, f"{raw}), '')"))
    named = ", ".join(f"{sql} AS v{i}" for i, (_, sql) in enumerate(picked))
    rows = (
        f"SELECT min(line) AS line, time, {named} FROM ({inner}) GROUP BY time, {', '.join(group)}"
    )
    return [name for name, _ in picked], [f"v{i}" for i in range(len(picked))], rows


def _told_apart(connection, staged: Staged, columns: list[str], group: str) -> set[str]:
    """The columns in which the rows of some session differ."""
    if not columns:
        return set()
    differ = [f"count(DISTINCT {_text(staged, c)}) > 1 AS d{i}" for i, c in enumerate(columns)]
    any_of = ", ".join(f"bool_or(d{i})" for i in range(len(columns)))
    sql = f"SELECT {any_of} FROM (SELECT {', '.join(differ)} FROM {staged.table} GROUP BY {group})"
    return {c for c, d in zip(columns, one_row(connection, sql), strict=True) if d}


def _text(staged: Staged, column: str) -> str:
    return cells.present(staged.columns[column], MISSING)
