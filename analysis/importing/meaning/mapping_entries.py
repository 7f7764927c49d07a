"""The entries of a mapping file: checked for names, kinds and choices, refused in words."""

from analysis.base.errors import ImportRefused, did_you_mean


def check_names(entry: dict, allowed: list[str], where: str) -> None:
    """Refuses a name that is none of `allowed`, with the one that may be meant."""
    for name in entry:
        if name not in allowed:
            hint = did_you_mean(name, allowed) or "remove it"
            raise refused_entry(
                f"The mapping has an entry that is not known: '{name}'",
                where,
                ", ".join(allowed),
                hint,
            )


def check_choice(name: str, value, choices: tuple[str, ...], where: str) -> None:
    """Refuses a value that is none of `choices`."""
    if value not in choices:
        allowed = ", ".join(repr(a) for a in choices)
        hint = did_you_mean(str(value), choices) or "take one of these"
        raise refused_entry(f"'{name}' is {value!r}", where, allowed, hint)


def check_encoding(encoding: str, where: str) -> None:
    """Refuses the name of an encoding that nobody knows."""
    try:
        "".encode(encoding or "utf-8")
    except LookupError:
        raise refused_entry(
            f"There is no encoding {encoding!r}", where, "utf-8, cp1252, cp1250, …", "correct it"
        ) from None


def table_of(entry, where: str) -> dict:
    """The entry, which must be a table."""
    if not isinstance(entry, dict):
        raise refused_entry("This should be a table", where, "name = value lines", "correct it")
    return entry


def list_of(document: dict, name: str, where: str) -> list:
    """The list of tables of this name, empty where there is none."""
    value = document.get(name, [])
    if not isinstance(value, list):
        raise refused_entry(
            f"'{name}' should be a list of tables", where, f"[[{name}]]", "correct it"
        )
    return value


def texts_of(value, where: str) -> tuple[str, ...]:
    """The value, which must be a list of texts."""
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise refused_entry("This should be a list of texts", where, '["NA", "99"]', "correct it")
    return tuple(value)


def texts_by_name(entry, where: str) -> tuple[tuple[str, str], ...]:
    """The pairs of a table of texts."""
    pairs = tuple(table_of(entry, where).items())
    if not all(isinstance(value, str) for _, value in pairs):
        raise refused_entry("A column's name should be text", where, 'patient = "id"', "add quotes")
    return pairs


def numbers_by_text(entry, where: str) -> tuple[tuple[str, float], ...]:
    """The pairs of a table of numbers."""
    pairs = table_of(entry, where).items()
    if any(isinstance(v, bool) or not isinstance(v, (int, float)) for _, v in pairs):
        raise refused_entry(
            "An answer's score should be a number", where, "never = 0", "correct it"
        )
    return tuple((text, float(number)) for text, number in pairs)


def refused_entry(what: str, where: str, allowed: str, next_step: str) -> ImportRefused:
    """What is raised for a wrong entry."""
    return ImportRefused(what, where=where, allowed=allowed, next_step=next_step)
