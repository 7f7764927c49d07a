"""How surely a column's name says a key, in English, German, Spanish, French, Dutch and Swedish."""

import re
from dataclasses import dataclass

from analysis.importing.meaning.words import KEY_WORDS, bare, plain

LEAST = 0.5  # of a name's score, below which it says nothing
_EXACT, _BARE, _COVERED = 1.0, 0.9, 0.7
_STEP = 0.001  # less for each surer name before it


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_JOINING = _set(
    "de la el los las del der die das des den dem the of a an le les du d l van het en och i for"
)
_IDS = _set(
    "id ids nr no number num numero nummer n key ref code codigo kode kod kennung identifier "
    "identificador name names nombre nom naam namn initials iniciales pseudonym"
)
_MEETING = _set(
    "session sesion sitzung sitzungs seance sessie besok visit visita visite consulta "
    "consultation cita rdv rendez vous afspraak appointment termin contact kontakt gesprek "
    "gesprach samtal tillfalle zitting encounter seduta colloquio sessao meting meetmoment "
    "messzeitpunkt wave welle event"
)
_MEETINGS = _set("sessions sesiones sitzungen seances sessies visits")  # how many: no number
_TREATED = _set(
    "therapy therapie therapies terapia terapi treatment tratamiento traitement behandlung "
    "behandlungs behandeling behandling course proceso"
)
_TOLD = _set(
    "assessment assessed evaluacion medicion messung mess mesure meting matning questionnaire "
    "fragebogen cuestionario completed completion administered administration erhebung erhebungs "
    "survey test passation afname rating admin"
)
_BEGUN = _set(
    "start started begin begun beginn anfang inicio comienzo intake admission aufnahme eintritt "
    "eintritts debut ingreso aanmelding inskrivning opname entree enrolment enrollment erst first"
)
_ENDED = _set(
    "end ended ende fin final alta discharge entlassung entlassungs austritt austritts sortie "
    "abschluss closing closure einde ontslag utskrivning avslut avsluts termination egreso baja "
    "beendigung exit"
)
_WHEN = _set(
    "date fecha datum data dag day month monat mes mois maand manad quarter quartal trimestre "
    "kwartaal kvartal"
)
_SINCE = _set("since seit desde depuis sinds sedan after")


@dataclass(frozen=True, slots=True)
class _Said:
    """What must stand in a name (a word of each of `roots`), and what else may."""

    roots: tuple[frozenset[str], ...]
    beside: frozenset[str]


_PATIENT = _set(
    "patient patienten patientin paciente client cliente "
    "klient klientin klienten clienten subject participant proband person persona "
    "nhc chiffre mrn vp deelnemer deltagare paziente utente"
)
_RECORD = _set("historia expediente dossier chart case usuario usuaria record")  # with a number
_STUDY = _set("clinica clinico study studien medical file anonym")
_THERAPIST = _set(
    "therapist therapeut therapeutin therapeuten terapeuta terapeut therapeute "
    "behandler behandlerin behandelaar regiebehandelaar hoofdbehandelaar behandlare clinician "
    "counsellor counselor psychologist "
    "psicologo psicologa psychologe psychologin psychologue psykolog psycholoog provider "
    "practitioner profesional intervenant hulpverlener"
)
_CLINIC = _set(
    "clinic clinica klinik clinique kliniek site centre center centro standort praxis ambulanz "
    "einrichtung etablissement instelling locatie vestiging mottagning enhet hospital"
)
_EPISODE = _set("episode episodes episodio fall vardtillfalle zorgtraject referral") | _TREATED
_WEEK = _set("week weeks woche wochen semana semanas semaine semaines weken vecka veckor")
_WHY = _set("reason motivo motif grund reden orsak type tipo art typ soort how modalidad outcome")
_SAID = {
    "patient": (_Said((_PATIENT,), _IDS | _STUDY), _Said((_RECORD, _IDS), _PATIENT | _STUDY)),
    "therapist": (_Said((_THERAPIST,), _IDS | _set("treating responsable responsible")),),
    "clinic": (_Said((_CLINIC,), _IDS),),
    "episode": (_Said((_EPISODE, _IDS), frozenset()),),
    "session": (_Said((_MEETING,), _IDS | _TREATED | _set("index")),),
    "date": (_Said((_WHEN,), _MEETING | _MEETINGS | _TREATED | _TOLD),),
    "started": (_Said((_BEGUN, _WHEN | _TREATED), _WHEN | _TREATED | _MEETING),),
    "ended": (_Said((_ENDED, _WHEN | _TREATED), _WHEN | _TREATED),),
    "ending": (_Said((_ENDED, _WHY), _TREATED),),
    "weeks": (_Said((_WEEK, _SINCE), _BEGUN | _TREATED | _IDS),),
}
# When somebody was referred, or asked for help.
_REFERRAL = (
    "referral",
    "referred",
    "uberweisung",
    "uberwiesen",
    "zuweisung",
    "anmeldung",
    "anmeldedatum",
    "derivacion",
    "verwijzing",
    "verwijsdatum",
    "aanmelding",
    "aanmelddatum",
    "remiss",
    "remissdatum",
)
# What German, Dutch and Swedish write in one word: the end of it, and what stands before.
_COMPOUND = re.compile(
    r"(.{3,}?)s?(datum|nummer|nr|code|kod|kode|kennung|name|namn|naam|beginn|start|ende|grund|orsak)"
)


def name_score(key: str, column: str) -> float:
    """How surely the name says the key, from LEAST to 1; 0 where it doesn't.

    1 for a name that is known as a whole, the surest first; .9 for one that is with words such as
    'id' left out; .7 where every word of the name belongs to the key and one of them says it.
    Worked: 'patient' -> 1; 'Patient code' -> .9; 'Fecha de la sesión' -> .7 for 'date', 0 for
    'session'; 'Patient age' -> 0.
    """
    words = KEY_WORDS[key]
    for name, sure in ((plain(column), _EXACT), (bare(column), _BARE)):
        if name in words:
            return sure - _STEP * words.index(name)
    parts = {part for word in plain(column).split("_") for part in _parts(word)} - _JOINING
    for said in _SAID[key]:
        allowed = said.beside.union(*said.roots)
        if parts <= allowed and all(parts & root for root in said.roots):
            return _COVERED
    return 0.0


def is_referral(name: str) -> bool:
    """Whether a column's name speaks of a referral. Worked: 'Date of referral' -> True."""
    return any(word.startswith(_REFERRAL) for word in plain(name).split("_"))


def may_name_treatments(column: str) -> bool:
    """Whether the name could say a treatment's code or its model: 'treatment', 'Behandlung'."""
    parts = set(plain(column).split("_")) - _JOINING
    return bool(parts) and parts <= _EPISODE


def _parts(word: str) -> list[str]:
    known = _COMPOUND.fullmatch(word)
    return [known[1], known[2]] if known else [word]
