"""Exports as clinics' administrators bring them, beside the numbered cases.

Each was tried by hand first (28 November 2026); what was lost or read wrongly then is what its row
holds now.
"""

import io

import xlsxwriter

from tests.spec.bad_input_files import Case

PEOPLE, TIMES = (1, 2, 3, 4), (1, 2, 3)
FIRST = "SELECT phq9 FROM session WHERE episode = 'p1' AND session = 1"


def rows(pattern: str) -> str:
    """One line for each of four patients' three sessions; q: the score."""
    lines = (pattern.format(p=p, s=s, q=20 - 4 * s - p, d=6 + s) for p in PEOPLE for s in TIMES)
    return "".join(line + "\n" for line in lines)


def book(*sheets: list[list[str]], merge: str = "") -> bytes:
    """A workbook of these sheets; merge: a range of the first that becomes one cell."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as made:
        for number, lines in enumerate(sheets):
            sheet = made.add_worksheet(f"Therapist {number}")
            for i, line in enumerate(lines):
                sheet.write_row(i, 0, line)
            if merge and number == 0:
                sheet.merge_range(merge, lines[0][0])
    return stream.getvalue()


def percents() -> bytes:
    """Attendance stored as .55, and shown as 55 % by a format that every workbook has or by one of
    its own; beside a format whose sign of per cent is only text."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as made:
        sheet = made.add_worksheet()
        shown = [made.add_format({"num_format": f}) for f in ("0%", "0.0 %", '0" of 100%"')]
        sheet.write_row(0, 0, ["patient", "session", "phq9", "attendance", "share", "points"])
        for i, (p, s) in enumerate(((p, s) for p in PEOPLE for s in TIMES), 1):
            sheet.write_row(i, 0, [f"p{p}", s, 20 - 4 * s - p])
            for column, (value, form) in enumerate(zip((0.55, 0.123, 3), shown, strict=True), 3):
                sheet.write_number(i, column, value, form)
    return stream.getvalue()


TABLE = "patient,session,phq9\n" + rows("p{p},{s},{q}")
SHEET = [line.split(",") for line in TABLE.splitlines()]
WIDE = "Code;Alter;PHQ-9 prä;PHQ-9 post;PHQ-9 Katamnese\n" + "".join(
    f"K{p};{p + 30};{15 + p};{9 - p};8\n" for p in range(1, 5)
)

