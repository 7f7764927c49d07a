"""The mapping: which column of which file is which key or variable, and how to read it."""

import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from analysis.base.errors import did_you_mean
from analysis.base.toml_text import toml_text
from analysis.importing.findings.finding import Finding
from analysis.importing.meaning.mapping_entries import (
    check_choice,
    check_encoding,
    check_names,
    list_of,
    numbers_by_text,
    refused_entry,
    table_of,
    texts_by_name,
    texts_of,
)
from analysis.importing.meaning.mapping_file import changed, tables_of
from analysis.importing.reading.file_mapping import FileLook, FileMapping
from analysis.measures.variables import DIRECTIONS, FACTORS, KINDS, RATERS, UNITS, Variable

KEYS = (
    "clinic",
    "therapist",
    "patient",
    "episode",
    "session",
    "date",
    "started",
    "ended",
    "ending",
    "weeks",
)
ROLES = UNITS
MISSING = ("", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", ".")
MISSING_IDS = ("",)  # 'NA' may be a patient's or therapist's code
DATES = ("", "dmy", "mdy", "ymd")
DELIMITERS = ("", ",", ";", "\t", "|")
ENDINGS = ("planned", "unplanned", "ongoing")
OUT_OF_RANGE = ("quarantine", "keep")
SCORED = " (scored)"  # behind the name of a variable made from items: its column when staged
_CHOICES = {
    "unit": UNITS,
    "kind": KINDS,
    "factor": ("", *FACTORS),
    "rater": ("", *RATERS),
    "higher_is": ("", *DIRECTIONS),
    "out_of_range": OUT_OF_RANGE,
    "decimal": ("", ".", ","),
    "role": ("", *ROLES),  # '': by the keys that the file has
    "delimiter": DELIMITERS,
    "dates": DATES,
    "ending": ENDINGS,
}


@dataclass(frozen=True, slots=True)
class MappedVariable(Variable):
    """One variable as the dictionary will have it, and where it is read from.

    label, unit: those of Variable, here with a start ('' = the column's name). column: its column
    ('' = the name itself). decimal: '.', ',' or '' to find out from the column as a whole.
    missing: further texts that mean missing here. out_of_range: what happens to a row whose value
    lies outside minimum..maximum. items: the columns of its instrument's items, in their order,
    that it is scored from (`component` names a subscale); column is then a total that came along,
    '' for none. texts: answers to items in words, with their numbers. until_first_session: its
    column holds dates; the value is the days from there to the first session.
    """

    label: str = ""
    unit: str = "session"
    column: str = ""
    out_of_range: str = "quarantine"
    decimal: str = ""
    missing: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    texts: tuple[tuple[str, float], ...] = ()
    until_first_session: bool = False

    @property
    def dated(self) -> bool:
        """Whether its column is read as dates: only a treatment has a first session."""
        return self.until_first_session and (self.unit, self.kind) == ("episode", "number")

    @property
    def source(self) -> str:
        """The column it is read from; of a scored scale, the column of the total."""
        return self.column or self.name

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns of the files that it is made from."""
        if not self.items:
            return (self.source,)
        return (*self.items, self.column) if self.column else self.items

    def variable(self) -> Variable:
        """The dictionary's entry."""
        values: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(Variable)}
        values["label"] = self.label or self.source
        return Variable(**values)


@dataclass(frozen=True, slots=True)
class Mapping:
    """What the columns of one or more files mean. Written and read as TOML (docs/importing.md).

    keys: (key, column) pairs, keys of KEYS. missing: texts that mean missing in variables and
    dates. missing_ids: texts that mean missing in the ids. dates: order of numeric dates, ''
    to find out. endings: (text of the file, 'planned' | 'unplanned' | 'ongoing') pairs.
    answers: (code, choice) pairs, the answers to an import's questions. questions: what the guess
    asks; reasons: why it was made, as (what, sentence) pairs; columns: all that the files have;
    looks: what each file looks like. None of these four is part of the mapping. left_out: columns
    that were seen and are not read, so that they are not asked about as new.
    """

    keys: tuple[tuple[str, str], ...] = ()
    variables: tuple[MappedVariable, ...] = ()
    files: tuple[FileMapping, ...] = ()
    main_outcome: str = ""
    missing: tuple[str, ...] = MISSING
    missing_ids: tuple[str, ...] = MISSING_IDS
    dates: str = ""
    endings: tuple[tuple[str, str], ...] = ()
    answers: tuple[tuple[str, str], ...] = ()
    left_out: tuple[str, ...] = ()
    reasons: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    questions: tuple[Finding, ...] = field(default=(), compare=False)
    columns: tuple[str, ...] = field(default=(), compare=False)
    looks: tuple[FileLook, ...] = field(default=(), compare=False, repr=False)

    def key(self, key: str, file: FileMapping | None = None) -> str:
        """The column of `key` in `file` ('' when it has none)."""
        own = dict(file.keys) if file else {}
        return own.get(key, dict(self.keys).get(key, ""))

    def to_toml(self) -> str:
        """The mapping as TOML text; `from_toml` reads it back to an equal mapping."""
        document: dict = {}
        for name in ("main_outcome", "missing", "missing_ids", "dates", "left_out"):
            value = getattr(self, name)
            if value != getattr(_EMPTY, name):
                document[name] = list(value) if isinstance(value, tuple) else value
        document["files"] = [changed(f, FileMapping()) | tables_of(f) for f in self.files]
        document["keys"] = dict(self.keys)
        document["endings"] = dict(self.endings)
        document["answers"] = dict(self.answers)
        document["variables"] = {v.name: changed(v, MappedVariable(v.name)) for v in self.variables}
        return toml_text(
            {k: v for k, v in document.items() if v != {} and (v != [] or k.startswith("missing"))}
        )

    @classmethod
    def from_toml(cls, path: Path | str) -> "Mapping":
        """Reads a mapping file. ImportRefused says which entry is wrong and what is allowed."""
        path = Path(path)
        try:
            return cls.from_text(path.read_text(encoding="utf-8-sig"), path.name)
        except OSError as error:
            raise refused_entry(
                "The mapping cannot be opened", path.name, "", f"check its name ({error.strerror})"
            ) from None
        except UnicodeDecodeError:
            raise refused_entry(
                "The mapping is not UTF-8 text", path.name, "", "save it as UTF-8"
            ) from None

    @classmethod
    def from_text(cls, text: str, where: str = "mapping") -> "Mapping":
        """The same from TOML text; `where` names its origin in messages."""
        try:
            document = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise refused_entry(
                f"The mapping is not TOML: {error}", where, "", "correct this place"
            ) from None
        return _mapping(document, where)


