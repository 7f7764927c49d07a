"""The worksheets of Excel's XML of 2003."""

import re
from xml.parsers import expat

from analysis.base.errors import ImportRefused

_DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
MOST_SKIPPED = 100_000  # rows or cells that an index may leave empty


def worksheets(raw: bytes, name: str) -> list[tuple[str, list[list[str]]]]:
    """(name, rows) of each; cells keep the place that their index gives them.

    ValueError where the XML is damaged, ImportRefused where it declares a document type.
    """
    if _DOCTYPE.search(raw):
        raise ImportRefused(
            "The file declares a document type, which no workbook does",
            where=name,
            next_step="open it and save it again as .xlsx, or export CSV",
        )
    found: list[tuple[str, list[list[str]]]] = []
    text: list[str] = []
    kinds: list[str] = []

    def begin(tag: str, told: dict) -> None:
        tag, told = _local(tag), {_local(k): v for k, v in told.items()}
        text.clear()
        if tag == "Worksheet":
            found.append((told.get("Name", f"Sheet {len(found) + 1}"), []))
        elif tag in ("Row", "Cell") and found:
            rows = found[-1][1]
            line = rows if tag == "Row" else rows[-1]
            index = told.get("Index", "")
            skipped = min(int(index) - 1, MOST_SKIPPED) - len(line) if index.isdecimal() else 0
            line += [[] if tag == "Row" else "" for _ in range(max(skipped, 0))]
            line.append([] if tag == "Row" else "")
        elif tag == "Data":
            kinds.append(told.get("Type", ""))

    def end(tag: str) -> None:
        if _local(tag) == "Data" and kinds and found and found[-1][1] and found[-1][1][-1]:
            value = "".join(text).strip()
            if kinds.pop() == "DateTime":
                value = value.removesuffix(".000").removesuffix("T00:00:00")
            found[-1][1][-1][-1] = value

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.CharacterDataHandler = text.append
    try:
        parser.Parse(raw, True)
    except (expat.ExpatError, IndexError):
        raise ValueError("XML") from None
    return found


def _local(name: str) -> str:
    return name.rpartition(":")[2]
