"""Treatments of the end-of-treatment question with what is missing of them left open."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from analysis.store.queries.frames import Frame, FrameColumn, FrameSpec, predictor_columns
from analysis.store.sources.of_arrays import as_arrow
from analysis.store.versions.naming import quoted

KEYS = ("clinic", "therapist", "patient", "treatment")


@dataclass(frozen=True, slots=True)
class OpenRows:
    """Treatments that began in time: with a first score before the landmark, where the score at
    intake counts, else with any score. relation: a temporary table of them.

    In the order of their keys: y (n,) the last score, NaN where none lies after the landmark; x
    (n, q) the columns, NaN where a value is missing; intake (n,), the first score; therapist
    (n,) codes. columns: of x, the frame's. left_out: reason -> treatments that did not begin so.
    """

    relation: str
    y: np.ndarray
    x: np.ndarray
    intake: np.ndarray
    therapist: np.ndarray
    columns: tuple[FrameColumn, ...]
    left_out: dict[str, int]

    @property
    def complete(self) -> np.ndarray:
        """(n,) which treatments have everything."""
        return np.asarray(np.isfinite(self.y) & np.isfinite(self.x).all(axis=1))


def open_rows(cursor, spec: FrameSpec, frame: Frame) -> OpenRows:
    """After `episode_frame`, whose candidates these are; frame: what it gave."""
    landmark = int(spec.window[1])
    begun = "scores > 0" if spec.adjust == "none" else f"scores > 0 AND entry < {landmark}"
    terms = {c.term for c in frame.columns}
    made = predictor_columns(cursor, spec, f"SELECT * FROM candidates WHERE {begun}")
    adjusted = [(c, c.name) for c in frame.columns if c.variable is None]
    made = [*adjusted, *((c, sql) for c, sql in made if c.term in terms)]
    own = [c for c, _ in made]
    picked = ", ".join(f"{sql} AS {c.name}" for c, sql in made)
    cursor.execute(
        f"""CREATE OR REPLACE TEMP TABLE open_frame AS
        SELECT {", ".join(KEYS)}, CASE WHEN final > {landmark} THEN y END AS y,
            intake AS first_score{", " + picked if picked else ""} FROM candidates WHERE {begun}"""
    )
    names = ["y", "first_score", *(c.name for c in own)]
    numbers = ", ".join(f"{quoted(n)}::DOUBLE AS {quoted(n)}" for n in names)
    found = cursor.execute(
        f"""SELECT {numbers}, dense_rank() OVER (ORDER BY therapist) - 1 AS own
        FROM open_frame ORDER BY treatment"""
    ).fetchnumpy()
    values = [np.ma.filled(np.ma.asarray(found[n], dtype=float), np.nan) for n in names]
    x = np.column_stack(values[2:]) if own else np.zeros((len(values[0]), 0))
    whole, scored = cursor.execute(
        "SELECT count(*), count(*) FILTER (scores > 0) FROM candidates"
    ).fetchall()[0]
    left = {
        "no outcome score": int(whole) - int(scored),
        f"no score before session {landmark}": int(scored) - len(x),
    }
    left = {reason: n for reason, n in left.items() if n}
    return OpenRows(
        "open_frame", values[0], x, values[1], np.asarray(found["own"], dtype=int), tuple(own), left
    )


def completed_frame(
    cursor, rows: OpenRows, y: np.ndarray, x: np.ndarray, drawn: np.ndarray
) -> Frame:
    """All of the rows as a Frame, with y (n,) and x (n, q) complete; it carries drawn (n,), 1
    where y is no score of the patient's."""
    columns = {"y": y, **{c.name: x[:, i] for i, c in enumerate(rows.columns)}}
    return _with(
        cursor, rows, {**columns, "drawn": drawn.astype(float)}, np.arange(len(y)), ("drawn",)
    )


def weighted_frame(cursor, rows: OpenRows, weights: np.ndarray) -> Frame:
    """The complete rows as a Frame with prior weights (m,), in their order."""
    at = np.flatnonzero(rows.complete)
    columns = {"y": rows.y[at], **{c.name: rows.x[at, i] for i, c in enumerate(rows.columns)}}
    frame = _with(cursor, rows, {**columns, "weight": weights}, at, ())
    return replace(frame, weights="weight")


def _with(cursor, rows: OpenRows, columns: dict, at: np.ndarray, carried: tuple[str, ...]) -> Frame:
    given = {"own": at, **columns}
    cursor.register("given_rows", pa.table({n: as_arrow(v) for n, v in given.items()}))
    cursor.execute(
        f"""CREATE OR REPLACE TEMP TABLE frame AS
        SELECT {", ".join(KEYS)}, {", ".join(columns)} FROM given_rows JOIN (
            SELECT {", ".join(KEYS)}, row_number() OVER (ORDER BY treatment) - 1 AS own
            FROM {rows.relation}
        ) USING (own)"""
    )
    cursor.unregister("given_rows")
    return Frame("frame", rows.columns, len(at), rows.left_out, carried=carried)
