"""Every score of every treatment that began, with what is known of the treatment: the ground of
expected courses."""

from dataclasses import dataclass

import numpy as np

from analysis.measures.variables import Variable
from analysis.store.versions.naming import quoted

LATER_THAN_TODAY = "current_date"


@dataclass(frozen=True, slots=True)
class ScoreCourses:
    """Treatments (n,), in the order of their keys: episode, patient, clinic (texts), therapist
    (0, 1, …; -1 nobody), ending ('' where none is recorded), model, period ('' for none), finished
    and cased (bool: a case at the first score), last_day (days since 1970, NaN without dates),
    traits: name -> texts or numbers of the treatment.

    Rows (m,), by treatment and session: who (index of the treatment), session, weeks since the
    first session (NaN without dates), score and alliance (NaN where missing). future: rows left
    out because they are dated after today.
    """

    episode: np.ndarray
    patient: np.ndarray
    clinic: np.ndarray
    therapist: np.ndarray
    ending: np.ndarray
    model: np.ndarray
    period: np.ndarray
    finished: np.ndarray
    cased: np.ndarray
    last_day: np.ndarray
    traits: dict[str, np.ndarray]
    who: np.ndarray
    session: np.ndarray
    weeks: np.ndarray
    score: np.ndarray
    alliance: np.ndarray
    future: int

    @property
    def n(self) -> int:
        return len(self.episode)


def score_courses(
    cursor, measure: str, alliance: tuple[str, ...], traits: tuple[Variable, ...]
) -> ScoreCourses:
    """Needs the table 'treatments' (`build_treatments`); names are checked by its caller.

    measure: a session-level number. alliance: session-level numbers of one scale, averaged over
    those that are there. traits: episode-level variables.
    """
    own = [f"episode.{quoted(v.name)} AS trait_{i}" for i, v in enumerate(traits)]
    cursor.execute(
        f"""CREATE OR REPLACE TEMP TABLE begun AS
        SELECT row_number() OVER (ORDER BY t.episode) - 1 AS own, t.*
        FROM (SELECT {
            ", ".join(
                [
                    "t.episode",
                    "t.patient",
                    "t.clinic",
                    "t.therapist",
                    "t.ending",
                    "t.model",
                    "t.period",
                    "t.finished",
                    "t.cased",
                    *own,
                ]
            )
        }
              FROM treatments t JOIN episode USING (episode) WHERE begun) t"""
    )
    rows = _rows(cursor, measure, alliance)
    last = "date_diff('day', DATE '1970-01-01', max(date))::DOUBLE"
    texts = ", ".join(f"coalesce({c}, '') AS {c}" for c in ("clinic", "ending", "model", "period"))
    named = ", ".join(f"trait_{i}" for i in range(len(traits)))
    cursor.execute(
        f"""SELECT episode, patient, {texts}, coalesce(place, -1) AS therapist, finished, cased,
            coalesce(day, 'nan'::DOUBLE) AS day {", " + named if named else ""}
        FROM begun
        LEFT JOIN (SELECT episode, {last} AS day FROM session GROUP BY episode) USING (episode)
        LEFT JOIN (SELECT therapist, row_number() OVER (ORDER BY therapist) - 1 AS place
                   FROM (SELECT DISTINCT therapist FROM begun WHERE therapist IS NOT NULL))
            USING (therapist) ORDER BY own"""
    )
    found = {name: np.ma.filled(values, None) for name, values in cursor.fetchnumpy().items()}
    return ScoreCourses(
        **{c: found[c].astype(object) for c in ("episode", "patient", "clinic")},
        **{c: found[c].astype(object) for c in ("ending", "model", "period")},
        therapist=found["therapist"].astype(np.int64),
        finished=found["finished"].astype(bool),
        cased=found["cased"].astype(bool),
        last_day=found["day"].astype(float),
        traits={v.name: _trait(found[f"trait_{i}"], v) for i, v in enumerate(traits)},
        **rows,
    )


def _rows(cursor, measure: str, alliance: tuple[str, ...]) -> dict:
    there = " + ".join(f"({quoted(a)} IS NOT NULL)::INT" for a in alliance)
    total = " + ".join(f"coalesce({quoted(a)}, 0)" for a in alliance)
    rating = f"({total}) / nullif({there}, 0)" if alliance else "NULL::DOUBLE"
    cursor.execute(
        f"""CREATE OR REPLACE TEMP TABLE scores AS
        SELECT own, session, coalesce(weeks_since_intake,
                date_diff('day', min(date) OVER (PARTITION BY own), date) / 7.0) AS weeks,
            {quoted(measure)}::DOUBLE AS score, ({rating})::DOUBLE AS alliance,
            coalesce(date > {LATER_THAN_TODAY}, false) AS future
        FROM session JOIN begun USING (episode)"""
    )
    (future,) = cursor.execute("SELECT count(*) FROM scores WHERE future").fetchone()
    cursor.execute(
        """SELECT own AS who, session, weeks, score, alliance FROM scores
        WHERE NOT future AND (score IS NOT NULL OR alliance IS NOT NULL) ORDER BY own, session"""
    )
    found = cursor.fetchnumpy()
    numbers = {
        name: np.ma.filled(found[name].astype(float), np.nan)
        for name in ("weeks", "score", "alliance")
    }
    whole = {name: np.ma.filled(found[name], 0).astype(np.int64) for name in ("who", "session")}
    return {**whole, **numbers, "future": int(future)}


def _trait(values: np.ndarray, variable: Variable) -> np.ndarray:
    if variable.kind == "number":
        return np.array([np.nan if v is None else float(v) for v in values])
    return np.array(["" if v is None else str(v) for v in values], dtype=object)
