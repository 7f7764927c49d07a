"""A full disk leaves nothing half-written, and what stood stands."""

import errno
import os
import stat

import pytest

from analysis.base.whole_files import replace_whole, write_new


class Full:
    """A file on a disk without room: something arrives, the rest does not."""

    def __init__(self, opened):
        self.opened = opened

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        os.close(self.opened)

    def write(self, content: bytes) -> None:
        os.write(self.opened, content[:3])
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def full(monkeypatch):
    monkeypatch.setattr("builtins.open", lambda opened, _mode: Full(opened))


def test_a_new_file_is_whole_and_replaces_nothing(tmp_path):
    path = tmp_path / "new"
    write_new(path, b"content", 0o600)
    assert path.read_bytes() == b"content"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        write_new(path, b"other")
    assert path.read_bytes() == b"content"
    assert list(tmp_path.iterdir()) == [path]


def test_a_replaced_file_keeps_who_may_read_it(tmp_path):
    path = tmp_path / "mapping.toml"
    path.write_bytes(b"before")
    path.chmod(0o640)
    replace_whole(path, b"after")
    assert path.read_bytes() == b"after"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_full_disk_leaves_no_new_file(tmp_path, full):
    with pytest.raises(OSError, match="No space"):
        write_new(tmp_path / "new", b"content")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_what_stood(tmp_path, full):
    path = tmp_path / "mapping.toml"
    path.write_bytes(b"before")
    with pytest.raises(OSError, match="No space"):
        replace_whole(path, b"after")
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]
