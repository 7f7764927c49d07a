"""A session that several rows tell in parts: a file a questionnaire, or a row a rater."""

from analysis.importing.findings.quarantine import Ledger
from analysis.store.versions.hardened import Connection

JOIN = "join"
DAYS = 7  # by which two files may date one session: forms are filled in before it, or after
_APART = ("file", "line", "content")  # what differs between rows that say nothing else of it


def name_by_date(connection: Connection) -> None:
    """Gives rows of `numbered` without a session number the one that another row has on their day,
    where the treatment has one session on it."""
    connection.execute(
        "UPDATE numbered SET session = o.session, mark = o.mark FROM ("
        "SELECT episode, date, min(session) AS session, min(mark) AS mark FROM numbered "
        "WHERE session IS NOT NULL AND date IS NOT NULL GROUP BY episode, date "
        "HAVING min(mark) = max(mark)) o WHERE numbered.session IS NULL "
        "AND numbered.episode = o.episode AND numbered.date = o.date"
    )


def join_parts(connection: Connection, ledger: Ledger) -> None:
    """Makes one row of those in `numbered` that tell one session (episode, mark) and do not
    contradict each other: nowhere two values, and in one file one date. Asked first
    (`session-parts`): files of two clinics that number their patients alike would be mixed up.
    Equal rows stay: they are repeats. The joined row stands for the first of its rows;
    `ledger.joined` counts the others.
    """
    told = connection.execute("SELECT * FROM numbered LIMIT 0").description or ()
    columns = [c for c, *_ in told if c not in (*_APART, "episode", "mark")]
    agree = " AND ".join(
        f"min({c}) IS NOT DISTINCT FROM max({c})" for c in columns if c not in ("date", "weeks")
    )
    near = (
        "(min(date) IS NOT DISTINCT FROM max(date) AND min(weeks) IS NOT DISTINCT FROM max(weeks) "
        f"OR min(file) < max(file) AND coalesce(max(date) - min(date), 0) <= {DAYS} "
        f"AND coalesce(max(weeks) - min(weeks), 0) * 7 <= {DAYS})"
    )
    first = ", ".join(
        f"arg_min({c}, (file, line)) FILTER ({c} IS NOT NULL) AS {c}" for c in columns
    )
    apart = ", ".join(f"arg_min({c}, (file, line)) AS {c}" for c in _APART)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE whole AS SELECT episode, mark, {apart}, {first} "
        "FROM numbered SEMI JOIN (SELECT episode, mark FROM numbered GROUP BY ALL "
        "HAVING count(*) > 1) USING (episode, mark) GROUP BY episode, mark "
        f"HAVING min(content) <> max(content) AND {agree} AND {near}"
    )
    rows = connection.execute(
        "SELECT n.file, count(*) FROM numbered n JOIN whole w USING (episode, mark) "
        "WHERE (n.file, n.line) <> (w.file, w.line) GROUP BY ALL"
    ).fetchall()
    more = sum(n for _, n in rows)
    if not more or _ask(ledger, more) != JOIN:
        return
    ledger.joined.update(dict(rows))
    connection.execute(
        "DELETE FROM numbered WHERE (episode, mark) IN (SELECT (episode, mark) FROM whole); "
        "INSERT INTO numbered BY NAME SELECT * FROM whole"
    )


def _ask(ledger: Ledger, more: int) -> str:
    evidence = (
        f"{more} rows tell more of a session that another row tells, and nowhere other values"
    )
    choices = {
        JOIN: "each session is one row, with the values of all",
        "set-aside": "rows of one session are set aside",
    }
    return ledger.ask("session-parts", ("", ""), evidence, choices, JOIN, more)
