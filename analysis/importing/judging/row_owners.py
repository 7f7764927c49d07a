"""Whose row is it: clinic, therapist, patient and episode of each row, by the rules of importing.

The rules (docs/importing.md): a row without patient is refused; a missing therapist or clinic is
'unknown' and nothing is dropped; one therapist code in two clinics is two therapists; one patient
with two therapists has two episodes. Each rule that changed something leaves a warning with its
count.

The rules see each combination of ids once, with its number of rows (`n`), not each row. Makes the
temporary tables `unit_rows` (set, role, patient, base, therapist, clinic, episode), the final names
of each combination that is not refused; and `therapist_names` (code, clinic, therapist), the final
name of each code in each clinic. `cells_session` and `cells_episode` get the column `set`.
"""

from analysis.importing.findings.quarantine import Ledger, Problem
from analysis.importing.judging.shared_numbers import ask_about_shared_numbers
from analysis.importing.judging.similar_ids import ask_about_similar_ids
from analysis.importing.meaning.plan import Plan
from analysis.store.versions.naming import UNKNOWN


def name_units(connection, plan: Plan, ledger: Ledger) -> None:
    """Makes `unit_rows` and `therapist_names` from the cells; refuses rows without a patient."""
    _collect(connection)
    _find_patients(connection, plan, ledger)
    _find_bases(connection, plan, ledger)
    _find_therapists(connection, plan, ledger)
    _name_therapists(connection, ledger)
    _name_episodes(connection, plan, ledger)


def _collect(connection) -> None:
    """`raw_rows`: the combinations of ids, numbered by `set`, with their number of rows."""
    ids = ("file", "patient", "episode", "therapist", "clinic")
    columns = ", ".join(ids)
    combinations = " UNION ALL ".join(
        f"SELECT '{role}' AS role, {columns}, count(*) AS n FROM cells_{role} GROUP BY ALL"
        for role in ("session", "episode")
    )
    connection.execute(
        'CREATE TEMP TABLE raw_rows AS SELECT row_number() OVER () AS "set", * '
        f"FROM ({combinations})"
    )
    same = " AND ".join(f"c.{each} IS NOT DISTINCT FROM r.{each}" for each in ids)
    for role in ("session", "episode"):
        connection.execute(
            f'CREATE OR REPLACE TEMP TABLE cells_{role} AS SELECT c.*, r."set" '
            f"FROM cells_{role} c JOIN raw_rows r ON r.role = '{role}' AND {same}"
        )


def _rows_of(staged, condition: str) -> str:
    """SQL: the lines of this file whose combination of ids fulfils the condition."""
    role = staged.file.role
    return (
        f'FROM cells_{role} WHERE file = {staged.index} AND "set" IN '
        f'(SELECT "set" FROM {condition})'
    )


def _find_patients(connection, plan: Plan, ledger: Ledger) -> None:
    """A row that names only its episode is of that episode's patient, if one file says whom."""
    alone = "episode" if not plan.has("patient") else "NULL"
    connection.execute(
        "CREATE TEMP TABLE patient_rows AS "
        "WITH owner AS (SELECT episode, min(patient) AS patient FROM raw_rows "
        "WHERE episode IS NOT NULL GROUP BY episode HAVING count(DISTINCT patient) = 1) "
        "SELECT r.* REPLACE (coalesce(r.patient, owner.patient, "
        f"{alone.replace('episode', 'r.episode')}) AS patient) "
        "FROM raw_rows r LEFT JOIN owner USING (episode)"
    )
    for staged in plan.files:
        if staged.file.role in ("session", "episode"):
            column = plan.column(staged, "patient") or plan.column(staged, "episode")
            problem = Problem(
                column, "empty", "names no patient", "fill in the patient, or leave the row out"
            )
            rows = _rows_of(staged, "patient_rows WHERE patient IS NULL")
            ledger.refuse(staged.index, rows, problem)
    connection.execute("DELETE FROM patient_rows WHERE patient IS NULL")
    ask_about_similar_ids(connection, ledger)
    ask_about_shared_numbers(connection, plan, ledger)


