"""What all tests share."""

from pathlib import Path

import pytest


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty store for this test alone: RAPPORT_STORE names it until the test ends."""
    folder = tmp_path / "store"
    monkeypatch.setenv("RAPPORT_STORE", str(folder))
    return folder
