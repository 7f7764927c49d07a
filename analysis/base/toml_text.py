"""TOML text from plain values; the standard library only reads it."""

import json
import re

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_text(document: dict) -> str:
    """`document` as TOML: texts, numbers and lists first, then tables, then lists of tables.

    Worked: {"a": 1, "b": {"c": "x"}} ->
    'a = 1\\n\\n[b]\\nc = "x"\\n'.
    """
    return "\n".join(_lines(document, ())).lstrip("\n") + "\n"


def toml_line(name: str, value) -> str:
    """One entry. Worked: 'a b', ['x'] -> '"a b" = ["x"]'."""
    return f"{_key(name)} = {_value(value)}"


def toml_name(name: str) -> str:
    """A name as an entry's line begins with it, in quotes where it needs them."""
    return _key(name)


def _lines(table: dict, path: tuple[str, ...]) -> list[str]:
    lines = [toml_line(k, v) for k, v in table.items() if not _is_section(v)]
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
    return [toml_line(k, v) for k, v in entry.items()]


def _value(value) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(toml_line(k, v) for k, v in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(v) for v in value) + "]"
    if isinstance(value, str):
        # JSON's escapes are TOML's, but for the delete character, which TOML wants escaped.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _value(key)
