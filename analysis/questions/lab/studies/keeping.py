"""Studies on disk: `<store>/.studies/NAME.DATASET.VERSION.toml`, written whole or not at all."""

import os
import secrets
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from analysis.base.errors import StoreError, did_you_mean
from analysis.questions import datasets
from analysis.questions.lab.studies.study import (
    Member,
    Study,
    checked_models,
    differences,
    kinds_of,
    named_variables,
    study_of,
    study_text,
)
from analysis.store.place import Store, chosen
from analysis.store.versions import catalogue
from analysis.store.versions.naming import check_name

FOLDER = ".studies"
LARGEST = 200_000  # bytes of a study's file


def studies(store: Store | None = None, dataset: str = "") -> tuple[Study, ...]:
    """All that can be read, by name; those of one dataset where one is named."""
    found = []
    for path in _files(store):
        try:
            study = opened(path)
        except StoreError:
            continue
        if dataset in ("", study.dataset):
            found.append(study)
    return tuple(sorted(found, key=lambda s: s.name))


def find(name: str, store: Store | None = None) -> Study:
    """The study of this name. StoreError where there is none or its file is damaged."""
    for path in _files(store):
        if path.name.split(".")[0] == name:
            return opened(path)
    close = did_you_mean(name, [p.name.split(".")[0] for p in _files(store)])
    raise StoreError(
        f"There is no study '{name[:80]}'" + (f"; {close}" if close else ""),
        where="the studies of this store",
        allowed="a study that was saved",
        next_step="python dashboard.py study lists them",
    )


def save(study: Study, store: Store | None = None) -> Study:
    """Writes the study, in place of one of the same name; completed by what its data are."""
    check_name(study.name, "study", "alliance-and-time")
    checked_models(study.models)
    info = catalogue.find(study.dataset, study.version, store)
    about = datasets.about(study.dataset, info.version, store)
    named = set(named_variables(study.models))
    study = replace(
        study,
        version=info.version,
        counts=tuple(info.counts.items()),
        variables=tuple((n, k) for n, k in kinds_of(about.variables) if n in named),
        created=study.created or datetime.now(UTC).isoformat(timespec="seconds"),
    )
    folder = chosen(store).root / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{study.name}.{study.dataset}.{study.version}.toml"
    part = folder / f".{secrets.token_hex(6)}"
    try:
        part.write_text(study_text(study), encoding="utf-8")
        part.chmod(0o600)
        earlier = [p for p in _files(store) if p.name.split(".")[0] == study.name and p != path]
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StoreError(
            f"The study could not be written ({error.strerror})",
            where=f"study '{study.name}'",
            next_step="make room, or look who may write to the store",
        ) from None
    for old in earlier:
        old.unlink(missing_ok=True)
    return study


def add(name: str, model: Member, dataset: str, version: str, store: Store | None = None) -> Study:
    """One more model of a study, which begins with it where there is none of this name.
    StoreError where the study is of other data."""
    info = catalogue.find(dataset, version, store)
    names = {s.name for s in studies(store)}
    study = find(name, store) if name in names else Study(name, dataset, info.version)
    _check_data(study, dataset, info, store)
    models = tuple(m for m in study.models if m != model)
    return save(replace(study, models=(*models, model)), store)


def rename(name: str, new: str, store: Store | None = None) -> Study:
    """The study under another name. StoreError where that one is taken."""
    study = find(name, store)
    if new in {s.name for s in studies(store)}:
        raise StoreError(
            f"There is a study '{new}' already",
            where="the new name",
            allowed="a name that no study has",
            next_step="choose another, or delete that one first",
        )
    renamed = save(replace(study, name=new), store)
    delete(name, store)
    return renamed


def delete(name: str, store: Store | None = None) -> None:
    """Deletes the study's file."""
    find(name, store)
    for path in _files(store):
        if path.name.split(".")[0] == name:
            path.unlink(missing_ok=True)


def checked_data(study: Study, version: str = "", store: Store | None = None) -> Study:
    """The study itself, where this version of its dataset ('' for its own) is the one it is of.
    StoreError says in what it differs."""
    info = catalogue.find(study.dataset, version or study.version, store)
    _check_data(study, study.dataset, info, store)
    return study


def _check_data(study: Study, dataset: str, info, store: Store | None) -> None:
    about = datasets.about(dataset, info.version, store)
    found = differences(study, info.version, info.counts, about.variables)
    if dataset != study.dataset:
        found = [f"it is of '{study.dataset}', not of '{dataset}'", *found]
    if found:
        raise StoreError(
            f"The study '{study.name}' is of other data (version {study.version}): "
            f"{'; '.join(found)}",
            where=f"{dataset}, version {info.version}",
            allowed=f"version {study.version} of {study.dataset}",
            next_step="choose that version, or save the models as a study of this one",
        )


def _files(store: Store | None) -> list[Path]:
    return sorted((chosen(store).root / FOLDER).glob("[a-z0-9]*.*.*.toml"))


def opened(path: Path) -> Study:
    """The study of a file, wherever it lies. StoreError where there is none."""
    name = path.name.split(".")[0]
    if not path.is_file():
        raise StoreError("There is no such file of a study", where=f"'{path.name}'")
    if path.stat().st_size > LARGEST:
        raise StoreError("The file of a study is too large", where=f"study '{name}'")
    return study_of(name, path.read_text(encoding="utf-8"))
