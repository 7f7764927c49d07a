"""Files that no dataset can be made of, and some that one can."""

ROWS = "patient,therapist,session,phq9\n" + "".join(
    f"p{i // 4},t{i // 8},{i % 4 + 1},{i * 7 % 20}\n" for i in range(40)
)
MAP = """
[keys]
patient = "patient"
session = "session"

[variables.phq9]
column = "{column}"
factor = "outcome"
"""
FILES = {
    "ok.csv": ROWS.encode(),
    "empty.csv": b"",
    "blank.csv": b"\n  \n",
    "header.csv": b"patient,therapist,session,phq9\n",
    "binary.csv": bytes(range(256)) * 10,
    "report.csv": b"%PDF-1.7 not a table",
    "workbook.csv": b"PK\x03\x04" + b"\0" * 100,
    "ragged.csv": b"patient,phq9\np1,3\np2,4,5\np3,1\n",
    "open.csv": b'patient,phq9\np1,3\np2,"4\np3,1\n',
    "twice.csv": b"phq9,patient,phq9\n3,p1,3\n",
    "damaged.parquet": b"PAR1" + b"x" * 200 + b"PAR1",
    "good.toml": MAP.format(column="phq9").encode(),
    "absent.toml": MAP.format(column="phq").encode(),
    "broken.toml": b"keys = [nothing",
    "empty.toml": b"",
}
