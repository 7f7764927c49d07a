"""What a column's name says: the key it names, and no key where it only mentions one."""

import pytest

from analysis.importing.meaning.key_names import name_score
from analysis.importing.meaning.words import KEY_WORDS

SAID = {
    "patient": "Patient code, Nº de historia, N° dossier, Cliëntnummer, Patienten-Nr, Client name",
    "therapist": "Terapeuta, Naam behandelaar, Therapeuten-Code, treating clinician",
    "clinic": "Standort, Clinic name, Nom clinique",
    "session": "Nº sesión, Sessie nr., Besök nr, Sitzung Nr., visit number",
    "date": "Fecha de la sesión, Date de la séance, Afspraakdatum, Besöksdatum, Datum Sitzung",
    "started": "Therapiebeginn, start of treatment, Fecha de ingreso",
    "ended": "Behandlungsende, Fecha de alta, Date of discharge",
    "ending": "Motif de fin, Avslutsorsak, reason for discharge, Motivo de alta",
    "weeks": "Weeks since start, Semanas desde inicio",
}
NONE = (
    "Therapist gender, Patient age, date of birth, Geburtsdatum, Fecha de nacimiento, PHQ date, "
    "Therapist rating, session rating, Number of sessions, Anzahl Sitzungen, Historia, Case, Rate"
)


@pytest.mark.parametrize(("key", "names"), SAID.items())
def test_a_name_says_its_key_and_no_other(key, names):
    for name in names.split(", "):
        assert [k for k in KEY_WORDS if name_score(k, name)] == [key], name


def test_a_name_that_only_mentions_a_key_says_none():
    for name in NONE.split(", "):
        assert not [k for k in KEY_WORDS if name_score(k, name)], name


def test_the_surest_name_comes_first():
    scores = [name_score("patient", n) for n in ("patient", "id", "Patient code", "N° dossier")]
    assert scores == sorted(scores, reverse=True)
