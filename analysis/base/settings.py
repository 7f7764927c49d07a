"""What whoever runs Rapport decides: read once at a door, a value from there on.

The doors are the commands, the server's pages and, where a function is called without either (a
script, a test), `of_process`. Nothing else in `analysis` or `pages` reads the environment for it.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from analysis.base.errors import RequestError, did_you_mean

STORE, DEBUG = "RAPPORT_STORE", "RAPPORT_DEBUG"
THERAPIST_NAMES = "RAPPORT_THERAPIST_NAMES"
REGISTERS, REGISTER = "RAPPORT_REGISTERS", "RAPPORT_REGISTER_"
TOKEN, PROGRESS = "RAPPORT_TOKEN", "RAPPORT_PROGRESS"
NAMES = (STORE, DEBUG, THERAPIST_NAMES, REGISTERS, TOKEN, PROGRESS)
OWN_STORE = Path(__file__).resolve().parents[2] / "data" / "store"
_SWITCH = {"": False, "0": False, "no": False, "false": False, "1": True, "yes": True, "true": True}
_SHOW = {"": False, "hide": False, "show": True}


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one user; hashable.

    store: the folder that holds every dataset. debug: errors show their traceback, which may hold
    patients' values. therapist_names: therapists by name instead of by code. registers: the file
    that names registers, None for the one in the user's home. addresses: (name, connection
    string) of registers; they may hold passwords and are never shown. token: what a browser has to
    know to be let in, '' for a new one at each start; never shown either. progress: the page that
    shows single treatments is on.
    """

    store: Path = OWN_STORE
    debug: bool = False
    therapist_names: bool = False
    registers: Path | None = None
    addresses: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    token: str = field(default="", repr=False)
    progress: bool = True


def settings_of(variables: Mapping[str, str]) -> Settings:
    """The settings that environment variables name; RequestError for one that cannot be meant."""
    given = {k: v.strip() for k, v in variables.items() if k.startswith("RAPPORT_")}
    for name in given:
        _check_name(name)
    store, registers = given.get(STORE, ""), given.get(REGISTERS, "")
    return Settings(
        store=_folder(store) if store else OWN_STORE,
        debug=_choice(given, DEBUG, _SWITCH),
        therapist_names=_choice(given, THERAPIST_NAMES, _SHOW),
        registers=Path(registers) if registers else None,
        addresses=tuple(
            (name.removeprefix(REGISTER), address)
            for name, address in given.items()
            if name.startswith(REGISTER) and address
        ),
        token=given.get(TOKEN, ""),
        progress=_progress(given),
    )


def of_process() -> Settings:
    """The settings of this process's environment: for the doors, and for a call without one."""
    return settings_of(os.environ)


def register_variable(name: str) -> str:
    """The variable that names the register `name`. Worked: 'north-2' -> RAPPORT_REGISTER_NORTH_2"""
    return REGISTER + re.sub(r"\W", "_", name).upper()


def _check_name(name: str) -> None:
    """Refuses what is nearly a setting; other programs may have names of their own."""
    if name in NAMES or name.startswith(REGISTER):
        return
    if close := did_you_mean(name.removeprefix("RAPPORT_"), _short_names()):
        raise RequestError(
            f"There is no setting {name}; {close}",
            where="the environment",
            allowed=f"{', '.join(NAMES)}, {REGISTER}NAME",
            next_step="correct its name, or unset it",
        )


def _short_names() -> list[str]:
    return [name.removeprefix("RAPPORT_") for name in NAMES]


def _choice(given: Mapping[str, str], name: str, meanings: Mapping[str, bool]) -> bool:
    value = given.get(name, "").lower()
    if value not in meanings:
        raise RequestError(
            f"The setting {name} has no such value",
            where=f"{name}={value[:40]!r}",
            allowed=", ".join(meaning for meaning in meanings if meaning),
            next_step="correct it, or unset it",
        )
    return meanings[value]


def _progress(given: Mapping[str, str]) -> bool:
    """Off, unless asked for, where nobody has to know a token: there others stand at the door."""
    if given.get(PROGRESS):
        return _choice(given, PROGRESS, _SHOW)
    return given.get(TOKEN, "").lower() != "none"


def _folder(named: str) -> Path:
    """The store's folder, which need not be there yet but must be one that can be read."""
    path = Path(named)
    problem = ""
    try:
        nearest = next(p for p in (path, *path.absolute().parents) if p.exists())
        if not nearest.is_dir():
            problem = "is not a folder"
        elif not os.access(nearest, os.R_OK | os.X_OK):
            problem = "cannot be read by this user"
    except (OSError, ValueError) as error:
        problem = f"cannot be looked at ({getattr(error, 'strerror', '') or 'no such name'})"
    if problem:
        raise RequestError(
            f"The store {problem}",
            where=f"{STORE}={named}",
            allowed="a folder of this user, or a new one",
            next_step="name another folder, or change its rights",
        )
    return path
