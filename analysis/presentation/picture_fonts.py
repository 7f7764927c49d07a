"""Which of a system's fonts pictures are drawn with: all but its own copy of Liberation Sans.

vl_convert brings Liberation Sans in memory, but takes the system's copy where there is one, and
maps that file anew for each letter that it measures or draws: most of a picture's time. Its font
list is made once, from the folders that fontconfig names; here they are named without the folder
of Liberation, every letter of whose is in the copy in memory. All else stays, for scripts that
Liberation has no letters of.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape

SYSTEM = Path("/etc/fonts/fonts.conf")
VARIABLE = "FONTCONFIG_FILE"
_OWN = "liberation"


def without_own_copies(begin: Callable[[], object], system: Path = SYSTEM) -> None:
    """Calls `begin`, which makes a font list, while fontconfig names the chosen folders alone.

    Nothing but the call where there is no fontconfig, where the user has set one of their own,
    where no folder is Liberation's, or where no file can be written: pictures are the same, slower.
    """
    with suppress(OSError, ElementTree.ParseError):
        named = [] if VARIABLE in os.environ or sys.platform != "linux" else _named(system)
        folders = [part for folder in named for part in _parts(folder)]
        if folders and folders != named:
            with tempfile.NamedTemporaryFile("w", suffix=".conf", encoding="utf-8") as file:
                told = "".join(f"<dir>{escape(str(folder))}</dir>" for folder in folders)
                file.write(f'<?xml version="1.0"?><fontconfig>{told}</fontconfig>')
                file.flush()
                os.environ[VARIABLE] = file.name
                try:
                    begin()
                finally:
                    del os.environ[VARIABLE]
            return
    begin()


def _named(system: Path) -> list[Path]:
    """The folders that exist of those that the system's file names."""
    home = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    folders = [
        Path(home if element.get("prefix") == "xdg" else "") / (element.text or "").strip()
        for element in ElementTree.parse(system).getroot().iter("dir")
    ]
    return [folder for folder in (each.expanduser() for each in folders) if folder.is_dir()]


def _parts(folder: Path) -> Iterator[Path]:
    """The folder, or its folders where Liberation has one of its own in it; files beside those
    keep the folder whole, since only a whole folder can be named."""
    inside = [each for each in folder.rglob(f"{_OWN}*") if each.is_dir()]
    if not inside or any(each.is_file() and each.suffix != ".uuid" for each in folder.iterdir()):
        yield folder
        return
    for each in sorted(folder.iterdir()):
        if each.is_dir() and each not in inside:
            yield from _parts(each)
