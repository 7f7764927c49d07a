"""The dataset that stands: what it was made from, and whether files are added to it."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.base.errors import ImportRefused, StoreError
from analysis.importing.converting.as_text import kind_of
from analysis.importing.converting.sheets import IN
from analysis.importing.findings.quarantine import Ledger
from analysis.importing.meaning.mapping import Mapping
from analysis.importing.reading.file_mapping import FileMapping
from analysis.store.place import Store
from analysis.store.versions import catalogue
from analysis.store.versions.dataset import Writer, open_dataset
from analysis.store.versions.hardened import one_row


@dataclass(frozen=True, slots=True)
class Standing:
    """A version that files are added to.

    sources: its files, each a dict with file, sha256 and role. folder: its originals. mapping: as
    TOML.
    """

    name: str
    version: str
    folder: Path
    sources: tuple[dict, ...]
    mapping: str

    def before(self, paths: list[Path], names: list[str]) -> tuple[list[Path], list[str]]:
        """The version's own files before the added ones, with their names; those that are the
        same file again are left out."""
        known = {s["sha256"] for s in self.sources}
        new = [(p, n) for p, n in zip(paths, names, strict=True) if _digest(p) not in known]
        if not new:
            raise ImportRefused(
                "These files are in the dataset already",
                where=", ".join(names),
                next_step="nothing to do, or name other files",
            )
        old = [(self.folder / s.get("original", s["sha256"]), s["file"]) for s in self.sources]
        if not old or not all(path.is_file() for path, _ in old):
            raise ImportRefused(
                "The files that the dataset was made from are not kept, so none can be added",
                where=f"dataset {self.name}",
                next_step="import all files together with --replace",
            )
        joined = old + [(p, n if n not in dict(old).values() else f"{n} (new)") for p, n in new]
        return [p for p, _ in joined], [n for _, n in joined]

    def with_files(self, mapping: Mapping, paths) -> Mapping:
        """The mapping with an entry for each file, the added ones like the one of their name or
        of the only kind there is."""
        entries = {f.name: f for f in mapping.files}
        first = mapping.files[0] if mapping.files else FileMapping(role="")
        listed = [
            _as_kept(s, entries.get(s["file"], replace(first, name=s["file"], role=s["role"])))
            for s in self.sources
        ]
        named = {f.name for f in listed}
        sheets = any(IN in name for name in named)  # each is read as the one of its name
        for path in map(Path, paths):
            if sheets and path.name not in entries and kind_of(path) == "workbook":
                continue
            like = entries.get(path.name, replace(first, name=path.name, role=""))
            name = path.name if path.name not in named else f"{path.name} (new)"
            listed.append(replace(like, name=name))
        return replace(mapping, files=tuple(listed))


def _as_kept(source: dict, entry: FileMapping) -> FileMapping:
    """How a kept original is read: one that was cleaned of identities is plain CSV now."""
    if not source.get("cleaned"):
        return entry
    return replace(entry, encoding="", delimiter=",", skip=0, headless=False)


def standing_version(name: str, store: Store | None = None) -> Standing | None:
    """The current version of the dataset `name`, None where there is none."""
    try:
        info = catalogue.find(name, store=store)
        with open_dataset(info) as dataset:
            meta = dataset.meta
    except StoreError:
        return None
    folder = info.path.with_suffix(".originals")
    sources = tuple(s for s in meta.get("sources", ()) if isinstance(s, dict))  # not the demo
    return Standing(name, info.version, folder, sources, meta.get("mapping", ""))


def already_there(name: str, paths, store: Store | None = None) -> bool:
    """Whether there is no such dataset, or it was made from these very files."""
    standing = standing_version(name, store)
    if standing is None:
        return True
    return {s["sha256"] for s in standing.sources} == {_digest(Path(p)) for p in paths}


def ask_about_standing(writer: Writer, ledger: Ledger) -> None:
    """Asks whether the files take the place of the dataset of this name, or are added to it.

    Not asked by a caller who trusts, nor where the content is there already.
    """
    if ledger.answers.settle == "trust":
        return
    versions = catalogue.versions(writer.name, writer.store)
    if not versions or writer.content_version() in {v.version for v in versions}:
        return
    before = next(v for v in versions if v.current).counts.get("session", 0)
    now = one_row(writer.connection, "SELECT count(*) FROM session")[0]
    stands = f"There is a dataset '{writer.name}' already, with {before} sessions"
    evidence = f"{stands}; these files have {now}"
    choices = {
        "append": "the new sessions join those that stand; equal ones count once (--append)",
        "replace": "these files are all of the dataset from now on (--replace)",
    }
    ledger.ask("existing", ("", ""), evidence, choices, "append", now)


def _digest(path: Path) -> str:
    try:
        with open(path, "rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except (OSError, ValueError):
        return ""
