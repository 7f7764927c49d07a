"""Is a version still what was written? Asked for by hand: every block is read and hashed again."""

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from analysis.base.errors import StoreError
from analysis.store.place import Store
from analysis.store.versions import sealing
from analysis.store.versions.catalogue import DatasetInfo, find, read_meta, versions
from analysis.store.versions.hardened import NO_EXTENSIONS, release

SOUND, DAMAGED, UNTOLD = "sound", "damaged", "cannot be told"


@dataclass(frozen=True, slots=True)
class Integrity:
    """What a look at one version found. state: 'sound', 'damaged' or 'cannot be told'.

    sentence: what was found. intact, changed, missing: of the original files kept beside it.
    """

    name: str
    version: str
    current: bool
    state: str
    sentence: str
    intact: int = 0
    changed: int = 0
    missing: int = 0


class VersionsDamaged(StoreError):
    """Some versions of a dataset are not what was written. found: the Integrity of each version."""

    def __init__(self, found: tuple[Integrity, ...]):
        self.found = found
        damaged = [i for i in found if i.state == DAMAGED]
        super().__init__(
            f"{len(damaged)} of {len(found)} versions are damaged: "
            + "; ".join(f"{i.version}: {i.sentence}" for i in damaged),
            where=f"dataset {found[0].name}",
            next_step="import the original files again, then delete the damaged versions",
        )

    @property
    def answer(self) -> dict:
        """The command's JSON: what was found of each version."""
        return {"versions": [asdict(i) for i in self.found]}

    def __reduce__(self):
        return VersionsDamaged, (self.found,)


def check(name: str, store: Store | None = None) -> tuple[Integrity, ...]:
    """Every version of the dataset `name`, newest first. StoreError for an unknown name.

    Reads the files anew, past what this process keeps of them open.
    """
    found = versions(name, store)
    if not found:
        find(name, store=store)  # says what is unknown
    return tuple(_checked(info) for info in found)


def _checked(info: DatasetInfo) -> Integrity:
    release(info.path)  # what is in memory would hide what the disk has become
    state, counts = DAMAGED, (0, 0, 0)
    try:
        with duckdb.connect(str(info.path), read_only=True, config=NO_EXTENSIONS) as connection:
            meta = read_meta(connection, info.path)
            same = sealing.content_version(connection) == info.version
            sealing.check_keys(connection)
        counts = _originals(info, meta.get("sources", ()))
        state, sentence = _judged(same, meta.get("duckdb", ""), *counts)
    except (StoreError, duckdb.Error, ValueError, OSError) as error:  # a text may quote the data
        sentence = f"it cannot be read whole ({info.problem or type(error).__name__})"
    return Integrity(info.name, info.version, info.current, state, sentence, *counts)


def _judged(same: bool, writer: str, intact: int, changed: int, missing: int) -> tuple[str, str]:
    if not same and writer != duckdb.__version__:
        return UNTOLD, "it was written with another release of DuckDB, whose hashes may differ"
    if not same:
        return DAMAGED, "its content is not what its version says"
    if changed:
        return DAMAGED, f"{changed} of its original files are not what was imported"
    if missing:
        return SOUND, f"its content is what was written; {missing} original files are not kept"
    kept = f", {intact} original files too" if intact else ""
    return SOUND, f"its content is what was written{kept}"


def _originals(info: DatasetInfo, sources) -> tuple[int, int, int]:
    """Intact, changed and missing originals. Of one that was cleaned of identities only that it
    is there can be told: its name is the hash of the file it came from."""
    folder = info.path.with_suffix(".originals")
    files = [s for s in sources if isinstance(s, dict) and "sha256" in s]  # the demo has none
    states = [
        _state(folder / s.get("original", s["sha256"]), bool(s.get("cleaned"))) for s in files
    ]
    return states.count("intact"), states.count("changed"), states.count("missing")


def _state(path: Path, cleaned: bool) -> str:
    try:
        with open(path, "rb") as stream:
            same = cleaned or hashlib.file_digest(stream, "sha256").hexdigest() == path.name
    except OSError:
        return "missing"
    return "intact" if same else "changed"
