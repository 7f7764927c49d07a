"""A file of any kind as one text or Parquet file: what it is by its bytes, converted if need be."""

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from analysis.base.errors import ImportRefused
from analysis.importing.converting import archives
from analysis.importing.converting.exports.convert import HEAD, kind_of_text
from analysis.importing.converting.kept import converted_once
from analysis.importing.converting.sheets import ALL, IN, alike, together
from analysis.importing.converting.wrapped import unwrapped
from analysis.importing.findings.quarantine import Ledger

ROOT = Path(__file__).resolve().parents[3]
SECONDS = 60  # of one conversion; 100,000 rows take five
MEMORY_BYTES = 4 << 30  # of address space
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Sheets that describe a table and are none; read only where there is no other.
_DESCRIBING = ("explanations", "codebook", "legend", "readme", "info", "erläuterungen", "leyenda")
_SAS = b"\x00" * 12 + b"\xc2\xea\x81\x60"


def kind_of(path: Path) -> str:
    """'workbook', 'sav', 'dta', 'sas7bdat', 'xport', 'zip', 'html', 'xml2003', 'json', or '' for
    what needs no conversion."""
    with open(path, "rb") as stream:
        head = stream.read(HEAD)
    if head.startswith(b"PK\x03\x04"):
        return "workbook" if _is_workbook(path) else "zip"
    if head.startswith(_OLD_OFFICE):
        return "workbook"
    if head.startswith((b"$FL2@(#)", b"$FL3@(#)")):
        return "sav"
    if head.startswith(b"<stata_dta>") or (
        head[:1] in (b"\x71", b"\x72", b"\x73") and head[1:4] in (b"\x01\x01\x00", b"\x02\x01\x00")
    ):
        return "dta"
    if head.startswith(_SAS):
        return "sas7bdat"
    return "xport" if head.startswith(b"HEADER RECORD*******LIB") else kind_of_text(head)


def as_text(path: Path, name: str, folder: Path, ledger: Ledger) -> Path:
    """The file itself where it is text or Parquet; else its table as CSV in `folder`.

    Asks which sheet and whether hidden rows count. ImportRefused within seconds for bombs,
    passwords, macros and what is damaged: a reader that dies takes its own process along, no more.
    """
    kind = kind_of(path)
    if not kind:
        return unwrapped(path, name, folder, ledger)
    if kind == "zip":
        return as_text(_unpacked(path, name, folder), name, folder, ledger)
    tables = _tables(path, kind, name, folder)
    chosen = _named(tables, name) or _chosen(tables, name, ledger)
    hidden = sum(t["hidden"] for t in chosen)
    if hidden and _leave_hidden_out(hidden, name, ledger):
        sheets = [t["sheet"] for t in chosen]
        chosen = [t for t in _converted(path, kind, name, folder, sheets) if t["sheet"] in sheets]
    _tell(chosen, name, ledger)
    return together(chosen, folder) if len(chosen) > 1 else Path(chosen[0]["file"])


def sheets_of(path: Path, name: str, folder: Path) -> list[dict]:
    """A workbook's sheets with a table, as `convert_workbook` has them, their CSV in `folder`.

    None of another file, or where the display name is of one sheet ('book.xlsx: Sessions').
    """
    if kind_of(path) != "workbook":
        return []
    tables = _tables(path, "workbook", name, folder)
    return [] if _named(tables, name) else _with_a_table(tables)


def ask_which(
    tables: list[dict], name: str, ledger: Ledger, more: dict[str, str], recommended: str
) -> str:
    """The question `sheet`: one of the sheets, or what `more` offers (answer -> what it does)."""
    evidence = f"{name} has {len(tables)} sheets with a table"
    choices = more | {t["sheet"]: f"{t['rows']} rows, {t['columns']} columns" for t in tables}
    return ledger.ask("sheet", (name, ""), evidence, choices, recommended, len(tables))


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist()[: archives.MOST_PARTS])
            ods = "mimetype" in names and "content.xml" in names
    except archives.UNOPENED:
        return False
    return ods or any(n.lower().startswith("xl/") for n in names)


