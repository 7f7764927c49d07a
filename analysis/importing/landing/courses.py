"""The course of a treatment in time: sessions against their dates, long gaps, its start and end."""

from analysis.importing.findings.quarantine import Ledger
from analysis.importing.meaning.plan import Plan

GAP_DAYS = 180  # half a year without a session: more likely a second treatment than a pause


def ask_about_courses(connection, plan: Plan, ledger: Ledger) -> str:
    """Asks about gaps and about numbers against dates in `numbered`, and splits what is answered.

    Returns what numbers the sessions: 'numbers' or 'dates'.
    """
    _split_at_gaps(connection, plan, ledger)
    return _order(connection, ledger)


def warn_of_ends(connection, ledger: Ledger) -> None:
    """Says how many sessions lie after their end, and how many treatments end before they start."""
    late, turned = connection.execute(
        "SELECT (SELECT count(*) FROM session JOIN episode USING (episode) WHERE date > ended), "
        "(SELECT count(*) FROM episode WHERE ended < started)"
    ).fetchone()
    if late:
        ledger.warn(f"{late} sessions lie after the end of their treatment; they are kept")
    if turned:
        ledger.warn(f"{turned} treatments end before they start; both dates are kept")


def _order(connection, ledger: Ledger) -> str:
    against, pairs, courses = connection.execute(
        "SELECT count(*) FILTER (date < before), count(*), "
        "count(DISTINCT episode) FILTER (date < before) FROM ("
        "SELECT episode, date, lag(date) OVER (PARTITION BY episode ORDER BY session) AS before "
        "FROM numbered WHERE session IS NOT NULL AND date IS NOT NULL) WHERE before IS NOT NULL"
    ).fetchone()
    if not against:
        return "numbers"
    evidence = (
        f"in {courses} treatments the dates go against the session numbers "
        f"({against} of {pairs} steps go back in time)"
    )
    choices = {
        "dates": "sessions are numbered anew by their dates",
        "numbers": "the numbers stay, and the dates as well",
    }
    recommended = "dates" if against * 2 > pairs else "numbers"
    return ledger.ask("session-order", ("", ""), evidence, choices, recommended, against)


def _split_at_gaps(connection, plan: Plan, ledger: Ledger) -> None:
    if plan.has("episode"):
        return
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE gaps AS SELECT file, line, sum(CAST(late AS INTEGER)) OVER "
        "(PARTITION BY episode ORDER BY date, file, line) AS part, late FROM (SELECT *, "
        "coalesce(date_diff('day', lag(date) OVER (PARTITION BY episode ORDER BY date), date) "
        f"> {GAP_DAYS}, false) AS late FROM numbered SEMI JOIN (SELECT episode FROM numbered "
        f"GROUP BY episode HAVING max(date) - min(date) > {GAP_DAYS}) USING (episode) "
        "WHERE date IS NOT NULL)"
    )
    gaps = connection.execute("SELECT count(*) FROM gaps WHERE late").fetchone()[0]
    if not gaps:
        return
    evidence = (
        f"{gaps} times a patient has no session for more than {GAP_DAYS} days, and then again"
    )
    choices = {"split": "a new treatment begins after the gap", "one": "it is one treatment"}
    if ledger.ask("gaps", ("", ""), evidence, choices, "split", gaps) == "one":
        return
    connection.execute(
        "UPDATE numbered SET episode = numbered.episode || '/' || (g.part + 1) FROM gaps g "
        "WHERE g.file = numbered.file AND g.line = numbered.line AND g.part > 0"
    )
