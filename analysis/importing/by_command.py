"""An import as a command asks for it: whose mapping, which answers, and where they are kept."""

from dataclasses import replace
from pathlib import Path

from analysis.base.background.stages import tell
from analysis.base.errors import RapportError, StoreError
from analysis.base.whole_files import replace_whole
from analysis.importing.converting.kept import conversions_kept
from analysis.importing.files_to_version import import_answered, import_files
from analysis.importing.findings.finding import Answers
from analysis.importing.findings.report import ImportReport
from analysis.importing.guessing.guess import guess_mapping
from analysis.importing.guessing.known import (
    as_all_of_it,
    fits,
    has_its_keys,
    with_other_names,
    with_what_is_there,
)
from analysis.importing.meaning.mapping import Mapping
from analysis.importing.meaning.mapping_file import with_answers
from analysis.importing.standing import already_there, standing_version
from analysis.store.place import Store
from analysis.store.versions import catalogue
from analysis.store.versions.dataset import open_dataset


def import_by_command(
    name: str, paths, mapping_file: Path | None, answers: Answers, store: Store | None = None
) -> ImportReport:
    """Imports the files by the mapping in `mapping_file`, else by that of the dataset's last import
    where it fits these files, else by a guess.

    Answers that were given or taken are kept: in the dataset, and in the mapping file.
    QuestionsOpen while a question has no answer.
    """
    paths = [Path(p) for p in paths]
    tell(0.0, "Guessing what the columns mean")
    with conversions_kept(store):
        report = _by_whose_mapping(name, paths, mapping_file, answers, store)
    if mapping_file is not None:
        _keep_answers(mapping_file, report)
    return report


def _by_whose_mapping(
    name: str, paths: list[Path], mapping_file: Path | None, answers: Answers, store
) -> ImportReport:
    told = Mapping.from_toml(mapping_file) if mapping_file is not None else None
    how = dict(answers.given).get("existing", "")
    if not how and answers.settle == "yes" and not already_there(name, paths, store):
        how = "append"
    if how == "append" and (standing := standing_version(name, store)) is not None:
        given = (*answers.given, ("existing", "append"))
        mapping = told or Mapping.from_text(standing.mapping)
        asked = replace(answers, given=given)
        if told is None:
            mapping = with_other_names(mapping, paths, asked)
        return import_answered(name, paths, mapping, store, asked)
    if told is not None:
        return import_files(name, paths, told, store, answers)
    report = _by_known_mapping(name, paths, answers, store)
    return report or import_files(name, paths, guess_mapping(paths, answers), store, answers)


def known_mapping(name: str, store: Store | None = None) -> Mapping | None:
    """The mapping of the current version of the dataset `name`, None where there is none."""
    try:
        with open_dataset(catalogue.find(name, store=store)) as dataset:
            text = dataset.meta.get("mapping", "")
    except StoreError:
        return None
    return Mapping.from_text(text) if text else None


def known_mappings(store: Store | None = None) -> tuple[tuple[str, str], ...]:
    """Each dataset that was imported, with the mapping of its current version as TOML."""
    names = [info.name for info in catalogue.datasets(store=store) if not info.synthetic]
    standing = [(name, standing_version(name, store)) for name in names]
    return tuple((name, s.mapping) for name, s in standing if s is not None and s.mapping)


def _by_known_mapping(name: str, paths, answers: Answers, store) -> ImportReport | None:
    mapping = known_mapping(name, store)
    if mapping is None:
        return None
    if len(paths) == 1 and len(mapping.files) == 1:  # next month's file has another name
        mapping = replace(mapping, files=(replace(mapping.files[0], name=""),))
    try:
        guessed = guess_mapping(paths, replace(answers, given=mapping.answers + answers.given))
    except RapportError:
        return None
    known = with_what_is_there(mapping, guessed)
    if fits(known, guessed):
        # The shape of the file is among the guess's questions.
        return import_files(
            name, paths, replace(known, questions=guessed.questions), store, answers
        )
    if not has_its_keys(mapping, guessed):
        return None
    if "new-column" not in dict(mapping.answers + answers.given):
        # All of the dataset brings its columns along; only added to it they are asked about.
        answers = replace(answers, given=(("new-column", "add"), *answers.given))
    given = replace(answers, given=mapping.answers + answers.given)
    met = as_all_of_it(with_other_names(mapping, paths, given), {p.name for p in paths})
    asked = {q.code for q in met.questions}
    shapes = tuple(q for q in guessed.questions if q.code not in asked)
    met = replace(met, questions=(*met.questions, *shapes))
    return import_files(name, paths, met, store, answers)


def _keep_answers(path: Path, report: ImportReport) -> None:
    answered = Mapping.from_text(report.mapping).answers
    text = path.read_text(encoding="utf-8-sig")
    known = Mapping.from_text(text).answers
    new = tuple(pair for pair in answered if pair not in known)
    if new:
        try:
            replace_whole(path, with_answers(text, new).encode())
        except OSError as error:
            raise StoreError(
                f"The dataset stands, but its answers could not be kept ({error.strerror})",
                where=f"'{path.name}', which is as it was",
                next_step="make room, and import again to have them asked",
            ) from None
