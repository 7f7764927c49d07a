"""The measured treatments as rows that a model can be fitted to."""

from analysis.base.errors import RequestError
from analysis.store.queries.treatments.outcome_cells import Selection, selected
from analysis.store.sources.relation import Source
from analysis.store.versions.naming import quoted

FIRST, LAST = "first score", "last score"
FLAGS = {
    "improved": "reliably improved",
    "recovered": "recovered",
    "reliably_recovered": "reliably recovered",
    "deteriorated": "reliably deteriorated",
    "at_caseness": "at caseness",
    "unchanged": "no reliable change",
}
LEVELS = ("clinic", "therapist")


def treatment_rows(cursor, selection: Selection, variables, cases_only: bool = False) -> Source:
    """One row a measured treatment of the selection: needs the table 'treatments'.

    Names: clinic, therapist, patient, FIRST and LAST of the first measure, the values of FLAGS
    (1 or 0), and the given episode-level `variables`. cases_only: those at caseness at first.
    """
    _check_names(variables)
    where, values = selected(selection)
    where += f" {'AND' if where else 'WHERE'} {'at_caseness' if cases_only else 'measured'}"
    own = [f"episode.{quoted(v.name)} AS {quoted(v.name)}" for v in variables]
    flags = [f"t.{flag}::INT::DOUBLE AS {quoted(name)}" for flag, name in FLAGS.items()]
    columns = [
        "t.clinic",
        "t.therapist",
        "t.patient",
        f"t.first_0 AS {quoted(FIRST)}",
        f"t.last_0 AS {quoted(LAST)}",
        *flags,
        *own,
    ]
    cursor.execute(
        f"""CREATE OR REPLACE TEMP TABLE modelled AS SELECT {", ".join(columns)}
            FROM (SELECT * EXCLUDE (model, ending) FROM treatments {where}) t
            JOIN episode USING (episode)""",
        values,
    )
    numbers = [FIRST, LAST, *FLAGS.values(), *(v.name for v in variables if v.kind == "number")]
    kinds = dict.fromkeys(numbers, "number") | {
        v.name: "category" for v in variables if v.kind == "category"
    }
    kinds |= dict.fromkeys((*LEVELS, "patient"), "category")
    return Source(
        cursor,
        "modelled",
        kinds,
        numbers={n: quoted(n) for n in numbers},
        texts={n: f"CAST({quoted(n)} AS VARCHAR)" for n in kinds},
    )


def modelled_patients(cursor, selection: Selection, variables) -> dict[str, tuple[str, ...]]:
    """Clinic -> its distinct patients in a model of the last score on the first and `variables`:
    those of the measured treatments that lack none of them. As `treatment_rows` needs."""
    treatment_rows(cursor, selection, variables)
    needed = " AND ".join(
        f"{quoted(name)} IS NOT NULL" for name in (FIRST, LAST, *(v.name for v in variables))
    )
    rows = cursor.execute(
        f"SELECT clinic, list(DISTINCT patient) FROM modelled WHERE {needed} GROUP BY clinic"
    ).fetchall()
    return {str(clinic): tuple(sorted(patients)) for clinic, patients in rows}


def _check_names(variables) -> None:
    taken = {name.lower() for name in (FIRST, LAST, *FLAGS.values())}
    for variable in variables:
        if variable.name.lower() in taken:
            raise RequestError(
                f"The variable '{variable.name}' has the name of what this model explains or "
                "adjusts for itself",
                where="option case-mix",
                next_step="leave it out, or give it another name and import again",
            )


def groups_of(cursor) -> dict[str, int]:
    """How many clinics and therapists the rows of `treatment_rows` have; 'nobody': how many rows
    name no therapist."""
    counts = ", ".join(f"count(DISTINCT {level})" for level in LEVELS)
    nobody = "count(*) FILTER (therapist IS NULL)"
    found = cursor.execute(f"SELECT {counts}, {nobody} FROM modelled").fetchone()
    return dict(zip((*LEVELS, "nobody"), found, strict=True))
