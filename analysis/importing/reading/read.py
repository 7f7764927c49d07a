"""A file's rows as text, in a temporary table of the writer's connection.

Nothing is interpreted here: '00123' stays '00123', an empty field stays ''. A row that does not
have as many fields as the header goes to the ledger; a file that is no table is refused.
"""

import csv
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow

from analysis.importing.converting.as_text import as_text
from analysis.importing.findings.quarantine import Ledger
from analysis.importing.reading.cells import trim_cells
from analysis.importing.reading.encodings import ask_encoding
from analysis.importing.reading.file_mapping import FileMapping
from analysis.importing.reading.header_place import records_of, settled_header
from analysis.importing.reading.headers import chosen_columns, joined_header
from analysis.importing.reading.parquet import stage_parquet
from analysis.importing.reading.sniff import (
    LONGEST_FIELD,
    Content,
    WrongEncoding,
    content_of,
    delimiter_of,
    digest,
    refused,
)
from analysis.store.scratch import scratch_folder
from analysis.store.versions.hardened import Connection, DatabaseError, OutOfMemory, one_row
from analysis.store.versions.naming import literal

CHUNK = 50_000  # records read at a time: some 50 MB of Python text
csv.field_size_limit(LONGEST_FIELD)


@dataclass(frozen=True, slots=True)
class Staged:
    """One file as a temporary table of text.

    index: its position among the files. name: for display. table: its name in the connection, with
    the columns `line` (as a spreadsheet counts: the header of a plain file is 1) and one for each
    of `columns` (the file's name -> the table's), its texts without outer space. read: rows below
    the header. header: the names of all columns, those included that were not asked for. texts:
    columns that the file itself says are text, where it says of others that they are not. numbers:
    columns that are numbers in the table, which `columns` then gives as text by an expression.
    bare: no cell is known to hold a space of any kind or an underscore. part: these are the first
    rows of a larger file.
    """

    index: int
    name: str
    file: FileMapping
    content: Content
    table: str
    columns: dict[str, str]
    read: int
    header: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    numbers: dict[str, str] = field(default_factory=dict)
    bare: bool = False
    part: bool = False


def stage(
    connection: Connection,
    path: Path,
    name: str,
    index: int,
    file: FileMapping,
    ledger: Ledger,
    wanted: Callable[[str], bool] = lambda column: True,
    typed: bool = False,
) -> Staged:
    """Reads the file at `path` (display name `name`) into a temporary table.

    wanted: says of a column's name whether it is staged; all are by default. typed: whether numbers
    that a file itself knows as such stay so.
    Raises ImportRefused: empty, header only, no table, an unclosed quote, a wrong encoding,
    repeated names, or no row with as many fields as the header.
    """
    with scratch_folder(None, "read") as folder:
        text = _as_text(path, name, folder, ledger)
        return _stage(connection, path, text, name, index, file, ledger, wanted, typed)


def _stage(connection, original, path, name, index, file, ledger, wanted, typed) -> Staged:
    file, content = _settled_encoding(path, name, file, ledger)
    if path != original:
        content = replace(content, **dict(zip(("sha256", "size"), digest(original), strict=True)))
    table = f"staged_{index}"
    if content.kind == "parquet":
        names, columns, read, texts, numbers = stage_parquet(
            connection, path, name, table, ledger, wanted, typed
        )
    else:
        texts, numbers = (), {}
        file = settled_header(path, name, file, content, ledger)
        names, chosen, read = _stage_text(
            connection, path, name, index, file, content, ledger, wanted
        )
        columns = {names[i]: f"c{i}" for i in chosen}
    bare = content.bare and not file.headless
    if not bare:
        trim_cells(connection, table, (c for n, c in columns.items() if n not in numbers))
    seen = (tuple(names), texts, numbers, bare)
    return Staged(index, name, file, content, table, columns, read, *seen)