def _unpacked(path: Path, name: str, folder: Path) -> Path:
    target = folder / "unpacked"
    if target.exists():
        raise ImportRefused("An archive in an archive", where=name, next_step="unpack it")
    with archives.opened(path, name) as archive:
        part = archives.only_table(archive, name)
        try:
            with archive.open(part) as source, open(target, "wb") as out:
                shutil.copyfileobj(source, out)
        except archives.UNREAD:
            raise ImportRefused(
                "The archive is damaged", where=name, next_step="pack it again"
            ) from None
    return target


def _converted(path: Path, kind: str, name: str, folder: Path, without: list[str]) -> list[dict]:
    how = (kind, *sorted(without))
    return converted_once(path, how, folder, lambda at: _convert(path, kind, name, at, without))


def _convert(path: Path, kind: str, name: str, folder: Path, without: list[str]) -> list[dict]:
    request = dict(
        path=str(path.resolve()),
        kind=kind,
        name=name,
        folder=str(folder),
        without=without,
        seconds=SECONDS,
        memory=MEMORY_BYTES,
    )
    try:
        done = subprocess.run(
            [sys.executable, "-m", "analysis.importing.converting.child"],
            input=json.dumps(request),
            capture_output=True,
            text=True,
            timeout=SECONDS + 10,
            cwd=ROOT,
            check=False,
        )
        answer = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        raise ImportRefused(
            "The file took too much time or memory to read",
            where=name,
            allowed=f"{SECONDS} seconds and {MEMORY_BYTES >> 30} GB",
            next_step="save the table alone in a new workbook, or export it as CSV",
        ) from None
    if "refused" in answer:
        raise ImportRefused(**answer["refused"])
    return answer["tables"]


def _tables(path: Path, kind: str, name: str, folder: Path) -> list[dict]:
    tables = _converted(path, kind, name, folder, [])
    if not tables:
        raise ImportRefused("The workbook is empty", where=name, next_step="export it again")
    return tables


def _named(tables: list[dict], name: str) -> list[dict]:
    """The sheet that the display name names, if it does."""
    return [t for t in tables if name.endswith(IN + t["sheet"])]


def _with_a_table(tables: list[dict]) -> list[dict]:
    shown = [t for t in tables if not t["invisible"] and t["rows"] > 0 and t["columns"] > 1]
    described = [t for t in shown if t["sheet"].strip().lower() in _DESCRIBING]
    return [t for t in shown if t not in described] or shown or tables


def _chosen(tables: list[dict], name: str, ledger: Ledger) -> list[dict]:
    """The sheet with the table; asked for where several could be, or all where they are alike."""
    shown = _with_a_table(tables)
    likely = max(shown, key=lambda t: t["columns"] * min(t["rows"], 1000))
    if len(shown) == 1:
        if len(tables) > 1:
            ledger.warn(
                f"{name}: only its sheet with a table is read, of {len(tables)} with content"
            )
        return [likely]
    more, recommended = {}, likely["sheet"]
    if alike(shown) and ALL not in {t["sheet"] for t in shown}:
        rows = sum(t["rows"] for t in shown)
        more[ALL] = f"all together, {rows} rows, with the sheet's name as a column 'sheet'"
        recommended = ALL
    answer = ask_which(shown, name, ledger, more, recommended)
    return shown if answer == ALL else [t for t in shown if t["sheet"] == answer]


def _leave_hidden_out(hidden: int, name: str, ledger: Ledger) -> bool:
    evidence = f"{name}: {hidden} rows of the sheet are hidden (by a filter or by hand)"
    choices = {"read": "they are read like the others", "leave-out": "they are left out"}
    where = (name, "")
    answer = ledger.ask("hidden-rows", where, evidence, choices, "read", hidden)
    return answer == "leave-out"


def _tell(chosen: list[dict], name: str, ledger: Ledger) -> None:
    merged, unvalued = (sum(t[what] for t in chosen) for what in ("merged", "unvalued"))
    if percent := sum(t.get("percent", 0) for t in chosen):
        ledger.warn(f"{name}: {percent} numbers shown as per cent are read as shown: 55 for 55 %")
    if merged:
        ledger.warn(f"{name}: {merged} merged ranges; their value stands in each of their cells")
    if unvalued:
        evidence = (
            f"{name}: {unvalued} cells hold a formula and no value; open the workbook and "
            "save it, so that the values are stored"
        )
        choices = {"land": "they are empty"}
        ledger.ask("formulas", (name, ""), evidence, choices, count=unvalued)
