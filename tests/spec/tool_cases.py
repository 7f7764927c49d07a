"""Exports of further tools and languages, each tried by hand first (28 November 2026): what was
refused, lost or read wrongly then is what its row holds now."""

from tests.spec.bad_input_files import Case
from tests.spec.ugly_cases import FIRST, PEOPLE, TABLE, TIMES, rows

STEPS = ("Überhaupt nicht", "An einzelnen Tagen", "An mehr als der Hälfte der Tage")
STEPS += ("Beinahe jeden Tag",)
ITEMS = range(1, 10)
LIMESURVEY = ",".join(["id", "submitdate", "lastpage", "Chiffre", "Sitzung"])
LIMESURVEY += "".join(f",PHQ9[SQ00{i}]" for i in ITEMS) + "\n"
LIMESURVEY += "".join(
    f"{10 * p + s},2024-0{s}-1{p} 10:00:00,9,ABC{p},{s},"
    + ",".join(STEPS[(p + s) % 3 + i % 2] for i in ITEMS)
    + "\n"
    for p in PEOPLE
    for s in TIMES
)
REDCAP = "record_id,redcap_event_name,redcap_repeat_instance,age,phq9_total,phq9_complete\n"
REDCAP += "".join(
    f"{p},baseline_arm_1,,{30 + p},,\n"
    + "".join(f"{p},session_{s}_arm_1,,,{20 - 4 * s - p},2\n" for s in TIMES)
    for p in PEOPLE
)
LAST_DAY = "SELECT max(date)::VARCHAR FROM session"

TOOLS = (
    Case(
        "REDCap: events, what each form's state is, a baseline",
        REDCAP,
        asks=("baseline-rows",),
        kept=16,
        reads=("SELECT string_agg(name ORDER BY name) FROM dictionary", "age,phq9_total"),
    ),
    Case(
        "LimeSurvey: items in brackets, answers in words",
        LIMESURVEY,
        asks=("answer-texts:phq9",),
        # Five times three and four times two.
        reads=("SELECT phq9 FROM session WHERE episode = 'ABC1' AND session = 1", 23.0),
    ),
    Case(
        "items one below the other",
        "patient,date,question,answer\n"
        + "".join(
            f"p{p},2024-0{s}-1{p},PHQ9_{i},{(p + s + i) % 3}\n"
            for p in PEOPLE
            for s in TIMES
            for i in ITEMS
        ),
        asks=("shape",),
        reads=("SELECT count(*) || '/' || sum(phq9)::INT FROM session", "12/108"),
    ),
    Case(
        "Spanish, before, after and after six months side by side, with days",
        (
            "Nº expediente;Terapeuta;Fecha PRE;PHQ9 PRE;Fecha POST;PHQ9 POST;Fecha SEG 6m;"
            "PHQ9 SEG 6m\n"
            + "".join(
                f"E-{p};Muñoz;0{p}/01/2024;{15 + p};2{p}/06/2024;{9 - p};1{p}/12/2024;{8 - p}\n"
                for p in PEOPLE
            )
        ),
        asks=("shape",),
        reads=(LAST_DAY, "2024-12-14"),
    ),
    Case(
        "Italian",
        "Paziente\tPsicologo\tSeduta\tData\tORS\n"
        + rows("paz{p}\tRossi\t{s}\t1{d}/01/2024\t2{s},5"),
        reads=("SELECT max(date)::VARCHAR || max(session) FROM session", "2024-01-193"),
    ),
    Case(
        "Portuguese",
        "Utente;Terapeuta;Sessão;Data;CORE-OM\n" + rows("u{p};Silva;{s}ª;1{d}-set-2023;1,{s}"),
        reads=("SELECT max(date)::VARCHAR || max(session) FROM session", "2023-09-193"),
    ),
    Case(
        "Dutch, measurements T1 to T3 and a responsible clinician",
        "Cliëntnr;Regiebehandelaar;Meting;Afnamedatum;OQ45_totaal\n"
        + rows("{p}001;b1;T{s};1{d}-01-2024;4{s}"),
        reads=(
            "SELECT min(therapist) || max(session) FROM session JOIN episode USING (episode)",
            "b13",
        ),
    ),
    Case(
        "days of the week before days, and the hour",
        "Patient;Termin;PHQ-9\n" + rows("p{p};Mo, 1{d}.01.2024 14:30 Uhr;{q}"),
        asks=("column-of-session",),
        reads=(LAST_DAY, "2024-01-19"),
    ),
    Case(
        "seconds since 1970",
        "patient,timestamp,phq9\n"
        + "".join(f"p{p},{1704067200 + 604800 * s},{20 - s - p}\n" for p in PEOPLE for s in TIMES),
        asks=("column-of-session",),
        reads=(LAST_DAY, "2024-01-22"),
    ),
    Case(
        "weeks of the year",
        "patient,week,phq9\n" + rows("p{p},2024-W0{s},{q}"),
        asks=("column-of-session",),
        says="name a month, a quarter or a week and no day",
        reads=(LAST_DAY, "2024-01-15"),
    ),
    Case(
        "a verdict in brackets behind each score",
        "patient,session,phq9\n"
        + rows("p{p},{s},{q} (moderate)").replace("7 (moderate)", "7 (mild)"),
        says="'phq9' is read as numbers, without the '(…)' behind each",
        reads=(FIRST, 15.0),
    ),
    Case(
        "a star behind each score",
        "patient,session,phq9\n" + rows("p{p},{s},{q}*"),
        says="without the '*' behind each",
        reads=(FIRST, 15.0),
    ),
    Case(
        "each line in quotes as a whole",
        "".join(f'"{line}"\n' for line in TABLE.replace(",15", ',""15""').splitlines()),
        says="each line stands in quotes as a whole",
        reads=(FIRST, 15.0),
    ),
)
