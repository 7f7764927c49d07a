"""Clinics that each number their patients 1, 2, 3 …: one number is then a patient in each clinic.

Seen: two clinics' files were set aside row by row, as they contradicted each other; in one file
with a column for the clinic, 80 patients became 40 with two treatments each.
"""

import calendar
import re
from pathlib import PurePath

from analysis.importing.converting.sheets import IN
from analysis.importing.findings.quarantine import Ledger, Problem
from analysis.importing.meaning.plan import Plan
from analysis.store.versions.hardened import Connection, one_row

TWO, ONE, ANEW = "two", "one", "anew"
FEWEST = 3  # ids in two clinics: fewer are people who went to both
PART = 0.5  # of a clinic's ids that another has, and of sessions that say otherwise
DENSE = 10  # numbers to choose from for each that is taken: 1 to 40 for 40 patients is one
ONE_WAY = 0.9  # of patients in both who went the same way, one clinic after the other

_MONTHS = {m.lower() for m in (*calendar.month_name, *calendar.month_abbr) if m}


def ask_about_shared_numbers(connection: Connection, plan: Plan, ledger: Ledger) -> None:
    """Asks whether one id in several clinics is one patient (`shared-patients`), where a clinic has
    half of its ids or more in common with another and they are running numbers.

    Files without a clinic, of which half of the common sessions have other values, are clinics by
    their names. By the answer 'two', each patient of `patient_rows` is called 'clinic/id'.
    Worked: north.csv and south.csv, each with patients 1 to 40, have 80 patients; 'N-4711' in the
    clinics A and B is one. Where files follow each other in time, they may number sessions anew.
    """
    named = _named_files(connection, plan)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE sited AS WITH listed AS (SELECT therapist, "
        "min(clinic) AS seat FROM cells_therapist GROUP BY therapist HAVING "
        "count(DISTINCT clinic) = 1) "
        "SELECT p.*, coalesce(p.clinic, n.site, listed.seat) AS site FROM patient_rows p "
        "LEFT JOIN (SELECT unnest($files)::BIGINT AS file, unnest($sites)::VARCHAR AS site) n "
        "USING (file) LEFT JOIN listed USING (therapist)",
        {"files": list(named), "sites": list(named.values())},
    )
    shared = _shared(connection)
    if shared < FEWEST or not (named or _running(connection)):
        return
    sites = ", ".join(sorted(set(named.values())))
    whose = f"files that tell of no clinic ({sites} by their names)" if named else "clinics"
    choices = {
        TWO: "each clinic has patients of its own ('clinic/number')",
        ONE: "each number is one patient, who came to several",
    }
    evidence = f"{shared} patients' numbers occur in more than one of the {whose}"
    recommended, one_way = TWO, _one_way(connection)
    if one_way:
        recommended = ONE
        if named and one_row(connection, "SELECT bool_and(date IS NOT NULL) FROM cells_session")[0]:
            choices[ANEW] = "each is one patient, and every file numbers sessions anew: by dates"
            recommended = ANEW
    answer = ledger.ask("shared-patients", ("", ""), evidence, choices, recommended, shared)
    if answer == TWO:
        _name_by_clinic(connection, plan, ledger)
    elif answer == ANEW:
        _number_by_dates(connection)


def _shared(connection: Connection) -> int:
    """Ids in several clinics, where one clinic has the most part of its own among them, else 0."""
    shared, most = one_row(
        connection,
        "WITH ids AS (SELECT DISTINCT patient, site FROM sited WHERE site IS NOT NULL), "
        "several AS (SELECT patient FROM ids GROUP BY patient HAVING count(*) > 1) "
        "SELECT (SELECT count(*) FROM several), max(part) FROM ("
        "SELECT count(s.patient) / count(*) AS part FROM ids LEFT JOIN several s USING (patient) "
        "GROUP BY site)",
    )
    return shared if shared and most >= PART else 0


def _running(connection: Connection) -> bool:
    """Whether ids are numbers that were given one after the other."""
    ids, span = one_row(
        connection,
        r"SELECT count(*), max(n) - min(n) + 1 FROM (SELECT DISTINCT "
        r"TRY_CAST(regexp_extract(patient, '^\D*(\d{1,12})$', 1) AS BIGINT) AS n FROM sited)"
        " WHERE n IS NOT NULL",
    )
    return bool(ids) and span <= DENSE * ids


