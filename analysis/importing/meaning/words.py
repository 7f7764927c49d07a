"""Words that clinics name their columns with: English, Spanish, German, French, Dutch, Swedish."""

import re
import unicodedata

# For each key the names that say it, the surest first.
KEY_WORDS = {
    "patient": (
        "patient",
        "patient_id",
        "patientid",
        "client",
        "client_id",
        "participant",
        "participant_id",
        "subject",
        "subject_id",
        "paciente",
        "id_paciente",
        "paciente_id",
        "patientin",
        "patienten_id",
        "patientennummer",
        "patient_nr",
        "klient",
        "klient_id",
        "pid",
        "record_id",
        "person_id",
        "numero_patient",
        "clientnummer",
        "patientnummer",
        "patientnr",
        "id",
    ),
    "therapist": (
        "therapist",
        "therapist_id",
        "therapistid",
        "clinician",
        "clinician_id",
        "counsellor",
        "counselor",
        "psychologist",
        "provider",
        "terapeuta",
        "id_terapeuta",
        "psicologo",
        "therapeut",
        "therapeutin",
        "therapeut_id",
        "therapeuten_id",
        "behandler",
        "therapeute",
        "behandelaar",
        "behandlare",
        "terapeut",
    ),
    "clinic": (
        "clinic",
        "clinic_id",
        "clinicid",
        "site",
        "site_id",
        "centre",
        "center",
        "service",
        "clinica",
        "centro",
        "id_clinica",
        "klinik",
        "klinik_id",
        "standort",
        "praxis",
        "ambulanz",
        "etablissement",
        "instelling",
        "locatie",
        "vestiging",
        "mottagning",
    ),
    "episode": (
        "episode",
        "episode_id",
        "episodeid",
        "treatment_id",
        "course_id",
        "referral_id",
        "episodio",
        "id_episodio",
        "id_tratamiento",
        "behandlung_id",
        "fall",
        "fallnummer",
    ),
    "session": (
        "session",
        "session_number",
        "session_no",
        "session_nr",
        "no_session",
        "session_id",
        "sessionnumber",
        "sesion",
        "numero_sesion",
        "n_sesion",
        "no_sesion",
        "sitzung",
        "sitzungsnummer",
        "sitzung_nr",
        "seance",
        "numero_seance",
        "no_seance",
        "sessie",
        "sessienummer",
        "besok",
        "besoksnummer",
        "sessionsnummer",
        "visit",
        "redcap_repeat_instance",
        "redcap_event_name",
        "assessment",
        "messzeitpunkt",
        "medicion",
        "wave",
        "occasion",
        "timepoint",
        "time_point",
        "measurement",
        "month",
        "mes",
        "monat",
        "time",
        "day",
    ),
    "date": (
        "date",
        "session_date",
        "date_session",
        "appointment_date",
        "fecha",
        "fecha_sesion",
        "datum",
        "sitzungsdatum",
        "visit_date",
        "date_seance",
        "sessiedatum",
        "besoksdatum",
    ),
    "started": (
        "started",
        "start",
        "start_date",
        "intake_date",
        "inicio",
        "fecha_inicio",
        "beginn",
        "aufnahmedatum",
    ),
    "ended": (
        "ended",
        "end",
        "end_date",
        "discharge_date",
        "fin",
        "fecha_fin",
        "fecha_alta",
        "ende",
        "entlassungsdatum",
    ),
    "ending": ("ending", "end_reason", "ending_type", "motivo_fin", "tipo_alta", "beendigung"),
    "weeks": ("weeks_since_intake", "weeks", "week", "semana", "semanas", "woche", "wochen"),
}

# A word in a column's name that tells its factor, and a component of it.
FACTOR_WORDS = {
    ("alliance", "bond"): ("bond", "vinculo", "bindung"),
    ("alliance", "goal"): ("goal", "goals", "meta", "metas", "ziel", "ziele"),
    ("alliance", "task"): ("task", "tasks", "tarea", "tareas", "aufgabe", "aufgaben"),
    ("alliance", ""): ("alliance", "alianza", "allianz", "beziehung", "wai", "srs", "haq"),
    ("expectancy", ""): (
        "expectancy",
        "expectation",
        "expectations",
        "credibility",
        "ceq",
        "expectativa",
        "expectativas",
        "erwartung",
    ),
    ("technique", ""): (
        "technique",
        "adherence",
        "competence",
        "homework",
        "tecnica",
        "technik",
        "treatment",
        "arm",
        "grp",
        "group",
        "condition",
        "modality",
    ),
    ("practice", ""): ("empathy", "listening", "sincerity", "genuineness", "empatia", "empathie"),
    ("extra-therapeutic", ""): (
        "age",
        "sex",
        "gender",
        "female",
        "income",
        "education",
        "employment",
        "chronicity",
        "comorbidity",
        "medication",
        "support",
        "motivation",
        "severity",
        "edad",
        "sexo",
        "alter",
        "geschlecht",
    ),
    ("outcome", ""): ("outcome", "symptoms", "distress", "hamd", "hrsd", "madrs", "core"),
    ("process", ""): ("month", "mes", "monat", "time", "day", "dose", "wave"),
}

_TRAITS = frozenset(
    "age sex gender female male education ethnicity edad sexo genero educacion alter geschlecht "
    "bildung sexe leeftijd geslacht opleiding alder kon utbildning".split()
)
RATER_WORDS = {
    "patient": (
        "patient",
        "client",
        "paciente",
        "patientin",
        "klient",
        "cliente",
        "self",
        "p",
        "pt",
    ),
    "therapist": ("therapist", "terapeuta", "therapeut", "therapeutin", "clinician", "t", "th"),
    "observer": ("observer", "observador", "beobachter", "o"),
}


def plain(name: str) -> str:
    """A column's name as plain lower-case words. Worked: 'Nº Sesión (WAI)' -> 'n_sesion_wai'."""
    decomposed = unicodedata.normalize("NFKD", name.replace("º", "").replace("ß", "ss"))
    letters = "".join(c for c in decomposed if not unicodedata.combining(c)).lower()
    return re.sub(r"[^a-z0-9]+", "_", letters).strip("_")


# Words beside the one that says whose: patient_code, id_terapeuta, Nº sesión.
_ID_WORDS = {
    "id",
    "code",
    "nr",
    "no",
    "number",
    "num",
    "key",
    "ref",
    "kode",
    "codigo",
    "nummer",
    "n",
}


def bare(name: str) -> str:
    """`plain` without words that only say 'id'. Worked: 'Therapist code' -> 'therapist'."""
    words = [word for word in plain(name).split("_") if word not in _ID_WORDS]
    return "_".join(words)


def factor_of(name: str) -> tuple[str, str]:
    """Factor and component that a word in the name tells, ('', '') when none does."""
    words = plain(name).split("_")
    for told, known in FACTOR_WORDS.items():
        if any(re.fullmatch(rf"{known_word}\d*", w) for w in words for known_word in known):
            return told
    return "", ""


def is_trait(name: str) -> bool:
    """Whether the name says what stays the same through a treatment: age, sex, education."""
    return not _TRAITS.isdisjoint(plain(name).split("_"))


def rater_of(name: str) -> str:
    """Who filled the form, when the last or first word of the name tells it."""
    words = plain(name).split("_")
    for rater, known in RATER_WORDS.items():
        if len(words) > 1 and (words[-1] in known or words[0] in known[:3]):
            return rater
    return ""
