"""How long large files and refusals take, in processor seconds (user and system) and megabytes.

python -m benchmarks.import_speed [sessions] [guess] [sheet] [ten-million] [refusals]    # or all

Each is a command of its own in a store of its own: the processor seconds of its processes, summed,
and the highest memory of one of them. Wall seconds stand beside: on a machine that others use they
say little. 'guess' is what the page does first. A ragged row has two fields too many.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WHAT = ("sessions", "guess", "sheet", "ten-million", "refusals")
HEAD = "clinic,therapist,patient,session,date,phq9,wai_bond,age\n"
GUESS = "import sys; from analysis.importing.doors import guess_in_child as g; g(sys.argv[1:])"
LANDS = ("--answer", "much-refused=land", "--yes")


def main(*asked: str) -> None:
    print(
        "| asked | wall, s | processor, s | peak, MB | became |\n| --- | ---: | ---: | ---: | --- |"
    )
    for what in asked or WHAT:
        with tempfile.TemporaryDirectory() as folder:
            os.environ["RAPPORT_STORE"] = str(Path(folder) / "store")
            {
                "sessions": _sessions,
                "guess": _guess,
                "sheet": _sheet,
                "ten-million": _ten_million,
                "refusals": _refusals,
            }[what](Path(folder))


def _sessions(folder: Path) -> None:
    for ragged in (False, True):
        path = _csv(folder / f"sessions{ragged}.csv", 1_000_000, ragged)
        _row(f"import 1,000,000 sessions, CSV{_with(ragged)}", "import", f"d{int(ragged)}", path)


def _guess(folder: Path) -> None:
    for ragged in (False, True):
        path = _csv(folder / f"guess{ragged}.csv", 1_000_000, ragged)
        _timed(
            f"guess, 1,000,000 sessions{_with(ragged)}", [sys.executable, "-c", GUESS, str(path)]
        )


def _sheet(folder: Path) -> None:
    import xlsxwriter

    path = folder / "sheet.xlsx"
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for i, line in enumerate([HEAD, *_lines(100_000)]):
            cells = line.rstrip("\n").split(",")
            sheet.write_row(i, 0, [int(c) if c.isdigit() else c for c in cells])
    _row("import 100,000 sessions, XLSX", "import", "d", path)


def _ten_million(folder: Path) -> None:
    path = _csv(folder / "sessions.csv", 10_000_000, False)
    _row("import 10,000,000 sessions, CSV", "import", "d", path)


def _refusals(folder: Path) -> None:
    for name, content in _bad(folder):
        path = folder / name[:100]
        path.write_bytes(content)
        _row(f"refuse: {name[:40]}", "import", "d", path)


def _bad(folder: Path):
    """What the issue lists: each is refused, or read as what it is under a name that is shown."""
    from tests.spec.bad_input_files import archive, changed_workbook, parquet

    good = "patient,session,phq9\n" + "".join(f"p{i},1,{i % 28}\n" for i in range(12))
    yield "zip bomb.zip", archive({"a.csv": b"0" * 300_000_000})
    yield "thousand parts.zip", archive({f"{i}.csv": b"0" for i in range(1200)})
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><worksheet'
    yield "entities.xlsx", changed_workbook(b"<worksheet", bomb)
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    yield "XFD1048576.xlsx", changed_workbook(b"</sheetData>", far)
    yield "macros.xlsm", changed_workbook(b"x", b"x", more={"xl/vbaProject.bin": b"x"})
    yield "password.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100_000)
    yield "5 MB field.csv", (good + "p1,2," + "9" * 5_000_000 + "\n").encode()
    yield "50 MB line.csv", b"x" * 50_000_000
    yield "NUL.csv", (good + "p\x00x,2,3\n").encode()
    yield "all NUL.csv", bytes(5_000_000)
    yield "right-to-left \u202e.csv", good.encode()
    whole = parquet(
        "SELECT 'p' || (i // 3) AS patient, i % 3 AS session, 9 AS q FROM range(9) r(i)"
    )
    yield "truncated.parquet", whole[:-20]
    yield "encrypted.parquet", b"PARE" + whole[4:-4] + b"PARE"
    yield "page.xls", b"<html><table><tr><td>1</td></tr></table></html>"
    yield "quotes.csv", b"patient,session,phq9\n" + b'"' * 4_999_999
    yield "wide.csv", (",".join(f"c{i}" for i in range(100_000)) + "\n").encode() * 3


def _row(said: str, *command) -> None:
    _timed(said, [sys.executable, "-m", "analysis", *map(str, command), *LANDS])


def _timed(said: str, command: list[str]) -> None:
    """One row of the table: of the command and all processes that it waited for."""
    before, began = os.times(), time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    out = child.stdout.read() if child.stdout else ""
    status, usage = os.wait4(child.pid, 0)[1:]
    wall, after = time.monotonic() - began, os.times()
    cpu = after.children_user + after.children_system
    cpu -= before.children_user + before.children_system
    became = "done" if status == 0 else out.strip().splitlines()[-1][:90]
    print(
        f"| {said} | {wall:.1f} | {cpu:.1f} | {usage.ru_maxrss // 1024:,} | {became} |", flush=True
    )


def _csv(path: Path, sessions: int, ragged: bool) -> Path:
    with open(path, "w") as stream:
        stream.write(HEAD)
        stream.writelines(_lines(sessions))
        stream.write("c0,t0,p0,99,2024-01-01,3,4,50,too,many\n" if ragged else "")
    return path


def _lines(sessions: int):
    """20 sessions a patient, 40 patients a therapist, ten therapists a clinic."""
    days = [f"2024-{1 + d // 28:02}-{1 + d % 28:02}" for d in range(336)]
    for i in range(sessions):
        patient, session = divmod(i, 20)
        yield (
            f"c{patient // 400},t{patient // 40},p{patient},{session + 1},{days[session * 7]},"
            f"{(i * 7 + patient) % 28},{1 + (i * 3) % 5},{20 + patient % 60}\n"
        )


def _with(ragged: bool) -> str:
    return ", one row ragged" if ragged else ""


if __name__ == "__main__":
    main(*sys.argv[1:])