def _one_way(connection: Connection) -> bool:
    """Whether those in two clinics left one before they came to the other, always the same."""
    pairs, forward, back = one_row(
        connection,
        "WITH stays AS (SELECT s.patient, s.site, min(c.date) AS first, max(c.date) AS last "
        "FROM sited s JOIN cells_session c USING (\"set\") WHERE s.role = 'session' "
        "AND s.site IS NOT NULL AND c.date IS NOT NULL GROUP BY ALL) "
        "SELECT count(*), count(*) FILTER (a.last <= b.first), count(*) FILTER (b.last <= a.first) "
        "FROM stays a JOIN stays b ON a.patient = b.patient AND a.site < b.site",
    )
    return pairs > 0 and max(forward, back) >= ONE_WAY * pairs


def _number_by_dates(connection: Connection) -> None:
    connection.execute(
        "UPDATE cells_session SET session = n.number FROM (SELECT c.file, c.line, "
        "dense_rank() OVER (PARTITION BY p.patient ORDER BY c.date) AS number "
        "FROM cells_session c JOIN patient_rows p USING (\"set\") WHERE p.role = 'session') n "
        "WHERE n.file = cells_session.file AND n.line = cells_session.line"
    )


def _name_by_clinic(connection: Connection, plan: Plan, ledger: Ledger) -> None:
    """A row without a clinic is of the only one that has its patient; of several it is refused."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE patient_rows AS WITH homes AS (SELECT patient, "
        "min(site) AS home FROM sited GROUP BY patient HAVING count(DISTINCT site) = 1) "
        "SELECT s.* EXCLUDE (site) REPLACE (coalesce(site, home) AS clinic, "
        "coalesce(coalesce(site, home) || '/', '') || patient AS patient) FROM sited s "
        "LEFT JOIN homes "
        "USING (patient) WHERE coalesce(site, home) IS NOT NULL "
        "OR patient NOT IN (SELECT patient FROM sited WHERE site IS NOT NULL)"
    )
    for staged in plan.files:
        if staged.file.role in ("session", "episode"):
            problem = Problem(
                plan.column(staged, "clinic") or plan.column(staged, "patient"),
                "empty",
                "does not say which clinic's patient it means",
                "fill in the clinic",
            )
            rows = (
                f'FROM cells_{staged.file.role} WHERE file = {staged.index} AND "set" IN '
                '(SELECT "set" FROM sited ANTI JOIN patient_rows USING ("set"))'
            )
            ledger.refuse(staged.index, rows, problem)


def _named_files(connection: Connection, plan: Plan) -> dict[int, str]:
    """File -> its clinic by its name, of files without a column for it that contradict others."""
    named = {
        s.index: _words(s.name)
        for s in plan.files
        if s.file.role in ("session", "episode") and not plan.column(s, "clinic")
    }
    if len(named) < 2 or plan.has("clinic", "session", "episode"):
        return {}
    against = _contradicting(connection, plan, list(named))
    sites = {}
    for index, others in against.items():
        own = set(named[index]).intersection(*(set(named[index]) - set(named[o]) for o in others))
        told = [w for w in named[index] if w in own and not w.isdigit() and w not in _MONTHS]
        sites[index] = "-".join(told or named[index])
    # Next month's file, or the same clinic's patients: by the words that tell a clinic.
    for index, words in named.items():
        alike = {site for site in sites.values() if set(site.split("-")) <= set(words)}
        if index not in sites and len(alike) == 1:
            sites[index] = alike.pop()
    return sites


def _words(name: str) -> tuple[str, ...]:
    """Worked: 'North_2024-03 export.csv' is north, 2024, 03, export."""
    stem = PurePath(name.rpartition(IN)[2]).stem
    return tuple(w for w in re.split(r"[\W_]+", stem.lower()) if w)


def _contradicting(connection: Connection, plan: Plan, files: list[int]) -> dict[int, list[int]]:
    """File -> the files that have other values in half of the sessions that both tell."""
    unlike = " OR ".join(
        f"a.v{i} <> b.v{i}"
        for i, v in enumerate(plan.mapping.variables)
        if v.unit == "session" and not v.items
    )
    if not unlike:
        return {}
    pairs = connection.execute(
        "WITH told AS (SELECT p.patient, coalesce(c.session::VARCHAR, c.date::VARCHAR, "
        "c.weeks::VARCHAR) AS held, c.* EXCLUDE (patient) FROM patient_rows p JOIN cells_session "
        'c ON p."set" = c."set" AND p.role = \'session\' WHERE c.file IN (SELECT unnest($files))) '
        f"SELECT a.file, b.file FROM told a JOIN told b ON a.patient = b.patient "
        "AND a.held = b.held AND a.file <> b.file GROUP BY ALL "
        f"HAVING count(DISTINCT a.patient) >= {FEWEST} "
        f"AND count(*) FILTER ({unlike}) >= {PART} * count(*)",
        {"files": files},
    ).fetchall()
    found: dict[int, list[int]] = {}
    for one, other in pairs:
        found.setdefault(one, []).append(other)
    return found
