"""Where datasets lie: the value that says whose store is meant, passed to all that opens one."""

from dataclasses import dataclass
from pathlib import Path

from analysis.base.settings import of_process


@dataclass(frozen=True, slots=True)
class Store:
    """A folder with one folder a dataset. Two users with two stores can be served side by side."""

    root: Path

    def folder(self, dataset: str) -> Path:
        """The folder of one dataset, there or not."""
        return self.root / dataset


def chosen(store: Store | None) -> Store:
    """`store` itself; where none is given, that of this process's settings."""
    return store or Store(of_process().store)