def _find_bases(connection, plan: Plan, ledger: Ledger) -> None:
    """The base of an episode's name: its own id, else the patient."""
    connection.execute(
        "CREATE TEMP TABLE bases AS SELECT episode, count(DISTINCT patient) > 1 AS reused "
        "FROM patient_rows WHERE episode IS NOT NULL GROUP BY episode"
    )
    reused = connection.execute("SELECT count(*) FROM bases WHERE reused").fetchone()[0]
    if reused:
        ledger.warn(
            f"{reused} episode ids are used by more than one patient; they are read as "
            "'patient/episode'"
        )
    connection.execute(
        "CREATE TEMP TABLE based AS SELECT r.*, CASE WHEN r.episode IS NULL THEN NULL "
        "WHEN b.reused THEN r.patient || '/' || r.episode ELSE r.episode END AS base "
        "FROM patient_rows r LEFT JOIN bases b USING (episode)"
    )
    _link_by_patient(connection)
    for staged in plan.files:
        if staged.file.role in ("session", "episode"):
            _refuse_without_base(plan, staged, ledger)
    connection.execute(
        "CREATE TEMP TABLE based_rows AS SELECT * REPLACE (coalesce(base, patient) AS base) "
        "FROM linked WHERE base IS NOT NULL OR NOT unclear"
    )


def _link_by_patient(connection) -> None:
    """Rows without an episode id take the patient's only episode, or the one with its therapist.

    unclear: the patient has several episodes and the row fits none of them alone.
    """
    connection.execute(
        "CREATE TEMP TABLE linked AS WITH known AS (SELECT DISTINCT patient, base FROM based "
        "WHERE base IS NOT NULL), "
        "single AS (SELECT patient, min(base) AS base, count(*) AS n FROM known GROUP BY patient), "
        "by_therapist AS (SELECT patient, therapist, min(base) AS base FROM based "
        "WHERE base IS NOT NULL AND therapist IS NOT NULL GROUP BY patient, therapist "
        "HAVING count(DISTINCT base) = 1) "
        "SELECT b.* REPLACE (coalesce(b.base, CASE WHEN s.n = 1 THEN s.base END, t.base) AS base), "
        "coalesce(s.n, 0) > 1 AS unclear FROM based b LEFT JOIN single s USING (patient) "
        "LEFT JOIN by_therapist t ON t.patient = b.patient AND t.therapist = b.therapist"
    )


def _refuse_without_base(plan: Plan, staged, ledger: Ledger) -> None:
    problem = Problem(
        plan.column(staged, "episode") or plan.column(staged, "patient"),
        "empty",
        "fits several episodes of its patient",
        "fill in the episode",
    )
    rows = _rows_of(staged, "linked WHERE base IS NULL AND unclear")
    ledger.refuse(staged.index, rows, problem)


def _find_therapists(connection, plan: Plan, ledger: Ledger) -> None:
    """Fills therapists and clinics that the rest of the episode or the therapist file knows."""
    connection.execute(
        "CREATE TEMP TABLE staffed AS WITH listed AS (SELECT therapist, min(clinic) AS clinic "
        "FROM cells_therapist WHERE therapist IS NOT NULL GROUP BY therapist "
        "HAVING count(DISTINCT clinic) = 1), "
        "one AS (SELECT base, min(therapist) AS therapist FROM based_rows GROUP BY base "
        "HAVING count(DISTINCT therapist) = 1), "
        "full_rows AS (SELECT r.* REPLACE (coalesce(r.therapist, one.therapist) AS therapist), "
        "r.therapist IS NULL AS no_therapist, one.therapist IS NOT NULL AS filled "
        "FROM based_rows r LEFT JOIN one USING (base)) "
        "SELECT f.* REPLACE (coalesce(f.clinic, listed.clinic) AS clinic), "
        "f.clinic IS NULL AND listed.clinic IS NULL AS no_clinic "
        "FROM full_rows f LEFT JOIN listed USING (therapist)"
    )
    connection.execute(
        "CREATE TEMP TABLE placed AS WITH one AS (SELECT base, min(clinic) AS clinic "
        "FROM staffed GROUP BY base HAVING count(DISTINCT clinic) = 1), "
        "home AS (SELECT therapist, min(clinic) AS clinic FROM staffed "
        "WHERE therapist IS NOT NULL GROUP BY therapist HAVING count(DISTINCT clinic) = 1) "
        "SELECT s.* REPLACE (coalesce(s.clinic, one.clinic, home.clinic, $unknown) AS clinic, "
        "coalesce(s.therapist, $unknown) AS therapist), s.therapist IS NULL AS stays_unknown, "
        "coalesce(s.clinic, one.clinic, home.clinic) IS NULL AS nowhere FROM staffed s "
        "LEFT JOIN one USING (base) LEFT JOIN home ON home.therapist = s.therapist",
        {"unknown": UNKNOWN},
    )
    _warn_of_missing(connection, plan, ledger)


