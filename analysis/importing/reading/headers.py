"""The header of a file: cleaned of what cannot be seen, refused where it would mislead."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable

from analysis.importing.findings.quarantine import Ledger
from analysis.importing.reading.sniff import refused

MOST_COLUMNS = 5000
_UNSEEN = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\x00-\x08\x0e-\x1f]")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")


def clean_name(text: str) -> str:
    """`text` in Unicode's compatibility form (NFKC), without unseen characters or outer space."""
    normal = unicodedata.normalize("NFKC", _UNSEEN.sub("", text))
    return " ".join(normal.split())


def chosen_columns(
    header: list[str], name: str, line: int, ledger: Ledger, wanted: Callable[[str], bool]
) -> tuple[list[str], list[int]]:
    """The names of all columns of the file `name`, and the positions of those that are wanted.

    What was cleaned goes to the ledger as a warning; refused as by `clean_header`.
    """
    names, warnings = clean_header(header, name, line)
    for warning in warnings:
        ledger.warn(warning)
    return names, [i for i, column in enumerate(names) if wanted(column)]


def clean_header(cells: list[str], name: str, line: int) -> tuple[list[str], list[str]]:
    """The columns' names of the file `name`, and warnings about what was cleaned.

    Refused: no header, two columns of one name (case does not tell them apart), a Cyrillic or
    Greek letter that looks Latin, too many columns. An empty name becomes 'column_<n>'.
    """
    where = f"{name}, line {line}"
    if len(cells) > MOST_COLUMNS:
        raise refused(f"The header has {len(cells)} columns", where, "leave out what is not needed")
    names, warnings = [], []
    for position, cell in enumerate(cells, start=1):
        cleaned = clean_name(cell) or f"column_{position}"
        if cleaned != cell.strip(" "):
            warnings.append(f"{name}: the name of column {position} is read as '{cleaned}'")
        _refuse_look_alikes(cleaned, where, position)
        names.append(cleaned)
    _refuse_no_header(names, where)
    _refuse_repeated(names, where)
    return names, warnings


def _refuse_no_header(names: list[str], where: str) -> None:
    numbers = sum(bool(_NUMBER.fullmatch(n)) for n in names)
    if numbers * 2 > len(names):
        raise refused(
            "The file seems to have no header: its first line holds numbers",
            where,
            "add a first line with the columns' names, or give skip = in the mapping if "
            "the header stands further down",
        )


def _refuse_repeated(names: list[str], where: str) -> None:
    counts = Counter(n.lower() for n in names)
    for lowered, count in counts.items():
        if count > 1:
            same = [(i, n) for i, n in enumerate(names, start=1) if n.lower() == lowered]
            listed = " and ".join(f"column {i} '{n}'" for i, n in same[:4])
            raise refused(
                f"{count} columns have the same name: {listed}",
                where,
                "give each column a name of its own (upper and lower case count as the same)",
            )


def _refuse_look_alikes(name: str, where: str, position: int) -> None:
    scripts = {_script(c) for c in name if c.isalpha()}
    if "LATIN" in scripts and scripts & {"CYRILLIC", "GREEK"}:
        strange = next(c for c in name if c.isalpha() and _script(c) in ("CYRILLIC", "GREEK"))
        raise refused(
            f"A column's name mixes alphabets: '{name}' holds {unicodedata.name(strange)} "
            f"(U+{ord(strange):04X})",
            f"{where}, column {position}",
            "type the name again",
        )


def _script(character: str) -> str:
    return unicodedata.name(character, "?").split(" ")[0]
