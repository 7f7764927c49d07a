"""The scores of a frame's treatments by session number, and columns put back beside them."""

import numpy as np
import pyarrow as pa

from analysis.measures.variables import Variable
from analysis.store.queries.frames import Frame
from analysis.store.sources.of_arrays import as_arrow
from analysis.store.versions.naming import quoted

# Session numbers beyond this say nothing more of a score's noise, and cost memory.
LAST_NUMBER = 60


def last_scores(cursor, outcome: Variable, clinics: tuple[str, ...]) -> np.ndarray:
    """(n,) the session number of each treatment's last score; those without one left out."""
    some = f"WHERE clinic IN ({', '.join('?' * len(clinics))})" if clinics else ""
    found = cursor.execute(
        f"""SELECT max(session) AS last FROM session
            JOIN (SELECT episode FROM episode JOIN therapist USING (therapist) {some})
            USING (episode) WHERE {quoted(outcome.name)} IS NOT NULL
            GROUP BY episode ORDER BY last""",
        list(clinics),
    ).fetchall()
    return np.array([row[0] for row in found], dtype=np.int64)


def rated_sessions(cursor, variables: tuple[Variable, ...], clinics) -> dict[int, int]:
    """Session number -> treatments with a value of every one of the session-level variables."""
    some = f"WHERE clinic IN ({', '.join('?' * len(clinics))})" if clinics else ""
    there = " AND ".join(f"{quoted(v.name)} IS NOT NULL" for v in variables) or "true"
    found = cursor.execute(
        f"""SELECT session, count(*) FROM session
            JOIN (SELECT episode FROM episode JOIN therapist USING (therapist) {some})
            USING (episode) WHERE {there} GROUP BY session ORDER BY session""",
        list(clinics),
    ).fetchall()
    return {int(number): int(n) for number, n in found}


def treatment_courses(
    cursor, frame: Frame, variables: tuple[Variable, ...]
) -> tuple[int, tuple[np.ndarray, ...]]:
    """(first session number, one (n, T) array a session-level variable), by session number without
    a gap, NaN where there is no value; rows are the frame's treatments in the order of their keys.
    """
    names = ", ".join(f"session.{quoted(v.name)}::DOUBLE AS v{i}" for i, v in enumerate(variables))
    some = " OR ".join(f"session.{quoted(v.name)} IS NOT NULL" for v in variables)
    cursor.execute(
        f"""SELECT own, session AS number, {names} FROM session JOIN (
                SELECT treatment, row_number() OVER (ORDER BY treatment) - 1 AS own
                FROM (SELECT DISTINCT treatment FROM {frame.relation})
            ) ON episode = treatment WHERE session <= {LAST_NUMBER} AND ({some})"""
    )
    found = cursor.fetchnumpy()
    own, number = np.asarray(found["own"]), np.asarray(found["number"])
    counted = f"SELECT count(DISTINCT treatment) FROM {frame.relation}"
    (n,) = cursor.execute(counted).fetchall()[0]  # all, or the cursor stays busy
    first = int(number.min()) if len(number) else 1
    width = int(number.max()) - first + 1 if len(number) else 0
    out = []
    for i in range(len(variables)):
        table = np.full((n, width), np.nan)
        table[own, number - first] = np.ma.filled(found[f"v{i}"].astype(float), np.nan)
        out.append(table)
    return first, tuple(out)


def treatment_predictors(cursor, frame: Frame) -> np.ndarray:
    """(n, q) the frame's columns, a row a treatment in the order of their keys."""
    if not frame.columns:
        (n,) = cursor.execute(f"SELECT count(DISTINCT treatment) FROM {frame.relation}").fetchone()
        return np.zeros((n, 0))
    names = ", ".join(f"min({quoted(c.name)})::DOUBLE AS {c.name}" for c in frame.columns)
    cursor.execute(f"SELECT {names} FROM {frame.relation} GROUP BY treatment ORDER BY treatment")
    found = cursor.fetchnumpy()
    return np.column_stack([np.asarray(found[c.name], dtype=float) for c in frame.columns])


def with_columns(cursor, frame: Frame, columns: dict[str, np.ndarray]) -> str:
    """The table 'calibrated': the frame with one more column each, values (n,) of its treatments
    in the order of their keys."""
    own = np.arange(len(next(iter(columns.values()))))
    given = {"own": own, **columns}
    cursor.register("given_columns", pa.table({n: as_arrow(v) for n, v in given.items()}))
    cursor.execute(
        f"""CREATE OR REPLACE TEMP TABLE calibrated AS
            SELECT frame.*, {", ".join(columns)} FROM {frame.relation} AS frame JOIN (
                SELECT treatment, row_number() OVER (ORDER BY treatment) - 1 AS own
                FROM (SELECT DISTINCT treatment FROM {frame.relation})
            ) USING (treatment) JOIN given_columns USING (own)"""
    )
    cursor.unregister("given_columns")
    return "calibrated"
