"""The import without its end: everything is read and judged, and nothing is left in the store."""

import csv
from collections import Counter
from dataclasses import dataclass

from analysis.base.background.stages import Listener
from analysis.importing.child import import_in_child
from analysis.importing.findings.finding import Answers, Finding, QuestionsOpen
from analysis.importing.findings.report import ImportReport
from analysis.importing.meaning.mapping import Mapping
from analysis.store.place import Store
from analysis.store.scratch import scratch_folder


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why rows were set aside: how many share the file, the column and the reason."""

    file: str
    column: str
    reason: str
    remedy: str
    rows: int


@dataclass(frozen=True, slots=True)
class Judged:
    """What an import did or, as a rehearsal, would do. quarantine: the CSV of the rows set
    aside, b'' without any. landed: whether a dataset version was written. questions: what is open;
    there is no report then."""

    report: ImportReport | None
    refusals: tuple[Refusal, ...] = ()
    quarantine: bytes = b""
    landed: bool = False
    questions: tuple[Finding, ...] = ()


def import_judged(
    name: str,
    paths,
    mapping: Mapping,
    store: Store | None,
    answers: Answers,
    progress: Listener | None = None,
) -> Judged:
    """`import_in_child`, with what was set aside, or with the questions that are open."""
    return _judged(name, paths, mapping, store, answers, progress, landed=True)


def rehearse(
    name: str,
    paths,
    mapping: Mapping,
    store: Store | None,
    answers: Answers,
    progress: Listener | None = None,
) -> Judged:
    """The same in a store of its own that is gone afterwards."""
    with scratch_folder(store, "check") as folder:
        return _judged(name, paths, mapping, Store(folder), answers, progress, landed=False)


def _judged(name, paths, mapping, store, answers, progress: Listener | None, landed: bool):
    try:
        report = import_in_child(name, paths, mapping, store, answers, progress=progress)
    except QuestionsOpen as asked:
        return Judged(None, questions=asked.questions)
    text = report.quarantine_path.read_bytes() if report.quarantine_path else b""
    rows = csv.DictReader(text.decode("utf-8-sig").splitlines(keepends=True))
    found = Counter((r["file"], r["column"], r["reason"], r["remedy"]) for r in rows)
    refusals = tuple(Refusal(*key, rows=n) for key, n in found.most_common())
    return Judged(report, refusals, text, landed)
