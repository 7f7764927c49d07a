"""Files of a clinic as bytes, sound until a case spoils one."""

import io
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import duckdb
import xlsxwriter

HEAD = "patient,session,phq9\n"
ROWS = "".join(f"p{p},{s},{20 - s - p}\n" for p in (1, 2, 3, 4) for s in (1, 2, 3))
GOOD = HEAD + ROWS
DATED = "patient,session,date,phq9\n"


@dataclass(frozen=True)
class Case:
    """number: of the case. content: the file, or several by name. refused: words of the refusal, ''
    for none. asks: codes of the questions. answers: to those without a recommendation. kept, out:
    rows, kept None where only what lands is asked; cells: refused. says: words among warnings and
    findings. reads: a query of the dataset and its first row."""

    number: str
    content: bytes | str | dict
    refused: str = ""
    asks: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    kept: int | None = 12
    out: int = 0
    cells: int = 0
    says: str = ""
    reads: tuple[str, object] | None = None
    name: str = "data.csv"


def dated(days, sessions=3) -> str:
    """As many patients as it takes, each day one session."""
    return DATED + "".join(
        f"p{i // sessions},{i % sessions + 1},{day},{9 + i % 7}\n" for i, day in enumerate(days)
    )


def scores(values) -> str:
    """One session each for 12 patients or as many as there are values."""
    return HEAD + "".join(f"p{i},1,{v}\n" for i, v in enumerate(values))


def ids(names) -> str:
    return HEAD + "".join(f"{n},{s},{9 + s}\n" for n in names for s in (1, 2))


def workbook(rows, dates=(), **options) -> bytes:
    """A workbook of these rows; dates: positions of columns with day numbers."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, options | {"in_memory": True}) as book:
        sheet, day = book.add_worksheet("Data"), book.add_format({"num_format": "yyyy-mm-dd"})
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                if hasattr(value, "year"):
                    sheet.write_datetime(i, j, value, day)
                elif isinstance(value, str) and value.startswith("="):
                    sheet.write_formula(i, j, value, None, "")
                else:
                    sheet.write(i, j, value)
    return stream.getvalue()


def archive(parts: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return stream.getvalue()


def changed_workbook(old: bytes, new: bytes, part="xl/worksheets/sheet1.xml", more=None) -> bytes:
    """A good workbook with other bytes in one of its parts."""
    rows = [r.split(",") for r in GOOD.splitlines()]
    with zipfile.ZipFile(io.BytesIO(workbook(rows))) as packed:
        parts = {n: packed.read(n) for n in packed.namelist()}
    assert old in parts[part]
    parts[part] = parts[part].replace(old, new, 1)
    return archive(parts | (more or {}))


def parquet(query: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        connection.execute(f"COPY ({query}) TO '{folder}/d.parquet' (FORMAT parquet)")
        return (Path(folder) / "d.parquet").read_bytes()
