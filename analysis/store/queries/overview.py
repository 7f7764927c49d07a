"""A dataset in one screen: who, how much, how complete."""

from dataclasses import dataclass, field
from datetime import date

from analysis.base.errors import StoreError
from analysis.store.versions.catalogue import DatasetInfo
from analysis.store.versions.dataset import open_dataset
from analysis.store.versions.hardened import one_row
from analysis.store.versions.naming import quoted, somebody

LONGEST_SHOWN = 40  # sessions; longer episodes are counted together with it


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts of one dataset version.

    outcome: name of the main outcome, '' where the dataset has none. first_date, last_date: of
    the sessions, else of the episodes' starts, None where no date is known. outcome_filled:
    share of sessions with the outcome; first_filled, last_filled: share of episodes whose first
    or last session has it; each 0..1, None without an outcome or without rows.
    sessions_in_episode: number of sessions -> episodes, LONGEST_SHOWN holding all longer ones.
    """

    clinics: int
    therapists: int
    patients: int
    episodes: int
    sessions: int
    outcome: str
    first_date: date | None
    last_date: date | None
    outcome_filled: float | None
    first_filled: float | None
    last_filled: float | None
    sessions_in_episode: dict[int, int] = field(hash=False)

    @property
    def median_sessions(self) -> int | None:
        """The lower median of sessions in an episode; None without sessions."""
        half, seen = sum(self.sessions_in_episode.values()) / 2, 0
        for sessions, episodes in sorted(self.sessions_in_episode.items()):
            seen += episodes
            if seen >= half > 0:
                return sessions
        return None


def dataset_overview(info: DatasetInfo, outcome: str = "") -> Overview:
    """The Overview of one version.

    outcome: a numeric session variable; '' takes the dataset's main outcome. StoreError where
    the dataset has no such variable.
    """
    with open_dataset(info) as dataset:
        known = {v.name for v in dataset.variables if v.unit == "session" and v.kind == "number"}
        name = outcome or main_outcome(dataset)
        if name and name not in known:
            raise StoreError(
                "The dataset has no such numeric session variable",
                where=f"outcome {name!r}",
                allowed=", ".join(sorted(known)),
                next_step="choose one of these",
            )
        with dataset.cursor() as cursor:
            clinics = _one(cursor, "SELECT count(*) FROM clinic")
            therapists = _one(cursor, f"SELECT count({somebody('therapist')}) FROM therapist")
            patients, episodes, started, ended = one_row(
                cursor,
                "SELECT count(DISTINCT patient), count(*), min(started), max(started) FROM episode",
            )
            sessions, first, last = one_row(
                cursor, "SELECT count(*), min(date), max(date) FROM session"
            )
            answered, pairs, measured = (
                _filled(cursor, name) if name and sessions else (None, None, None)
            )
            lengths = _lengths(cursor)
    return Overview(
        clinics,
        therapists,
        patients,
        episodes,
        sessions,
        name,
        first or started,
        last or ended,
        answered,
        pairs,
        measured,
        sessions_in_episode=lengths,
    )


def main_outcome(dataset) -> str:
    """The outcome that a dataset is about: as its maker says, else its first numeric outcome
    measured in sessions, else ''."""
    named = dataset.meta.get("main_outcome") or ""
    outcomes = [v.name for v in outcome_variables(dataset.variables)]
    return named if named in outcomes else (outcomes[0] if outcomes else "")


def outcome_variables(variables) -> tuple:
    """The Variables that can be an outcome: numeric, measured in sessions, factor 'outcome'."""
    return tuple(
        v for v in variables if v.factor == "outcome" and v.unit == "session" and v.kind == "number"
    )


def _filled(cursor, outcome: str) -> tuple[float, float, float]:
    """Share of sessions, of first sessions and of last sessions that have the outcome."""
    column = quoted(outcome)
    return cursor.execute(
        f"""SELECT sum(filled) / sum(rows), avg(first_filled), avg(last_filled) FROM (
              SELECT count({column}) AS filled, count(*) AS rows,
                     (arg_min({column} IS NOT NULL, session))::INT AS first_filled,
                     (arg_max({column} IS NOT NULL, session))::INT AS last_filled
              FROM session GROUP BY episode)"""
    ).fetchone()


def _lengths(cursor) -> dict[int, int]:
    rows = cursor.execute(
        """SELECT least(n, ?) AS sessions, count(*) FROM (
             SELECT count(*) AS n FROM session GROUP BY episode) GROUP BY 1 ORDER BY 1""",
        [LONGEST_SHOWN],
    ).fetchall()
    return {int(sessions): int(episodes) for sessions, episodes in rows}


def _one(cursor, query: str) -> int:
    return int(cursor.execute(query).fetchone()[0])
