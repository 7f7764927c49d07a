"""A mapping's file: what of an entry is written, and further answers with its comments kept."""

from dataclasses import asdict

from analysis.base.toml_text import toml_line, toml_name
from analysis.importing.reading.file_mapping import FileMapping


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
    added = [toml_line(code, choice) for code, choice in answers]
    if "[answers]" in (stripped := [line.strip() for line in lines]):
        at = stripped.index("[answers]") + 1
        lines[at:at] = added
    else:
        lines += ["", "[answers]", *added]
    return "\n".join(lines).rstrip("\n") + "\n"


def _answers_one(line: str, answers: dict[str, str]) -> bool:
    return any(line.strip().startswith(f"{toml_name(code)} =") and ":" in code for code in answers)
