"""The key behind replaced names: made once, whole, and never made anew in silence."""

import stat

import pytest

from analysis.base.errors import ImportRefused
from analysis.importing.meaning import identities


@pytest.fixture
def key_file(tmp_path, monkeypatch):
    path = tmp_path / "home" / "key"
    monkeypatch.setattr(identities, "KEY_FILE", path)
    return path


def test_the_key_is_made_once_for_its_user_alone(key_file):
    first = identities._secret()
    assert len(first) == 32
    assert identities._secret() == first
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", ["", "ab", "no hex at all", "zz" * 32])
def test_a_damaged_key_is_said_and_stays(key_file, content):
    """A full disk could leave an empty file, whose hashes anybody could undo."""
    key_file.parent.mkdir()
    key_file.write_text(content)
    with pytest.raises(ImportRefused, match="damaged"):
        identities._secret()
    assert key_file.read_text() == content