def _as_text(path: Path, name: str, folder: Path, ledger: Ledger) -> Path:
    try:
        return as_text(path, name, folder, ledger)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a file name"
        raise refused(
            f"The file cannot be read ({reason})", name, "check its name and rights"
        ) from None


def _settled_encoding(path, name, file, ledger) -> tuple[FileMapping, Content]:
    """The file's content, in the encoding that its mapping, its bytes or an answer gives."""
    try:
        return file, content_of(path, name, file)
    except WrongEncoding:
        if file.encoding:
            raise
    file = replace(file, encoding=ask_encoding(path, name, ledger))
    return file, content_of(path, name, file)


def _stage_text(
    connection, path, name, index, file, content, ledger, wanted
) -> tuple[list[str], list[int], int]:
    delimiter = file.delimiter or delimiter_of(path, content.encoding, file.skip)
    with open(path, encoding=content.encoding, newline="") as stream:
        try:
            reader = records_of(stream, delimiter, file.skip)
            header, line = _header(reader, name, file)
            names, chosen = chosen_columns(header, name, line, ledger, wanted)
            read = _fast(connection, path, index, file, content, delimiter, len(header), chosen)
            if read is None and content.plain and not (content.quoted or file.headless):
                read = _split(
                    connection, path, index, content, delimiter, line, len(header), chosen, ledger
                )
            if read is None:
                if file.headless:
                    stream.seek(0)
                    reader = records_of(stream, delimiter, file.skip)
                read = _careful(connection, reader, index, len(header), chosen, line, ledger)
        except csv.Error as error:
            raise _unreadable(path, name, file, delimiter, content, error) from None
    if not read:
        raise refused("The file has a header and no rows", name, "export it again with its rows")
    ragged = ledger.count(index)
    if ragged == read:
        raise refused(
            f"No row has as many fields as the header ({len(header)})",
            f"{name}, header in line {line}",
            "compare the header with the rows: a name or a delimiter is missing or too many "
            "(a column of row names needs a name too)",
        )
    return names, chosen, read


def _header(reader, name: str, file: FileMapping) -> tuple[list[str], int]:
    for record in reader:
        if any(cell.strip() for cell in record):
            if file.headless:  # the reader starts again: this line is data
                return [f"column_{i}" for i in range(1, len(record) + 1)], file.skip
            more = list(itertools.islice(reader, file.headers - 1))
            return joined_header([record, *more]), file.skip + reader.line_num
    raise refused("The file has no header", name, "export it again, with its header and rows")


def _fast(connection, path, index, file, content, delimiter, width, chosen) -> int | None:
    """DuckDB's reader, ten times faster, for files without a surprise; None when there is one.

    Taken only when each record is one line, so that both readers must agree: then the number
    of a record tells its line.
    """
    if not content.plain:
        return None
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(width))
    table = f"staged_{index}"
    picked = "".join(f", c{i}" for i in chosen)
    above = 0 if file.headless else file.headers  # lines that the header takes
    try:
        connection.execute(
            f"CREATE TEMP TABLE {table} AS SELECT row_number() OVER () + ? AS line{picked} "
            f"FROM read_csv(?, auto_detect = false, header = {above == 1}, skip = ?, delim = ?, "
            f"quote = '\"', escape = '\"', strict_mode = true, nullstr = chr(1), "
            f"max_line_size = {LONGEST_FIELD}, "
            f"columns = {{{columns}}})",
            [file.skip + above, str(path), file.skip + (above if above > 1 else 0), delimiter],
        )
    except OutOfMemory:
        raise
    except DatabaseError:
        connection.execute(f"DROP TABLE IF EXISTS {table}")
        return None
    read = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    if read + above + file.skip in (content.line_ends, content.line_ends + 1) and read:
        nulls = " OR ".join(["false", *(f"c{i} IS NULL" for i in chosen)])
        if not connection.execute(f"SELECT count(*) FROM {table} WHERE {nulls}").fetchone()[0]:
            return read
    connection.execute(f"DROP TABLE {table}")
    return None