def _warn_of_missing(connection, plan: Plan, ledger: Ledger) -> None:
    unknown, filled, nowhere, rows = connection.execute(
        "SELECT sum(n) FILTER (stays_unknown), sum(n) FILTER (no_therapist AND filled), "
        "sum(n) FILTER (nowhere), sum(n) FROM placed WHERE role = 'session'"
    ).fetchone()
    if not plan.has("therapist", "session", "episode"):
        ledger.warn("No column names the therapist: nothing can be said of therapists")
    elif unknown:
        ledger.warn(f"{unknown} sessions name no therapist; they count for no therapist")
    if filled and plan.has("therapist", "session"):
        ledger.warn(
            f"{filled} sessions name no therapist; the only therapist of their episode is taken"
        )
    if not plan.has("clinic") and nowhere == rows:
        ledger.warn("No column names the clinic: every row has the one clinic 'unknown'")
    elif nowhere:
        ledger.warn(f"{nowhere} sessions name no clinic; they have the clinic 'unknown'")


def _name_therapists(connection, ledger: Ledger) -> None:
    """`therapist_names` (code, clinic, therapist): a code in two clinics is two therapists, or by
    the answer one, at home in the clinic with most of the rows."""
    connection.execute(
        "CREATE TEMP TABLE therapist_names AS WITH pairs AS ("
        "SELECT therapist AS code, clinic, sum(n) AS n FROM placed GROUP BY ALL UNION "
        "SELECT DISTINCT t.therapist, coalesce(t.clinic, p.clinic, $unknown), 0 "
        "FROM cells_therapist t LEFT JOIN "
        "(SELECT DISTINCT therapist, clinic FROM placed) p ON p.therapist = t.therapist "
        "AND t.clinic IS NULL WHERE t.therapist IS NOT NULL), "
        "once AS (SELECT code, clinic, max(n) AS n FROM pairs GROUP BY ALL), "
        "counted AS (SELECT *, count(*) OVER (PARTITION BY code) AS clinics FROM once) "
        "SELECT code, clinic, n, CASE WHEN clinics > 1 THEN clinic || '/' || code ELSE code END "
        "AS therapist FROM counted",
        {"unknown": UNKNOWN},
    )
    shared = connection.execute(
        "SELECT count(*) FROM (SELECT code FROM therapist_names WHERE code <> ? "
        "GROUP BY code HAVING count(*) > 1)",
        [UNKNOWN],
    ).fetchone()[0]
    if not shared:
        return
    evidence = f"{shared} therapist codes occur in more than one clinic"
    choices = {
        "two": "each is one therapist in each clinic ('clinic/code')",
        "one": "each is one therapist, who belongs to the clinic with most of the sessions",
    }
    if ledger.ask("shared-codes", ("", ""), evidence, choices, "two", shared) == "one":
        _join_clinics(connection)


def _join_clinics(connection) -> None:
    """One therapist a code: the rows move to the clinic that has most of them."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE therapist_homes AS SELECT code, "
        "arg_max(clinic, (n, clinic)) AS home FROM therapist_names GROUP BY code"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE placed AS SELECT p.* REPLACE "
        "(CASE WHEN p.therapist = $unknown THEN p.clinic ELSE h.home END AS clinic) "
        "FROM placed p JOIN therapist_homes h ON h.code = p.therapist",
        {"unknown": UNKNOWN},
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE therapist_names AS SELECT code, clinic, n, therapist "
        "FROM therapist_names WHERE code = $unknown UNION ALL "
        "SELECT code, home, 0, code FROM therapist_homes WHERE code <> $unknown",
        {"unknown": UNKNOWN},
    )


def _name_episodes(connection, plan: Plan, ledger: Ledger) -> None:
    connection.execute(
        'CREATE TEMP TABLE unit_rows AS WITH named AS (SELECT p."set", p.role, p.patient, '
        "p.base, n.therapist, p.clinic FROM placed p JOIN therapist_names n "
        "ON n.code = p.therapist AND n.clinic = p.clinic), "
        "split AS (SELECT base, count(DISTINCT therapist) > 1 AS several FROM named GROUP BY base) "
        "SELECT named.*, CASE WHEN several THEN base || '/' || therapist ELSE base END AS episode "
        "FROM named JOIN split USING (base)"
    )
    several = connection.execute(
        "SELECT count(*) FROM (SELECT base FROM unit_rows GROUP BY base "
        "HAVING count(DISTINCT episode) > 1)"
    ).fetchone()[0]
    if several:
        whose = "episodes" if plan.has("episode") else "patients"
        ledger.warn(
            f"{several} {whose} have more than one therapist; each therapist's part is an episode "
            "of its own, and models count the patient once for each"
        )
    _separate_clashes(connection)


def _separate_clashes(connection) -> None:
    """Two episodes whose composed names happen to be equal get their patient's name in front."""
    connection.execute(
        "UPDATE unit_rows SET episode = patient || '/' || therapist || '/' || episode "
        "WHERE episode IN (SELECT episode FROM unit_rows GROUP BY episode "
        "HAVING count(DISTINCT (patient, therapist, base)) > 1)"
    )
