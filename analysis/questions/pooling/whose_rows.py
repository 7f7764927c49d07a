"""Who stands behind each row of a site's data, checked before any sum is taken."""

from pathlib import Path

from analysis.base.errors import RequestError
from analysis.importing.meaning.words import KEY_WORDS, plain
from analysis.models.language.design import Variables
from analysis.questions.opening import open_source
from analysis.store.place import Store

PERSONS = ("patient", "therapist")


def check_row_per_patient(
    source: str | Path, names: tuple[str, ...], version: str = "", store: Store | None = None
) -> None:
    """RequestError where the data themselves say that a patient has several rows.

    A column called as patients are told apart (of a dataset, its patients) must not repeat itself.
    """
    with open_source(source, names, version, store) as opened:
        called = [n for n in opened.kinds if plain(n) in KEY_WORDS["patient"]]
    if not called:
        return
    with open_source(source, (*names, *called), version, store) as opened:
        for name in called:
            value = opened.texts[name]
            rows, distinct = opened.cursor.execute(
                f"SELECT count({value}), count(DISTINCT {value}) FROM {opened.relation}"
            ).fetchall()[0]
            if distinct < rows:
                raise RequestError(
                    f"The rows are no patients: '{name}' has {distinct:,} values in {rows:,} rows",
                    where="--patient-per-row",
                    allowed="data in which each row is another patient",
                    next_step=f"leave the option out, or say --patient {name}",
                )


def check_no_names(variables: Variables, person: str | None) -> None:
    """RequestError where levels of a category would be names of patients or therapists: they
    stand in the file as they are written."""
    called = {word for key in PERSONS for word in KEY_WORDS[key]}
    for name in variables.categorical:
        if name == person or name in variables.grouping or plain(name) in called:
            raise RequestError(
                f"The levels of '{name}' are persons, and a file of sums names its levels",
                where=f"the fixed effect of '{name}'",
                allowed="categories that many share",
                next_step=f"write (1 | {name}) for what differs between them, or --allow-small "
                "where those who answer for the data agree",
            )