def _split(connection, path, index, content, delimiter, above, width, chosen, ledger) -> int | None:
    """Lines cut at each delimiter, for a text without a quote in which some line is too long or too
    short: what the careful reader gives, in a fifth of its time. above: lines up to the header's.
    """
    table = f"staged_{index}"
    try:
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE lines AS SELECT row_number() OVER () + ? AS line, text "
            "FROM read_csv(?, auto_detect = false, header = false, skip = ?, delim = chr(31), "
            f"quote = '', escape = '', nullstr = chr(1), max_line_size = {LONGEST_FIELD}, "
            "columns = {'text': 'VARCHAR'})",
            [above, str(path), above],
        )
    except OutOfMemory:
        raise
    except DatabaseError:
        return None
    (found,) = one_row(connection, "SELECT count(*) FROM lines WHERE text IS NOT NULL")
    if found + above not in (content.line_ends, content.line_ends + 1):
        return None
    fields = f"length(text) - length(replace(text, {literal(delimiter)}, '')) + 1"
    bad = connection.execute(
        f"SELECT line, {fields} FROM lines WHERE text <> '' AND {fields} <> {width} ORDER BY line"
    ).fetchall()
    ledger.refuse_ragged(index, bad, width)
    picked = "".join(f", parts[{i + 1}] AS c{i}" for i in chosen)
    connection.execute(
        f"CREATE TEMP TABLE {table} AS SELECT line{picked} FROM (SELECT line, "
        f"string_split(text, {literal(delimiter)}) AS parts FROM lines WHERE text <> '' "
        f"AND {fields} = {width}); DROP TABLE lines"
    )
    return one_row(connection, f"SELECT count(*) FROM {table}")[0] + len(bad)


def _careful(connection, reader, index, width, chosen, line, ledger) -> int:
    """Python's reader, record by record: knows each row that is too long, too short or broken."""
    table, number, read = f"staged_{index}", line, 0
    columns = "".join(f", c{i} VARCHAR" for i in chosen)
    connection.execute(f"CREATE TEMP TABLE {table} (line BIGINT{columns})")
    while records := list(itertools.islice(reader, CHUNK)):
        numbered = [(i, r) for i, r in enumerate(records, start=number + 1) if r]
        number, read = number + len(records), read + len(numbered)
        good = [(i, r) for i, r in numbered if len(r) == width]
        bad = [(i, len(r)) for i, r in numbered if len(r) != width]
        ledger.refuse_ragged(index, bad, width)
        if good:
            _append(connection, table, good, chosen)
    return read


def _append(connection, table: str, good: list, chosen: list[int]) -> None:
    arrays = {"line": pyarrow.array([line for line, _ in good], pyarrow.int64())}
    for i in chosen:
        arrays[f"c{i}"] = pyarrow.array([record[i] for _, record in good], pyarrow.string())
    connection.register("chunk", pyarrow.table(arrays))
    connection.execute(f"INSERT INTO {table} SELECT * FROM chunk")
    connection.unregister("chunk")


def _unreadable(path, name, file, delimiter, content, error):
    """The refusal for a broken quote: reads again up to it, to say where it starts."""
    start = file.skip + 1
    with open(path, encoding=content.encoding, newline="") as stream:
        reader = records_of(stream, delimiter, file.skip)
        try:
            for _ in reader:
                start = file.skip + reader.line_num + 1
        except csv.Error:
            pass
    problem = "A quote is not closed"
    if "expected after" in str(error):
        problem = "A quote ends in the middle of a field"
    elif "field larger" in str(error):
        problem = "A field is longer than a million characters: a quote is not closed before it"
    return refused(
        problem,
        f"{name}, in the record that starts in line {start}",
        'close the quote there; a quote inside a quoted field is written twice ("")',
    )
