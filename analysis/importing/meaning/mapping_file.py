"""TOML text from plain values; the standard library only reads it."""

import json
import re
from dataclasses import asdict

from analysis.importing.reading.file_mapping import FileMapping

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_text(document: dict) -> str:
    """`document` as TOML: texts, numbers and lists first, then tables, then lists of tables.

    Worked: {"a": 1, "b": {"c": "x"}} ->
    'a = 1\\n\\n[b]\\nc = "x"\\n'.
    """
    return "\n".join(_lines(document, ())).lstrip("\n") + "\n"


def changed(entry, default) -> dict:
    """The fields of `entry` that differ from `default`, tuples as lists, but for tables."""
    values = {k: v for k, v in asdict(entry).items() if v != getattr(default, k)}
    values = {k: v for k, v in values.items() if k not in ("keys", "columns")}
    plain = {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}
    return plain | ({"texts": dict(plain["texts"])} if "texts" in plain else {})


def tables_of(file: FileMapping) -> dict:
    """What the file calls otherwise, as tables."""
    named = {"keys": dict(file.keys), "columns": dict(file.columns)}
    return {name: table for name, table in named.items() if table}


def with_answers(text: str, answers: tuple[tuple[str, str], ...]) -> str:
    """A mapping's text with further answers; everything else, comments included, stays."""
    lines = [line for line in text.splitlines() if not _answers_one(line, dict(answers))]
    added = [f"{_key(code)} = {_value(choice)}" for code, choice in answers]
    if "[answers]" in (stripped := [line.strip() for line in lines]):
        at = stripped.index("[answers]") + 1
        lines[at:at] = added
    else:
        lines += ["", "[answers]", *added]
    return "\n".join(lines).rstrip("\n") + "\n"


def _answers_one(line: str, answers: dict[str, str]) -> bool:
    return any(line.strip().startswith(f"{_key(code)} =") and ":" in code for code in answers)


def _lines(table: dict, path: tuple[str, ...]) -> list[str]:
    lines = [f"{_key(k)} = {_value(v)}" for k, v in table.items() if not _is_section(v)]
    for key, value in table.items():
        name = ".".join(_key(part) for part in (*path, key))
        if isinstance(value, dict) and value and _of_tables(value):
            lines += _lines(value, (*path, key))
        elif isinstance(value, dict):
            lines += ["", f"[{name}]", *_lines(value, (*path, key))]
        elif _is_section(value):
            for entry in value:
                lines += ["", f"[[{name}]]", *_inline_tables(entry)]
    return lines


def _of_tables(value: dict) -> bool:
    return all(isinstance(v, dict) for v in value.values())


def _is_section(value) -> bool:
    tables = isinstance(value, list) and value and all(isinstance(v, dict) for v in value)
    return isinstance(value, dict) or bool(tables)


def _inline_tables(entry: dict) -> list[str]:
    return [f"{_key(k)} = {_value(v)}" for k, v in entry.items()]


def _value(value) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_value(v) for v in value) + "]"
    if isinstance(value, str):
        # JSON's escapes are TOML's, but for the delete character, which TOML wants escaped.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _value(key)
