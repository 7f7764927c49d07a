"""All files of an import as tables of text, in the shape that judging needs."""

from analysis.importing.converting.sheets import IN
from analysis.importing.findings.quarantine import Ledger
from analysis.importing.guessing.surveys import settle_unfinished
from analysis.importing.meaning.mapping import Mapping
from analysis.importing.meaning.plan import file_mapping
from analysis.importing.reading.file_mapping import FileMapping
from analysis.importing.reading.headers import clean_name
from analysis.importing.reading.read import Staged, stage
from analysis.importing.reading.sniff import refused
from analysis.importing.shaping.baseline import baseline_rows
from analysis.importing.shaping.filled_down import fill_down
from analysis.importing.shaping.named_times import with_times
from analysis.importing.shaping.other_rows import without_other_rows
from analysis.importing.shaping.shapes import one_row_a_session
from analysis.importing.shaping.sideways import upright


def stage_all(connection, copies, names, mapping: Mapping, ledger: Ledger) -> list[Staged]:
    """The files as tables of text, one row a session; behind them the baseline rows of each."""
    staged = []
    for index, (path, name) in enumerate(zip(copies, names, strict=True)):
        entry = file_mapping(mapping, name, only=len(copies) == 1)
        entry = entry or FileMapping(name=name, role="")
        plain = stage(connection, path, name, index, entry, ledger)
        plain = without_other_rows(connection, plain, ledger)
        plain = upright(connection, plain, ledger)
        settle_unfinished(connection, plain, ledger)
        asked = any(q.code == "shape" for q in ledger.questions) or ledger.answers.has("shape")
        turned = one_row_a_session(connection, plain, ledger) if asked else plain
        staged.append(turned)
    staged = with_times(connection, staged, ledger)
    hashes = [(s.content.sha256, s.name.partition(IN)[2]) for s in staged]  # sheets of one file
    for i, s in enumerate(staged):
        if hashes[i] in hashes[:i]:
            raise refused("Two of the files are the same", s.name, "name each file once")
    return _without_baselines(connection, staged, mapping, ledger)


def _without_baselines(connection, files: list[Staged], mapping: Mapping, ledger) -> list[Staged]:
    """The files, and behind them the baseline rows of each as files of treatments."""
    sessions, baselines = [], []
    for staged in files:
        keys = dict(mapping.keys) | dict(staged.file.keys)
        named = {key: clean_name(column) for key, column in keys.items()}
        if staged.file.role in ("", "session"):
            at = len(files) + len(baselines)
            fill_down(connection, staged, named, ledger)
            staged, apart, _ = baseline_rows(connection, staged, named, at, ledger)
            baselines += [apart] if apart else []
        sessions.append(staged)
    return sessions + baselines
