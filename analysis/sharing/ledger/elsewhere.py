"""The same patients under another dataset's name, whose ledger knows what of them was told."""

from collections.abc import Mapping
from hashlib import blake2b

from analysis.base.errors import ExportRefused, StoreError
from analysis.sharing.ledger import keeping, ledger
from analysis.sharing.protection.figures import SMALL
from analysis.store.versions import catalogue
from analysis.store.versions.catalogue import DatasetInfo, Store

MOST_ALIKE = 0.5  # of either dataset's patients: with more, one is a copy of the other


def content_mark(content: str, key: bytes) -> bytes:
    """What a ledger notes of a patient's values."""
    return blake2b(content.encode(), key=key, digest_size=12).digest()


def check_elsewhere(info: DatasetInfo, contents: Mapping[str, str], store: Store | None) -> None:
    """ExportRefused where more than half of the patients, of this dataset or of those who were
    shared under another dataset's name, have the very values of the other's.

    contents: patient -> what stands for all her values. Known by values alone: ids such as 1, 2, 3
    are anybody's. A copy with a column more or less is not known again.
    """
    for other in catalogue.datasets(store):
        folder = other.path.parent
        if other.name == info.name or not (folder / keeping.FILE).exists():
            continue
        try:
            noted = ledger.shared_people(folder)
            key = keeping.secret(folder) if noted else b""
        except (StoreError, ExportRefused):
            continue  # a lost ledger is its own dataset's matter
        alike = sum(content_mark(c, key) in noted for c in contents.values()) if noted else 0
        if alike > SMALL and alike > MOST_ALIKE * min(len(noted), len(contents)):
            raise ExportRefused(
                f"Most of these patients were shared before, under the name '{other.name}', and a "
                "report of them under another name could not be compared with the earlier ones",
                where=f"dataset {info.name}",
                allowed=f"reports of '{other.name}', of all its versions together",
                next_step=f"import this data as a new version of '{other.name}'; if nothing of "
                "that was handed on, delete it",
            )
