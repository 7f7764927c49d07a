"""The system's folders of fonts, named without Liberation's: pictures bring that one themselves."""

import os
import sys
from pathlib import Path

import pytest

from analysis.presentation import picture_fonts
from analysis.presentation.picture_fonts import VARIABLE, without_own_copies

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="fontconfig is Linux's")


@pytest.fixture
def system(tmp_path, monkeypatch) -> Path:
    """fontconfig's file, naming one folder with two families and one that is not there."""
    monkeypatch.delenv(VARIABLE, raising=False)
    for family in ("noto", "liberation2"):
        (tmp_path / "fonts" / "truetype" / family).mkdir(parents=True)
    file = tmp_path / "fonts.conf"
    file.write_text(
        f"<fontconfig><dir>{tmp_path / 'fonts'}</dir><dir>{tmp_path / 'none'}</dir></fontconfig>"
    )
    return file


def told(system: Path) -> list[str]:
    """What fontconfig's variable tells at each call: a file's text, or '' where it is not set."""
    seen = []

    def begin():
        seen.append(Path(os.environ[VARIABLE]).read_text() if VARIABLE in os.environ else "")

    without_own_copies(begin, system)
    assert VARIABLE not in os.environ
    return seen


def test_all_folders_but_liberations_are_named(system, tmp_path):
    [text] = told(system)
    assert f"<dir>{tmp_path / 'fonts' / 'truetype' / 'noto'}</dir>" in text
    assert "liberation" not in text and text.count("<dir>") == 1


def test_fonts_beside_liberations_folder_keep_the_whole(system, tmp_path):
    (tmp_path / "fonts" / "truetype" / "own.ttf").touch()
    [text] = told(system)
    assert f"<dir>{tmp_path / 'fonts' / 'truetype'}</dir>" in text


def test_without_anything_to_leave_out_nothing_is_set(system, tmp_path):
    (tmp_path / "fonts" / "truetype" / "liberation2").rmdir()
    assert told(system) == [""]
    assert told(tmp_path / "no file") == [""]
    system.write_text("<fontconfig>")
    assert told(system) == [""]


def test_what_the_user_set_stays(system, monkeypatch):
    monkeypatch.setenv(VARIABLE, "theirs")
    called = []
    without_own_copies(lambda: called.append(os.environ[VARIABLE]), system)
    assert called == ["theirs"]


def test_a_full_disk_costs_time_alone(system, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(picture_fonts.tempfile, "NamedTemporaryFile", full)
    assert told(system) == [""]
