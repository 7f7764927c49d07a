"""Where a register's table lies: `postgres://…/table`, `sc://…/table`, `register:NAME/table`.

A connection string may hold a password, so it stays in here and in the drivers: whatever is shown,
kept or raised names the table alone.
"""

import os
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from analysis.base.errors import RequestError, StoreError, did_you_mean
from analysis.base.settings import REGISTER, Settings, of_process, register_variable

FORMS = (
    "postgres://[USER@]HOST[:PORT]/DATABASE/[SCHEMA.]TABLE, sc://HOST[:PORT]/[SCHEMA.]TABLE (Spark "
    "Connect) or register:NAME/[SCHEMA.]TABLE"
)
_SCHEMES = {"postgres": "postgres", "postgresql": "postgres", "sc": "spark"}
# Whatever else looks like a connection string is refused here, never echoed as a wrong name.
_LIKE = re.compile(r"(register|postgres|postgresql|sc|spark):|[a-z][a-z0-9+.:-]*://", re.IGNORECASE)
# A password without a scheme before it: 'anna:secret@host/db'. No file's name looks so.
_WITH_PASSWORD = re.compile(r"[^@\s]*:[^@]*@[^@]*")
_FILES = (".csv", ".tsv", ".txt", ".parquet")
_SECRET_PARAMETERS = {"password", "token", "sslpassword"}


@dataclass(frozen=True, slots=True)
class Address:
    """dialect: 'postgres' or 'spark'. path: the table's name, its schema before it where one was
    given. connection: the driver's connection string, which no representation shows."""

    dialect: str
    path: tuple[str, ...]
    connection: str = field(repr=False)

    @property
    def label(self) -> str:
        """What may be shown. Worked: 'register table care.session'."""
        return "register table " + ".".join(self.path)


def is_register(source: str | Path) -> bool:
    """Whether `source` is written as a register's address, be it right or wrong."""
    if not isinstance(source, str):
        return False
    mistyped = _WITH_PASSWORD.fullmatch(source) and not source.lower().endswith(_FILES)
    return _LIKE.match(source) is not None or bool(mistyped)


def shows_secret(source: str | Path) -> bool:
    """Whether a register's address itself holds a password or token, for all to read in the list
    of running programs."""
    address = str(source)
    if not is_register(source) or address.lower().startswith("register:"):
        return False
    before, _, rest = address.partition("://")[2].partition("/")
    named = set(re.findall(r"[?&;](\w+)=", rest))
    return ":" in before.rpartition("@")[0] or bool(_SECRET_PARAMETERS & named)


def needs_dataset() -> RequestError:
    """For a question that one table cannot answer."""
    return RequestError(
        "This needs a dataset, with its sessions, episodes, therapists and clinics; a register is "
        "one table",
        where="the dataset's name",
        allowed="a dataset's name",
        next_step="fit a formula to the register ('fit'), or import an extract of it",
    )


def read_address(source: str) -> Address:
    """What `source` addresses, a NAME looked up. RequestError where it is no address, StoreError
    where the NAME is not known."""
    if source.lower().startswith("register:"):
        name, *path = source[len("register:") :].strip("/").split("/")
        scheme, connection, _ = _parted(_named(name), f"the register '{name}'")
    else:
        scheme, connection, path = _parted(source, "the register's address")
    names = _names(path)
    if not 1 <= len(names) <= (2 if _SCHEMES[scheme] == "postgres" else 3):
        raise _unreadable("the register's address", "it does not end in one table's name")
    return Address(_SCHEMES[scheme], names, connection)


def _parted(text: str, where: str) -> tuple[str, str, list[str]]:
    """Scheme, connection string and what follows it: the parts of the table's name."""
    try:
        url = urlsplit(text)
        scheme, _ = url.scheme, url.port  # a port that is no number is noticed here
    except ValueError:
        raise _unreadable(where, "its host or port cannot be read") from None
    if scheme not in _SCHEMES:
        raise _unreadable(where, "it begins with no known scheme")
    if url.fragment:
        raise _unreadable(where, "signs such as # / ? in a password are written as %23 %2F %3F")
    parts = [part for part in url.path.split("/") if part]
    if _SCHEMES[scheme] == "postgres":
        if not parts:
            raise _unreadable(where, "it names no database")
        options = f"?{url.query}" if url.query else ""
        return scheme, f"postgresql://{url.netloc}/{parts[0]}{options}", parts[1:]
    if not url.hostname:
        raise _unreadable(where, "it names no host")
    options = parts.pop(0) if parts and parts[0].startswith(";") else ""
    return scheme, f"sc://{url.netloc}/{options}", parts


def _names(path: list[str]) -> tuple[str, ...]:
    """A single part is split at its dots; several are taken as they are."""
    parts = path[0].split(".") if len(path) == 1 else path
    names = tuple(unquote(part) for part in parts)
    return names if all(names) and not any("\0" in name for name in names) else ()


def _named(name: str) -> str:
    """The connection string that the environment, or else the file, has for `name`."""
    settings = of_process()
    variable = register_variable(name)
    known = _from_file(settings)
    found = dict(settings.addresses).get(variable.removeprefix(REGISTER)) or known.get(name, "")
    if found:
        return found
    close = did_you_mean(name, list(known))
    raise StoreError(
        f"There is no register called '{name}'" + (f"; {close}" if close else ""),
        where="--data register:NAME/TABLE",
        allowed=", ".join(known) or "a name that the environment or the file of registers has",
        next_step=f"set {variable} to its connection string, or write it in "
        f"{_shown_file(settings)}",
    )


def _file(settings: Settings) -> Path:
    return settings.registers or Path.home() / ".config" / "rapport" / "registers.toml"


def _shown_file(settings: Settings) -> str:
    return str(settings.registers or "~/.config/rapport/registers.toml")


def _from_file(settings: Settings) -> dict[str, str]:
    """Name -> connection string, of a file that its owner alone can read."""
    path = _file(settings)
    if not path.is_file():
        return {}
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise StoreError(
            "The file of registers can be read by others, and may hold passwords",
            where=_shown_file(settings),
            next_step=f"chmod 600 {_shown_file(settings)}",
        )
    try:
        known = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = None
    if known is None or not all(isinstance(value, str) for value in known.values()):
        raise StoreError(
            "The file of registers cannot be read",
            where=_shown_file(settings),
            allowed='lines such as north = "postgres://reader@db.example.org/care"',
            next_step="correct it",
        )
    return known


def _unreadable(where: str, why: str) -> RequestError:
    return RequestError(
        f"This is no register's address: {why}",
        where=where,
        allowed=FORMS,
        next_step="correct it; a part of a name that holds a dot or a slash stands between "
        "slashes, percent-encoded",
    )
