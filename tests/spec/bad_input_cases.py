"""The cases of bad input, numbered: what comes in, what is asked, and what lands by the answers."""

import datetime

from tests.spec.bad_input_files import (
    GOOD,
    HEAD,
    ROWS,
    Case,
    archive,
    changed_workbook,
    dated,
    ids,
    parquet,
    scores,
    workbook,
)

TABLE = [r.split(",") for r in GOOD.splitlines()]
TYPED = [TABLE[0], *([p, int(s), int(q)] for p, s, q in TABLE[1:])]
DATED_BOOK: list = [["patient", "session", "date", "phq9"]]
DATED_BOOK += [[p, s, datetime.datetime(2024, s, 1, 15), q] for p, s, q in TYPED[1:]]
SHEETS = "patient,session," + ",".join(f"phq9_{i}" for i in range(1, 10)) + ",phq9_total\n"
SHEETS += "".join(f"p{p},{s}," + "2," * 9 + "18\n" for p in (1, 2, 3, 4) for s in (1, 2, 3))
# Twelve items that go together but the fourth, which runs against them.
REVERSED = "patient,session," + ",".join(f"wai_{k}" for k in range(1, 13)) + "\n"
for _i in range(30):
    _answers = [1 + (_i + (k == _i % 12)) % 5 for k in range(1, 13)]
    _answers[3] = 5 - _i % 5
    REVERSED += f"p{_i},1," + ",".join(map(str, _answers)) + "\n"
FIRST = "SELECT episode FROM session ORDER BY ALL LIMIT 1"
DAY = "SELECT min(date)::VARCHAR FROM session"
WAI = "patient,session,clinic,wai_sr\n"


def _day(session: int, day) -> object:
    """A day as a date, a text or a spreadsheet's number."""
    return (day, "2024-02-01", 45352)[session - 1]


def _mean_or_sum(patient: int, session: int) -> str:
    return f"{(3 + session / 4) * (12 if patient % 2 else 1):g}"


