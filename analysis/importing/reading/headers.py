"""The header of a file: cleaned of what cannot be seen, refused where it would mislead."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable

from analysis.importing.findings.quarantine import Ledger
from analysis.importing.reading.sniff import refused

MOST_COLUMNS = 5000
_UNSEEN = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\x00-\x08\x0e-\x1f]")
_MEASURED = re.compile(r"[+-]?\d+([.,]\d+)?|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?")
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

    Refused: two columns of one name (case does not tell them apart), a Cyrillic or
    Greek letter that looks Latin, too many columns. An empty name becomes 'column_<n>'.
    """
    where = f"{name}, line {line}"
    if len(cells) > MOST_COLUMNS:
        allowed = f"up to {MOST_COLUMNS:,} columns"
        what = f"The header has {len(cells):,} columns"
        raise refused(what, where, "leave out what is not needed", allowed)
    names, warnings = [], []
    for position, cell in enumerate(cells, start=1):
        cleaned = clean_name(cell) or f"column_{position}"
        if cleaned != cell.strip(" "):
            warnings.append(f"{name}: the name of column {position} is read as '{cleaned}'")
        _refuse_look_alikes(cleaned, where, position)
        names.append(cleaned)
    _refuse_repeated(names, where)
    return names, warnings


def looks_like_data(first: list[str], below: list[list[str]]) -> bool:
    """Whether the first line of a file looks like the lines below it and not like a header.

    It does where most of its cells are numbers; or where a number or a date stands in it over
    others, or a text that comes again below, and no cell is other than what stands below it.
    """
    cells = [cell.strip() for cell in first]
    filled = [(i, cell) for i, cell in enumerate(cells) if cell]
    if not filled:
        return False
    if sum(bool(_NUMBER.fullmatch(cell)) for _, cell in filled) * 2 > len(filled):
        return True
    alike = 0
    for i, cell in filled:
        column = [row[i].strip() for row in below if len(row) > i and row[i].strip()]
        if not column:
            continue
        measured = sum(bool(_MEASURED.fullmatch(value)) for value in column) >= 0.9 * len(column)
        if measured and not _MEASURED.fullmatch(cell):
            return False
        alike += bool(measured or cell in column)
    return alike > 0


def header_lines(records: list[list[str]]) -> int:
    """How many of the first records, at most three, are header: below it numbers and dates begin.

    A second line is header where columns of numbers or dates have texts or nothing in it, at least
    half of them texts, and nothing in it is a number or a date.
    """
    lines = 1
    while lines < 3 and len(records) > lines + 2 and _is_header(records[lines], records):
        lines += 1
    return lines


def joined_header(lines: list[list[str]]) -> list[str]:
    """One name a column; where the first line names each column, the others only describe it.

    A merged cell holds its text in each of its columns. Worked: ['Rate', ''] over ['Goals', ''] ->
    'Rate: Goals', 'Rate'; ['Person', 'Person'] over ['Code', 'Age'] -> 'Code', 'Age'.
    """
    first, others = [cell.strip() for cell in lines[0]], lines[1:]
    first = [
        cell if cell != before else "" for before, cell in zip(["", *first], first, strict=False)
    ]
    if not others or all(first):
        return lines[0]
    last = [cell.strip() for cell in others[-1]]
    if len(last) == len(first) and all(last) and len({c.lower() for c in last}) == len(last):
        return last  # what stands above only groups them
    names, above = [], ""
    for i, cell in enumerate(first):
        spans = i + 1 < len(first) and not first[i + 1]
        above = cell or above
        below = " ".join(line[i].strip() for line in others if i < len(line) and line[i].strip())
        names.append(f"{above}: {below}" if below and (not cell or spans) else cell)
    return names


def _is_header(row: list[str], records: list[list[str]]) -> bool:
    below = records[records.index(row) + 1 :]
    if any(_MEASURED.fullmatch(cell.strip()) for cell in row):
        return False
    measured = [i for i in range(len(row)) if _measures([r[i] for r in below if len(r) > i])]
    texts = sum(bool(row[i].strip()) for i in measured)
    return texts > 1 and texts * 2 >= len(measured)


def _measures(column: list[str]) -> bool:
    filled = [cell.strip() for cell in column if cell.strip()]
    return bool(filled) and sum(bool(_MEASURED.fullmatch(c)) for c in filled) >= 0.9 * len(filled)


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