_EMPTY = Mapping()
_OF_A_GUESS = ("reasons", "questions", "columns", "looks")


def _mapping(document: dict, where: str) -> Mapping:
    allowed = [f.name for f in fields(Mapping) if f.name not in _OF_A_GUESS]
    check_names(document, allowed, where)
    keys = _keys(document.get("keys", {}), f"{where}, [keys]")
    files = [_file(entry, where) for entry in list_of(document, "files", where)]
    table = table_of(document.get("variables", {}), f"{where}, [variables]")
    variables = tuple(_variable(name, entry, where) for name, entry in table.items())
    plain: dict[str, str] = {
        name: document[name] for name in ("main_outcome", "dates") if name in document
    }
    lists: dict[str, tuple[str, ...]] = {
        name: texts_of(document[name], f"{where}, {name}")
        for name in ("missing", "missing_ids", "left_out")
        if name in document
    }
    endings = texts_by_name(document.get("endings", {}), f"{where}, [endings]")
    answers = texts_by_name(document.get("answers", {}), f"{where}, [answers]")
    mapping = Mapping(
        keys=keys,
        variables=variables,
        files=tuple(files),
        endings=endings,
        answers=answers,
        main_outcome=plain.get("main_outcome", ""),
        dates=plain.get("dates", ""),
        missing=lists.get("missing", MISSING),
        missing_ids=lists.get("missing_ids", MISSING_IDS),
        left_out=lists.get("left_out", ()),
    )
    for name, value in plain.items():
        if not isinstance(value, str):
            raise refused_entry(f"'{name}' should be text", where, "", "put it in quotes")
    for _, ending in endings:
        check_choice("ending", ending, ENDINGS, f"{where}, [endings]")
    check_choice("dates", mapping.dates, DATES, where)
    _check_main(mapping, where)
    return mapping


def _file(entry, where: str) -> FileMapping:
    where = f"{where}, [[files]]"
    values = _fields(FileMapping, table_of(entry, where), where)
    values["keys"] = _keys(values.get("keys", {}), where)
    values["columns"] = texts_by_name(values.get("columns", {}), where)
    return FileMapping(**values)


def _variable(name: str, entry, where: str) -> MappedVariable:
    where = f"{where}, [variables.{name}]"
    values = _fields(MappedVariable, table_of(entry, where), where, without=("name",))
    for listed in ("missing", "items"):
        if listed in values:
            values[listed] = texts_of(values[listed], where)
    if "texts" in values:
        values["texts"] = numbers_by_text(values["texts"], where)
    for limit in ("minimum", "maximum"):
        if limit in values:
            values[limit] = float(values[limit])
    found = MappedVariable(name, **values)
    if found.until_first_session and not found.dated:
        allowed = 'unit = "episode", kind = "number"'
        raise refused_entry(
            "Days until the first session are of a treatment", where, allowed, "correct it"
        )
    return found


_TYPES = {
    "skip": int,
    "headers": int,
    "headless": bool,
    "until_first_session": bool,
    "minimum": (int, float),
    "maximum": (int, float),
    "keys": dict,
    "columns": dict,
    "texts": dict,
}


def _fields(kind: type, entry: dict, where: str, without: tuple[str, ...] = ()) -> dict:
    names = [f.name for f in fields(kind) if f.name not in without]
    check_names(entry, names, where)
    for name, value in entry.items():
        expected = list if name in ("missing", "items") else _TYPES.get(name, str)
        if not isinstance(value, expected) or (isinstance(value, bool) and expected is not bool):
            raise refused_entry(f"'{name}' has a value of the wrong type", where, "", "correct it")
        if name in _CHOICES:
            check_choice(name, value, _CHOICES[name], where)
    check_encoding(entry.get("encoding", ""), where)
    if entry.get("skip", 0) < 0:
        raise refused_entry("'skip' is negative", where, "0 or more lines", "correct it")
    return dict(entry)


def _check_main(mapping: Mapping, where: str) -> None:
    names = [v.name for v in mapping.variables]
    if mapping.main_outcome and mapping.main_outcome not in names:
        hint = did_you_mean(mapping.main_outcome, names) or "name one of the variables"
        raise refused_entry(
            f"main_outcome names no variable: {mapping.main_outcome!r}",
            where,
            ", ".join(names),
            hint,
        )


def _keys(entry, where: str) -> tuple[tuple[str, str], ...]:
    pairs = texts_by_name(entry, where)
    check_names(dict(pairs), list(KEYS), where)
    return pairs