CASES = (
    Case("1", b"\xef\xbb\xbf" + GOOD.encode()),
    Case(
        "2",
        GOOD.replace("p1", "José").encode("cp1252"),
        asks=("encoding",),
        reads=("SELECT count(*) FROM episode WHERE patient = 'José'", 1),
    ),
    Case("3", GOOD.encode("utf-16")),
    Case("4", GOOD.replace(",", ";")),
    Case("5", GOOD.replace(",", ";").replace("\n", ",5\n").replace("phq9,5", "mood"), kept=12),
    Case("6", GOOD.replace(",", "\t")),
    Case("6b", GOOD.replace(",", "|")),
    Case(
        "7",
        HEAD.replace("phq9", "cost") + "".join(f'p{i},1,"1,{i}50"\n' for i in range(9)),
        asks=("comma:cost",),
        answers=("comma=thousands",),
        kept=9,
        reads=("SELECT max(cost) FROM session", 1850.0),
    ),
    Case("8", GOOD.replace("\n", "\r")),
    Case("8b", GOOD.replace("\n", "\r\n", 3)),
    Case("9", "", refused="empty"),
    Case("10", HEAD, refused="no rows"),
    Case(
        "11",
        ROWS,
        asks=("no-header", "column-of-patient", "column-of-session"),
        answers=("no-header=data", "column-of-patient=column_1", "column-of-session=column_2"),
    ),
    Case("12", "Export of the clinic\nJanuary\n" + GOOD, asks=("title-lines",)),
    Case("13", GOOD.replace("session", "phq9", 1), refused="column 2 'phq9' and column 3"),
    Case("14", GOOD.replace("session", "PHQ9", 1), refused="column 2 'PHQ9'"),
    Case("15", GOOD.replace("phq9", "\u00a0phq9\u200b", 1), says="is read as 'phq9'"),
    Case("16", GOOD.replace("phq9", "\u0440hq9", 1), refused="U\\+0440"),
    Case("17", GOOD + "p5,1,9,9\n", out=1),
    Case("18", HEAD + ROWS.replace("\n", ",x\n"), refused="No row has as many fields"),
    Case("19", GOOD + "p5,1\n", out=1),
    Case("20", GOOD + '"p5,1,9\np6,1,9\n', refused="line 14"),
    Case(
        "21",
        "patient,session,phq9,note\n"
        + "".join(f'p{i},1,{i},"a\nb, ""c"""\n' for i in range(9))
        + "p9,x,9,d\n",
        kept=9,
        out=1,
    ),
    Case("22", GOOD + "p\x00x,1,3\n", out=1),
    Case("23", GOOD + "p5,1," + "9" * 5_000_000 + "\n", refused="longer than a million"),
    Case("24", ids(("00123", "123", "00124", "124", "5", "6")), reads=(FIRST, "00123")),
    Case(
        "25", ids(("1E5", "100000", "3", "4", "5", "6")), reads=("SELECT count(*) FROM episode", 6)
    ),
    Case(
        "26",
        ids(("9007199254740993", "9007199254740992", "", "4", "5", "6")),
        kept=10,
        out=2,
        asks=("much-refused",),
        answers=("much-refused=land",),
        reads=("SELECT count(*) FROM episode", 5),
    ),
    Case(
        "27", ids(("NA", "null", "None", "4", "5", "6")), reads=("SELECT count(*) FROM episode", 6)
    ),
    Case("28", ids(("ab1", "AB1", "3", "4", "5", "6")), asks=("similar-ids",)),
    Case(
        "29",
        ids(("Ann Lee", "Bo Day", "Cy Fox", "Di Elm", "Ed Ash", "Flo Oak")),
        asks=("identifier:patient",),
        reads=("SELECT starts_with(min(patient), 'p-') FROM episode", True),
    ),
    Case("30", GOOD + "p1,1,18\n", out=1, says="equal rows are kept once"),
    Case(
        "31",
        GOOD + "p1,1,3\n",
        kept=11,
        out=2,
        asks=("much-refused",),
        answers=("much-refused=land",),
    ),
    Case("32", GOOD.replace("p1,3", "p1,7")),
    Case("32b", dated(["2024-03-01", "2024-02-01", "2024-01-01"] * 4), asks=("session-order",)),
    Case(
        "33",
        "patient,session,date,ended,phq9\n"
        + "".join(f"p{p},{s},2024-0{s}-01,2024-02-15,9\n" for p in (1, 2, 3, 4) for s in (1, 2, 3)),
        says="4 sessions lie after the end",
    ),
    Case(
        "34",
        "patient,therapist,session,phq9\n"
        + "".join(f"p{p},t{1 + (s > 2)},{s},9\n" for p in (1, 2, 3) for s in (1, 2, 3, 4)),
        says="more than one therapist",
    ),
    Case(
        "35",
        "patient,therapist,clinic,session,phq9\n"
        + "".join(f"p{p},t1,c{p % 2},{s},9\n" for p in (1, 2, 3, 4) for s in (1, 2, 3)),
        asks=("shared-codes",),
    ),
    Case(
        "36",
        "patient,therapist,clinic,session,phq9\n"
        + "".join(f"p{p},t{p % 2},c{p // 3},{s},9\n" for p in (1, 2, 3, 4) for s in (1, 2, 3)),
        asks=("shared-codes",),
        reads=("SELECT count(*) FROM therapist", 4),
    ),
    Case(
        "37",
        {"s.csv": GOOD, "e.csv": "patient,age\np1,40\np2,30\np3,30\np4,30\np9,20\n"},
        says="1 episodes have no session",
        kept=17,
    ),
    Case("38", GOOD + "p5,1,9\n", kept=13),
    Case(
        "39",
        "patient,therapist,session,phq9\n"
        + "".join(f"p{p},{'t1' if p < 4 else ''},{s},9\n" for p in (1, 2, 3, 4) for s in (1, 2, 3)),
        says="3 sessions name no therapist",
    ),
    Case(
        "40",
        dated(["03/04/2024", "05/04/2024", "07/04/2024"] * 4),
        asks=("date-order:date",),
        answers=("date-order=dmy",),
        reads=(DAY, "2024-04-03"),
    ),
    Case("41", dated(["03/04/2024", "05/04/2024", "25/04/2024"] * 4), reads=(DAY, "2024-04-03")),
    Case("42", dated(["45292", "45299", "45306"] * 4), reads=(DAY, "2024-01-01")),
    Case("43", workbook(DATED_BOOK, date_1904=True), reads=(DAY, "2024-01-01")),
    Case(
        "44",
        workbook([DATED_BOOK[0], *([p, s, _day(s, d), q] for p, s, d, q in DATED_BOOK[1:])]),
        reads=("SELECT count(DISTINCT date) || max(date)::VARCHAR FROM session", "32024-03-01"),
    ),
    Case(
        "45",
        dated(["2024-01-01", "2024-02-31", "2999-01-01"] * 4),
        cells=8,
        asks=("much-refused:date",),
        answers=("much-refused=land",),
    ),
    Case(
        "46",
        dated(["2024-03-31T23:30:00+02:00", "2024-04-01 00:10Z", "2024-04-07"] * 4),
        reads=(DAY, "2024-03-31"),
    ),
    Case("47", GOOD + "p5,1,28\n", out=1),
    Case(
        "48",
        SHEETS.replace("2,18", "2,19", 1),
        asks=("total:phq9_total",),
        reads=("SELECT count(*) || '/' || sum(phq9_total)::INT FROM session", "12/216"),
    ),
    Case("49", REVERSED, kept=30, asks=("reversed:wai_sr",)),
    Case(
        "50",
        WAI
        + "".join(
            f"p{p},{s},c{p % 2},{_mean_or_sum(p, s)}\n" for p in (1, 2, 3, 4) for s in (1, 2, 3)
        ),
        asks=("two-ranges:wai_sr",),
        reads=("SELECT min(wai_sr) FROM session", 39.0),
    ),
    Case("51", GOOD.replace("16\n", "16.5\n"), asks=("fractions:phq9",)),
    Case(
        "52",
        scores([*range(10), 99, 99, -9]),
        asks=("missing-codes:phq9",),
        kept=13,
        reads=("SELECT max(phq9) FROM session", 9.0),
    ),
    Case("53", GOOD + "p5,1,inf\np5,2,nan\n", kept=13, out=1),
    Case("54", GOOD + "p5,1,99999999999999999999999\n", out=1),
    Case("55", scores([*range(20), "12 (est)", "<5"]), kept=20, out=2),
    Case(
        "56", GOOD.replace("phq9\n", "phq9,empty\n").replace("\n", ",\n").replace("empty,", "empty")
    ),
    Case("57", HEAD + "p1,1,9\np1,2,8\n", kept=2),
    Case("58", GOOD.replace("p1,", "=1+1,").replace("p2,", "@SUM(A1),"), reads=(FIRST, "=1+1")),
    Case(
        "59",
        GOOD.replace("p1,", "<script>alert(1)</script>,"),
        reads=(FIRST, "<script>alert(1)</script>"),
    ),
    Case("60", GOOD, name="x" * 200 + "\u202e.csv"),
    Case(
        "61",
        b"<html><table><tr><td>1</td></tr></table></html>",
        refused="web page",
        name="data.xls",
    ),
    Case("61b", workbook(TYPED)),
    Case("61c", b"MZ" + bytes(300), refused="program"),
    Case("62", archive({"a.csv": b"0" * 30_000_000}), refused="unpacks to far more"),
    Case(
        "63",
        changed_workbook(
            b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
        ),
        refused="span",
    ),
    Case(
        "64",
        changed_workbook(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet'),
        refused="document type",
    ),
    Case(
        "65",
        workbook([*TYPED, ["p5", 1, "=1+1"]]),
        asks=("formulas",),
        answers=("formulas=land",),
        kept=13,
    ),
    Case(
        "65b",
        changed_workbook(b"</sheetData>", b"</sheetData>", more={"xl/vbaProject.bin": b"x"}),
        refused="macros",
    ),
    Case("66", parquet("SELECT 1 AS patient, 1 AS session, [1] AS phq9"), refused="lists"),
    Case("66b", parquet("SELECT 1 AS patient, 1 AS session, 9 AS phq9")[:-20], refused="Parquet"),
    Case(
        "66c",
        parquet(
            "SELECT 'p' || (i // 3) AS patient, i % 3 + 1 AS session, "
            "(i + 0.5)::DECIMAL(9, 1) AS mood FROM range(12) r(i)"
        ),
    ),
)