UGLY = (
    Case(
        "Spanish, titles, totals at the foot",
        (
            "Informe de la clínica;;;;\n;;;;\n"
            "Nº de historia;Fecha de la sesión;Nº sesión;Terapeuta;PHQ-9 (puntos)\n"
            + rows("\u00a0p{p};1{d}/04/2024;{s};T1;{q}")
            + "Total;;12;;374\nMedia;;;;11,7\n"
        ).encode("cp1252"),
        asks=("encoding", "title-lines"),
        out=2,
        reads=("SELECT min(date)::VARCHAR || max(phq_9_puntos)::INT FROM session", "2024-04-1715"),
    ),
    Case(
        "French",
        "N° dossier;Date de la séance;N° séance;Score PHQ-9;Motif de fin\n"
        + rows("p{p};1{d}/04/2024;{s};{q};fin prévue"),
        reads=(
            "SELECT min(ending) || min(score_phq_9)::INT FROM session JOIN episode USING (episode)",
            "planned4",
        ),
    ),
    Case(
        "Dutch, days as a spreadsheet's numbers",
        "Cliëntnummer;Behandelaar;Afspraakdatum;Sessie nr.;OQ-45 totaal\n"
        + rows("p{p};b1;4530{d};{s};{q}"),
        reads=("SELECT min(date)::VARCHAR FROM session", "2024-01-16"),
    ),
    Case(
        "a title and a second table on a sheet",
        book([["Ambulanz"], [], *SHEET, [], ["Therapeut", "Zahl"], ["Meier", "4"]], merge="A1:C1"),
        asks=("title-lines", "second-table"),
        out=2,
    ),
    Case(
        "a header in two lines, grouped by merged cells",
        book(
            [["Person", "", "Verlauf"], ["Chiffre", "Sitzung Nr.", "PHQ-9"], *SHEET[1:]],
            merge="A1:B1",
        ),
        asks=("header-lines",),
        reads=("SELECT count(phq_9) FROM session", 12),
    ),
    Case(
        "a sheet for each therapist",
        book(*([SHEET[0], *SHEET[i : i + 6]] for i in (1, 7))),
        asks=("sheet",),
        reads=("SELECT count(DISTINCT sheet) FROM episode", 2),
    ),
    Case(
        "days in words",
        "patient,session,date,phq9\n"
        + rows('p{p},{s},"Jan {d}, 2024",{q}')
        .replace("Jan 7, 2024", "Sunday, 7. January 2024")
        .replace("Jan 8, 2024", "8 de enero de 2024"),
        reads=("SELECT count(date) FROM session WHERE date < '2024-01-10'", 12),
    ),
    Case(
        "signs behind numbers",
        "patient,session,phq9,attendance,weight\n" + rows('p{p},{s},{q}/27,"{q},5 %",7{p} kg'),
        says="without the '/27' behind each",
        reads=(FIRST.replace("phq9", "phq9 + attendance"), 30.5),
    ),
    Case(
        "words for no answer",
        TABLE.replace(",15\n", ",k.A.\n").replace(",11\n", ",-\n").replace(",7\n", ",fehlt\n"),
        says="values of 'phq9' are missing: they say",
        reads=("SELECT count(phq9) FROM session", 9),
    ),
    Case(
        "quotes of a word processor",
        "".join(
            ",".join(f"\u201c{cell}\u201d" for cell in line.split(",")) + "\n"
            for line in TABLE.splitlines()
        ),
        says="typographic quotes",
        reads=(FIRST, 15.0),
    ),
    Case(
        "counted in words, money, a spreadsheet's mark of a text",
        "patient;session;phq9;fee\n" + rows("p{p};{s}. Sitzung;'{q};€ 8{p},50"),
        reads=(
            FIRST.replace("phq9", "phq9 + fee").replace(
                "FROM session", "FROM session JOIN episode USING (episode)"
            ),
            96.5,
        ),
    ),
    Case("rows of delimiters alone", TABLE.replace("\n", ",\n") + ",,,\n" * 5),
    Case(
        "zeros that a spreadsheet took off",
        TABLE.replace("p1,3", "1,3")
        .replace("p", "000")
        .replace("000atient", "patient")
        .replace("000hq9", "phq9"),
        asks=("lost-zeros",),
        reads=("SELECT count(*) FROM episode WHERE patient = '0001'", 1),
    ),
    Case(
        "a report: the patient in the first row of a block, the header again",
        TABLE.replace("p1,2", ",2")
        .replace("p1,3", ",3")
        .replace("p2,2", ",2")
        .replace("p2,3", ",3")
        .replace("p3,1", "Patient,Session,PHQ9\np3,1"),
        asks=("fill-down",),
        out=1,
    ),
    Case(
        "before, after and later side by side, with a code",
        WIDE,
        asks=("shape", "column-of-patient"),
        reads=("SELECT max(phq_9) FILTER (session = 1) FROM session", 19.0),
    ),
    Case(
        "days and scores side by side by session",
        "id,s1_date,s1_phq9,s2_date,s2_phq9,s3_date,s3_phq9\n"
        + "".join(f"p{p},2024-01-0{p},9,2024-02-0{p},8,2024-03-0{p},7\n" for p in PEOPLE),
        asks=("shape",),
        reads=("SELECT max(date)::VARCHAR FROM session", "2024-03-04"),
    ),
    Case(
        "the row's number beside the code",
        "id,client code,session,phq9\n"
        + "".join(f"{n},{line}\n" for n, line in enumerate(rows("p{p},{s},{q}").split(), 1)),
        reads=("SELECT count(*) FROM episode", 4),
    ),
    Case(
        "months alone, in three ways",
        rows("p{p};{s};{q}")
        .replace(";1;", ";Januar 2024;")
        .replace(";2;", ";2024-02;")
        .replace(";3;", ";03/2024;")
        .join(("Klient;Monat;PHQ-9\n", "")),
        says="12 dates in 'Monat' name a month, a quarter or a week and no day",
        reads=("SELECT count(DISTINCT date) || max(date)::VARCHAR FROM session", "32024-03-01"),
    ),
    Case(
        "quarters under a name that says nothing",
        "Klient;Erhebung;PHQ-9\n" + rows("p{p};Q{s} 2024;{q}"),
        asks=("column-of-session",),
        reads=("SELECT max(date)::VARCHAR FROM session", "2024-07-01"),
    ),
    Case(
        "accounts: below zero in brackets",
        "patient;session;change\n" + rows("p{p};{s};(1.2{q:02},5)").replace("(1.215,5)", "3,5"),
        asks=("brackets:change",),
        reads=("SELECT min(change) || '/' || max(change) FROM session", "-1214.5/3.5"),
    ),
    Case(
        "a workbook's per cent",
        percents(),
        says="24 numbers shown as per cent",
        reads=(FIRST.replace("phq9", "attendance + share"), 55.0 + 12.3),
    ),
    Case(
        "a file for each questionnaire, filled in on the day or the day after",
        {
            "phq.csv": "Patient,Therapist,Session,Date,PHQ9\n"
            + rows("p{p},t{p},{s},2024-0{s}-0{p},{q}"),
            "wai.csv": "Client ID,Session no,Date,WAI\n"
            + rows("p{p},{s},2024-0{s}-0{p},{s}.{p}").replace("-04,", "-05,"),
            "gad.csv": "patient,date,gad7\n" + rows("p{p},2024-0{s}-0{p},{q}"),
        },
        asks=("session-parts",),
        kept=36,
        says="24 rows tell more of a session",
        reads=("SELECT count(phq9 + wai + gad7) || '/' || count(*) FROM session", "12/12"),
    ),
    Case(
        "a row for each rater",
        "patient,session,rated by,wai,phq9\n"
        + rows("p{p},{s},Client,{s}.{p},{q}\np{p},{s},Therapist,4.{s},"),
        asks=("shape",),
        reads=(
            "SELECT sum(wai_patient) || '/' || round(sum(wai_therapist), 1) FROM session",
            "27.0/50.4",
        ),
    ),
    Case(
        "one row of a session fills what another leaves empty",
        "patient,session,phq9,wai\n" + rows("p{p},{s},{q},\np{p},{s},,{s}.{p}"),
        asks=("session-parts",),
        kept=24,
        says="12 rows tell more of a session",
        reads=("SELECT count(phq9 + wai) || '/' || count(*) FROM session", "12/12"),
    ),
    Case(
        "on its side: a column a patient",
        "measure,p1,p2,p3,p4\nage,34,45,23,51\nphq9_1,18,20,15,17\nphq9_2,15,18,13,15\n"
        "phq9_3,11,17,9,12\nwai_1,4.2,3.9,5.1,4.4\nwai_3,4.5,4,5.3,4.6\n",
        asks=("sideways", "shape"),
        reads=(
            "SELECT sum(phq9) || '/' || round(sum(wai)) || '/' || count(*) FROM session",
            "180.0/36.0/12",
        ),
    ),
    Case(
        "a codebook is not on its side",
        "variable,label,type,values\nphq9,PHQ-9,number,0 to 27\nwai,WAI,number,1 to 7\n",
        asks=("column-of-patient", "column-of-session"),
        answers=("column-of-patient=variable", "column-of-session=values"),
        refused=".",
    ),
)
