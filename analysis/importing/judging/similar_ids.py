"""Patients' ids that may be two spellings of one: asked about before anything is named by them."""

from dataclasses import dataclass

from analysis.importing.findings.quarantine import Ledger
from analysis.store.versions.hardened import one_row

# Ids of one group that share a session are two patients, whatever their zeros.
_SHARED = (
    "SELECT alike FROM (SELECT DISTINCT {alike} AS alike, p.patient, coalesce(c.session::VARCHAR, "
    'c.date::VARCHAR) AS held FROM patient_rows p JOIN cells_session c ON c."set" = p."set" '
    "AND p.role = 'session') WHERE held IS NOT NULL GROUP BY alike, held HAVING count(*) > 1"
)


@dataclass(frozen=True, slots=True)
class _Alike:
    """code, evidence, recommended: of the question. sql: what is the same in ids of one group.
    name: SQL aggregate of the group's name. apart: SQL of groups that are none."""

    code: str
    evidence: str
    recommended: str
    sql: str
    name: str
    apart: str = ""


_SPELT = _Alike(
    "similar-ids",
    "groups of patients' ids differ only in case or spaces",
    "apart",
    "lower(replace(patient, ' ', ''))",
    "min(patient)",
)
_ZEROS = r"regexp_replace({}, '^0+(\d)', '\1')"
_SHORTENED = _Alike(
    "lost-zeros",
    "groups of patients' ids differ only in zeros before them and share no session; a spreadsheet "
    "may have taken the zeros off",
    "same",
    _ZEROS.format("patient"),
    "max_by(patient, length(patient))",
    _SHARED.format(alike=_ZEROS.format("p.patient")),
)


def ask_about_similar_ids(connection, ledger: Ledger) -> None:
    """Ids that differ in case or spaces; and in zeros before them, where no session speaks against
    it. By the answer `patient_rows` has one id for each group.

    Worked: '00017' in sessions 1 and 2 and '17' in session 3 are asked about; both in session 1
    are two patients.
    """
    for kind in (_SPELT, _SHORTENED):
        _ask(connection, kind, ledger)


def _ask(connection, kind: _Alike, ledger: Ledger) -> None:
    found = (
        f"SELECT alike FROM (SELECT DISTINCT patient, {kind.sql} AS alike FROM patient_rows) "
        "GROUP BY alike HAVING count(*) > 1"
    )
    (groups,) = one_row(connection, f"SELECT count(*) FROM ({found})")
    if groups and kind.apart:
        found = f"SELECT alike FROM ({found}) WHERE alike NOT IN ({kind.apart})"
        (groups,) = one_row(connection, f"SELECT count(*) FROM ({found})")
    if not groups:
        return
    choices = {"apart": "they are different patients", "same": "each group is one patient"}
    evidence = f"{groups} {kind.evidence}"
    if ledger.ask(kind.code, ("", ""), evidence, choices, kind.recommended, groups) == "same":
        one = f"CASE WHEN {kind.sql} IN ({found}) THEN {kind.name} OVER "
        one += f"(PARTITION BY {kind.sql}) ELSE patient END"
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE patient_rows AS SELECT * EXCLUDE (one) REPLACE "
            f"(one AS patient) FROM (SELECT *, {one} AS one FROM patient_rows)"
        )
